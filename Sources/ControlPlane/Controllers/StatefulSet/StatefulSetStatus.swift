// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// `status` of a StatefulSet, on which `kubectl rollout status` goes by.
///
/// - Source: `computeReplicaStatus`, `completeRollingUpdate`, kubernetes pkg/controller/statefulset
struct StatefulSetStatus: Sendable, Hashable {
    var observedGeneration: Int64
    var replicas: Int64 = 0
    var ready: Int64 = 0
    var available: Int64 = 0
    var current: Int64 = 0
    var updated: Int64 = 0
    var currentRevision: String
    var updateRevision: String
    var collisionCount: Int64

    /// - Parameter replaced: How many pods of the current revision have just been given up for the update.
    init(
        _ set: StatefulSet, current: Revision, update: Revision, collisions: Int64, pods: [Pod], replaced: Int64 = 0, now: Timestamp
    ) {
        observedGeneration = set.object.generation
        (currentRevision, updateRevision, collisionCount) = (current.name, update.name, collisions)
        for pod in pods where !pod.phase.isEmpty {
            replicas += 1
            if pod.phase == "Running", pod.isReady {
                ready += 1
                if pod.isAvailable(minReadySeconds: set.minReadySeconds, at: now) { available += 1 }
            }
            guard !pod.object.isBeingDeleted else { continue }
            if StatefulSetPod.revision(of: pod) == current.name { self.current += 1 }
            if StatefulSetPod.revision(of: pod) == update.name { updated += 1 }
        }
        self.current = max(0, self.current - replaced)
        complete(set)
    }

    /// Once all pods are of the update, it is the current revision.
    private mutating func complete(_ set: StatefulSet) {
        guard !set.updatesOnDelete, [updated, ready, replicas].allSatisfy({ $0 == set.replicas }) else { return }
        (current, currentRevision) = (updated, updateRevision)
    }

    /// As a merge patch: what is zero is removed, as upstream leaves it out.
    var patch: JSONValue {
        func count(_ value: Int64) -> JSONValue { value == 0 ? .null : .integer(value) }
        return [
            "observedGeneration": .integer(observedGeneration), "replicas": .integer(replicas), "readyReplicas": count(ready),
            "availableReplicas": .integer(available), "currentReplicas": count(current), "updatedReplicas": count(updated),
            "currentRevision": .string(currentRevision), "updateRevision": .string(updateRevision), "collisionCount": .integer(collisionCount),
        ]
    }
}
