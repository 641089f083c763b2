// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// What deleting an owner does to its dependents before the owner itself goes. With background deletion that is nothing:
/// the garbage collector follows the owner.
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
        return try await release(owner, definition, finalizer: DeletionPlan.orphanFinalizer)
    }

    /// Deletes everything that `owner` owns alone; `owner` goes when the last of those that hold it has gone.
    /// - Parameter ancestors: Owners whose deletion led here, so that a circle of owners ends.
    func deleteDependents(of owner: KubeObject, _ definition: ResourceDefinition, ancestors: Set<String>) async throws -> (
        object: KubeObject, isGone: Bool
    ) {
        for dependent in dependents(of: owner) {
            if hasOtherOwner(dependent.object, than: owner) {
                try await disown(dependent.object, dependent.definition, owner: owner.uid)
            } else if !ancestors.contains(dependent.object.uid) {
                var options = DeleteOptions()
                options.propagation = .foreground
                options.uid = dependent.object.uid
                try await ignoringAbsence {
                    _ = try await delete(
                        dependent.definition, namespace: dependent.object.namespace, name: dependent.object.name, options: options,
                        ancestors: ancestors.union([owner.uid]))
                }
            }
        }
        guard !isHeld(owner, ignoring: ancestors) else { return (objects.get(definition.key(of: owner)) ?? owner, false) }
        return try await release(owner, definition, finalizer: DeletionPlan.foregroundFinalizer)
    }

    /// Lets the owners of an object go that waited only for it.
    func releaseOwners(of removed: KubeObject) async throws {
        for reference in removed.ownerReferences {
            let version = GroupVersion(apiVersion: reference.apiVersion)
            guard let definition = registry.definitions.first(where: { $0.kind == reference.kind && $0.versions.contains(version) }),
                let owner = objects.get(definition.key(namespace: removed.namespace, name: reference.name)), owner.uid == reference.uid,
                owner.isBeingDeleted, owner.finalizers.contains(DeletionPlan.foregroundFinalizer), !isHeld(owner)
            else { continue }
            _ = try await release(owner, definition, finalizer: DeletionPlan.foregroundFinalizer)
        }
    }

    private func isHeld(_ owner: KubeObject, ignoring ancestors: Set<String> = []) -> Bool {
        dependents(of: owner).contains { !ancestors.contains($0.object.uid) && $0.object.ownerReferences.contains { $0.uid == owner.uid && $0.blocksOwnerDeletion } }
    }

    private func hasOtherOwner(_ object: KubeObject, than owner: KubeObject) -> Bool {
        object.ownerReferences.contains { reference in
            guard reference.uid != owner.uid else { return false }
            let version = GroupVersion(apiVersion: reference.apiVersion)
            guard let definition = registry.definitions.first(where: { $0.kind == reference.kind && $0.versions.contains(version) }),
                let other = objects.get(definition.key(namespace: object.namespace, name: reference.name))
            else { return false }
            return other.uid == reference.uid && !other.isBeingDeleted
        }
    }

    private func disown(_ dependent: KubeObject, _ definition: ResourceDefinition, owner uid: String) async throws {
        try await ignoringAbsence {
            _ = try await amend(definition, namespace: dependent.namespace, name: dependent.name) { object in
                let kept = (object.value(at: "metadata", "ownerReferences")?.array ?? []).filter { $0["uid"]?.string != uid }
                object.set(kept.isEmpty ? nil : .array(kept), at: "metadata", "ownerReferences")
            }
        }
    }

    private func release(_ owner: KubeObject, _ definition: ResourceDefinition, finalizer: String) async throws -> (object: KubeObject, isGone: Bool) {
        var released = owner
        var isGone = true
        try await ignoringAbsence {
            released = try await amend(definition, namespace: owner.namespace, name: owner.name) { object in
                guard object.uid == owner.uid else { throw APIError.notFound(definition.groupResource, owner.name) }
                let finalizers = object.finalizers.filter { $0 != finalizer }
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
