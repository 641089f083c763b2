// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// `status` of a Deployment, on which `kubectl rollout status` and `kubectl wait` go by.
///
/// - Source: `calculateStatus`, `syncRolloutStatus`, kubernetes pkg/controller/deployment/{sync,progress}.go
struct DeploymentStatus: Sendable, Hashable {
    var observedGeneration: Int64 = 0
    var replicas: Int64 = 0
    var updated: Int64 = 0
    var ready: Int64 = 0
    var available: Int64 = 0
    var unavailable: Int64 = 0
    var collisionCount: Int64 = 0
    var conditions: [Condition] = []

    struct Condition: Sendable, Hashable {
        var type: String
        var status: String
        var reason: String
        var message: String
        var lastUpdate: Timestamp
        var lastTransition: Timestamp
    }

    /// The status that is there.
    init(_ status: JSONValue) {
        func count(_ field: String) -> Int64 { status[field]?.int ?? 0 }
        (observedGeneration, replicas, updated) = (count("observedGeneration"), count("replicas"), count("updatedReplicas"))
        (ready, available, unavailable) = (count("readyReplicas"), count("availableReplicas"), count("unavailableReplicas"))
        collisionCount = count("collisionCount")
        conditions = (status["conditions"]?.array ?? []).map(Condition.init)
    }

    /// What the ReplicaSets come to; the conditions are those of `old` and whether enough pods are available.
    init(_ deployment: Deployment, old: DeploymentStatus, all: [ReplicaSet], new: ReplicaSet?, now: Timestamp) {
        observedGeneration = deployment.object.generation
        for replicaSet in all {
            replicas &+= replicaSet.currentReplicas
            ready &+= replicaSet.readyReplicas
            available &+= replicaSet.availableReplicas
            unavailable &+= replicaSet.replicas
        }
        unavailable = max(0, unavailable &- available)
        updated = new?.currentReplicas ?? 0
        collisionCount = old.collisionCount
        conditions = old.conditions
        if available >= deployment.replicas - (deployment.isRecreated ? 0 : deployment.leeway.unavailable) {
            set("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
        } else {
            set("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now)
        }
    }

    func condition(_ type: String) -> Condition? { conditions.first { $0.type == type } }

    /// Leaves a condition of the same status and reason as it is; the time of transition is kept where only the reason changes.
    mutating func set(_ type: String, _ status: String, _ reason: String, _ message: String, _ now: Timestamp) {
        let current = condition(type)
        if let current, current.status == status, current.reason == reason { return }
        replace(
            Condition(
                type: type, status: status, reason: reason, message: message, lastUpdate: now,
                lastTransition: current?.status == status ? current?.lastTransition ?? now : now))
    }

    mutating func replace(_ condition: Condition) {
        conditions.removeAll { $0.type == condition.type }
        conditions.append(condition)
    }

    mutating func remove(_ type: String) { conditions.removeAll { $0.type == type } }

    /// Whether all pods are of the newest template, and available.
    func isComplete(_ deployment: Deployment) -> Bool {
        updated == deployment.replicas && replicas == deployment.replicas && available == deployment.replicas
            && observedGeneration >= deployment.object.generation
    }

    func hasProgressed(since old: DeploymentStatus) -> Bool {
        updated > old.updated || replicas - updated < old.replicas - old.updated || ready > old.ready || available > old.available
    }

    /// As a merge patch: what is zero is removed, as upstream leaves it out.
    var patch: JSONValue {
        func count(_ value: Int64) -> JSONValue { value == 0 ? .null : .integer(value) }
        return [
            "observedGeneration": count(observedGeneration), "replicas": count(replicas), "updatedReplicas": count(updated),
            "readyReplicas": count(ready), "availableReplicas": count(available), "unavailableReplicas": count(unavailable),
            "collisionCount": count(collisionCount), "conditions": conditions.isEmpty ? .null : .array(conditions.map(\.json)),
        ]
    }
}

extension DeploymentStatus.Condition {
    init(_ json: JSONValue) {
        type = json["type"]?.string ?? ""
        status = json["status"]?.string ?? ""
        reason = json["reason"]?.string ?? ""
        message = json["message"]?.string ?? ""
        lastUpdate = json["lastUpdateTime"]?.timestamp ?? .zero
        lastTransition = json["lastTransitionTime"]?.timestamp ?? .zero
    }

    var json: JSONValue {
        [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
            "lastUpdateTime": .string(lastUpdate.description), "lastTransitionTime": .string(lastTransition.description),
        ]
    }
}
