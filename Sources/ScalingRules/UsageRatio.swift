// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The use of pods as a share of what they request, set against a target share.
///
/// - Source: `GetResourceUtilizationRatio`, kubernetes v1.36 pkg/controller/podautoscaler/metrics/utilization.go
struct UtilizationRatio {
    /// Use over target: above 1 is too much. Infinite for a target of nothing.
    var ratio: Double
    /// Percent, rounded down.
    var utilization: Int32
    var averageMilli: Int64

    /// - Throws: Where no pod with metrics requests anything.
    init(_ metrics: [String: PodMetric], requests: [String: Int64], target: Int32) throws(MetricError) {
        // 128 bits: no number of 64-bit uses overflows the sum, nor its hundredfold.
        var used: Int128 = 0
        var requested: Int128 = 0
        var pods: Int128 = 0
        for (pod, metric) in metrics {
            guard let request = requests[pod] else { continue }
            used += Int128(metric.value)
            requested += Int128(request)
            pods += 1
        }
        guard requested != 0 else { throw MetricError("no metrics returned matched known pods") }
        utilization = Int32(clamping: used * 100 / requested)
        ratio = Double(utilization) / Double(target)
        averageMilli = Int64(clamping: used / pods)
    }
}

/// The average use of pods, set against a target.
///
/// - Source: `GetMetricUsageRatio`, same file
struct AverageRatio {
    var ratio: Double
    var averageMilli: Int64

    /// - Parameter metrics: Not empty.
    init(_ metrics: [String: PodMetric], target: Int64) {
        precondition(!metrics.isEmpty)
        let used = metrics.values.reduce(into: Int128(0)) { $0 += Int128($1.value) }
        averageMilli = Int64(clamping: used / Int128(metrics.count))
        ratio = Double(averageMilli) / Double(target)
    }
}
