// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Keeps the rules of ClusterRoles that collect those of others.
///
/// - Source: kubernetes pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go
struct ClusterRoleAggregation: Reconciler {
    let client: KubeClient
    let roles: Informer

    func reconcile(_ name: NamespacedName) async throws -> Requeue {
        guard let role = roles.get(name), let rules = RoleAggregation.rules(of: role, among: roles.list().sorted { $0.name < $1.name }) else {
            return .never
        }
        guard Set(rules) != Set(role["rules"]?.array ?? []) else { return .never }
        let metadata: JSONValue = ["uid": .string(role.uid), "resourceVersion": .string(role.resourceVersion)]
        do {
            try await client.patch(.clusterRoles, name: role.name, .merge(["metadata": metadata, "rules": .array(rules)]))
        } catch let error as APIError where error.reason == .notFound {}
        return .never
    }
}
