// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation
import KubeModel

/// A real Prometheus that scrapes the series, asked as anybody may.
struct PrometheusPeer {
    static let port = 18_490
    let server: MeasuredServer

    /// - Parameter targetPort: Where the series are.
    init(_ program: String, directory: String, targetPort: Int) throws {
        let configuration = """
            global: {scrape_interval: 10s, scrape_timeout: 9s}
            scrape_configs:
            - {job_name: series, static_configs: [{targets: ["127.0.0.1:\(targetPort)"]}]}

            """
        try configuration.write(toFile: directory + "/prometheus.yml", atomically: true, encoding: .utf8)
        let process = try BenchProcess(
            program,
            [
                "--config.file=\(directory)/prometheus.yml", "--storage.tsdb.path=\(directory)/data", "--log.level=warn",
                "--web.listen-address=127.0.0.1:\(Self.port)",
            ], log: directory + "/prometheus.log")
        server = MeasuredServer(process: process, port: Self.port, tls: nil)
    }

    var url: String { "http://127.0.0.1:\(Self.port)" }

    /// Once every series has a rate.
    func wait(for settings: SeriesSettings, log: String) async throws {
        let began = ContinuousClock.now
        while await pods() < settings.podCount {
            guard began.duration(to: .now) < .seconds(120) else { throw BenchFailure("no rates of all series after 120 s; see \(log)") }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// With a rate of the last metric of a scrape.
    private func pods() async -> Int {
        let last = SeriesSettings.metric(SeriesSettings.metricsPerPod - 1)
        guard let answers = await server.get(Self.queryPath("count(rate(\(last)_total[1m]))")) else { return 0 }
        let result = (try? JSONValue.parse(answers.body))?["data"]?["result"]?.array?.first
        return result?["value"]?.array?.last?.string.flatMap { Int($0) } ?? 0
    }

    static func queryPath(_ query: String) -> String { "/api/v1/query?query=\(encoded(query))" }
    static func seriesPath(_ selector: String) -> String {
        "/api/v1/series?match%5B%5D=\(encoded(selector))&start=\(Int(Date().timeIntervalSince1970) - 600)"
    }

    private static func encoded(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }

    /// How many questions it has answered, by its own count.
    func questions() async -> (queries: Int, lists: Int) {
        guard let answers = await server.get("/metrics") else { return (0, 0) }
        let lines = String(decoding: answers.body, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("prometheus_http_requests_total{") }
        func count(_ path: String) -> Int {
            lines.filter { $0.contains("handler=\"\(path)\"") }.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
        }
        return (count("/api/v1/query"), count("/api/v1/series"))
    }
}
