// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

/// The roles and bindings of one moment, arranged by whom they are for.
///
/// - Source: `VisitRulesFor`, kubernetes pkg/registry/rbac/validation/rule.go
struct AccessPolicy: Sendable {
    /// What one binding gives one subject.
    struct Grant: Sendable {
        /// `ClusterRoleBinding "a" of ClusterRole "b" to User "c"`
        var description: String
        var rules: [PolicyRule]
        /// The role is not there: `clusterrole.rbac.authorization.k8s.io "b" not found`
        var problem: String?
    }

    private enum Subject: Hashable {
        case user(String)
        case group(String)
    }

    private var cluster: [Subject: [Grant]] = [:]
    private var namespaced: [String: [Subject: [Grant]]] = [:]

    init(clusterRoles: [KubeObject], roles: [KubeObject], clusterRoleBindings: [KubeObject], roleBindings: [KubeObject]) {
        func rules(_ object: KubeObject) -> [PolicyRule] { (object["rules"]?.array ?? []).map { PolicyRule($0) } }
        let clusterRules = Dictionary(clusterRoles.map { ($0.name, rules($0)) }) { $1 }
        let roleRules = Dictionary(roles.map { ($0.namespacedName, rules($0)) }) { $1 }
        for binding in clusterRoleBindings {
            let role = binding.value(at: "roleRef", "name")?.string ?? ""
            for (subject, text) in Self.subjects(binding) {
                cluster[subject, default: []].append(
                    Self.grant(
                        "ClusterRoleBinding \"\(binding.name)\" of ClusterRole \"\(role)\" to \(text)", "clusterrole", role, clusterRules[role]))
            }
        }
        for binding in roleBindings {
            let role = binding.value(at: "roleRef", "name")?.string ?? ""
            let isCluster = binding.value(at: "roleRef", "kind")?.string == "ClusterRole"
            let found = isCluster ? clusterRules[role] : roleRules[NamespacedName(namespace: binding.namespace, name: role)]
            let kind = isCluster ? "ClusterRole" : "Role"
            for (subject, text) in Self.subjects(binding) {
                namespaced[binding.namespace, default: [:]][subject, default: []].append(
                    Self.grant(
                        "RoleBinding \"\(binding.name)/\(binding.namespace)\" of \(kind) \"\(role)\" to \(text)", kind.lowercased(), role, found))
            }
        }
    }

    private static func grant(_ description: String, _ kind: String, _ role: String, _ rules: [PolicyRule]?) -> Grant {
        Grant(
            description: description, rules: rules ?? [],
            problem: rules == nil ? "\(kind).rbac.authorization.k8s.io \"\(role)\" not found" : nil)
    }

    private static func subjects(_ binding: KubeObject) -> [(Subject, String)] {
        (binding["subjects"]?.array ?? []).compactMap { subject in
            let name = subject["name"]?.string ?? ""
            switch subject["kind"]?.string {
            case "User": return (.user(name), "User \"\(name)\"")
            case "Group": return (.group(name), "Group \"\(name)\"")
            case "ServiceAccount":
                let namespace = subject["namespace"]?.string ?? binding.namespace
                guard !namespace.isEmpty else { return nil }
                return (.user("system:serviceaccount:\(namespace):\(name)"), "ServiceAccount \"\(name)/\(namespace)\"")
            default: return nil
            }
        }
    }

    /// All that a user is given: everywhere, and in a namespace where one is named.
    func grants(for user: UserInfo, namespace: String) -> [Grant] {
        let subjects = [Subject.user(user.name)] + user.groups.map(Subject.group)
        let here = namespace.isEmpty ? [:] : namespaced[namespace] ?? [:]
        return subjects.flatMap { cluster[$0] ?? [] } + subjects.flatMap { here[$0] ?? [] }
    }

    func decide(_ user: UserInfo, _ info: RequestInfo) -> AuthorizationDecision {
        let grants = grants(for: user, namespace: info.isResourceRequest ? info.namespace : "")
        if let grant = grants.first(where: { $0.rules.contains { $0.allows(info) } }) {
            return AuthorizationDecision(isAllowed: true, reason: "RBAC: allowed by \(grant.description)")
        }
        let problems = grants.compactMap(\.problem)
        guard !problems.isEmpty else { return .refused }
        return AuthorizationDecision(
            isAllowed: false, reason: "RBAC: " + (problems.count == 1 ? problems[0] : "[\(problems.joined(separator: ", "))]"))
    }
}
