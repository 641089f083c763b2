// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One decision laid open: per metric what went in, pod by pod, and what it asks for; then each limit that changed that.
///
/// It follows from what the decision was made of, so that it can be told of a decision long past, and of one that is made only to explain.
package struct Explanation: Sendable, Hashable {
    package var autoscaler: NamespacedName
    package var time: Timestamp
    package var target: CrossVersionObjectReference
    /// Replicas asked of the target and replicas there are; nil where its scale could not be read.
    package var scale: TargetScale?
    package var minReplicas: Int32
    package var maxReplicas: Int32
    package var metrics: [Metric]
    /// Nil where nothing may be concluded: the replicas then stay.
    package var proposed: Int32?
    package var adjustments: [Decision.Adjustment]
    /// What the target is to have from now on.
    package var outcome: Int32
    package var failure: String?
    package var conditions: [AutoscalerCondition]
    /// What a reader may not expect, each a sentence or two.
    package var notes: [String]

    package struct Metric: Sendable, Hashable {
        /// As conditions and events name it.
        package var name: String
        /// `80%`, `200Mi`.
        package var target: String
        /// In the target's form; nil where the metric failed.
        package var current: String?
        package var proposal: Int32?
        package var failure: String?
        package var pods: [Pod]
    }

    package struct Pod: Sendable, Hashable {
        package enum Standing: String, Sendable, Hashable {
            case counted, unready, missing, ignored
        }

        package var name: String
        package var standing: Standing
        /// Why it does not count; empty where it does.
        package var why: String
        /// As the metrics API tells it, for resources summed over the containers that count; nil where it tells nothing.
        package var value: Quantity?
        package var request: Quantity?
    }
}

/// Lays a decision open.
///
/// - Parameters: Those the decision was made of.
package func explain(
    _ spec: AutoscalerSpec, _ observation: Observation, _ decision: Decision, settings: ScalingSettings = ScalingSettings(), at now: Timestamp
) -> Explanation {
    let scale = try? observation.scale.get()
    let explainer = Explainer(spec: spec, observation: observation, settings: settings, now: now)
    return Explanation(
        autoscaler: observation.autoscaler, time: now, target: spec.target, scale: scale, minReplicas: spec.minReplicas,
        maxReplicas: spec.maxReplicas, metrics: explainer.metrics(decision), proposed: decision.proposed, adjustments: decision.adjustments,
        outcome: decision.rescale?.to ?? scale?.specReplicas ?? 0, failure: decision.failure, conditions: decision.status.conditions,
        notes: explainer.notes(decision))
}

private struct Explainer {
    let spec: AutoscalerSpec
    let observation: Observation
    let settings: ScalingSettings
    let now: Timestamp

    func metrics(_ decision: Decision) -> [Explanation.Metric] {
        zip(spec.metrics, decision.metrics).map { spec, outcome in
            var metric = Explanation.Metric(name: outcome.name, target: spec.targetText, pods: [])
            switch outcome.result {
            case .success(let reading):
                metric.current = spec.currentText(reading)
                metric.proposal = reading.replicas
                metric.pods = pods(of: spec, reading.pods)
            case .failure(let rejection):
                metric.failure = rejection.message
                metric.pods = pods(of: spec, rejection.pods)
            }
            return metric
        }
    }

    // MARK: Pods

    private func pods(of metric: MetricSpec, _ groups: PodGroups?) -> [Explanation.Pod] {
        guard let groups, let pods = try? observation.pods.get() else { return [] }
        let values = self.values(of: metric)
        return pods.map { pod in
            let value = values[pod.name]
            var row = Explanation.Pod(name: pod.name, standing: .counted, why: "", value: nil, request: request(of: metric, pod))
            row.value = value.map { Quantity(milli: $0.value, metric.format) }
            if groups.ignored.contains(pod.name) {
                (row.standing, row.why) = (.ignored, pod.isBeingDeleted ? "is being deleted" : "has failed")
            } else if groups.missing.contains(pod.name) {
                (row.standing, row.why) = (.missing, "the metrics API tells nothing of it")
            } else if groups.unready.contains(pod.name) {
                (row.standing, row.why) = (.unready, pod.unreadiness(value, settings, at: now))
            }
            return row
        }
    }

    private func values(of metric: MetricSpec) -> [String: PodMetric] {
        switch metric {
        case .resource(let metric):
            return (try? usageByPod(metric.resource, container: metric.container, in: observation.podMetrics))?.metrics ?? [:]
        case .pods(let metric): return (try? observation.values(of: .pods(metric.metric)))?.byPod ?? [:]
        case .object, .external, .other: return [:]
        }
    }

    private func request(of metric: MetricSpec, _ pod: PodState) -> Quantity? {
        guard case .resource(let metric) = metric, metric.target.averageUtilization != nil else { return nil }
        let requests = try? requestsByPod([pod], resource: metric.resource, container: metric.container, settings.features)
        return requests?[pod.name].map { Quantity(milli: $0, metric.resource == "memory" ? .binarySI : .decimalSI) }
    }

    // MARK: Notes

