// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Roles and bindings as text, a line a rule:
///
///     role NAME [aggregates=LABEL] [to=LABEL]       a ClusterRole; `NAMESPACE/NAME` makes a Role
///       GROUPS RESOURCES VERBS [names=NAMES]        lists with commas; `core` for the group without a name
///       path PATHS VERBS
///     bind NAME ROLE SUBJECT…                       `user:NAME`, `group:NAME`, `account:NAMESPACE/NAME`; a role of a namespace as `NAMESPACE/NAME`
///
/// `read` stands for get, list and watch; `write` for create, delete, deletecollection, patch and update. `aggregates=edit` collects the
/// rules of all roles that say `to=edit`.
enum PolicyRows {
    /// All that a control plane of its own begins with.
    static let all = [clusterRoles, controllerRoles, clusterRoleBindings, controllerBindings, namespacedRoles, lab]

    /// Each controller's role, bound to the service account of its name and to the identity that the lab's controllers share.
    static let controllerBindings = controllerRoles.split(separator: "\n").filter { $0.hasPrefix("role ") }.map { line in
        let role = line.dropFirst("role ".count)
        let account = role.split(separator: ":").last ?? ""
        return "bind \(role) \(role) account:kube-system/\(account) user:system:kube-controller-manager"
    }.joined(separator: "\n")

    private static let aggregation = "rbac.authorization.k8s.io/aggregate-to-"
    private static let group = "rbac.authorization.k8s.io"

    /// The objects that rows stand for, with upstream's labels of what is put right at each start.
    /// - Precondition: The rows are ours and well-formed.
    static func objects(_ rows: String) -> [KubeObject] {
        var objects: [KubeObject] = []
        var rules: [JSONValue] = []
        func finish() {
            if !rules.isEmpty { objects[objects.count - 1]["rules"] = .array(rules) }
            rules = []
        }
        for line in rows.split(separator: "\n") {
            if line.hasPrefix("  ") {
                rules.append(rule(line.split(separator: " ").map(String.init)))
                continue
            }
            finish()
            let words = line.split(separator: " ").map(String.init)
            objects.append(words[0] == "role" ? role(words) : binding(words))
        }
        finish()
        return objects
    }

    private static func rule(_ words: [String]) -> JSONValue {
        let verbs = words[2].split(separator: ",").flatMap { verb -> [String] in
            switch verb {
            case "read": ["get", "list", "watch"]
            case "write": ["create", "delete", "deletecollection", "patch", "update"]
            default: [String(verb)]
            }
        }
        func list(_ text: String) -> JSONValue { JSONValue(text.split(separator: Character(",")).map(String.init)) }
        if words[0] == "path" { return ["nonResourceURLs": list(words[1]), "verbs": JSONValue(verbs)] }
        let groups = words[0].split(separator: ",").map { $0 == "core" ? "" : String($0) }
        var rule: JSONObject = ["apiGroups": JSONValue(groups), "resources": list(words[1]), "verbs": JSONValue(verbs)]
        if words.count > 3 { rule["resourceNames"] = list(String(words[3].dropFirst("names=".count))) }
        return .object(rule)
    }

    private static func role(_ words: [String]) -> KubeObject {
        var object = object(words[1], kind: "Role")
        for fact in words.dropFirst(2) {
            if fact.hasPrefix("to=") { object.set("true", at: "metadata", "labels", aggregation + fact.dropFirst(3)) }
            guard fact.hasPrefix("aggregates=") else { continue }
            let label = aggregation + fact.dropFirst("aggregates=".count)
            object["aggregationRule"] = ["clusterRoleSelectors": [["matchLabels": .object([label: "true"])]]]
        }
        object["rules"] = []
        return object
    }

    private static func binding(_ words: [String]) -> KubeObject {
        var object = object(words[1], kind: "RoleBinding")
        let role = words[2].split(separator: "/", maxSplits: 1).map(String.init)
        object["roleRef"] = [
            "apiGroup": .string(group), "kind": role.count == 2 ? "Role" : "ClusterRole", "name": .string(role[role.count - 1]),
        ]
        object["subjects"] = .array(words.dropFirst(3).map(subject))
        return object
    }

    private static func subject(_ text: String) -> JSONValue {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts[0] == "account" else {
            return ["apiGroup": .string(group), "kind": parts[0] == "user" ? "User" : "Group", "name": .string(parts[1])]
        }
        let name = parts[1].split(separator: "/").map(String.init)
        return ["kind": "ServiceAccount", "namespace": .string(name[0]), "name": .string(name[1])]
    }

    private static func object(_ name: String, kind: String) -> KubeObject {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        let kind = GroupVersionKind(group: group, version: "v1", kind: parts.count == 2 ? kind : "Cluster\(kind)")
        var object = KubeObject(kind, namespace: parts.count == 2 ? parts[0] : "", name: parts[parts.count - 1])
        object.labels = ["kubernetes.io/bootstrapping": "rbac-defaults"]
        object.annotations = [PolicyReconciliation.autoupdate: "true"]
        return object
    }
}
