// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a metric that is no resource has to be asked for.
package enum MetricQuery: Sendable, Hashable {
    /// Of every pod that the target's selector matches, by the custom metrics API.
    case pods(MetricIdentifier)
    /// Of one object in the autoscaler's namespace, or of the namespace itself, by the custom metrics API.
    case object(CrossVersionObjectReference, MetricIdentifier)
    /// By the external metrics API.
    case external(MetricIdentifier)

    package var metric: MetricIdentifier {
        switch self {
        case .pods(let metric), .object(_, let metric), .external(let metric): metric
        }
    }
}

extension MetricSpec {
    /// Nil for resources, which have an API of their own, and for what is not known.
    var query: MetricQuery? {
        switch self {
        case .pods(let metric): .pods(metric.metric)
        case .object(let metric): .object(metric.describedObject, metric.metric)
        case .external(let metric): .external(metric.metric)
        case .resource, .other: nil
        }
    }
}

extension AutoscalerSpec {
    /// What has to be known beyond resource use; each once. One whose selector is invalid need not be asked: the rules look at that first.
    package var metricQueries: Set<MetricQuery> { Set(metrics.compactMap(\.query)) }
}

/// One value of a custom or external metric.
package struct MetricValue: Sendable, Hashable {
    /// The name of the object it is of; empty for external metrics.
    package var object: String
    /// In thousandths of the metric's unit, rounded up: the least counts as one.
    package var milli: Int64
    /// Year 1 where the answer doesn't say.
    package var timestamp: Timestamp
    /// What it was measured over; a minute where the answer doesn't say.
    package var window: Duration

    package init(object: String = "", milli: Int64, timestamp: Timestamp = .zero, window: Duration = .seconds(60)) {
        self.object = object
        self.milli = milli
        self.timestamp = timestamp
        self.window = window
    }

    /// - Parameter json: An item of a `MetricValueList` (custom.metrics.k8s.io) or an `ExternalMetricValueList`.
    package init(_ json: JSONValue) {
        self.init(
            object: json["describedObject"]?["name"]?.string ?? "", milli: Quantity(json["value"])?.milliValue ?? 0,
            timestamp: json["timestamp"]?.timestamp ?? .zero,
            window: (json["windowSeconds"] ?? json["window"])?.int.map { .seconds($0) } ?? .seconds(60))
    }
}

extension Observation {
    /// The values of a metric that is no resource.
    ///
    /// - Throws: In the words of upstream's client; also for an answer without any value, which says nothing.
    /// - Source: `GetRawMetric`, `GetObjectMetric`, `GetExternalMetric`, kubernetes v1.36 pkg/controller/podautoscaler/metrics/client.go
    func values(of query: MetricQuery) throws(MetricsFailure) -> [MetricValue] {
        let api = if case .external = query { "external" } else { "custom" }
        switch metricValues[query] {
        case .success(let values)? where !values.isEmpty: return values
        case .failure(let failure)?: throw MetricsFailure("unable to fetch metrics from \(api) metrics API: \(failure.message)")
        case .success?, nil: throw MetricsFailure("no metrics returned from \(api) metrics API")
        }
    }

}

extension [MetricValue] {
    /// All of them together, in thousandths; the most there is where that is too much for 64 bits.
    ///
    /// - Source: `GetExternalMetricReplicas`, kubernetes v1.36 pkg/controller/podautoscaler/replica_calculator.go
    var sumMilli: Int64 {
        var sum: Int64 = 0
        for value in self {
            sum = sum.addingClamped(value.milli)
            if sum == .max { break }
        }
        return sum
    }

    /// The same for a target per pod, where upstream takes a sum below nothing for one beyond 64 bits.
    ///
    /// - Source: `GetExternalPerPodMetricReplicas`, same file
    var sumMilliPerPod: Int64 {
        var sum: Int64 = 0
        for value in self {
            sum &+= value.milli
            if sum < 0 { return .max }
        }
        return sum
    }
}
