// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel

/// Brings objects to what they should be, with no request where they are.
struct ObjectWriter: Sendable {
    let client: KubeClient

    /// Tells what an object was last made from; what the server added to it does not count.
    private static let annotation = "updraft.dev/made-from"

    /// - Parameter current: The object as it is known; nil where there is none.
    /// - Throws: `APIError`, `ClientError`.
    func apply(_ resource: GroupVersionResource, _ object: KubeObject, current: KubeObject?) async throws {
        var object = object
        object.annotations[Self.annotation] = ContentHash.of(object.encoded)
        guard let current else {
            do { try await client.create(resource, object) } catch let error as APIError where error.reason == .alreadyExists {
                // The informer has not seen it yet; the next round has.
            }
            return
        }
        guard current.annotations[Self.annotation] != object.annotations[Self.annotation] else { return }
        object.set(.string(current.resourceVersion), at: "metadata", "resourceVersion")
        // Given once, for good.
        for field in ["clusterIP", "clusterIPs"] where resource == .services && object.spec[field] == nil {
            if let value = current.spec[field] { object.set(value, at: "spec", field) }
        }
        try await client.update(resource, object)
    }

    /// - Parameter current: nil where there is none.
    func remove(_ resource: GroupVersionResource, _ current: KubeObject?) async throws {
        guard let current, !current.isBeingDeleted else { return }
        do { try await client.delete(resource, current) } catch let error as APIError where error.reason == .notFound {
            // Gone already.
        }
    }
}

extension KubeObject {
    mutating func addOwner(_ owner: KubeObject, isController: Bool) {
        guard !owner.uid.isEmpty else { return }
        let reference: JSONValue = [
            "apiVersion": .string(owner.apiVersion), "kind": .string(owner.kind), "name": .string(owner.name), "uid": .string(owner.uid),
            "controller": .bool(isController), "blockOwnerDeletion": true,
        ]
        set(.array((self["metadata"]?["ownerReferences"]?.array ?? []) + [reference]), at: "metadata", "ownerReferences")
    }
}
