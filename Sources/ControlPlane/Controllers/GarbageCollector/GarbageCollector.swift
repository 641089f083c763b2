// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging

/// Deletes what the owners of which are gone. Whom the graph takes for gone is asked for at the server before anything is deleted.
struct GarbageCollector: Reconciler {
    let client: KubeClient
    let graph: OwnerGraph
    let served: ServedKinds
    /// Looks at an object again, by its uid.
    let enqueue: @Sendable (_ uid: String) -> Void
    let logger: Logger

    func reconcile(_ uid: String) async throws -> Requeue {
        guard let node = graph.node(uid) else { return .never }
        if node.waitsForDependents { return try await release(node) }
        guard !node.owners.isEmpty, !graph.isHeld(node) else { return .never }
        guard let object = try await read(node.resource, node.name), object.uid == uid, !object.isBeingDeleted || object.waitsForDependents else {
            return .never
        }
        switch GarbageRule.decide(object, owners: try await owners(of: object), hasDependents: !graph.dependents(of: uid).isEmpty) {
        case .keep: break
        case .forget(let gone): try await forget(gone, object, node.resource)
        case .delete(let propagation): try await delete(object, node.resource, propagation)
        }
        return .never
    }

    private func owners(of object: KubeObject) async throws -> [String: GarbageRule.Owner] {
        var owners: [String: GarbageRule.Owner] = [:]
        for reference in object.ownerReferences {
            guard let served = served.resource(ofKind: reference.kind, apiVersion: reference.apiVersion) else {
                logger.debug("owner of an unknown kind is kept", metadata: ["object": "\(object.namespacedName)", "kind": "\(reference.kind)"])
                owners[reference.uid] = .present
                continue
            }
            let name = NamespacedName(namespace: served.isNamespaced ? object.namespace : "", name: reference.name)
            if let owner = try await read(served.resource, name), owner.uid == reference.uid {
                owners[reference.uid] = owner.waitsForDependents ? .waiting : .present
            } else {
                owners[reference.uid] = .absent
            }
        }
        return owners
    }

    private func read(_ resource: GroupVersionResource, _ name: NamespacedName) async throws -> KubeObject? {
        do {
            return try await client.get(resource, namespace: name.namespace, name: name.name)
        } catch let error as APIError where error.reason == .notFound {
            return nil
        }
    }

    private func forget(_ owners: Set<String>, _ object: KubeObject, _ resource: GroupVersionResource) async throws {
        let kept = (object.value(at: "metadata", "ownerReferences")?.array ?? []).filter { !owners.contains($0["uid"]?.string ?? "") }
        try await patch(object, resource, ["ownerReferences": kept.isEmpty ? .null : .array(kept)])
    }

    private func delete(_ object: KubeObject, _ resource: GroupVersionResource, _ propagation: PropagationPolicy) async throws {
        logger.debug("deleting an object without owners", metadata: ["resource": "\(resource)", "object": "\(object.namespacedName)"])
        do {
            try await client.delete(resource, object, propagation: propagation, isUnchanged: true)
        } catch let error as APIError where error.reason == .notFound {}
    }

    /// An owner that waits may go once nothing blocks it.
    private func release(_ node: OwnerGraph.Node) async throws -> Requeue {
        let blocking = graph.dependents(of: node.uid).filter { dependent in
            dependent.owners.contains { $0.uid == node.uid && $0.blocksOwnerDeletion }
        }
        for dependent in blocking { enqueue(dependent.uid) }
        guard blocking.isEmpty, let object = try await read(node.resource, node.name), object.uid == node.uid, object.waitsForDependents else {
            return .never
        }
        let kept = object.finalizers.filter { $0 != KubeObject.foregroundFinalizer }
        try await patch(object, node.resource, ["finalizers": kept.isEmpty ? .null : JSONValue(kept)])
        return .never
    }

    private func patch(_ object: KubeObject, _ resource: GroupVersionResource, _ change: JSONObject) async throws {
        var metadata = change
        metadata["uid"] = .string(object.uid)
        metadata["resourceVersion"] = .string(object.resourceVersion)
        do {
            try await client.patch(resource, namespace: object.namespace, name: object.name, .merge(["metadata": .object(metadata)]))
        } catch let error as APIError where error.reason == .notFound {}
    }
}
