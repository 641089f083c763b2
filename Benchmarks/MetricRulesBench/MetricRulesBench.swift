// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation
import KubeModel

/// Listing and serving the metrics that rules make of so many series.
struct MetricRulesBench {
    let settings: SeriesSettings
    let program: [String]
    let prometheus: String
    let rounds: Int
    private let custom = "/apis/custom.metrics.k8s.io/v1beta1"
    private let external = "/apis/external.metrics.k8s.io/v1beta1"
    private let namespace = SeriesSettings.namespace(0)

    func run() async throws {
        say(
            "\(settings.seriesCount) series: \(SeriesSettings.metricsPerPod) metrics of \(settings.podCount) pods in \(settings.namespaceCount) namespaces"
        )
        let peers = try RulesPeers(settings, program: program, prometheus: prometheus)
        defer { peers.stop() }
        try await peers.prometheus.wait(for: settings, log: peers.directory + "/prometheus.log")
        say("  Prometheus has them: \(peers.prometheus.server.residentMiB) MiB resident")
        try await withoutRules(peers)
        let server = try peers.startServer()
        defer { server.process.stop() }
        try await start(server)
        try await listings(server, peers)
        try await requests(server, peers)
        try await synchronization(server, peers)
        say("  resident at the end: \(memory(server))")
    }

    private func memory(_ server: MeasuredServer) -> String {
        "\(server.residentMiB) MiB, of which \(ProcessFigures.anonymousMiB(of: server.process.identifier)) of its own; "
            + "highest \(ProcessFigures.highestMiB(of: server.process.identifier))"
    }

    // MARK: Its start

    private func withoutRules(_ peers: RulesPeers) async throws {
        let server = try peers.startServer(hasRules: false)
        defer { server.process.stop() }
        try await wait("an answer") { await server.get("/apis/metrics.k8s.io/v1beta1") != nil }
        try await Task.sleep(for: .seconds(2))
        say("  without rules: \(memory(server))")
    }

    private func start(_ server: MeasuredServer) async throws {
        let began = ContinuousClock.now
        // Each for pods and for their namespace.
        try await wait("all metrics") { await resources(server) >= SeriesSettings.metricsPerPod * 2 }
        say(
            "  all metrics after \(text(began.duration(to: .now) / .seconds(1), 1)) s, CPU \(text(server.cpuSeconds, 2)) s, resident \(memory(server))"
        )
    }

