// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Computes the metrics of one autoscaler.
///
/// - Source: `computeReplicasForMetric` and the functions `computeStatusFor…Metric`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
struct MetricEvaluation {
    let spec: AutoscalerSpec
    let scale: TargetScale
    let pods: [PodState]
    let observation: Observation
    let settings: ScalingSettings
    let now: Timestamp

    private var tolerance: Tolerance { settings.tolerance(for: spec.behavior) }

    func evaluate(_ metric: MetricSpec) -> MetricOutcome {
        switch metric {
        case .resource(let metric): resource(metric)
        case .pods(let metric): podsMetric(metric)
        case .object(let metric): object(metric)
        case .external(let metric): external(metric)
        case .other(let type):
            outcome(type, type, reason: "InvalidMetricSourceType", full: { $0 }) { () throws(MetricError) in
                throw MetricError("unknown metric source type \(quoted(type))")
            }
        }
    }

    /// - Parameter full: What the reconciliation's error says around the failure's own words.
    private func outcome(
        _ name: String, _ type: String, reason: String, full: (String) -> String, _ read: () throws(MetricError) -> MetricReading
    ) -> MetricOutcome {
        do {
            return MetricOutcome(name: name, type: type, result: .success(try read()))
        } catch {
            let rejection = MetricRejection(reason: reason, message: error.message, fullMessage: full(error.message), pods: error.pods)
            return MetricOutcome(name: name, type: type, result: .failure(rejection))
        }
    }

    // MARK: Resources

    private func resource(_ metric: MetricSpec.ResourceMetric) -> MetricOutcome {
        let (reason, what) =
            metric.container.map { ("FailedGetContainerResourceMetric", "\($0) container") } ?? (
                "FailedGetResourceMetric", "\(metric.resource) resource"
            )
        let type = metric.container == nil ? "Resource" : "ContainerResource"
        return outcome(metric.displayName, type, reason: reason, full: { "failed to get \(what) metric value: \($0)" }) { () throws(MetricError) in
            let proposal = try proposal(metric)
            let quantity = Quantity(milli: proposal.averageMilli, metric.resource == "memory" ? .binarySI : .decimalSI)
            var current: JSONObject = ["averageValue": .string(quantity.description)]
            if let utilization = proposal.utilization { current["averageUtilization"] = JSONValue(utilization) }
            var source: JSONObject = ["name": .string(metric.resource), "current": .object(current)]
            source["container"] = metric.container.map { .string($0) }
            return reading(proposal, metric.target, type, source)
        }
    }

    private func proposal(_ metric: MetricSpec.ResourceMetric) throws(MetricError) -> ReplicaProposal {
        if let target = metric.target.averageValueMilli {
            return try named("failed to get \(metric.resource) usage") { () throws(MetricError) in
                try use(of: metric).replicas(forAverageMilli: target)
            }
        }
        if let target = metric.target.averageUtilization {
            return try named("failed to get \(metric.resource) utilization") { () throws(MetricError) in
                try use(of: metric).replicas(forUtilization: target, container: metric.container)
            }
        }
        throw MetricError("invalid resource metric source: neither an average utilization target nor an average value (usage) target was set")
    }

    private func use(of metric: MetricSpec.ResourceMetric) throws(MetricError) -> PodMetricInput {
        try PodMetricInput(
            metric.resource, container: metric.container, observation.podMetrics, currentReplicas: scale.specReplicas, pods: pods,
            tolerance: tolerance, settings: settings, now: now)
    }

    // MARK: Custom metrics

    private func podsMetric(_ metric: MetricSpec.PodsMetric) -> MetricOutcome {
        outcome("pods metric \(metric.metric.name)", "Pods", reason: "FailedGetPodsMetric", full: { "failed to get pods metric value: \($0)" }) {
            () throws(MetricError) in
            try metric.metric.checkSelector()
            let input = try values(metric)
            let proposal = try input.replicas(forAverageMilli: metric.target.averageValueMilli ?? 0)
            return reading(proposal, metric.target, "Pods", ["metric": metric.metric.json, "current": current(averageMilli: proposal.averageMilli)])
        }
    }

    private func values(_ metric: MetricSpec.PodsMetric) throws(MetricError) -> PodMetricInput {
        let values: [MetricValue]
        do { values = try observation.values(of: .pods(metric.metric)) } catch {
            throw MetricError("unable to get metric \(metric.metric.name): \(error.message)")
        }
        return PodMetricInput(
            resource: "", metrics: values.byPod, timestamp: values.first?.timestamp ?? .zero, currentReplicas: scale.specReplicas, pods: pods,
            tolerance: tolerance, settings: settings, now: now)
    }

