// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricsAPI

extension MetricsServerManifest {
    private static let rbac = "rbac.authorization.k8s.io"

    /// What the server may do, and that whoever may view a namespace may view its usage.
    var roles: [KubeObject] {
        [
            readersRole, serverRole, servingSecretRole,
            binding("ClusterRoleBinding", "system:\(Self.name)", to: ("ClusterRole", "system:\(Self.name)")),
            binding("ClusterRoleBinding", "\(Self.name):system:auth-delegator", to: ("ClusterRole", "system:auth-delegator")),
            // Where the API server keeps its ConfigMap, wherever this is installed.
            binding("RoleBinding", "\(Self.name)-auth-reader", to: ("Role", "extension-apiserver-authentication-reader"), in: "kube-system"),
            binding("RoleBinding", Self.secretName, to: ("Role", Self.secretName), in: namespace),
        ]
    }

    private var readersRole: KubeObject {
        var role = object("\(Self.rbac)/v1", "ClusterRole", "system:\(Self.name)-aggregated-reader")
        role.labels = Self.labels.merging(["admin", "edit", "view"].map { ("\(Self.rbac)/aggregate-to-\($0)", "true") }) { $1 }
        role["rules"] = [rule("metrics.k8s.io", ["pods", "nodes"], ["get", "list", "watch"])]
        return role
    }

    private var serverRole: KubeObject {
        var role = object("\(Self.rbac)/v1", "ClusterRole", "system:\(Self.name)")
        var rules = usageSource == .kubelets ? [rule("", ["nodes/metrics"], ["get"])] : []
        rules += [
            rule("", ["pods", "nodes"], ["get", "list", "watch"]),
            rule("apiregistration.k8s.io", ["apiservices"], ["get", "list", "watch", "patch"], names: servingSettings.apiServices),
        ]
        // What labels of Prometheus' series mostly name; of other kinds, single objects can be asked for.
        if self.rules != nil { rules.append(rule("", ["namespaces", "services"], ["get", "list", "watch"])) }
        role["rules"] = .array(rules)
        return role
    }

    private var servingSecretRole: KubeObject {
        var role = object("\(Self.rbac)/v1", "Role", Self.secretName, in: namespace)
        role["rules"] = [rule("", ["secrets"], ["get", "list", "watch", "update"], names: [Self.secretName])]
        return role
    }

    private func rule(_ group: String, _ resources: [String], _ verbs: [String], names: [String]? = nil) -> JSONValue {
        var rule: JSONObject = ["apiGroups": [.string(group)], "resources": JSONValue(resources), "verbs": JSONValue(verbs)]
        rule["resourceNames"] = names.map { JSONValue($0) }
        return .object(rule)
    }

    private func binding(_ kind: String, _ name: String, to role: (kind: String, name: String), in place: String? = nil) -> KubeObject {
        var binding = object("\(Self.rbac)/v1", kind, name, in: place)
        binding["roleRef"] = ["apiGroup": .string(Self.rbac), "kind": .string(role.kind), "name": .string(role.name)]
        binding["subjects"] = [["kind": "ServiceAccount", "name": .string(Self.name), "namespace": .string(namespace)]]
        return binding
    }
}
