// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Everything a decision rests on, read at one time; what could not be read stands here as a value.
package struct Observation: Sendable {
    package var autoscaler: NamespacedName
    package var generation: Int64
    /// The autoscaler's status as last written.
    package var status: AutoscalerStatus
    package var scale: Result<TargetScale, ScaleFailure>
    /// The pods in the autoscaler's namespace that the scale's selector matches; not read where there is no scale.
    package var pods: Result<[PodState], SelectorFailure>
    /// The reports on pods whose own labels the selector matches; not read where no metric asks for them.
    package var podMetrics: Result<[PodUsage], MetricsFailure>
    /// What the custom and external metrics APIs answered to `spec.metricQueries`.
    package var metricValues: [MetricQuery: Result<[MetricValue], MetricsFailure>]

    package init(
        autoscaler: NamespacedName, generation: Int64 = 0, status: AutoscalerStatus, scale: Result<TargetScale, ScaleFailure>,
        pods: Result<[PodState], SelectorFailure> = .success([]), podMetrics: Result<[PodUsage], MetricsFailure> = .success([]),
        metricValues: [MetricQuery: Result<[MetricValue], MetricsFailure>] = [:]
    ) {
        self.autoscaler = autoscaler
        self.generation = generation
        self.status = status
        self.scale = scale
        self.pods = pods
        self.podMetrics = podMetrics
        self.metricValues = metricValues
    }
}

/// The scale subresource of the target.
package struct TargetScale: Sendable, Hashable {
    package var specReplicas: Int32
    package var statusReplicas: Int32
    /// As text; empty where the target has none.
    package var selector: String

    package init(specReplicas: Int32, statusReplicas: Int32, selector: String) {
        self.specReplicas = specReplicas
        self.statusReplicas = statusReplicas
        self.selector = selector
    }

    package init(_ scale: KubeObject) {
        specReplicas = scale.value(at: "spec", "replicas")?.int32 ?? 0
        statusReplicas = scale.value(at: "status", "replicas")?.int32 ?? 0
        selector = Self.selector(scale.value(at: "status") ?? [:])
    }

    /// The scale of `extensions/v1beta1` has its selector as text under another name, and as a map where it is that simple.
    private static func selector(_ status: JSONValue) -> String {
        if let text = status["selector"]?.string ?? status["targetSelector"]?.string { return text }
        let pairs = status["selector"]?.stringMap ?? [:]
        return pairs.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
    }
}

/// Why the target's scale is not known.
package enum ScaleFailure: Error, Sendable, Hashable {
    /// `scaleTargetRef.apiVersion` is no group and version.
    case invalidAPIVersion(String)
    /// No resource is served for the kind.
    case unknownKind(String)
    /// The server did not give the scale.
    case unavailable(String)

    package var message: String {
        switch self {
        case .invalidAPIVersion(let message), .unknownKind(let message), .unavailable(let message): message
        }
    }
}

/// Why it is not known which pods belong to the target.
package enum SelectorFailure: Error, Sendable, Hashable {
    case missing
    case unparsable(String)
    /// The pods of `selector` are also those of other autoscalers.
    case ambiguous(selector: String, autoscalers: [NamespacedName])
}

/// What the metrics API said instead of an answer.
package struct MetricsFailure: Error, Sendable, Hashable {
    package var message: String
    package init(_ message: String) { self.message = message }
}
