// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What one metric of the spec came to.
package struct MetricOutcome: Sendable, Hashable {
    /// As conditions and events name it: `cpu resource utilization (percentage of request)`.
    package var name: String
    package var result: Result<MetricReading, MetricRejection>
}

package struct MetricReading: Sendable, Hashable {
    /// The replicas this metric asks for, before stabilization and limits.
    package var replicas: Int32
    /// Percent of the requests; nil where the target is no utilization.
    package var utilization: Int32?
    /// Per pod, in thousandths of the resource's unit.
    package var averageMilli: Int64
    package var target: MetricTarget
    /// Which pods the reading rests on. Those left out don't lower the average, but count as idle on the way up.
    package var pods: PodGroups
    package var timestamp: Timestamp
    /// The entry in `status.currentMetrics`.
    package var status: JSONValue
}

/// Why a metric came to nothing.
package struct MetricRejection: Error, Sendable, Hashable {
    /// Of the event and, if it is the first, of the condition `ScalingActive`: `FailedGetResourceMetric`.
    package var reason: String
    package var message: String
    /// `message` with the metric's name, as it stands in the reconciliation's error.
    package var fullMessage: String
    /// How the target's pods were grouped, where it came so far.
    package var pods: PodGroups?
}

/// Computes one metric.
///
/// - Source: `computeReplicasForMetric`, `computeStatusForResourceMetricGeneric`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
func evaluate(
    _ metric: MetricSpec, _ spec: AutoscalerSpec, _ scale: TargetScale, pods: [PodState], _ observation: Observation, _ settings: ScalingSettings,
    at now: Timestamp
) -> MetricOutcome {
    switch metric {
    case .resource(let metric):
        let input = ResourceInput(
            resource: metric.resource, container: metric.container, currentReplicas: scale.specReplicas, pods: pods,
            podMetrics: observation.podMetrics, tolerance: settings.tolerance(for: spec.behavior), settings: settings, now: now)
        do {
            return MetricOutcome(name: metric.displayName, result: .success(try input.read(metric)))
        } catch {
            return MetricOutcome(name: metric.displayName, result: .failure(metric.rejection(error)))
        }
    case .other(let type):
        let message =
            ["Pods", "Object", "External"].contains(type)
            ? "metric source type \(quoted(type)) is not supported here" : "unknown metric source type \(quoted(type))"
        return MetricOutcome(
            name: type, result: .failure(MetricRejection(reason: "InvalidMetricSourceType", message: message, fullMessage: message)))
    }
}

extension ResourceInput {
    fileprivate func read(_ metric: MetricSpec.ResourceMetric) throws(MetricError) -> MetricReading {
        let proposal: ReplicaProposal
        if let target = metric.target.averageValueMilli {
            proposal = try named("usage") { () throws(MetricError) in try replicas(forAverageMilli: target) }
        } else if let target = metric.target.averageUtilization {
            proposal = try named("utilization") { () throws(MetricError) in try replicas(forUtilization: target) }
        } else {
            throw MetricError(
                "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set")
        }
        return MetricReading(
            replicas: proposal.replicas, utilization: proposal.utilization, averageMilli: proposal.averageMilli, target: metric.target,
            pods: proposal.pods, timestamp: proposal.timestamp,
            status: metric.status(utilization: proposal.utilization, averageMilli: proposal.averageMilli))
    }

    private func named(
        _ what: String, _ compute: () throws(MetricError) -> ReplicaProposal
    ) throws(MetricError) -> ReplicaProposal {
        do {
            return try compute()
        } catch {
            throw MetricError("failed to get \(resource) \(what): \(error.message)", pods: error.pods)
        }
    }
}

extension MetricSpec.ResourceMetric {
    fileprivate var displayName: String {
        if target.averageValueMilli != nil { return "\(resource) resource" }
        return container == nil
            ? "\(resource) resource utilization (percentage of request)" : "\(resource) container resource utilization (percentage of request)"
    }

    fileprivate func rejection(_ error: MetricError) -> MetricRejection {
        if let container {
            return MetricRejection(
                reason: "FailedGetContainerResourceMetric", message: error.message,
                fullMessage: "failed to get \(container) container metric value: \(error.message)", pods: error.pods)
        }
        return MetricRejection(
            reason: "FailedGetResourceMetric", message: error.message,
            fullMessage: "failed to get \(resource) resource metric value: \(error.message)", pods: error.pods)
    }

    fileprivate func status(utilization: Int32?, averageMilli: Int64) -> JSONValue {
        let quantity = Quantity(milli: averageMilli, resource == "memory" ? .binarySI : .decimalSI)
        var current: JSONObject = ["averageValue": .string(quantity.description)]
        if let utilization { current["averageUtilization"] = .integer(Int64(utilization)) }
        var source: JSONObject = ["name": .string(resource), "current": .object(current)]
        guard let container else { return ["type": "Resource", "resource": .object(source)] }
        source["container"] = .string(container)
        return ["type": "ContainerResource", "containerResource": .object(source)]
    }
}

/// A text as Go's `%q` writes it, for texts without control characters.
private func quoted(_ text: String) -> String {
    var quoted = "\""
    for character in text.unicodeScalars {
        if character == "\"" || character == "\\" { quoted += "\\" }
        quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
}
