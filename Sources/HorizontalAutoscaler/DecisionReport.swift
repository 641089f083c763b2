// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import ScalingRules

/// One decision, as told to whoever watches them.
package struct DecisionReport: Sendable {
    package var autoscaler: NamespacedName
    package var time: Timestamp
    package var spec: AutoscalerSpec
    /// What the decision rests on.
    package var observation: Observation
    /// After its carrying out: a refused change reads as refused.
    package var decision: Decision

    /// The decision laid open.
    ///
    /// - Parameter settings: Of the controller that made it.
    package func explanation(_ settings: ScalingSettings) -> Explanation { explain(spec, observation, decision, settings: settings, at: time) }

    /// Nil where the target's scale is not known.
    package var scale: TargetScale? { try? observation.scale.get() }

    /// The first metric that came to something, which is all of most autoscalers.
    package var reading: MetricReading? {
        decision.metrics.lazy.compactMap { try? $0.result.get() }.first
    }
    /// The target's pods as the first metric that got so far sees them: which count, which are left out as unready, which have no metrics.
    package var pods: PodGroups? {
        decision.metrics.lazy.compactMap { metric in
            switch metric.result {
            case .success(let reading): reading.pods
            case .failure(let rejection): rejection.pods
            }
        }.first
    }
    /// Percent of the pods' requests; nil where unknown, or where the target is no utilization.
    package var utilization: Int32? { reading?.utilization }
    package var desiredReplicas: Int32 { decision.status.desiredReplicas }
    /// What the metrics ask for, before stabilization and limits.
    package var proposedReplicas: Int32? { decision.proposed }
    /// How long past proposals still hold a scale-down back, at most.
    package var heldFor: Duration? { decision.heldUntil.map { max(.zero, $0 - time) } }
}

/// Told of every decision, in no order across autoscalers; must not block.
package typealias DecisionObserver = @Sendable (DecisionReport) -> Void