    func notes(_ decision: Decision) -> [String] {
        var notes = spec.metrics.compactMap(leastUse)
        if let rescale = decision.rescale, rescale.reason.isEmpty {
            notes.append(
                "The metrics alone ask for \(decision.proposed ?? rescale.from); an earlier, higher recommendation within the stabilization window still holds."
            )
        }
        return notes
    }

    /// Where the smallest use that can be told is already above the target, the workload grows with no load at all.
    private func leastUse(_ metric: MetricSpec) -> String? {
        guard case .resource(let metric) = metric, metric.resource == "cpu", let target = metric.target.averageUtilization, target > 0,
            let pods = try? observation.pods.get(), let pod = pods.first,
            let request = (try? requestsByPod([pod], resource: "cpu", container: metric.container, settings.features))?[pod.name], request > 0
        else { return nil }
        let containers = Int64(metric.container == nil ? max(1, pod.containers.count) : 1)
        let least = containers.multipliedReportingOverflow(by: 100).partialValue / request
        guard Double(least) > Double(target) * (1 + settings.tolerance(for: spec.behavior).up) else { return nil }
        let enough = (containers * 100 + Int64(target) - 1) / Int64(target)
        return """
            The CPU request of \(request)m is the reason why it grows while idle: usage is counted in whole millicores, rounded up, \
            so that any use at all comes to at least \(least)% of the request, above the target of \(target)%. Kubernetes does the same. \
            With a request well above \(enough)m, such as 100m, the target means load.
            """
    }
}

extension MetricSpec {
    /// Of the values that are shown for it.
    fileprivate var format: Quantity.Format {
        if case .resource(let metric) = self, metric.resource == "memory" { return .binarySI }
        return .decimalSI
    }

    fileprivate var target: MetricTarget? {
        switch self {
        case .resource(let metric): metric.target
        case .pods(let metric): metric.target
        case .object(let metric): metric.target
        case .external(let metric): metric.target
        case .other: nil
        }
    }

    fileprivate var targetText: String {
        guard let target else { return "<none>" }
        if let average = target.averageValueMilli { return Quantity(milli: average, format).description + " per pod" }
        if let value = target.valueMilli { return Quantity(milli: value, format).description }
        return target.averageUtilization.map { "\($0)%" } ?? "<none>"
    }

    fileprivate func currentText(_ reading: MetricReading) -> String {
        let value = Quantity(milli: reading.currentMilli, format).description
        return reading.utilization.map { "\($0)% (\(value) per pod)" } ?? (target?.averageValueMilli != nil ? "\(value) per pod" : value)
    }
}

extension PodState {
    /// Why its sample may be of its start rather than of its work; the rule is `groupPods`'.
    fileprivate func unreadiness(_ sample: PodMetric?, _ settings: ScalingSettings, at now: Timestamp) -> String {
        if phase == "Pending" { return "has not started" }
        guard let ready, let startTime else { return "its node tells nothing of its readiness yet" }
        let isInitializing = startTime + settings.cpuInitializationPeriod > now
        if isInitializing, !ready.isFalse {
            return
                "its sample began before it was ready, and it started only \((now - startTime).inSeconds) ago, of \(settings.cpuInitializationPeriod.inSeconds)"
        }
        return isInitializing
            ? "is not ready, and started only \((now - startTime).inSeconds) ago, of \(settings.cpuInitializationPeriod.inSeconds)"
            : "was never ready since its start"
    }
}

extension Duration {
    fileprivate var inSeconds: String { Duration.seconds(components.seconds).goText }
}

// MARK: As JSON

extension Explanation {
    package var json: JSONValue {
        var json: JSONObject = [
            "autoscaler": ["namespace": .string(autoscaler.namespace), "name": .string(autoscaler.name)], "time": .string(time.description),
            "target": target.json, "minReplicas": JSONValue(minReplicas), "maxReplicas": JSONValue(maxReplicas),
            "metrics": .array(metrics.map(\.json)), "adjustments": .array(adjustments.map(\.json)), "replicas": JSONValue(outcome),
            "conditions": .array(conditions.map(\.json)), "notes": JSONValue(notes),
        ]
        json["currentReplicas"] = scale.map { JSONValue($0.specReplicas) }
        json["proposedReplicas"] = proposed.map { JSONValue($0) }
        json["failure"] = failure.map { .string($0) }
        return .object(json)
    }
}

extension Explanation.Metric {
    fileprivate var json: JSONValue {
        var json: JSONObject = ["name": .string(name), "target": .string(target), "pods": .array(pods.map(\.json))]
        json["current"] = current.map { .string($0) }
        json["proposedReplicas"] = proposal.map { JSONValue($0) }
        json["failure"] = failure.map { .string($0) }
        return .object(json)
    }
}

extension Explanation.Pod {
    fileprivate var json: JSONValue {
        var json: JSONObject = ["name": .string(name), "standing": .string(standing.rawValue)]
        if !why.isEmpty { json["why"] = .string(why) }
        json["value"] = value.map { .string($0.description) }
        json["request"] = request.map { .string($0.description) }
        return .object(json)
    }
}

extension Decision.Adjustment {
    fileprivate var json: JSONValue {
        ["from": JSONValue(from), "to": JSONValue(to), "reason": .string(reason), "message": .string(message)]
    }
}
