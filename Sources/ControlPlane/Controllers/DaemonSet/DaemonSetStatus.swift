// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// `status` of a DaemonSet, on which `kubectl rollout status` goes by.
///
/// - Source: `updateDaemonSetStatus`, kubernetes pkg/controller/daemon/daemon_controller.go
struct DaemonSetStatus: Sendable, Hashable {
    var observedGeneration: Int64
    /// Nodes that are to run a pod.
    var desired: Int64 = 0
    /// Those of them that have one; the counts below are of their oldest pods.
    var current: Int64 = 0
    var ready: Int64 = 0
    var available: Int64 = 0
    var updated: Int64 = 0
    /// Nodes that have a pod and are not to.
    var misscheduled: Int64 = 0
    var collisionCount: Int64

    init(_ set: DaemonSet, nodes: [KubeObject], pods: [Pod], hash: String, collisions: Int64, now: Timestamp) {
        observedGeneration = set.object.generation
        collisionCount = collisions
        let pods = DaemonPods(pods)
        for node in nodes {
            let oldest = pods[node.name].first
            guard DaemonPlacement(set, on: node).shouldRun else {
                if oldest != nil { misscheduled += 1 }
                continue
            }
            desired += 1
            guard let oldest else { continue }
            current += 1
            if oldest.isReady { ready += 1 }
            if oldest.isAvailable(minReadySeconds: set.minReadySeconds, at: now) { available += 1 }
            if DaemonPod.isUpdated(oldest, hash: hash, of: set) { updated += 1 }
        }
    }

    /// As a merge patch: what is zero is removed where upstream leaves it out.
    var patch: JSONValue {
        func count(_ value: Int64) -> JSONValue { value == 0 ? .null : .integer(value) }
        return [
            "observedGeneration": .integer(observedGeneration), "desiredNumberScheduled": .integer(desired),
            "currentNumberScheduled": .integer(current), "numberMisscheduled": .integer(misscheduled), "numberReady": .integer(ready),
            "updatedNumberScheduled": count(updated), "numberAvailable": count(available), "numberUnavailable": count(desired - available),
            "collisionCount": count(collisionCount),
        ]
    }
}
