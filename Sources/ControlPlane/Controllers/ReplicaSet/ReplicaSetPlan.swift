// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a ReplicaSet has to do about the pods that there are.
///
/// - Source: `manageReplicas`, `calculateStatus`, kubernetes pkg/controller/replicaset
struct ReplicaSetPlan: Sendable, Hashable {
    /// The most pods made or deleted in one go.
    static let burst = 500

    /// The pods that count.
    var owned: [Pod]
    /// Without a controller and selected: to be taken on.
    var adoptable: [Pod]
    /// Owned, but no longer selected: to be let go.
    var released: [Pod]
    /// How many to make.
    var missing: Int
    /// How many to delete.
    var surplus: Int

    /// - Parameter pods: All of the namespace that the ReplicaSet owns or might adopt.
    static func make(_ replicaSet: ReplicaSet, pods: [Pod]) -> Self {
        let claims = PodClaims(pods.filter(\.isActive), of: replicaSet.object, selector: replicaSet.selector)
        var plan = Self(owned: claims.owned, adoptable: claims.adoptable, released: claims.released, missing: 0, surplus: 0)
        guard !replicaSet.object.isBeingDeleted else { return plan }
        let difference = Int(clamping: replicaSet.replicas) - plan.owned.count - plan.adoptable.count
        plan.missing = min(max(0, difference), burst)
        plan.surplus = min(max(0, -difference), burst)
        return plan
    }

    var isSettled: Bool { adoptable.isEmpty && released.isEmpty && missing == 0 && surplus == 0 }

    /// A pod of the template, to be named by the server.
    static func pod(of replicaSet: ReplicaSet) -> KubeObject {
        let template = replicaSet.template
        var metadata: JSONObject = ["generateName": .string("\(replicaSet.name)-"), "namespace": .string(replicaSet.object.namespace)]
        for field in ["labels", "annotations", "finalizers"] { metadata[field] = template["metadata"]?[field] }
        metadata["ownerReferences"] = [OwnerReference(controller: replicaSet.object).json]
        return KubeObject(["apiVersion": "v1", "kind": "Pod", "metadata": .object(metadata), "spec": template["spec"] ?? [:]])
    }
}

/// `status` of a ReplicaSet.
struct ReplicaSetStatus: Sendable, Hashable {
    var replicas: Int64
    var fullyLabeled: Int64
    var ready: Int64
    var available: Int64
    var observedGeneration: Int64
    var conditions: [JSONValue]

    /// - Parameter failure: Of making or deleting pods this time: `FailedCreate` or `FailedDelete` with its message.
    init(_ replicaSet: ReplicaSet, owned: [Pod], failure: (reason: String, message: String)?, now: Timestamp) {
        let labels = replicaSet.template["metadata"]?["labels"]?.stringMap ?? [:]
        replicas = Int64(owned.count)
        fullyLabeled = Int64(
            owned.count { pod in
                let own = pod.object.labels
                return labels.allSatisfy { own[$0.key] == $0.value }
            })
        ready = Int64(owned.count { $0.isReady })
        available = Int64(owned.count { $0.isAvailable(minReadySeconds: replicaSet.minReadySeconds, at: now) })
        observedGeneration = replicaSet.object.generation
        let known = replicaSet.object.status["conditions"]?.array ?? []
        conditions = known.filter { $0["type"] != "ReplicaFailure" }
        if let failure {
            conditions.append(
                known.first { $0["type"] == "ReplicaFailure" } ?? [
                    "type": "ReplicaFailure", "status": "True", "reason": .string(failure.reason), "message": .string(failure.message),
                    "lastTransitionTime": .string(now.description),
                ])
        }
    }

    /// As a merge patch: what is zero is removed, as upstream leaves it out.
    var patch: JSONValue {
        func count(_ value: Int64) -> JSONValue { value == 0 ? .null : .integer(value) }
        return [
            "replicas": .integer(replicas), "fullyLabeledReplicas": count(fullyLabeled), "readyReplicas": count(ready),
            "availableReplicas": count(available), "observedGeneration": .integer(observedGeneration),
            "conditions": conditions.isEmpty ? .null : .array(conditions),
        ]
    }
}
