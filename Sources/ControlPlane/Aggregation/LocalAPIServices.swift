// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// The APIServices of what this server itself serves.
struct LocalAPIServices: Sendable {
    let store: ResourceStore
    private static let label = "kube-aggregator.kubernetes.io/automanaged"

    /// Makes those that are missing, and puts right those that are there.
    func ensure(_ groups: [ServedGroup]) async throws {
        for group in groups {
            for (version, priority) in zip(group.versions, group.versionPriorities) { try await ensure(group, version, priority, managed: "onstart") }
        }
    }

    /// The same for groups and versions that only custom resources have; those of kinds that are gone go too.
    ///
    /// Where somebody serves such a group elsewhere, that stays. What fails is tried again at the next change.
    func keep(custom groups: [ServedGroup]) async {
        guard let definition = store.registry.definition(.apiServices) else { return }
        var wanted: Set<String> = []
        for group in groups {
            let builtIn = store.catalog.builtIn.groups.first { $0.name == group.name }?.versions ?? []
            for (version, priority) in zip(group.versions, group.versionPriorities) where !builtIn.contains(version) {
                let name = "\(version).\(group.name)"
                wanted.insert(name)
                let there = store.objects.get(definition.key(namespace: "", name: name))
                if there?.spec["service"]?.object == nil { try? await ensure(group, version, priority, managed: "true") }
            }
        }
        for object in store.objects.list(definition.groupResource, namespace: nil).objects
        where object.labels[Self.label] == "true" && object.spec["service"]?.object == nil && !wanted.contains(object.name) {
            _ = try? await store.delete(definition, namespace: "", name: object.name)
        }
    }

    private func ensure(_ group: ServedGroup, _ version: String, _ priority: Int, managed: String) async throws {
        var apiService = KubeObject(
            GroupVersionKind(group: "apiregistration.k8s.io", version: "v1", kind: "APIService"), name: "\(version).\(group.name)")
        apiService.set(.string(managed), at: "metadata", "labels", Self.label)
        var spec: JSONObject = [
            "groupPriorityMinimum": .integer(Int64(group.priority)), "version": .string(version), "versionPriority": .integer(Int64(priority)),
        ]
        if !group.name.isEmpty { spec["group"] = .string(group.name) }
        apiService["spec"] = .object(spec)
        try await store.ensure(.apiServices, apiService)
        guard let definition = store.registry.definition(.apiServices) else { return }
        let now = store.now()
        _ = try await store.amend(definition, namespace: "", name: apiService.name, scope: .status) { object in
            guard !object.hasTrueCondition("Available") else { return }
            object.turn("Available", true, reason: "Local", message: "Local APIServices are always available", now: now)
        }
    }
}

extension ResourceStore {
    /// Creates the object, or puts the fields that it names, other than its metadata, into the one that is there.
    func ensure(_ resource: GroupVersionResource, _ wanted: KubeObject) async throws {
        guard let definition = registry.definition(resource) else { return }
        guard objects.get(definition.key(of: wanted)) != nil else {
            _ = try await create(definition, wanted, namespace: wanted.namespace)
            return
        }
        _ = try await amend(definition, namespace: wanted.namespace, name: wanted.name) { object in
            for member in wanted.json where !["apiVersion", "kind", "metadata", "status"].contains(member.key) { object[member.key] = member.value }
            for (key, value) in wanted.labels { object.set(.string(value), at: "metadata", "labels", key) }
        }
    }
}
