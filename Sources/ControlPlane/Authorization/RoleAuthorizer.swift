// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

/// Decides by the fixed role table, for requests and for access reviews alike.
struct RoleAuthorizer: Authorizer {
    let nodes: NodeRules
    let roles: [BuiltInRole]

    init(store: ResourceStore, roles: [BuiltInRole] = BuiltInRoles.all) {
        nodes = NodeRules(store: store)
        self.roles = roles
    }

    func authorize(_ user: UserInfo, _ info: RequestInfo, _ query: Query) -> AuthorizationAnswer { .ready(decide(user, info, query)) }

    func decide(_ user: UserInfo, _ info: RequestInfo, _ query: Query = Query()) -> AuthorizationDecision {
        if user.groups.contains(UserInfo.mastersGroup) { return .allowed }
        for role in roles where role.isFor(user) {
            if role.rules.contains(where: { $0.allows(info) }) {
                return AuthorizationDecision(isAllowed: true, reason: "allowed by role \"\(role.name)\"")
            }
        }
        if let node = NodeRules.nodeName(user) { return nodes.decide(info, query, node: node) }
        return .refused
    }

    /// The rules that apply to a user in a namespace, for SelfSubjectRulesReview.
    func rules(for user: UserInfo, namespace: String) -> [PolicyRule] {
        if user.groups.contains(UserInfo.mastersGroup) {
            return [PolicyRule(verbs: ["*"], groups: ["*"], resources: ["*"]), .paths(["*"], ["*"])]
        }
        return roles.filter { $0.isFor(user) }.flatMap(\.rules).filter { $0.namespaces.isEmpty || $0.namespaces.contains(namespace) }
    }
}
