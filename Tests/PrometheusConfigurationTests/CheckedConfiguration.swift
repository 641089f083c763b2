// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import PrometheusConfiguration
import TestKit
import Testing

/// Prometheus' own judgement of a configuration.
enum CheckedConfiguration {
    /// Writes all files of a configuration into a folder of their own, and has them checked; what it refers to besides is made up.
    ///
    /// Discovery by Kubernetes is left out, which Debian's Prometheus doesn't know.
    static func check(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ make: (_ environment: (TargetDiscovery) -> ServerEnvironment) throws -> ServerConfiguration
    ) throws {
        guard let promtool = Promtool.find(orFail: { Issue.record("\($0)") }) else { return }
        let folder = try ScratchFolder()
        let configuration = try make { discovery in folder.environment(discovery) }
        try folder.write(configuration)
        let result = try run(promtool, ["check", "config", "\(folder.path)/prometheus.yml"])
        #expect(result.status == 0, "\(result.output)\(result.errors)\n\(configuration.text)", sourceLocation: sourceLocation)
    }

    /// The labels that targets of a job end with.
    static func targets(of job: String, _ snapshot: ClusterSnapshot, _ make: (ServerEnvironment) -> ServerConfiguration) throws -> [JSONValue]? {
        guard let promtool = Promtool.find(orFail: { Issue.record("\($0)") }) else { return nil }
        let folder = try ScratchFolder()
        for (path, bytes) in snapshot.targetFiles() { try folder.write(bytes, at: "targets/\(path)") }
        try folder.write(make(folder.environment(.files(folder: "\(folder.path)/targets"))))
        let result = try run(promtool, ["check", "service-discovery", "--timeout=1s", "\(folder.path)/prometheus.yml", job])
        try #require(result.status == 0, "\(result.errors)")
        return try JSONValue.parse(result.output).array?.compactMap { $0["labels"] }.filter { $0.object?.isEmpty == false }
    }

    private static func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let scratch = try ScratchFolder()
        for name in ["out", "err"] { try scratch.write([], at: name) }
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(scratch.path)/out"))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(scratch.path)/err"))
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return (
            process.terminationStatus, try String(contentsOfFile: "\(scratch.path)/out", encoding: .utf8),
            try String(contentsOfFile: "\(scratch.path)/err", encoding: .utf8)
        )
    }
}

/// A folder that lasts as long as its test.
final class ScratchFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "updraft-promtool-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for file in ["ca.crt", "token"] { try write(Array("a".utf8), at: file) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func environment(_ discovery: TargetDiscovery) -> ServerEnvironment {
        var environment = ServerEnvironment(
            discovery: discovery, credentialsFolder: "\(path)/credentials", rulesFolder: "\(path)/rules")
        environment.files = [ServerEnvironment.serviceAccountToken: "\(path)/token", ServerEnvironment.serviceAccountCA: "\(path)/ca.crt"]
        return environment
    }

    func write(_ configuration: ServerConfiguration) throws {
        for (path, bytes) in configuration.ruleFiles { try write(bytes, at: "rules/\(path)") }
        for (path, bytes) in configuration.secretFiles { try write(bytes, at: "credentials/\(path)") }
        var file = try configuration.read()
        if let jobs = file["scrape_configs"]?.array { file["scrape_configs"] = .array(jobs.map(Self.withoutKubernetes)) }
        if let alertmanagers = file["alerting"]?["alertmanagers"]?.array {
            file["alerting"]?["alertmanagers"] = .array(alertmanagers.map(Self.withoutKubernetes))
        }
        try write(Array(YAML.text(of: file).utf8), at: "prometheus.yml")
    }

    private static func withoutKubernetes(_ job: JSONValue) -> JSONValue {
        var job = job
        job["kubernetes_sd_configs"] = nil
        return job
    }

    func write(_ bytes: [UInt8], at relative: String) throws {
        let file = URL(fileURLWithPath: "\(path)/\(relative)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }
}
