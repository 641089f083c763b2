// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What one metric of the spec came to.
package struct MetricOutcome: Sendable, Hashable {
    /// As conditions and events name it: `cpu resource utilization (percentage of request)`.
    package var name: String
    /// As the spec has it: `Resource`, `Pods`, ….
    package var type: String
    package var result: Result<MetricReading, MetricRejection>
}

package struct MetricReading: Sendable, Hashable {
    /// The replicas this metric asks for, before stabilization and limits.
    package var replicas: Int32
    /// Percent of the requests; nil where the target is no utilization.
    package var utilization: Int32?
    /// In thousandths of the metric's unit: as it is for a target of type `Value`, else per pod.
    package var currentMilli: Int64
    package var target: MetricTarget
    /// Which pods the reading rests on, for metrics of pods. Those left out don't lower the average, but count as idle on the way up.
    package var pods: PodGroups?
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
