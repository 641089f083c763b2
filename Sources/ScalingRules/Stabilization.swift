// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A proposal after past proposals had their say.
struct Stabilized: Hashable {
    var replicas: Int32
    /// For the condition, where it differs from the proposal.
    var reason: String
    var message: String
    /// Where past proposals hold a scale-down back: when the last of those leaves the window.
    var heldUntil: Timestamp?
}

extension ScalingHistory {
    /// The largest of `proposal` and those of the last `window`; remembers the proposal.
    ///
    /// - Source: `stabilizeRecommendation`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
    mutating func stabilize(_ proposal: Int32, window: Duration, at now: Timestamp) -> Stabilized {
        let cutoff = now - window
        let recent = recommendations.filter { $0.time >= cutoff }
        let replicas = max(proposal, recent.map(\.replicas).max() ?? proposal)
        let held = replicas == proposal ? nil : recent.last(reaching: replicas).map { $0 + window }
        record(proposal, at: now, replacing: recommendations.lastIndex { $0.time < cutoff })
        return Stabilized(replicas: replicas, reason: Self.heldDown.reason, message: Self.heldDown.message, heldUntil: held)
    }

    /// The current replicas, moved as far as all proposals within each direction's window agree; remembers the proposal.
    ///
    /// - Source: `stabilizeRecommendationWithBehaviors`, same file
    mutating func stabilize(
        _ proposal: Int32, current: Int32, _ behavior: ScalingBehavior, downscaleStabilization: Duration, at now: Timestamp
    ) -> Stabilized {
        let upWindow = behavior.scaleUp.window ?? .zero
        let downWindow = behavior.scaleDown.window ?? downscaleStabilization
        let (upCutoff, downCutoff) = (now - upWindow, now - downWindow)
        let recentlyLowest = recommendations.reduce(proposal) { $1.time > upCutoff ? min($0, $1.replicas) : $0 }
        let recent = recommendations.filter { $0.time > downCutoff }
        let recentlyHighest = recent.reduce(proposal) { max($0, $1.replicas) }
        let replicas = min(max(current, recentlyLowest), recentlyHighest)
        record(proposal, at: now, replacing: recommendations.lastIndex { $0.time < upCutoff && $0.time < downCutoff })
        let held = proposal < replicas ? recent.last(reaching: replicas).map { $0 + downWindow } : nil
        let why = proposal >= current ? Self.heldUp : Self.heldDown
        return Stabilized(replicas: replicas, reason: why.reason, message: why.message, heldUntil: held)
    }

    private static let heldDown = (
        reason: "ScaleDownStabilized",
        message: "recent recommendations were higher than current one, applying the highest recent recommendation"
    )
    private static let heldUp = (
        reason: "ScaleUpStabilized", message: "recent recommendations were lower than current one, applying the lowest recent recommendation"
    )
}

extension [ScalingHistory.Recommendation] {
    /// When `replicas` or more were last recommended.
    fileprivate func last(reaching replicas: Int32) -> Timestamp? { filter { $0.replicas >= replicas }.map(\.time).max() }
}

extension ScalingPolicies {
    var window: Duration? { stabilizationWindowSeconds.map { .seconds($0) } }
}
