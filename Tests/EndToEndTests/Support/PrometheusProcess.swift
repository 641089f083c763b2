// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel

/// A real Prometheus that scrapes podinfo's pods every second, as a file tells it.
final class PrometheusProcess: Sendable {
    let port: Int
    private let program: String
    private let folder: String
    private let process: Process

    /// - Parameter folder: Its data and its targets, which outlive it.
    init(program: String, folder: String, port: Int) throws {
        self.program = program
        self.folder = folder
        self.port = port
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let configuration = """
            global: {scrape_interval: 1s}
            scrape_configs:
            - {job_name: podinfo, file_sd_configs: [{files: ["\(folder)/targets.json"], refresh_interval: 1s}]}

            """
        try configuration.write(toFile: "\(folder)/prometheus.yml", atomically: true, encoding: .utf8)
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [
            "--config.file=\(folder)/prometheus.yml", "--storage.tsdb.path=\(folder)/data", "--web.listen-address=127.0.0.1:\(port)",
        ]
        for output in [FileHandle.nullDevice] {
            process.standardOutput = output
            process.standardError = output
        }
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// Has the server of a folder scrape pods, as kubectl tells them.
    static func scrape(_ pods: JSONValue, folder: String) throws {
        let targets = (pods["items"]?.array ?? []).compactMap { pod -> JSONValue? in
            guard let address = pod.value(at: "status", "podIP")?.string, let name = pod.value(at: "metadata", "name")?.string else { return nil }
            return ["targets": [.string("\(address):9898")], "labels": ["namespace": "default", "pod": .string(name)]]
        }
        try JSONValue.array(targets).encodedText.write(toFile: "\(folder)/targets.json", atomically: true, encoding: .utf8)
    }

    func kill() {
        guard process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
