// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// What deleting an owner as an orphaner does before the owner itself goes. With other propagation that is nothing: the garbage
/// collector sees to the dependents, after the owner or, where the owner's finalizer says so, before it.
extension ResourceStore {
    private func dependents(of owner: KubeObject) -> [(definition: ResourceDefinition, object: KubeObject)] {
        registry.definitions.flatMap { definition in
            objects.list(definition.groupResource, namespace: nil).objects.lazy
                .filter { $0.ownerReferences.contains { $0.uid == owner.uid } }.map { (definition, $0) }
        }
    }

    /// Frees everything that `owner` owns, then lets `owner` go. The mark on `owner` keeps its controller from taking them back.
    func orphanDependents(of owner: KubeObject, _ definition: ResourceDefinition) async throws -> (object: KubeObject, isGone: Bool) {
        for dependent in dependents(of: owner) { try await disown(dependent.object, dependent.definition, owner: owner.uid) }
        return try await release(owner, definition)
    }

    private func disown(_ dependent: KubeObject, _ definition: ResourceDefinition, owner uid: String) async throws {
        try await ignoringAbsence {
            _ = try await amend(definition, namespace: dependent.namespace, name: dependent.name) { object in
                let kept = (object.value(at: "metadata", "ownerReferences")?.array ?? []).filter { $0["uid"]?.string != uid }
                object.set(kept.isEmpty ? nil : .array(kept), at: "metadata", "ownerReferences")
            }
        }
    }

    private func release(_ owner: KubeObject, _ definition: ResourceDefinition) async throws -> (object: KubeObject, isGone: Bool) {
        var released = owner
        var isGone = true
        try await ignoringAbsence {
            released = try await amend(definition, namespace: owner.namespace, name: owner.name) { object in
                guard object.uid == owner.uid else { throw APIError.notFound(definition.groupResource, owner.name) }
                let finalizers = object.finalizers.filter { $0 != DeletionPlan.orphanFinalizer }
                object.set(finalizers.isEmpty ? nil : JSONValue(finalizers), at: "metadata", "finalizers")
            }
            isGone = isReadyToGo(definition, released)
        }
        return (released, isGone)
    }

    /// What has gone meanwhile needs nothing more.
    private func ignoringAbsence(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as APIError where error.reason == .notFound {}
    }
}
