// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What all metrics of an autoscaler come to.
struct Verdict {
    var metrics: [MetricOutcome] = []
    /// Nil where nothing may be concluded.
    var proposal: Proposal?
    var events: [AutoscalerEvent] = []
    /// The status with what was found out about the metrics.
    var status: AutoscalerStatus
    /// Why there is no proposal; or, beside one, that some metrics had no part in it.
    var failure: String?

    struct Proposal {
        var replicas: Int32
        var metric: String
    }

    /// For the autoscaler's status: a metric that failed shows as one without a type.
    var currentMetrics: [JSONValue] {
        metrics.map { metric in if case .success(let reading) = metric.result { reading.status } else { ["type": ""] } }
    }
}

extension Step {
    /// Computes every metric and takes the largest proposal. With some metrics failing it counts only if it takes no replicas away.
    ///
    /// - Source: `computeReplicasForMetrics`, kubernetes v1.36 pkg/controller/podautoscaler/horizontal.go
    func weighMetrics(_ scale: TargetScale, _ before: AutoscalerStatus) -> Verdict {
        var verdict = Verdict(status: before)
        let pods: [PodState]
        switch observation.pods {
        case .success(let list): pods = list
        case .failure(let failure):
            reject(failure, &verdict)
            return verdict
        }
        var rejections: [MetricRejection] = []
        let evaluation = MetricEvaluation(spec: spec, scale: scale, pods: pods, observation: observation, settings: settings, now: now)
        for metric in spec.metrics {
            let outcome = evaluation.evaluate(metric)
            verdict.metrics.append(outcome)
            switch outcome.result {
            case .success(let reading): verdict.offer(reading.replicas, outcome.name)
            case .failure(let rejection):
                rejections.append(rejection)
                verdict.events.append(AutoscalerEvent(type: .warning, reason: rejection.reason, message: rejection.message))
            }
        }
        conclude(rejections, scale, &verdict)
        return verdict
    }

    private func conclude(_ rejections: [MetricRejection], _ scale: TargetScale, _ verdict: inout Verdict) {
        if let first = rejections.first {
            verdict.failure =
                "invalid metrics (\(rejections.count) invalid out of \(spec.metrics.count)), first error is: \(first.fullMessage)"
            if rejections.count == spec.metrics.count || (verdict.proposal?.replicas ?? 0) < scale.specReplicas {
                verdict.proposal = nil
                verdict.status.set(
                    "ScalingActive", false, first.reason, "the HPA was unable to compute the replica count: \(first.message)", at: now)
                return
            }
        }
        guard let proposal = verdict.proposal else {
            verdict.failure = "no metrics are specified"
            verdict.status.set("ScalingActive", false, "InvalidMetricSourceType", "the autoscaler names no metric", at: now)
            return
        }
        verdict.status.set(
            "ScalingActive", true, "ValidMetricFound",
            "the HPA was able to successfully calculate a replica count from \(proposal.metric)", at: now)
    }

    private func reject(_ failure: SelectorFailure, _ verdict: inout Verdict) {
        let (reason, condition, message): (String, String?, String) =
            switch failure {
            case .missing: ("SelectorRequired", "the HPA target's scale is missing a selector", "selector is required")
            case .unparsable(let error):
                ("InvalidSelector", nil, "couldn't convert selector into a corresponding internal selector object: \(error)")
            case .ambiguous(let selector, let autoscalers):
                (
                    "AmbiguousSelector", nil,
                    "pods by selector \(selector) are controlled by multiple HPAs: [\(autoscalers.map(\.description).joined(separator: " "))]"
                )
            }
        verdict.events.append(AutoscalerEvent(type: .warning, reason: reason, message: message))
        let conditionReason = failure == .missing ? "InvalidSelector" : reason
        verdict.status.set("ScalingActive", false, conditionReason, condition ?? message, at: now)
        verdict.failure = message
    }
}

extension Verdict {
    fileprivate mutating func offer(_ replicas: Int32, _ metric: String) {
        if let proposal, proposal.replicas != 0, replicas <= proposal.replicas { return }
        proposal = Proposal(replicas: replicas, metric: metric)
    }
}
