// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation

/// The series and the API server that has their pods, Prometheus, and the metrics server between them.
struct RulesPeers {
    private static let seriesPort = 18_491
    private static let serverPort = 18_444

    let directory: String
    let cluster: MeasuredServer
    let prometheus: PrometheusPeer
    private let program: [String]

    /// Starts all but the server that is measured.
    init(_ settings: SeriesSettings, program: [String], prometheus: String) throws {
        self.program = program
        directory = NSTemporaryDirectory() + "metric-rules-bench-\(getpid())-\(settings.seriesCount)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try SeriesSettings.rules.write(toFile: directory + "/rules.yaml", atomically: true, encoding: .utf8)
        cluster = try BenchCluster.start(
            [OwnExecutable.path, "cluster", "--directory", directory, "--series", "\(settings.seriesCount)"], directory: directory,
            log: directory + "/cluster.log")
        self.prometheus = try PrometheusPeer(prometheus, directory: directory, targetPort: Self.seriesPort)
    }

    /// The process of `cluster`.
    static func serveCluster(directory: String, _ settings: SeriesSettings) async throws {
        try await BenchCluster.serve(directory: directory, name: "cluster", objects: settings.pods) { _, _ in
            try await SeriesServer(settings: settings, port: seriesPort).start()
        }
    }

    /// - Parameter hasRules: Without them it serves what kubelets tell only.
    func startServer(hasRules: Bool = true) throws -> MeasuredServer {
        // Series are listed when the measurement has them listed, and else not.
        let rules = [
            "--rules=\(directory)/rules.yaml", "--prometheus-url=\(prometheus.url)", "--metrics-relist-interval=10m", "--metrics-max-age=10m",
        ]
        let process = try BenchProcess(
            program[0],
            program.dropFirst() + BenchCluster.metricsServerArguments(directory, port: Self.serverPort) + (hasRules ? rules : []),
            log: directory + "/server.log")
        return MeasuredServer(process: process, port: Self.serverPort, tls: cluster.tls)
    }

    func stop() {
        prometheus.server.process.stop()
        cluster.process.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }
}
