// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What is to be done about one autoscaler, and everything that explains it.
///
/// It reads as if the target took the new scale; should the target refuse, `refused(because:)` is what holds instead.
package struct Decision: Sendable {
    /// To be carried out before anything is written about it; nil where the replicas stay.
    package var rescale: Rescale?
    /// To be written where it differs from the status observed.
    package var status: AutoscalerStatus
    /// In the order of their causes.
    package var events: [AutoscalerEvent]
    package var history: ScalingHistory
    /// Why the step failed, wholly or for some of its metrics, in the words of upstream's log.
    package var failure: String?
    /// One per metric of the spec; empty where metrics had no part in the decision.
    package var metrics: [MetricOutcome] = []
    /// What the metrics ask for, before stabilization and limits; nil where they had no part, or failed.
    package var proposed: Int32?
    /// What changed the proposal on its way to the replicas, in order; empty where nothing did.
    package var adjustments: [Adjustment] = []
    /// Where past proposals hold a scale-down back: until when, if nothing else is proposed meanwhile.
    package var heldUntil: Timestamp?

    var ifRefused: Refusal?

    package struct Rescale: Sendable, Hashable {
        package var from: Int32
        package var to: Int32
        /// `cpu resource utilization (percentage of request) above target`.
        package var reason: String

        package init(from: Int32, to: Int32, reason: String) {
            self.from = from
            self.to = to
            self.reason = reason
        }
    }

    /// A rule that made another number of the metrics' proposal.
    package struct Adjustment: Sendable, Hashable {
        package var from: Int32
        package var to: Int32
        /// As in the condition that tells of it: `ScaleDownStabilized`, `ScaleUpLimit`, `TooManyReplicas`, ….
        package var reason: String
        package var message: String
    }

    /// What differs where the target refuses the new scale.
    struct Refusal: Sendable {
        var status: AutoscalerStatus
        var events: [AutoscalerEvent]
        var history: ScalingHistory
        var reference: String
        var now: Timestamp
    }

    /// What there is to remember where nobody carries the decision out.
    package var historyIfNotCarriedOut: ScalingHistory { ifRefused?.history ?? history }

    /// The decision once the target's scale could not be updated.
    package func refused(because error: String) -> Decision {
        guard let rescale, let ifRefused else { return self }
        var decision = self
        decision.rescale = nil
        decision.status = ifRefused.status
        decision.status.set(
            "AbleToScale", false, "FailedUpdateScale", "the HPA controller was unable to update the target scale: \(error)", at: ifRefused.now)
        let event = AutoscalerEvent(
            type: .warning, reason: "FailedRescale", message: "New size: \(rescale.to); reason: \(rescale.reason); error: \(error)")
        decision.events = ifRefused.events + [event]
        decision.history = ifRefused.history
        decision.failure = "failed to rescale \(ifRefused.reference): \(error)"
        return decision
    }
}

/// An event to be recorded on the autoscaler.
package struct AutoscalerEvent: Sendable, Hashable {
    package var type: Kind
    package var reason: String
    package var message: String

    package enum Kind: String, Sendable, Hashable {
        case normal = "Normal"
        case warning = "Warning"
    }

    package init(type: Kind, reason: String, message: String) {
        self.type = type
        self.reason = reason
        self.message = message
    }
}

extension AutoscalerStatus {
    /// Sets a condition, in its place or at the end; its time moves only with its status.
    ///
    /// - Source: `setConditionInList`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
    mutating func set(_ type: String, _ holds: Bool, _ reason: String, _ message: String, at now: Timestamp) {
        let status = holds ? "True" : "False"
        if let index = conditions.firstIndex(where: { $0.type == type }) {
            if conditions[index].status != status { conditions[index].lastTransitionTime = now.truncatedToSeconds }
            conditions[index].status = status
            conditions[index].reason = reason
            conditions[index].message = message
        } else {
            conditions.append(
                AutoscalerCondition(type: type, status: status, lastTransitionTime: now.truncatedToSeconds, reason: reason, message: message))
        }
    }

    mutating func removeCondition(_ type: String) { conditions.removeAll { $0.type == type } }
}
