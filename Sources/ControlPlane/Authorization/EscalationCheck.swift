// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore

/// Keeps users from giving rights that they do not have: by a role with more than their own, or by a binding to one.
///
/// - Source: kubernetes pkg/registry/rbac/validation/rule.go (`ConfirmNoEscalation`), pkg/registry/rbac/*/policybased/storage.go
struct EscalationCheck: Sendable {
    let authorizer: RoleAuthorizer
    let store: ResourceStore

    /// - Parameter old: What is replaced; nil for a new object.
    /// - Throws: 403 naming the rights that `user` lacks, 404 where a binding names a role that is not there.
    func check(_ definition: ResourceDefinition, _ new: KubeObject, old: KubeObject?, namespace: String, _ user: UserInfo) throws(APIError) {
        guard definition.strategy.guardsAccess, !user.groups.contains(UserInfo.mastersGroup) else { return }
        let isBinding = new["roleRef"] != nil
        if let old, isBinding ? old["subjects"] == new["subjects"] : old["rules"] == new["rules"] && old["aggregationRule"] == new["aggregationRule"]
        {
            return
        }
        let rules = try isBinding ? granted(by: new, namespace, user) : written(new, definition, namespace, user)
        let held = authorizer.rules(for: user, namespace: namespace)
        let missing = rules.flatMap(\.atoms).filter { atom in !held.contains { $0.covers(atom) } }
        guard !missing.isEmpty else { return }
        throw .forbidden(definition.groupResource, new.name, Self.message(user, missing))
    }

    private func written(_ role: KubeObject, _ definition: ResourceDefinition, _ namespace: String, _ user: UserInfo) -> [PolicyRule] {
        guard !may(user, "escalate", definition.resource, namespace, role.name) else { return [] }
        var rules = (role["rules"]?.array ?? []).map { PolicyRule($0) }
        // What it will collect can't be known.
        if role["aggregationRule"] != nil { rules += [PolicyRule(verbs: ["*"], groups: ["*"], resources: ["*"]), .paths(["*"], ["*"])] }
        return rules
    }

    private func granted(by binding: KubeObject, _ namespace: String, _ user: UserInfo) throws(APIError) -> [PolicyRule] {
        let name = binding.value(at: "roleRef", "name")?.string ?? ""
        let isCluster = binding.value(at: "roleRef", "kind")?.string == "ClusterRole"
        let resource: GroupVersionResource = isCluster ? .clusterRoles : .roles
        guard !may(user, "bind", resource.resource, namespace, name) else { return [] }
        guard let definition = store.registry.definition(resource),
            let role = store.objects.get(definition.key(namespace: isCluster ? "" : namespace, name: name))
        else { throw .notFound(resource.groupResource, name) }
        return (role["rules"]?.array ?? []).map { PolicyRule($0) }
    }

    private func may(_ user: UserInfo, _ verb: String, _ resource: String, _ namespace: String, _ name: String) -> Bool {
        let info = RequestInfo(
            isResourceRequest: true, verb: verb, path: "", group: GroupVersionResource.roles.group, version: "v1", namespace: namespace,
            resource: resource, subresource: "", name: name)
        return authorizer.decide(user, info).isAllowed
    }

    private static func message(_ user: UserInfo, _ missing: [PolicyRule]) -> String {
        var merged: [PolicyRule: [String]] = [:]
        for atom in missing {
            var key = atom
            key.verbs = []
            if merged[key]?.contains(atom.verbs[0]) != true { merged[key, default: []].append(atom.verbs[0]) }
        }
        let texts = merged.map { rule, verbs in
            var rule = rule
            rule.verbs = verbs
            return rule.text
        }
        let groups = user.groups.map { "\"\($0)\"" }.joined(separator: " ")
        return "user \"\(user.name)\" (groups=[\(groups)]) is attempting to grant RBAC permissions not currently held:\n"
            + texts.sorted().joined(separator: "\n")
    }
}