    private func wait(_ what: String, _ isThere: () async -> Bool) async throws {
        let began = ContinuousClock.now
        while await !isThere() {
            guard began.duration(to: .now) < .seconds(60) else { throw BenchFailure("not \(what) after 60 s") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func resources(_ server: MeasuredServer) async -> Int {
        guard let answers = await server.get(custom) else { return 0 }
        return (try? JSONValue.parse(answers.body))?["resources"]?.array?.count ?? 0
    }

    // MARK: Listing

    /// Whoever asks for a metric that is not there waits until all series are listed.
    private func listings(_ server: MeasuredServer, _ peers: RulesPeers) async throws {
        var (times, plain, bytes): ([Duration], [Duration], Int) = ([], [], 0)
        let (own, theirs) = (server.cpuSeconds, peers.prometheus.server.cpuSeconds)
        for _ in 0..<rounds {
            // Not again sooner than after two seconds.
            try await Task.sleep(for: .milliseconds(2200))
            let missing = try await LoadConnection.run(port: server.port, tls: server.tls) {
                $0 == 0 ? .init(path: "\(custom)/namespaces/\(namespace)/pods/\(SeriesSettings.name(0))/missing") : nil
            }
            guard missing.failure?.hasPrefix("404") == true else { throw BenchFailure("a missing metric: \(missing.failure ?? "is there")") }
            times += missing.latencies
        }
        let (cpu, prometheusCPU) = (server.cpuSeconds - own, peers.prometheus.server.cpuSeconds - theirs)
        for _ in 0..<rounds {
            let direct = try await peers.prometheus.server.measure(PrometheusPeer.seriesPath(SeriesSettings.seriesQuery), requests: 1)
            plain += direct.latencies
            bytes = direct.bytes
        }
        let (median, direct) = (times.median, plain.median)
        say(
            "  listing all series: median \(text(median, 1)) ms, server CPU \(text(cpu / Double(rounds) * 1000, 1)) ms, Prometheus' "
                + "\(text(prometheusCPU / Double(rounds) * 1000, 1)) ms with its scrapes; Prometheus alone: \(bytes) bytes, \(text(direct, 1)) ms; "
                + "ratio \(text(median / direct, 2))")
        say("  resident after \(rounds) listings: \(memory(server))")
    }

    // MARK: Requests

    private func requests(_ server: MeasuredServer, _ peers: RulesPeers) async throws {
        let paths = SeriesSettings.metrics.map { "\(custom)/namespaces/\(namespace)/pods/*/\($0)" }
        let queries = SeriesSettings.metrics.map { PrometheusPeer.queryPath(SeriesSettings.query($0)) }
        let pods = "/api/v1/namespaces/\(namespace)/pods"
        var (cold, direct, lists) = (Figures.none, Figures.none, Figures.none)
        for _ in 0..<rounds {
            // An answer counts half a second.
            try await Task.sleep(for: .milliseconds(700))
            cold += try await server.measure(paths)
            direct += try await peers.prometheus.server.measure(queries)
            lists += try await peers.cluster.measure(pods, requests: 20)
        }
        let cached = try await server.measure(paths[0], requests: 100 * rounds)
        let object = try await server.measure("\(custom)/namespaces/\(namespace)/metrics/\(SeriesSettings.metric(0))", requests: 100 * rounds)
        let one = try await server.measure("\(external)/namespaces/\(namespace)/all_requests", requests: 100 * rounds)
        tell("Prometheus alone, the same query", direct)
        tell("the API server's list of those pods", lists)
        tell("100 pods, each time another metric", cold, beside: direct)
        tell("100 pods, the same metric", cached, beside: direct)
        tell("one namespace", object)
        tell("an external metric", one)
        say("  resident after the requests: \(memory(server))")
    }

    private func tell(_ what: String, _ figures: Figures, beside baseline: Figures? = nil) {
        let ratio = baseline.map { "; ratio to Prometheus alone \(text(figures.milliseconds(0.5) / $0.milliseconds(0.5), 2))" } ?? ""
        say(
            "  \(what): \(figures.bytes) bytes, median \(text(figures.milliseconds(0.5), 2)) ms, p99 \(text(figures.milliseconds(0.99), 2)) ms, "
                + "CPU \(text(figures.cpuMicroseconds / 1000, 2)) ms\(ratio)")
    }

    // MARK: What autoscalers cost Prometheus

    private func synchronization(_ server: MeasuredServer, _ peers: RulesPeers) async throws {
        let metric = SeriesSettings.metric(0)
        let autoscalers = 0..<SeriesSettings.podsPerNamespace
        let cases: [(String, [String])] = [
            (
                "each its own pods",
                autoscalers.map { "\(custom)/namespaces/\(namespace)/pods/*/\(metric)?labelSelector=workload%3D\(SeriesSettings.workload($0))" }
            ),
            ("all of one object", autoscalers.map { _ in "\(custom)/namespaces/\(namespace)/metrics/\(metric)" }),
            ("all of one external metric", autoscalers.map { _ in "\(external)/namespaces/\(namespace)/all_requests" }),
        ]
        for (name, paths) in cases {
            try await Task.sleep(for: .milliseconds(700))
            let before = await peers.prometheus.questions()
            let figures = try await server.measure(paths, connections: 5)
            let after = await peers.prometheus.questions()
            say(
                "  one sync of \(paths.count) autoscalers, \(name): \(after.queries - before.queries) queries and \(after.lists - before.lists) lists of "
                    + "series at Prometheus, \(text(figures.seconds * 1000)) ms, server CPU \(text(figures.serverCPU * 1000)) ms")
        }
    }
}

extension Figures {
    static var none: Figures { Figures(latencies: [], seconds: 0, serverCPU: 0) }

    static func += (sum: inout Figures, other: Figures) {
        sum = Figures(
            latencies: sum.latencies + other.latencies, seconds: sum.seconds + other.seconds, serverCPU: sum.serverCPU + other.serverCPU,
            bytes: other.bytes)
    }
}

extension [Duration] {
    /// In milliseconds.
    fileprivate var median: Double { sorted()[count / 2] / .milliseconds(1) }
}
