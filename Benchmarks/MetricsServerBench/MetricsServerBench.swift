// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation
import KubeModel

/// Scraping and serving a farm of one size.
struct MetricsServerBench {
    let settings: FarmSettings
    let program: [String]
    let resolution: Int
    let cycles: Int
    private let base = "/apis/metrics.k8s.io/v1beta1"

    func run() async throws {
        say("\(settings.nodes) nodes × \(settings.pods) pods × \(settings.containers) containers every \(resolution) s")
        let peers = try BenchPeers(settings, program: program, resolution: resolution)
        defer { peers.stop() }
        let began = ContinuousClock.now
        let first = try await untilFirst(peers)
        say(
            "  first nodes after \(text(first.after, 1)) s, \(first.nodes) of \(settings.nodes) a resolution later; "
                + "\(peers.server.residentMiB) MiB resident, CPU \(text(peers.server.cpuSeconds, 2)) s by then"
        )
        try await untilComplete(peers, since: began)
        try await cycle(peers)
        if settings.wellCount < settings.nodes { try await freshness(peers) } else { try await requests(peers) }
    }

    /// Until the first node has metrics, and how many have a resolution later.
    private func untilFirst(_ peers: BenchPeers) async throws -> (after: Double, nodes: Int) {
        let began = ContinuousClock.now
        while await count(peers, "nodes") == 0 {
            guard began.duration(to: .now) < .seconds(180) else { throw BenchFailure("no metrics after 180 s; see \(peers.directory)/server.log") }
            try await Task.sleep(for: .milliseconds(500))
        }
        let after = began.duration(to: .now) / .seconds(1)
        try await Task.sleep(for: .seconds(resolution))
        return (after, await count(peers, "nodes"))
    }

    private func untilComplete(_ peers: BenchPeers, since began: ContinuousClock.Instant) async throws {
        let enough = settings.wellCount
        while await count(peers, "nodes") < enough {
            guard began.duration(to: .now) < .seconds(240) else {
                throw BenchFailure("\(await count(peers, "nodes")) of \(enough) nodes have metrics after 240 s")
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func count(_ peers: BenchPeers, _ resource: String) async -> Int { await items(peers, resource).count }

    private func items(_ peers: BenchPeers, _ resource: String) async -> [JSONValue] {
        guard let answers = await peers.server.get("\(base)/\(resource)") else { return [] }
        return (try? JSONValue.parse(answers.body))?["items"]?.array ?? []
    }

    /// What scraping costs while nobody asks.
    private func cycle(_ peers: BenchPeers) async throws {
        var (costs, resident): ([Double], [Int]) = ([], [])
        for _ in 0..<cycles {
            let before = peers.server.cpuSeconds
            try await Task.sleep(for: .seconds(resolution))
            costs.append(peers.server.cpuSeconds - before)
            resident.append(peers.server.residentMiB)
        }
        let upstream = Upstream.at(settings)
        let (cost, memory) = (costs.sorted()[cycles / 2], resident.sorted()[cycles / 2])
        say("  CPU a cycle: \(text(cost, 3)) s (\(costs.map { text($0, 2) }.joined(separator: ", ")))\(Upstream.ratio(cost, upstream?.cycle, "s"))")
        say(
            "  resident: \(memory) MiB, of which \(ProcessFigures.anonymousMiB(of: peers.server.process.identifier)) of its own"
                + Upstream.ratio(Double(memory), upstream?.resident, "MiB"))
    }

    private func requests(_ peers: BenchPeers) async throws {
        let upstream = Upstream.at(settings)
        let pod = "\(base)/namespaces/\(settings.namespace(0, 0))/pods/\(settings.podName(0, 0))"
        let namespace = "\(base)/namespaces/ns-3/pods"
        let large = settings.nodes > 1000 ? 8 : 20
        let all: [(String, String, String, Int, Double?)] = [
            ("all pods, JSON", "\(base)/pods", "application/json", large, upstream?.list),
            ("all pods, protobuf", "\(base)/pods", "application/vnd.kubernetes.protobuf", large, upstream?.protobufList),
            ("a namespace", namespace, "application/json", 100, upstream?.namespace),
            ("a namespace by label", namespace + "?labelSelector=app%3Dapp-3", "application/json", 100, upstream?.selected),
            ("nodes", "\(base)/nodes", "application/json", 50, upstream?.nodes), ("one pod", pod, "application/json", 300, nil),
        ]
        for (name, path, accept, count, published) in all {
            let figures = try await peers.server.measure(path, accept: accept, requests: count)
            let median = figures.milliseconds(0.5)
            say(
                "  \(name): \(figures.bytes) bytes, median \(text(median, 2)) ms, p99 \(text(figures.milliseconds(0.99), 2)) ms, "
                    + "server CPU \(text(figures.cpuMicroseconds / 1000, 2)) ms\(Upstream.ratio(median, published, "ms"))")
        }
        say("  resident after the requests: \(peers.server.residentMiB) MiB")
    }

    /// Whether the nodes that are well are fresh at every look, whatever the others do.
    private func freshness(_ peers: BenchPeers) async throws {
        for look in 1...cycles {
            try await Task.sleep(for: .seconds(resolution))
            let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
            let well = Set((0..<settings.nodes).filter { settings.mood($0) == .well }.map(settings.name))
            let fresh = await items(peers, "nodes").count { item in
                guard well.contains(item["metadata"]?["name"]?.string ?? ""), let time = item["timestamp"]?.string.flatMap(Timestamp.init) else {
                    return false
                }
                return now - time < .seconds(resolution * 2)
            }
            say("  look \(look): \(fresh) of \(well.count) nodes that are well are fresh")
            guard fresh == well.count else { throw BenchFailure("nodes that are well are late") }
        }
    }
}

/// metrics-server 0.8.1 with one container a pod, as published in docs/benchmarks.md: milliseconds of the median, seconds of CPU a cycle, MiB.
struct Upstream {
    var cycle: Double
    var resident: Double
    var list: Double
    var protobufList: Double
    var selected: Double
    var namespace: Double
    var nodes: Double

    static func at(_ settings: FarmSettings) -> Upstream? {
        switch settings.nodes {
        case 100: Upstream(cycle: 0.077, resident: 116, list: 40, protobufList: 14, selected: 0.9, namespace: 3.2, nodes: 1.6)
        case 1000: Upstream(cycle: 0.67, resident: 566, list: 468, protobufList: 275, selected: 2.3, namespace: 4.2, nodes: 15)
        case 5000: Upstream(cycle: 3.28, resident: 2972, list: 2824, protobufList: 1557, selected: 2.1, namespace: 3.5, nodes: 95)
        default: nil
        }
    }

    static func ratio(_ value: Double, _ published: Double?, _ unit: String) -> String {
        guard let published else { return "" }
        return "; metrics-server with half the containers: \(text(published, 2)) \(unit), ratio \(text(value / published, 2))"
    }
}
