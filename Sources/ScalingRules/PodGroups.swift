// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A target's pods by what their metrics are worth; each pod is in one group.
package struct PodGroups: Sendable, Hashable {
    /// Those whose metrics count.
    package var readyCount = 0
    /// Not started yet, or with CPU that may be that of starting up: their metrics are left out.
    package var unready: Set<String> = []
    /// Those without metrics.
    package var missing: Set<String> = []
    /// Failed or being deleted: neither they nor their metrics count.
    package var ignored: Set<String> = []

    package init() {}
}

/// Groups a target's pods.
///
/// Readiness matters for CPU only, which is high while a program starts. Within the initialization period a pod's sample has to lie
/// wholly after its last change of readiness; later, a pod is left out that is unready and never was ready, which shows in its having
/// become so within `initialReadinessDelay` of its start.
/// - Source: `groupPods`, kubernetes v1.36 pkg/controller/podautoscaler/replica_calculator.go
func groupPods(
    _ pods: [PodState], _ metrics: [String: PodMetric], resource: String, _ settings: ScalingSettings, at now: Timestamp
) -> PodGroups {
    var groups = PodGroups()
    for pod in pods {
        if pod.isBeingDeleted || pod.phase == "Failed" {
            groups.ignored.insert(pod.name)
        } else if pod.phase == "Pending" {
            groups.unready.insert(pod.name)
        } else if let metric = metrics[pod.name] {
            if resource == "cpu" && pod.isStarting(metric, settings, at: now) {
                groups.unready.insert(pod.name)
            } else {
                groups.readyCount += 1
            }
        } else {
            groups.missing.insert(pod.name)
        }
    }
    return groups
}

extension PodState {
    /// Whether `sample` may be of the pod's start rather than of its work.
    fileprivate func isStarting(_ sample: PodMetric, _ settings: ScalingSettings, at now: Timestamp) -> Bool {
        guard let ready, let startTime else { return true }
        if startTime + settings.cpuInitializationPeriod > now {
            return ready.isFalse || sample.timestamp < ready.lastTransitionTime + sample.window
        }
        return ready.isFalse && startTime + settings.initialReadinessDelay > ready.lastTransitionTime
    }
}
