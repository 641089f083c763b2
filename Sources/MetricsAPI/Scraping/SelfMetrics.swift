// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import KubeModel
import Synchronization
import Telemetry

/// What the metrics server tells of itself on `/metrics`, by upstream's names, help texts, labels and bounds.
///
/// - Source: metrics-server v0.9 pkg/scraper/scraper.go, pkg/server/server.go, pkg/storage/monitoring.go, pkg/api/monitoring.go
final class SelfMetrics: Sendable {
    private struct Histogram {
        var counts: [UInt64]
        var sum = 0.0

        init(_ bounds: [Double]) { counts = Array(repeating: 0, count: bounds.count + 1) }

        mutating func record(_ value: Double, _ bounds: [Double]) {
            counts[bounds.firstIndex { value <= $0 } ?? bounds.count] &+= 1
            sum += value
        }
    }

    /// The times of one node's requests: of thousands of nodes, an array each would be most of the memory.
    private struct NodeTimes {
        var counts: InlineArray<12, UInt32> = .init(repeating: 0)
        var sum = 0.0
        /// Since 1970, in seconds.
        var lastRequest: Int64 = 0
    }

    private struct State {
        var nodes: [String: NodeTimes] = [:]
        var successes: UInt64 = 0
        var failures: UInt64 = 0
        var ticks: Histogram
        var freshness = Histogram(SelfMetrics.freshnessBounds)
    }

    /// Of requests: Prometheus' own.
    private static let requestBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    private static let freshnessBounds: [Double] = {
        var bounds = [1.0]
        while bounds.count < 20 { bounds.append((bounds.last ?? 1) * 1.364) }
        return bounds
    }()

    private let tickBounds: [Double]
    private let points: @Sendable () -> (nodes: Int, containers: Int)
    private let process: ProcessMetrics
    private let state: Mutex<State>

    /// - Parameter points: How many nodes and containers have a usage.
    init(resolution: Duration, points: @escaping @Sendable () -> (nodes: Int, containers: Int)) {
        self.points = points
        process = ProcessMetrics()
        tickBounds = Self.tickBounds(resolution / .seconds(1))
        state = Mutex(State(ticks: Histogram(tickBounds)))
    }

    /// The usual bounds with the resolution among them.
    /// - Source: BucketsForScrapeDuration, metrics-server v0.9 pkg/utils/monitoring.go
    static func tickBounds(_ seconds: Double) -> [Double] {
        guard seconds > 10 else { return (requestBounds + (requestBounds.contains(seconds) ? [] : [seconds])).sorted() }
        return requestBounds + [10 + (seconds - 10) / 2, seconds, seconds * 1.5, seconds * 2]
    }

    // MARK: Recording

    /// One request to a kubelet.
    func requested(_ node: String, at time: Timestamp, took duration: Duration, hasFailed: Bool) {
        let seconds = duration / .seconds(1)
        let bucket = Self.requestBounds.firstIndex { seconds <= $0 } ?? Self.requestBounds.count
        state.withLock { state in
            state.nodes[node, default: NodeTimes()].counts[bucket] &+= 1
            state.nodes[node]?.sum += seconds
            state.nodes[node]?.lastRequest = time.nanosecondsSinceEpoch / 1_000_000_000
            if hasFailed { state.failures += 1 } else { state.successes += 1 }
        }
    }

    /// The node is gone, and its series with it.
    func forget(_ node: String) { state.withLock { $0.nodes[node] = nil } }

    /// All nodes of a period were asked, and what they told was stored.
    func tick(_ duration: Duration) { state.withLock { $0.ticks.record(duration / .seconds(1), tickBounds) } }

    /// Usages were served that were measured so many seconds ago.
    func served(ages: some Sequence<Double>) {
        state.withLock { state in for age in ages { state.freshness.record(age, Self.freshnessBounds) } }
    }

    // MARK: Text

    /// The body of an answer on `/metrics`.
    var text: [UInt8] {
        var writer = ExpositionWriter(reservingCapacity: 16 << 10)
        writeState(state.withLock { $0 }, to: &writer)
        writer.family("metrics_server_storage_points", .gauge, help: "[ALPHA] Number of metrics points stored.")
        let points = points()
        writer.sample("metrics_server_storage_points", ["type": "container"], integer: UInt64(points.containers))
        writer.sample("metrics_server_storage_points", ["type": "node"], integer: UInt64(points.nodes))
        process.write(to: &writer)
        return writer.bytes
    }

    private func writeState(_ state: State, to writer: inout ExpositionWriter) {
        var name = "metrics_server_api_metric_freshness_seconds"
        writer.family(name, .histogram, help: "[ALPHA] Freshness of metrics exported")
        Self.write(name, [], Self.freshnessBounds, state.freshness.counts, state.freshness.sum, to: &writer)
        let nodes = state.nodes.sorted { $0.key < $1.key }
        if !nodes.isEmpty {
            name = "metrics_server_kubelet_last_request_time_seconds"
            writer.family(name, .gauge, help: "[ALPHA] Time of last request performed to Kubelet API since unix epoch in seconds")
            for (node, times) in nodes { writer.sample(name, ["node": node], Double(times.lastRequest)) }
            name = "metrics_server_kubelet_request_duration_seconds"
            writer.family(name, .histogram, help: "[ALPHA] Duration of requests to Kubelet API in seconds")
            for (node, times) in nodes {
                let counts = times.counts.indices.map { UInt64(times.counts[$0]) }
                Self.write(name, [(key: "node", value: node)], Self.requestBounds, counts, times.sum, to: &writer)
            }
        }
        name = "metrics_server_kubelet_request_total"
        writer.family(name, .counter, help: "[ALPHA] Number of requests sent to Kubelet API")
        if state.failures > 0 { writer.sample(name, ["success": "false"], integer: state.failures) }
        if state.successes > 0 { writer.sample(name, ["success": "true"], integer: state.successes) }
        name = "metrics_server_manager_tick_duration_seconds"
        writer.family(name, .histogram, help: "[ALPHA] The total time spent collecting and storing metrics in seconds.")
        Self.write(name, [], tickBounds, state.ticks.counts, state.ticks.sum, to: &writer)
    }

    private static func write(
        _ name: String, _ labels: [(key: String, value: String)], _ bounds: [Double], _ counts: [UInt64], _ sum: Double,
        to writer: inout ExpositionWriter
    ) {
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? Int64(exactly: bounds[index]).map { "\($0)" } ?? "\(bounds[index])" : "+Inf"
            writer.sample(name + "_bucket", labels: labels + [(key: "le", value: bound)], Double(total))
        }
        writer.sample(name + "_sum", labels: labels, sum)
        writer.sample(name + "_count", labels: labels, Double(total))
    }
}
