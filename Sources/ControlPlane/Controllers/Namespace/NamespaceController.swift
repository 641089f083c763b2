// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Empties namespaces that are being deleted, and lets them go.
///
/// - Source: kubernetes pkg/controller/namespace/deletion/namespaced_resources_deleter.go
struct NamespaceController: Reconciler {
    static let finalizer = "kubernetes"
    /// Groups that are only read: nothing is ever left in them, so that a server of metrics which is down keeps no namespace.
    private static let readOnlyGroups: Set<String> = ["metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"]

    let client: KubeClient
    let namespaces: Informer
    let now: @Sendable () -> Timestamp
    /// How long the content of a namespace stays that is deleted, so that what is made or deleted in it by the same hand is there to be.
    ///
    /// - Source: `namespaceDeletionGracePeriod`, kubernetes pkg/controller/namespace/namespace_controller.go
    var patience = Duration.seconds(5)

    func reconcile(_ key: NamespacedName) async throws -> Requeue {
        guard let namespace = namespaces.get(key), namespace.isBeingDeleted else { return .never }
        guard Self.holds(namespace) else { return .never }
        if let since = namespace.deletionTimestamp, now() - since < patience { return .after(patience - (now() - since)) }
        let served = try await ServedResources.discover(client)
        let failed = served.failedGroups.filter { !Self.readOnlyGroups.contains($0) }
        var remaining: [Remaining] = []
        for resource in served.resources where resource.isNamespaced {
            if let left = try await empty(resource, of: key.name) { remaining.append(left) }
        }
        guard remaining.isEmpty, failed.isEmpty else {
            try await report(namespace, remaining: remaining, failedGroups: failed)
            // The end of each object brings us back; this is for those whose end nobody tells.
            return .after(.seconds(2))
        }
        try await finalize(namespace)
        return .never
    }

    static func holds(_ namespace: KubeObject) -> Bool {
        namespace.spec["finalizers"]?.array?.contains { $0.string == finalizer } ?? false
    }

    struct Remaining: Sendable, Hashable {
        var resource: GroupVersionResource
        var count: Int
        /// How many objects each finalizer holds.
        var finalizers: [String: Int]
    }

    /// Deletes all objects of a resource; those that take their time are returned.
    private func empty(_ resource: ServedResources.Resource, of namespace: String) async throws -> Remaining? {
        guard resource.verbs.contains("delete"), resource.verbs.contains("list") else { return nil }
        var objects = try await client.list(resource.resource, namespace: namespace, metadataOnly: true).items
        guard !objects.isEmpty else { return nil }
        if objects.contains(where: { !$0.isBeingDeleted }) {
            if resource.verbs.contains("deletecollection") {
                try await client.deleteCollection(resource.resource, namespace: namespace)
            } else {
                for object in objects where !object.isBeingDeleted { try await delete(resource.resource, object) }
            }
            objects = try await client.list(resource.resource, namespace: namespace, metadataOnly: true).items
        }
        guard !objects.isEmpty else { return nil }
        let finalizers = objects.flatMap(\.finalizers).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        return Remaining(resource: resource.resource, count: objects.count, finalizers: finalizers)
    }

    private func delete(_ resource: GroupVersionResource, _ object: KubeObject) async throws {
        do {
            try await client.delete(resource, object)
        } catch let error as APIError where error.reason == .notFound {}
    }

    private func finalize(_ namespace: KubeObject) async throws {
        var released = namespace
        let kept = (namespace.spec["finalizers"]?.array ?? []).filter { $0.string != Self.finalizer }
        released.set(.array(kept), at: "spec", "finalizers")
        do {
            try await client.update(.namespaces, released, subresource: "finalize")
        } catch let error as APIError where error.reason == .notFound {}
    }

    /// Tells in the namespace's conditions what it waits for.
    private func report(_ namespace: KubeObject, remaining: [Remaining], failedGroups: [String]) async throws {
        let status: JSONValue = [
            "conditions": .array(NamespaceConditions.make(remaining: remaining, failedGroups: failedGroups, known: namespace, now: now()))
        ]
        try await client.writeStatus(status, of: namespace, .namespaces)
    }
}
