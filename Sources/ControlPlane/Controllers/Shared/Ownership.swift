// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel

extension KubeClient {
    /// Makes `owner` the controller of an object that has none.
    /// - Throws: A conflict where the object changed since it was read.
    func adopt(_ object: KubeObject, for owner: KubeObject, _ resource: GroupVersionResource) async throws -> KubeObject {
        try await setOwners(of: object, object.ownerReferences + [OwnerReference(controller: owner)], resource)
    }

    /// Frees an object from an owner; one that is gone is free.
    func release(_ object: KubeObject, from owner: KubeObject, _ resource: GroupVersionResource) async throws {
        do {
            _ = try await setOwners(of: object, object.ownerReferences.filter { $0.uid != owner.uid }, resource)
        } catch let error as APIError where error.reason == .notFound {}
    }

    /// - Throws: A conflict where the object changed since it was read.
    @discardableResult
    func setOwners(of object: KubeObject, _ owners: [OwnerReference], _ resource: GroupVersionResource) async throws -> KubeObject {
        let metadata: JSONValue = [
            "uid": .string(object.uid), "resourceVersion": .string(object.resourceVersion),
            "ownerReferences": owners.isEmpty ? .null : .array(owners.map(\.json)),
        ]
        return try await patch(resource, namespace: object.namespace, name: object.name, .merge(["metadata": metadata]))
    }

    /// The object as the server has it now; nil where it is gone or another has its name.
    func current(_ object: KubeObject, _ resource: GroupVersionResource) async throws -> KubeObject? {
        do {
            let fresh = try await get(resource, namespace: object.namespace, name: object.name)
            return fresh.uid == object.uid ? fresh : nil
        } catch let error as APIError where error.reason == .notFound {
            return nil
        }
    }
}
