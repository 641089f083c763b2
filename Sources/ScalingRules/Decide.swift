// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Decides how many replicas an autoscaler's target shall have, and what to say of it.
///
/// Total: whatever is observed, there is an answer; what could not be observed shows in conditions and events, and never takes replicas
/// away. Deterministic: the same values give the same answer.
///
/// - Parameter history: What the decision before returned; empty for an autoscaler met for the first time.
/// - Source: `reconcileAutoscaler`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
package func decide(
    _ spec: AutoscalerSpec, _ observation: Observation, _ history: ScalingHistory, settings: ScalingSettings = ScalingSettings(),
    at now: Timestamp
) -> Decision {
    let step = Step(spec: spec, observation: observation, settings: settings, now: now)
    switch observation.scale {
    case .failure(let failure): return step.withoutScale(failure, history)
    case .success(let scale): return step.decide(scale, history)
    }
}

/// The inputs of one decision, and its parts.
struct Step {
    let spec: AutoscalerSpec
    let observation: Observation
    let settings: ScalingSettings
    let now: Timestamp

    func withoutScale(_ failure: ScaleFailure, _ history: ScalingHistory) -> Decision {
        var status = observation.status
        status.set(
            "AbleToScale", false, "FailedGetScale", "the HPA controller was unable to get the target's current scale: \(failure.message)",
            at: now)
        let event = AutoscalerEvent(type: .warning, reason: "FailedGetScale", message: failure.message)
        let why =
            switch failure {
            case .invalidAPIVersion: "invalid API version in scale target reference"
            case .unknownKind: "unable to determine resource for scale target reference"
            case .unavailable: "failed to query scale subresource for \(reference)"
            }
        return Decision(status: status, events: [event], history: history, failure: "\(why): \(failure.message)")
    }

    func decide(_ scale: TargetScale, _ past: ScalingHistory) -> Decision {
        var history = past
        history.begin(with: scale.specReplicas, at: now)
        var status = observation.status
        status.set("AbleToScale", true, "SucceededGetScale", "the HPA controller was able to get the target's current scale", at: now)
        let current = scale.specReplicas
        if current == 0 { return mayScaleFromZero ? followMetrics(scale, status, history) : disabled(status, history) }
        if current > spec.maxReplicas {
            return change(status, history, current, to: spec.maxReplicas, "Current number of replicas above Spec.MaxReplicas", nil)
        }
        if current < spec.minReplicas {
            return change(status, history, current, to: spec.minReplicas, "Current number of replicas below Spec.MinReplicas", nil)
        }
        return followMetrics(scale, status, history)
    }

    /// `KIND/NAMESPACE/NAME` of the target, for failures.
    var reference: String { "\(spec.target.kind)/\(observation.autoscaler.namespace)/\(spec.target.name)" }

