// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What the rules remember of one autoscaler from one decision to the next. Lost with the process, as upstream's is.
package struct ScalingHistory: Sendable, Hashable {
    /// False until the target's scale was seen once.
    package var hasBegun: Bool
    /// What the metrics proposed before anything held it back. Order tells which entry is overwritten next.
    package var recommendations: [Recommendation]
    package var scaleUps: [ScaleEvent]
    package var scaleDowns: [ScaleEvent]

    /// With nothing given, the history of an autoscaler that was never met.
    package init(
        hasBegun: Bool = false, recommendations: [Recommendation] = [], scaleUps: [ScaleEvent] = [], scaleDowns: [ScaleEvent] = []
    ) {
        self.hasBegun = hasBegun
        self.recommendations = recommendations
        self.scaleUps = scaleUps
        self.scaleDowns = scaleDowns
    }

    package struct Recommendation: Sendable, Hashable {
        package var replicas: Int32
        package var time: Timestamp

        package init(replicas: Int32, time: Timestamp) {
            self.replicas = replicas
            self.time = time
        }
    }

    package struct ScaleEvent: Sendable, Hashable {
        /// How many replicas were added, or removed; positive.
        package var change: Int32
        package var time: Timestamp
        /// No policy looks back this far: the entry is free to be overwritten.
        package var isOutdated: Bool

        package init(change: Int32, time: Timestamp, isOutdated: Bool = false) {
            self.change = change
            self.time = time
            self.isOutdated = isOutdated
        }
    }
}

extension ScalingHistory {
    /// Takes the replicas that a newly met target has for recommended, so that its first moments don't shrink it.
    ///
    /// - Source: `recordInitialRecommendation`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
    mutating func begin(with replicas: Int32, at now: Timestamp) {
        guard !hasBegun else { return }
        hasBegun = true
        record(replicas, at: now, replacing: nil)
    }

    /// Remembers a recommendation, in the place of `outdated` where there is one.
    mutating func record(_ replicas: Int32, at now: Timestamp, replacing outdated: Int?) {
        let recommendation = Recommendation(replicas: replicas, time: now)
        if let outdated { recommendations[outdated] = recommendation } else { recommendations.append(recommendation) }
    }

    /// Remembers a change of the target's replicas; only behaviors ask for it.
    ///
    /// - Source: `storeScaleEvent`, `markScaleEventsOutdated`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
    package mutating func recordScaling(from previous: Int32, to replicas: Int32, _ behavior: ScalingBehavior?, at now: Timestamp) {
        guard let behavior else { return }
        if replicas > previous {
            scaleUps.record(replicas.subtractingClamped(previous), longestPeriod: behavior.scaleUp.longestPeriod, at: now)
        } else {
            scaleDowns.record(previous.subtractingClamped(replicas), longestPeriod: behavior.scaleDown.longestPeriod, at: now)
        }
    }
}

extension ScalingHistory {
    /// The same past, told by a wall clock that was set by `step`: what was a minute ago still is.
    package func shifted(by step: Duration) -> ScalingHistory {
        var shifted = self
        for index in shifted.recommendations.indices { shifted.recommendations[index].time = shifted.recommendations[index].time + step }
        for index in shifted.scaleUps.indices { shifted.scaleUps[index].time = shifted.scaleUps[index].time + step }
        for index in shifted.scaleDowns.indices { shifted.scaleDowns[index].time = shifted.scaleDowns[index].time + step }
        return shifted
    }
}

extension [ScalingHistory.ScaleEvent] {
    fileprivate mutating func record(_ change: Int32, longestPeriod: Duration, at now: Timestamp) {
        let cutoff = now - longestPeriod
        for index in indices where self[index].time < cutoff { self[index].isOutdated = true }
        let event = ScalingHistory.ScaleEvent(change: change, time: now)
        if let outdated = lastIndex(where: \.isOutdated) { self[outdated] = event } else { append(event) }
    }

    /// The sum of the changes later than `period` ago.
    ///
    /// - Source: `getReplicasChangePerPeriod`, same file
    func change(within period: Duration, before now: Timestamp) -> Int32 {
        let cutoff = now - period
        return reduce(0) { $1.time > cutoff ? $0.addingClamped($1.change) : $0 }
    }
}

extension ScalingPolicies {
    fileprivate var longestPeriod: Duration { .seconds(max(0, policies.map(\.periodSeconds).max() ?? 0)) }
}