    private func object(_ metric: MetricSpec.ObjectMetric) -> MetricOutcome {
        let name = metric.metric.name
        // The name by an average value is upstream's own slip, which users see.
        let displayName =
            metric.target.type == "AverageValue"
            ? "external metric \(name)(\(metric.metric.selectorText))" : "\(metric.describedObject.kind) metric \(name)"
        let isAverage = metric.target.type == "AverageValue" && metric.target.averageValueMilli != nil
        let full = { (message: String) in
            let isWrapped = isAverage && (try? metric.metric.checkSelector()) != nil
            return "failed to get object metric value: " + (isWrapped ? "failed to get \(name) object metric: \(message)" : message)
        }
        return outcome(displayName, "Object", reason: "FailedGetObjectMetric", full: full) { () throws(MetricError) in
            try metric.metric.checkSelector()
            let source: JSONObject = ["describedObject": metric.describedObject.json, "metric": metric.metric.json]
            let reference = metric.describedObject
            let words = "unable to get metric \(name): \(reference.kind) on \(observation.autoscaler.namespace) \(reference.name)/"
            return try read(
                .object(reference, metric.metric), metric.target, value: metric.target.type == "Value" ? metric.target.valueMilli : nil,
                average: isAverage ? metric.target.averageValueMilli : nil, "Object", source, words)
        }
    }

    private func external(_ metric: MetricSpec.ExternalMetric) -> MetricOutcome {
        let name = metric.metric.name
        let target = metric.target
        let full = { (message: String) in
            let wrapped =
                target.averageValueMilli != nil
                ? "failed to get \(name) external metric: \(message)"
                : target.valueMilli != nil ? "failed to get external metric \(name): \(message)" : message
            return "failed to get \(name) external metric value: \(wrapped)"
        }
        return outcome("external metric \(name)(\(metric.metric.selectorText))", "External", reason: "FailedGetExternalMetric", full: full) {
            () throws(MetricError) in
            let words = "unable to get external metric \(observation.autoscaler.namespace)/\(name)/\(metric.metric.selectorText): "
            if target.averageValueMilli != nil || target.valueMilli != nil { try metric.metric.checkSelector() }
            return try read(
                .external(metric.metric), target, value: target.valueMilli, average: target.averageValueMilli, "External",
                ["metric": metric.metric.json], words)
        }
    }

    /// A metric that is one value for all pods; the average counts before the value where both are given.
    ///
    /// - Parameter words: Before what the metrics API failed with.
    private func read(
        _ query: MetricQuery, _ target: MetricTarget, value: Int64?, average: Int64?, _ type: String, _ source: JSONObject, _ words: String
    ) throws(MetricError) -> MetricReading {
        guard value != nil || average != nil else {
            throw MetricError("invalid \(type.lowercased()) metric source: neither a value target nor an average value target was set")
        }
        let values: [MetricValue]
        do { values = try observation.values(of: query) } catch { throw MetricError(words + error.message) }
        let isExternal = if case .external = query { true } else { false }
        var input = ValueInput(milli: values.sumMilli, scale: scale, pods: pods, tolerance: tolerance)
        let timestamp = values.first?.timestamp ?? .zero
        var source = source
        if let average {
            if isExternal { input.milli = values.sumMilliPerPod }
            let (replicas, averageMilli) = input.replicas(forAverageMilli: average)
            source["current"] = current(averageMilli: averageMilli)
            return reading(replicas, averageMilli, target, timestamp, type, source)
        }
        let replicas = try input.replicas(forValueMilli: value ?? 0)
        source["current"] = ["value": .string(Quantity(milli: input.milli).description)]
        return reading(replicas, input.milli, target, timestamp, type, source)
    }

    // MARK: Readings

    private func current(averageMilli: Int64) -> JSONValue { ["averageValue": .string(Quantity(milli: averageMilli).description)] }

    private func reading(_ proposal: ReplicaProposal, _ target: MetricTarget, _ type: String, _ source: JSONObject) -> MetricReading {
        var reading = reading(proposal.replicas, proposal.averageMilli, target, proposal.timestamp, type, source)
        reading.utilization = proposal.utilization
        reading.pods = proposal.pods
        return reading
    }

    private func reading(
        _ replicas: Int32, _ currentMilli: Int64, _ target: MetricTarget, _ timestamp: Timestamp, _ type: String, _ source: JSONObject
    ) -> MetricReading {
        let member = type.prefix(1).lowercased() + type.dropFirst()
        return MetricReading(
            replicas: replicas, utilization: nil, currentMilli: currentMilli, target: target, pods: nil, timestamp: timestamp,
            status: .object(["type": .string(type), member: .object(source)]))
    }

    /// A failure with words before it.
    private func named<Value>(_ words: String, _ compute: () throws(MetricError) -> Value) throws(MetricError) -> Value {
        do {
            return try compute()
        } catch {
            throw MetricError("\(words): \(error.message)", pods: error.pods)
        }
    }
}

extension [MetricValue] {
    var byPod: [String: PodMetric] {
        var metrics: [String: PodMetric] = [:]
        metrics.reserveCapacity(count)
        for value in self { metrics[value.object] = PodMetric(value: value.milli, timestamp: value.timestamp, window: value.window) }
        return metrics
    }
}

extension MetricIdentifier {
    fileprivate func checkSelector() throws(MetricError) {
        guard let selector else { return }
        do { _ = try LabelSelector(object: selector) } catch { throw MetricError(error.message) }
    }

    /// As Go prints it.
    fileprivate var selectorText: String { selector.map(LabelSelector.goText) ?? "nil" }
}

extension MetricSpec.ResourceMetric {
    fileprivate var displayName: String {
        if target.averageValueMilli != nil { return "\(resource) resource" }
        return container == nil
            ? "\(resource) resource utilization (percentage of request)" : "\(resource) container resource utilization (percentage of request)"
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
