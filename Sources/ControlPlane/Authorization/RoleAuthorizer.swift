// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore
import Synchronization

/// Decides by the stored roles and bindings, for requests and for access reviews alike; what a node may do depends on the node and
/// stands in `NodeRules`, and `system:masters` needs no role.
final class RoleAuthorizer: Authorizer {
    private let store: ResourceStore
    private let nodes: NodeRules
    /// Arranged anew when one of the four kinds was written.
    private let arranged = Mutex<(policy: AccessPolicy, asOf: [Int64])?>(nil)

    private static let resources: [GroupVersionResource] = [.clusterRoles, .roles, .clusterRoleBindings, .roleBindings]

    init(store: ResourceStore) {
        self.store = store
        nodes = NodeRules(store: store)
    }

    func authorize(_ user: UserInfo, _ info: RequestInfo, _ query: Query) -> AuthorizationAnswer { .ready(decide(user, info, query)) }

    func decide(_ user: UserInfo, _ info: RequestInfo, _ query: Query = Query()) -> AuthorizationDecision {
        if user.groups.contains(UserInfo.mastersGroup) { return .allowed }
        var reason = ""
        if let node = NodeRules.nodeName(user) {
            let decision = nodes.decide(info, query, node: node)
            if decision.isAllowed { return decision }
            reason = decision.reason
        }
        var decision = policy.decide(user, info)
        if !decision.isAllowed, !reason.isEmpty { decision.reason = decision.reason.isEmpty ? reason : "\(reason)\n\(decision.reason)" }
        return decision
    }

    /// The rules that apply to a user in a namespace.
    func rules(for user: UserInfo, namespace: String) -> [PolicyRule] {
        if user.groups.contains(UserInfo.mastersGroup) {
            return [PolicyRule(verbs: ["*"], groups: ["*"], resources: ["*"]), .paths(["*"], ["*"])]
        }
        return policy.grants(for: user, namespace: namespace).flatMap(\.rules)
    }

    /// Every write that was acknowledged is seen.
    var policy: AccessPolicy {
        let objects = store.objects
        let now = Self.resources.map { objects.lastWrite(to: $0.groupResource) }
        if let known = arranged.withLock({ $0 }), known.asOf == now { return known.policy }
        let lists = Self.resources.map { objects.list($0.groupResource, namespace: nil).objects }
        let policy = AccessPolicy(clusterRoles: lists[0], roles: lists[1], clusterRoleBindings: lists[2], roleBindings: lists[3])
        // The lists may be newer than `now`; then the next look arranges once more.
        arranged.withLock { $0 = (policy, now) }
        return policy
    }
}
