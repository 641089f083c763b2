// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// Makes the roles and bindings that rows stand for, and puts right those that are there.
struct PolicyBootstrap: Sendable {
    let store: ResourceStore
    let rows: [String]

    /// Side by side, so that the writes share the disk's time.
    func run() async throws {
        let wanted = rows.flatMap(PolicyRows.objects)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for object in wanted { group.addTask { try await ensure(object) } }
            try await group.waitForAll()
        }
        // Inner ones first: `admin` collects `edit`, which collects `view`.
        for name in ["view", "edit", "admin"] { try await aggregate(name) }
    }

    private func ensure(_ wanted: KubeObject) async throws {
        guard let definition = store.registry.definition(kind: wanted.groupVersionKind) else { return }
        guard let current = store.objects.get(definition.key(of: wanted)) else {
            _ = try await store.create(definition, wanted, namespace: wanted.namespace)
            return
        }
        guard PolicyReconciliation.completed(current, by: wanted) != nil else { return }
        _ = try await store.amend(definition, namespace: wanted.namespace, name: wanted.name) { object in
            if let completed = PolicyReconciliation.completed(object, by: wanted) { object = completed }
        }
    }

    private func aggregate(_ name: String) async throws {
        guard let definition = store.registry.definition(.clusterRoles), store.objects.get(definition.key(namespace: "", name: name)) != nil else {
            return
        }
        let all = store.objects.list(definition.groupResource, namespace: nil).objects
        _ = try await store.amend(definition, namespace: "", name: name) { role in
            if let rules = RoleAggregation.rules(of: role, among: all) { role["rules"] = .array(rules) }
        }
    }
}
