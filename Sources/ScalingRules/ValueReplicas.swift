// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A metric that is one value for the whole target: of an object, or external.
struct ValueInput {
    /// In thousandths of the metric's unit.
    var milli: Int64
    var scale: TargetScale
    var pods: [PodState]
    var tolerance: Tolerance
}

extension ValueInput {
    /// The replicas at which the value comes to `target`, if it is shared by the pods that are ready; from none, at least as many times one.
    ///
    /// - Throws: Where the target has no pods at all.
    /// - Source: `getUsageRatioReplicaCount`, kubernetes v1.36 pkg/controller/podautoscaler/replica_calculator.go
    func replicas(forValueMilli target: Int64) throws(MetricError) -> Int32 {
        let ratio = Double(milli) / Double(target)
        guard scale.specReplicas != 0 else { return rounded(ratio) }
        if tolerance.contains(ratio) { return scale.specReplicas }
        guard !pods.isEmpty else {
            throw MetricError("unable to calculate ready pods: no pods returned by selector while calculating replica count")
        }
        let ready = pods.count { $0.phase == "Running" && $0.ready?.isTrue == true }
        return rounded(ratio * Double(ready))
    }

    /// The replicas at which each has `target` of the value, and what each has now.
    ///
    /// - Source: `GetObjectPerPodMetricReplicas`, `GetExternalPerPodMetricReplicas`, same file
    func replicas(forAverageMilli target: Int64) -> (replicas: Int32, averageMilli: Int64) {
        let now = Double(scale.statusReplicas)
        let ratio = Double(milli) / (Double(target) * now)
        let replicas = tolerance.contains(ratio) ? scale.statusReplicas : rounded(Double(milli) / Double(target))
        // The most there is stays so, however many share it.
        let average = Double(milli) >= Double(Int64.max) ? Double(milli) : (Double(milli) / now).rounded(.up)
        return (replicas, Int64(exactly: average) ?? (average < 0 ? .min : .max))
    }

    /// Rounded up, cut to 32 bits; nothing to nothing says nothing, and the replicas stay.
    private func rounded(_ replicas: Double) -> Int32 { Int32(clamping: replicas.rounded(.up)) ?? scale.specReplicas }
}
