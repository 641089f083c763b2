// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How many replicas one metric of pods asks for.
struct ReplicaProposal: Hashable {
    var replicas: Int32
    /// The average over the pods with metrics, in thousandths of the unit.
    var averageMilli: Int64
    /// Percent of the requests; nil for a target that is no utilization.
    var utilization: Int32?
    /// When the metrics were taken; year 1 where the API didn't say.
    var timestamp: Timestamp
    var pods: PodGroups
}

/// A metric of the target's pods, with the pods.
struct PodMetricInput {
    /// `cpu`, `memory`, …; empty for a metric that is no resource.
    var resource: String
    /// By pod's name; those of strangers count too.
    var metrics: [String: PodMetric]
    var timestamp: Timestamp
    var currentReplicas: Int32
    var pods: [PodState]
    var tolerance: Tolerance
    var settings: ScalingSettings
    var now: Timestamp
}

extension PodMetricInput {
    /// The use of a resource.
    ///
    /// - Parameter container: Nil for whole pods.
    init(
        _ resource: String, container: String?, _ podMetrics: Result<[PodUsage], MetricsFailure>, currentReplicas: Int32, pods: [PodState],
        tolerance: Tolerance, settings: ScalingSettings, now: Timestamp
    ) throws(MetricError) {
        let usage: (metrics: [String: PodMetric], timestamp: Timestamp)
        do {
            usage = try usageByPod(resource, container: container, in: podMetrics)
        } catch {
            throw MetricError("unable to get metrics for resource \(resource): \(error.message)")
        }
        self.init(
            resource: resource, metrics: usage.metrics, timestamp: usage.timestamp, currentReplicas: currentReplicas, pods: pods,
            tolerance: tolerance, settings: settings, now: now)
    }

    /// The replicas at which the pods' use comes to `target` percent of their requests.
    ///
    /// - Throws: Where metrics or requests are missing; a pod without metrics next to others that have them is no error.
    /// - Source: `GetResourceReplicas`, kubernetes v1.36 pkg/controller/podautoscaler/replica_calculator.go
    func replicas(forUtilization target: Int32, container: String?) throws(MetricError) -> ReplicaProposal {
        var gathered = try gather()
        let requests = try requestsByPod(pods, resource: resource, container: container, settings.features)
        let usage = try UtilizationRatio(gathered.metrics, requests: requests, target: target)
        let replicas = try proposal(gathered, usage.ratio) { (missing, unready) throws(MetricError) in
            // On the way down a pod without metrics counts as busy as it asked for, or as the target if that is more.
            for pod in missing { gathered.metrics[pod] = PodMetric(value: percentage(max(100, target), of: requests[pod] ?? 0, usage.ratio)) }
            for pod in unready { gathered.metrics[pod] = PodMetric(value: 0) }
            return (try UtilizationRatio(gathered.metrics, requests: requests, target: target).ratio, gathered.metrics.count)
        }
        return ReplicaProposal(
            replicas: replicas, averageMilli: usage.averageMilli, utilization: usage.utilization, timestamp: timestamp,
            pods: gathered.pods)
    }

    /// The replicas at which the pods use `target` thousandths each.
    ///
    /// - Source: `GetRawResourceReplicas`, `calcPlainMetricReplicas`, same file
    func replicas(forAverageMilli target: Int64) throws(MetricError) -> ReplicaProposal {
        var gathered = try gather()
        let usage = AverageRatio(gathered.metrics, target: target)
        let replicas = try proposal(gathered, usage.ratio) { (missing, unready) throws(MetricError) in
            for pod in missing { gathered.metrics[pod] = PodMetric(value: usage.ratio < 1 ? target : 0) }
            for pod in unready { gathered.metrics[pod] = PodMetric(value: 0) }
            return (AverageRatio(gathered.metrics, target: target).ratio, gathered.metrics.count)
        }
        return ReplicaProposal(
            replicas: replicas, averageMilli: usage.averageMilli, utilization: nil, timestamp: timestamp, pods: gathered.pods)
    }

    private typealias Gathered = (metrics: [String: PodMetric], pods: PodGroups)

    /// The metrics that count, and how the pods were grouped.
    private func gather() throws(MetricError) -> Gathered {
        guard !pods.isEmpty else { throw MetricError("no pods returned by selector while calculating replica count") }
        var metrics = metrics
        let groups = groupPods(pods, metrics, resource: resource, settings, at: now)
        for pod in groups.ignored { metrics[pod] = nil }
        for pod in groups.unready { metrics[pod] = nil }
        guard !metrics.isEmpty else {
            throw MetricError("did not receive metrics for targeted pods (pods might be unready)", pods: groups)
        }
        return (metrics, groups)
    }

    private func percentage(_ percent: Int32, of request: Int64, _ ratio: Double) -> Int64 {
        ratio < 1 ? Int64(clamping: Int128(request) * Int128(percent) / 100) : 0
    }

    /// Carries a usage ratio over to replicas, at first by the pods with metrics alone. Where pods are left out that could change the
    /// outcome they are counted in, each so as to hold the change back; if that turns its direction, nothing changes.
    ///
    /// - Parameter recount: Takes the pods without metrics and those left out as unready, and returns the ratio with them and over how many.
    private func proposal(
        _ gathered: Gathered, _ ratio: Double,
        _ recount: (_ missing: Set<String>, _ unready: Set<String>) throws(MetricError) -> (ratio: Double, pods: Int)
    ) throws(MetricError) -> Int32 {
        let growsPastUnready = !gathered.pods.unready.isEmpty && ratio > 1
        if !growsPastUnready && gathered.pods.missing.isEmpty {
            return tolerance.contains(ratio) ? currentReplicas : rounded(ratio * Double(gathered.pods.readyCount))
        }
        // At exactly the target the missing ones change nothing, and stay out of the count.
        let again = try recount(ratio == 1 ? [] : gathered.pods.missing, growsPastUnready ? gathered.pods.unready : [])
        if tolerance.contains(again.ratio) || (ratio < 1 && again.ratio > 1) || (ratio > 1 && again.ratio < 1) { return currentReplicas }
        let replicas = rounded(again.ratio * Double(again.pods))
        if (again.ratio < 1 && replicas > currentReplicas) || (again.ratio > 1 && replicas < currentReplicas) { return currentReplicas }
        return replicas
    }

    /// Rounded up, cut to 32 bits. A ratio of nothing to nothing says nothing: the replicas then stay as they are.
    private func rounded(_ replicas: Double) -> Int32 { Int32(clamping: replicas.rounded(.up)) ?? currentReplicas }
}
