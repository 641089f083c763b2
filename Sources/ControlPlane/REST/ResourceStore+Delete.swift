// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

extension ResourceStore {
    private static let attempts = 20
    private static let protectedNamespaces: Set<String> = ["default", "kube-public", "kube-system"]

    /// Deletes an object, or begins to.
    /// - Returns: Its last state, and whether it is gone.
    func delete(_ definition: ResourceDefinition, namespace: String, name: String, options: DeleteOptions = DeleteOptions()) async throws
        -> (object: KubeObject, isGone: Bool)
    {
        if definition.strategy.deletion == .namespace, Self.protectedNamespaces.contains(name) {
            throw APIError.forbidden(definition.groupResource, name, "this namespace may not be deleted")
        }
        var attempt = 1
        while true {
            let object = try get(definition, namespace, name)
            try check(definition, object, options)
            do {
                let answer = try await delete(definition, object, options)
                guard options.propagation == .orphan, !answer.isGone, !options.isDryRun else { return answer }
                return try await orphanDependents(of: answer.object, definition)
            } catch let error as StoreError {
                guard error.code == .conflict, attempt < Self.attempts else { throw error.apiError(definition, name) }
                attempt += 1
            }
        }
    }

    private func delete(_ definition: ResourceDefinition, _ object: KubeObject, _ options: DeleteOptions) async throws -> (
        object: KubeObject, isGone: Bool
    ) {
        let key = definition.key(of: object)
        switch DeletionPlan.make(object, options, definition.strategy.deletion, now: now()) {
        case .unchanged: return (object, false)
        case .remove: return (options.isDryRun ? object : try await objects.delete(key, expected: object.revision), true)
        case .mark(let marked): return (options.isDryRun ? marked : try await objects.update(marked, at: key, expected: object.revision), false)
        }
    }

    private func check(_ definition: ResourceDefinition, _ object: KubeObject, _ options: DeleteOptions) throws {
        if !options.uid.isEmpty, options.uid != object.uid {
            throw APIError.conflict(
                definition.groupResource, object.name, "Precondition failed: UID in precondition: \(options.uid), UID in object meta: \(object.uid)")
        }
        if !options.resourceVersion.isEmpty, options.resourceVersion != object.resourceVersion {
            throw APIError.conflict(
                definition.groupResource, object.name,
                "Precondition failed: ResourceVersion in precondition: \(options.resourceVersion), ResourceVersion in object meta: \(object.resourceVersion)"
            )
        }
    }

    /// Frees everything that `owner` owns, then lets `owner` go. The mark on `owner` keeps its controller from taking them back.
    private func orphanDependents(of owner: KubeObject, _ definition: ResourceDefinition) async throws -> (object: KubeObject, isGone: Bool) {
        for dependentDefinition in registry.definitions {
            for dependent in objects.list(dependentDefinition.groupResource, namespace: nil).objects {
                guard dependent.ownerReferences.contains(where: { $0.uid == owner.uid }) else { continue }
                do {
                    _ = try await amend(dependentDefinition, namespace: dependent.namespace, name: dependent.name) {
                        Self.remove(owner: owner.uid, from: &$0)
                    }
                } catch let error as APIError where error.reason == .notFound {
                    continue
                }
            }
        }
        do {
            let released = try await amend(definition, namespace: owner.namespace, name: owner.name) { object in
                let finalizers = object.finalizers.filter { $0 != DeletionPlan.orphanFinalizer }
                object.set(finalizers.isEmpty ? nil : JSONValue(finalizers), at: "metadata", "finalizers")
            }
            return (released, isReadyToGo(definition, released))
        } catch let error as APIError where error.reason == .notFound {
            return (owner, true)
        }
    }

    private static func remove(owner uid: String, from object: inout KubeObject) {
        let kept = (object.value(at: "metadata", "ownerReferences")?.array ?? []).filter { $0["uid"]?.string != uid }
        object.set(kept.isEmpty ? nil : .array(kept), at: "metadata", "ownerReferences")
    }
}
