// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A replica count within what an autoscaler may set, with why it differs from the one wished for.
struct Limited: Hashable {
    var replicas: Int32
    var reason: String
    var message: String

    static func within(_ replicas: Int32) -> Self {
        Self(replicas: replicas, reason: "DesiredWithinRange", message: "the desired count is within the acceptable range")
    }
    static func tooMany(_ replicas: Int32) -> Self {
        Self(replicas: replicas, reason: "TooManyReplicas", message: "the desired replica count is more than the maximum replica count")
    }
    static func tooFew(_ replicas: Int32) -> Self {
        Self(replicas: replicas, reason: "TooFewReplicas", message: "the desired replica count is less than the minimum replica count")
    }
    static func tooFastUp(_ replicas: Int32) -> Self {
        Self(replicas: replicas, reason: "ScaleUpLimit", message: "the desired replica count is increasing faster than the maximum scale rate")
    }
    static func tooFastDown(_ replicas: Int32) -> Self {
        Self(
            replicas: replicas, reason: "ScaleDownLimit", message: "the desired replica count is decreasing faster than the maximum scale rate")
    }
}

/// Keeps `desired` within the autoscaler's bounds, and below what one step may add where there is no behavior.
///
/// - Source: `convertDesiredReplicasWithRules`, `calculateScaleUpLimit`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
func limit(_ desired: Int32, current: Int32, bounds: ReplicaBounds, _ settings: ScalingSettings) -> Limited {
    let grown = max(settings.scaleUpLimitFactor * Double(current), settings.scaleUpLimitMinimum)
    // A limit on growth takes nothing away, whatever its settings.
    let stepLimit = max(current, Int32(clamping: grown) ?? current)
    if desired < bounds.min { return .tooFew(bounds.min) }
    let highest = min(bounds.max, stepLimit)
    guard desired > highest else { return .within(desired) }
    return bounds.max > stepLimit ? .tooFastUp(highest) : .tooMany(highest)
}

/// Keeps `desired` within the autoscaler's bounds and within what its policies permit after past scalings.
///
/// - Source: `convertDesiredReplicasWithBehaviorRate`, same file
func limit(
    _ desired: Int32, current: Int32, bounds: ReplicaBounds, _ behavior: ScalingBehavior, _ history: ScalingHistory, at now: Timestamp
) -> Limited {
    if desired > current {
        let permitted = max(current, behavior.scaleUp.mostReplicas(from: current, history, at: now))
        let highest = min(bounds.max, permitted)
        if desired > highest { return bounds.max > permitted ? .tooFastUp(highest) : .tooMany(highest) }
    } else if desired < current {
        let permitted = min(current, behavior.scaleDown.fewestReplicas(from: current, history, at: now))
        let lowest = max(bounds.min, permitted)
        if desired < lowest { return bounds.min < permitted ? .tooFastDown(lowest) : .tooFew(lowest) }
    }
    return .within(desired)
}

/// The bounds of an autoscaler. They come from a user: `min` may be above `max`.
struct ReplicaBounds: Hashable {
    var min: Int32
    var max: Int32
}

extension ScalingPolicies {
    /// The most replicas the policies permit at `now`; may be below `current` after fast growth.
    ///
    /// Each policy counts from the replicas at the start of its own period (those added since taken off, those removed put back), so
    /// that changes within the period use it up. Percentages round up, so that one replica can still grow.
    ///
    /// - Source: `calculateScaleUpLimitWithScalingRules`, same file
    func mostReplicas(from current: Int32, _ history: ScalingHistory, at now: Timestamp) -> Int32 {
        permitted(from: current, history, at: now, largestChange: Swift.max, smallestChange: Swift.min) { policy, start in
            switch policy.kind {
            case .pods: start.addingClamped(policy.value)
            case .percent: Int32(clamping: (Double(start) * (1 + Double(policy.value) / 100)).rounded(.up)) ?? current
            }
        }
    }

    /// The fewest replicas the policies permit at `now`; may be above `current` after fast shrinking. Percentages of what is left round down.
    ///
    /// - Source: `calculateScaleDownLimitWithBehaviors`, same file
    func fewestReplicas(from current: Int32, _ history: ScalingHistory, at now: Timestamp) -> Int32 {
        permitted(from: current, history, at: now, largestChange: Swift.min, smallestChange: Swift.max) { policy, start in
            switch policy.kind {
            case .pods: start.subtractingClamped(policy.value)
            case .percent: Int32(clamping: Double(start) * (1 - Double(policy.value) / 100)) ?? current
            }
        }
    }

    private func permitted(
        from current: Int32, _ history: ScalingHistory, at now: Timestamp, largestChange: (Int32, Int32) -> Int32,
        smallestChange: (Int32, Int32) -> Int32, _ propose: (Policy, Int32) -> Int32
    ) -> Int32 {
        guard selection != .disabled else { return current }
        let proposals = policies.map { policy in
            let period = Duration.seconds(policy.periodSeconds)
            let added = history.scaleUps.change(within: period, before: now)
            let removed = history.scaleDowns.change(within: period, before: now)
            return propose(policy, Int32(clamping: Int64(current) - Int64(added) + Int64(removed)))
        }
        guard let first = proposals.first else { return current }
        return proposals.dropFirst().reduce(first, selection == .min ? smallestChange : largestChange)
    }
}
