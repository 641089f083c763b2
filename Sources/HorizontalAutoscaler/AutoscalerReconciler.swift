// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import ScalingRules

/// One autoscaler, one step: observe, decide, carry out.
struct AutoscalerReconciler<C: Clock & Sendable>: Reconciler where C.Duration == Duration {
    /// The autoscaler as last heard of; nil once it is gone.
    let autoscaler: @Sendable (NamespacedName) -> KubeObject?
    let memory: AutoscalerMemory<C.Instant>
    let observer: AutoscalerObserver<C>
    let writer: AutoscalerWriter
    let recorder: EventRecorder
    let options: AutoscalerOptions
    let metrics: AutoscalerMetrics
    let clock: C
    let now: @Sendable () -> Timestamp
    let report: DecisionObserver?
    let logger: Logger

    /// As upstream: after so many refusals by conflict the step counts as failed, until the next round.
    private static var attempts: Int { 5 }

    func reconcile(_ name: NamespacedName) async throws -> Requeue {
        guard let cached = autoscaler(name) else {
            memory.forget(name)
            return .never
        }
        var entry = memory.entry(name, uid: cached.uid)
        let object = entry.newest(cached)
        let acts = options.acts && !object.isDryRun
        let step = await metrics.timing { await acts ? act(on: object, &entry) : record(object, &entry) }
        // A step cut short by shutdown says nothing of the autoscaler.
        try Task.checkCancellation()
        entry.history = acts ? step.decision.history : step.decision.historyIfNotCarriedOut
        await settle(step, object, acts, &entry)
        // Deleted meanwhile: what it left must not stay.
        if autoscaler(name) == nil { memory.forget(name) } else { memory.keep(entry, for: name) }
        // The next round brings the next step, whatever came of this one.
        return .never
    }

    private struct Outcome {
        var time: Timestamp
        var autoscaler: HorizontalPodAutoscaler
        var observation: Observation
        var decision: Decision
    }

    /// Decides, and sets the target's replicas where that is the decision.
    ///
    /// To act, all is read and decided afresh: what is known from watching may be late. So it is if the target changes in between.
    private func act(on object: KubeObject, _ entry: inout AutoscalerMemory<C.Instant>.Entry) async -> Outcome {
        let autoscaler = HorizontalPodAutoscaler(object)
        var attempt = 1
        var reading = AutoscalerObserver<C>.ScaleReading.known
        while true {
            let observed = await observer.observe(autoscaler, reading, &entry)
            let time = now()
            entry.tell(time, at: clock.now)
            let decision = decide(autoscaler.spec, observed.observation, entry.history, settings: options.settings, at: time)
            var outcome = Outcome(time: time, autoscaler: autoscaler, observation: observed.observation, decision: decision)
            guard let rescale = decision.rescale else { return outcome }
            reading = .fresh
            guard let scale = observed.scale else { continue }
            do {
                try await writer.setReplicas(rescale.to, of: scale)
                return outcome
            } catch let error as APIError where error.reason == .conflict && attempt < Self.attempts {
                attempt += 1
            } catch {
                outcome.decision = decision.refused(because: words(for: error, request: "put \(scale.resource.groupResource) \(scale.object.name)"))
                return outcome
            }
        }
    }

    /// Decides only. The scalings that count for the next decision are those that are seen to happen, whoever does them.
    private func record(_ object: KubeObject, _ entry: inout AutoscalerMemory<C.Instant>.Entry) async -> Outcome {
        let autoscaler = HorizontalPodAutoscaler(object)
        let observed = await observer.observe(autoscaler, .known, &entry)
        let time = now()
        entry.tell(time, at: clock.now)
        let replicas = (try? observed.observation.scale.get())?.specReplicas
        if let replicas, let seen = entry.seenReplicas, seen != replicas {
            entry.history.recordScaling(from: seen, to: replicas, autoscaler.spec.behavior, at: time)
        }
        entry.seenReplicas = replicas ?? entry.seenReplicas
        let decision = decide(autoscaler.spec, observed.observation, entry.history, settings: options.settings, at: time)
        return Outcome(time: time, autoscaler: autoscaler, observation: observed.observation, decision: decision)
    }

    /// Writes the status where it changed, if decisions are carried out, and tells of the step.
    private func settle(_ outcome: Outcome, _ object: KubeObject, _ acts: Bool, _ entry: inout AutoscalerMemory<C.Instant>.Entry) async {
        let decision = outcome.decision
        if acts {
            for event in decision.events { record(event, object) }
        }
        log(outcome, acts, &entry)
        metrics.record(decision)
        if acts, decision.status != outcome.autoscaler.status {
            do {
                if let written = try await writer.write(decision.status, to: object) { entry.wrote(written, over: object.resourceVersion) }
            } catch {
                let message = words(for: error, request: "patch horizontalpodautoscalers.autoscaling \(object.name)")
                record(AutoscalerEvent(type: .warning, reason: "FailedUpdateStatus", message: message), object)
            }
        }
        report?(
            DecisionReport(
                autoscaler: outcome.autoscaler.name, time: outcome.time, spec: outcome.autoscaler.spec, observation: outcome.observation,
                decision: decision))
    }

    private func record(_ event: AutoscalerEvent, _ object: KubeObject) {
        recorder.record(object, event.type == .normal ? .normal : .warning, reason: event.reason, message: event.message)
    }

    /// A failure is said once, not every round.
    private func log(_ outcome: Outcome, _ acts: Bool, _ entry: inout AutoscalerMemory<C.Instant>.Entry) {
        var metadata: Logger.Metadata = [
            "namespace": "\(outcome.autoscaler.name.namespace)", "name": "\(outcome.autoscaler.name.name)",
        ]
        if let rescale = outcome.decision.rescale {
            metadata["from"] = "\(rescale.from)"
            metadata["to"] = "\(rescale.to)"
            metadata["reason"] = "\(rescale.reason)"
            // What is only recorded is decided again every round, and said once.
            if acts || entry.lastWish != rescale.to { logger.info(acts ? "scaled" : "would scale, but only records", metadata: metadata) }
        }
        entry.lastWish = outcome.decision.rescale?.to
        if let failure = outcome.decision.failure, failure != entry.lastFailure {
            metadata["error"] = "\(failure)"
            // Its conditions and events say so too; a pod that has just started does it each time.
            logger.info("cannot autoscale on all that the spec names", metadata: metadata)
        }
        entry.lastFailure = outcome.decision.failure
    }
}

extension KubeObject {
    /// The autoscaler is decided on, and left alone.
    fileprivate var isDryRun: Bool { annotations["updraft.dev/dry-run"] == "true" }
}
