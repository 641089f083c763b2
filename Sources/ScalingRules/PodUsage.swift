// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One pod's entry in the answer of the resource metrics API.
package struct PodUsage: Sendable, Hashable {
    package var pod: String
    package var labels: [String: String]
    /// The end of the window; year 1 where the entry says nothing.
    package var timestamp: Timestamp
    package var window: Duration
    package var containers: [Container]

    package struct Container: Sendable, Hashable {
        package var name: String
        /// By resource, in thousandths of its unit, rounded up: the least use counts as one.
        package var usage: [String: Int64]

        package init(name: String, usage: [String: Int64]) {
            self.name = name
            self.usage = usage
        }
    }

    package init(pod: String, labels: [String: String] = [:], timestamp: Timestamp, window: Duration, containers: [Container]) {
        self.pod = pod
        self.labels = labels
        self.timestamp = timestamp
        self.window = window
        self.containers = containers
    }

    package init(_ podMetrics: KubeObject) {
        self.init(
            pod: podMetrics.name, labels: podMetrics.labels, timestamp: podMetrics["timestamp"]?.timestamp ?? .zero,
            window: podMetrics["window"]?.string.flatMap { Duration(goText: $0) } ?? .zero,
            containers: (podMetrics["containers"]?.array ?? []).map { container in
                var usage: [String: Int64] = [:]
                for member in container["usage"]?.object ?? [:] { usage[member.key] = Quantity(member.value)?.milliValue }
                return Container(name: container["name"]?.string ?? "", usage: usage)
            })
    }
}

/// The use that a pod is taken to have of one resource.
struct PodMetric: Hashable {
    /// In thousandths of the unit.
    var value: Int64
    var timestamp: Timestamp
    var window: Duration

    init(value: Int64, timestamp: Timestamp = .zero, window: Duration = .zero) {
        self.value = value
        self.timestamp = timestamp
        self.window = window
    }
}

/// The use of `resource` by pod, from what the metrics API answered, with the first entry's time.
///
/// A pod's use is the sum of its containers'; if one of them is not reported, neither is the pod. With `container`, only that one counts.
/// - Source: `GetResourceMetric`, kubernetes v1.36 pkg/controller/podautoscaler/metrics/client.go
func usageByPod(
    _ resource: String, container: String?, in answer: Result<[PodUsage], MetricsFailure>
) throws(MetricsFailure) -> (metrics: [String: PodMetric], timestamp: Timestamp) {
    let entries: [PodUsage]
    switch answer {
    case .success(let list): entries = list
    case .failure(let failure): throw MetricsFailure("unable to fetch metrics from resource metrics API: \(failure.message)")
    }
    guard let first = entries.first else { throw MetricsFailure("no metrics returned from resource metrics API") }
    var metrics: [String: PodMetric] = [:]
    metrics.reserveCapacity(entries.count)
    for entry in entries {
        guard let value = entry.value(of: resource, in: container) else { continue }
        metrics[entry.pod] = PodMetric(value: value, timestamp: entry.timestamp, window: entry.window)
    }
    return (metrics, first.timestamp)
}

extension PodUsage {
    fileprivate func value(of resource: String, in container: String?) -> Int64? {
        if let container { return containers.first { $0.name == container }?.usage[resource] }
        guard !containers.isEmpty else { return nil }
        var sum: Int64 = 0
        for container in containers {
            guard let value = container.usage[resource] else { return nil }
            sum = sum.addingClamped(value)
        }
        return sum
    }
}