    private func disabled(_ status: AutoscalerStatus, _ history: ScalingHistory) -> Decision {
        var status = status
        status.set(
            "ScalingActive", false, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero", at: now)
        if !settings.features.scaleToZero { status.removeCondition("ScaledToZero") }
        status.current(0, desired: 0, metrics: [])
        return Decision(status: status, events: [], history: history)
    }

    private func followMetrics(_ scale: TargetScale, _ before: AutoscalerStatus, _ history: ScalingHistory) -> Decision {
        let verdict = weighMetrics(scale, before)
        guard let proposal = verdict.proposal else { return withoutProposal(verdict, scale, before, history) }
        return follow(proposal, verdict, current: scale.specReplicas, history)
    }

    private func withoutProposal(_ verdict: Verdict, _ scale: TargetScale, _ before: AutoscalerStatus, _ history: ScalingHistory) -> Decision {
        var status = verdict.status
        status.current(scale.specReplicas, desired: before.desiredReplicas, metrics: verdict.currentMetrics)
        let failure = verdict.failure ?? ""
        let event = AutoscalerEvent(type: .warning, reason: "FailedComputeMetricsReplicas", message: failure)
        return Decision(
            status: status, events: verdict.events + [event], history: history,
            failure: "failed to compute desired number of replicas based on listed metrics for \(reference): \(failure)",
            metrics: verdict.metrics)
    }

    private func follow(_ proposal: Verdict.Proposal, _ verdict: Verdict, current: Int32, _ past: ScalingHistory) -> Decision {
        // A proposal below nothing is one of nothing, and then no metric gave the reason.
        let wished = max(0, proposal.replicas)
        var reason = ""
        if wished > current { reason = "\(proposal.metric) above target" }
        if wished < current { reason = "All metrics below target" }
        var (status, history) = (verdict.status, past)
        var (desired, heldUntil, adjustments) = normalize(wished, current: current, &status, &history)
        if current == 0 && spec.minReplicas != 0 && desired < spec.minReplicas {
            adjustments.append(
                Decision.Adjustment(
                    from: desired, to: spec.minReplicas, reason: "TooFewReplicas", message: "the target stands at zero, below the minimum"))
            desired = spec.minReplicas
            if reason.isEmpty { reason = "Current number of replicas below Spec.MinReplicas" }
        }
        var decision = change(status, history, current, to: desired, reason, verdict)
        decision.proposed = wished
        decision.adjustments = adjustments
        decision.heldUntil = heldUntil
        return decision
    }

    /// Brings the metrics' wish within what past wishes, policies and bounds permit, and says in the conditions what limited it.
    func normalize(
        _ wished: Int32, current: Int32, _ status: inout AutoscalerStatus, _ history: inout ScalingHistory
    ) -> (replicas: Int32, heldUntil: Timestamp?, adjustments: [Decision.Adjustment]) {
        let bounds = ReplicaBounds(min: spec.minReplicas, max: spec.maxReplicas)
        let stabilized: Stabilized
        let limited: Limited
        if let behavior = spec.behavior {
            stabilized = history.stabilize(
                wished, current: current, behavior, downscaleStabilization: settings.downscaleStabilization, at: now)
            limited = limit(stabilized.replicas, current: current, bounds: bounds, behavior, history, at: now)
        } else {
            stabilized = history.stabilize(wished, window: settings.downscaleStabilization, at: now)
            limited = limit(stabilized.replicas, current: current, bounds: bounds, settings)
        }
        var adjustments: [Decision.Adjustment] = []
        if stabilized.replicas == wished {
            status.set("AbleToScale", true, "ReadyForNewScale", "recommended size matches current size", at: now)
        } else {
            status.set("AbleToScale", true, stabilized.reason, stabilized.message, at: now)
            adjustments.append(.init(from: wished, to: stabilized.replicas, reason: stabilized.reason, message: stabilized.message))
        }
        if limited.replicas != stabilized.replicas {
            adjustments.append(.init(from: stabilized.replicas, to: limited.replicas, reason: limited.reason, message: limited.message))
        }
        status.set("ScalingLimited", limited.replicas != stabilized.replicas, limited.reason, limited.message, at: now)
        return (limited.replicas, stabilized.heldUntil, adjustments)
    }

    /// The decision to have `replicas`, with both outcomes of asking the target for them.
    private func change(
        _ before: AutoscalerStatus, _ history: ScalingHistory, _ current: Int32, to replicas: Int32, _ reason: String, _ verdict: Verdict?
    ) -> Decision {
        let events = verdict?.events ?? []
        let metrics = verdict?.currentMetrics ?? []
        guard replicas != current else {
            var status = before
            status.current(current, desired: current, metrics: metrics)
            return Decision(
                status: status, events: events, history: history, failure: verdict?.failure, metrics: verdict?.metrics ?? [])
        }
        var refused = before
        refused.current(current, desired: before.desiredReplicas, metrics: metrics)
        var status = before
        status.set(
            "AbleToScale", true, "SucceededRescale", "the HPA controller was able to update the target scale to \(replicas)", at: now)
        sayWhetherScaledToZero(&status, from: current, to: replicas)
        status.current(current, desired: replicas, metrics: metrics)
        status.lastScaleTime = now.truncatedToSeconds
        var next = history
        next.recordScaling(from: current, to: replicas, spec.behavior, at: now)
        let event = AutoscalerEvent(type: .normal, reason: "SuccessfulRescale", message: "New size: \(replicas); reason: \(reason)")
        return Decision(
            rescale: Decision.Rescale(from: current, to: replicas, reason: reason), status: status, events: events + [event], history: next,
            failure: verdict?.failure, metrics: verdict?.metrics ?? [],
            ifRefused: Decision.Refusal(status: refused, events: events, history: history, reference: reference, now: now))
    }
}

extension AutoscalerStatus {
    fileprivate mutating func current(_ replicas: Int32, desired: Int32, metrics: [JSONValue]) {
        currentReplicas = replicas
        desiredReplicas = desired
        currentMetrics = metrics
    }
}
