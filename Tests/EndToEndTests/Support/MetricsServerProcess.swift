// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// `updraft metrics-server` as a process of its own, outside of its cluster.
final class MetricsServerProcess: Sendable {
    let port: Int
    private let process: Process
    private let path: String

    /// - Parameter kubeconfig: Whose user may do what the metrics server does.
    init(kubeconfig: String, port: Int, arguments: [String]) throws {
        self.port = port
        path = NSTemporaryDirectory() + "updraft-metrics-server-\(UUID().uuidString).log"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        process = Process()
        process.executableURL = URL(fileURLWithPath: Tool.updraft)
        process.arguments =
            [
                "metrics-server", "--kubeconfig=\(kubeconfig)", "--secure-port", "\(port)", "--metric-resolution=10s", "--kubelet-request-timeout=9s",
                "--kubelet-preferred-address-types=InternalIP,Hostname", "--kubelet-use-node-status-port",
            ] + arguments
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? log.close() }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = log
        process.standardError = log
        try process.run()
    }

    var log: String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    /// One request by curl; the status, and the body.
    func request(_ path: String, _ arguments: [String] = ["-k"]) async throws -> (status: Int, body: String) {
        let curl = try Tool.require(Tool.curl, "curl")
        let result = try await Tool.run(
            curl, ["-s", "-w", "\n%{http_code}", "--max-time", "10"] + arguments + ["https://localhost:\(port)\(path)"])
        var lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let status = Int(lines.popLast() ?? "") ?? 0
        return (status, lines.joined(separator: "\n"))
    }

    /// Asks until the answer satisfies `condition`.
    @discardableResult
    func eventually(
        _ path: String, _ arguments: [String] = ["-k"], seconds: Double = 60, until condition: ((status: Int, body: String)) -> Bool
    ) async throws -> (status: Int, body: String) {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let answer = try await request(path, arguments)
            if condition(answer) { return answer }
            guard ContinuousClock.now < deadline, process.isRunning else {
                throw LabFailure(message: "\(path) still answers \(answer.status) \(answer.body)\n\(log)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func terminate() { process.terminate() }

    /// Its exit code; -1 where it still runs after 30 s.
    func ended() async -> Int32 {
        for _ in 0..<300 where process.isRunning { try? await Task.sleep(for: .milliseconds(100)) }
        return process.isRunning ? -1 : process.terminationStatus
    }

    func kill() {
        if process.isRunning {
            Glibc.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: path)
    }
}
