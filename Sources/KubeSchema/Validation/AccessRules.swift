// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What roles and their bindings must hold.
///
/// - Source: kubernetes pkg/apis/rbac/validation/validation.go
package enum AccessRules {
    private static let group = "rbac.authorization.k8s.io"

    package static func roleErrors(_ role: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        for (index, rule) in (role["rules"]?.array ?? []).enumerated() {
            checkRule(rule, at: "rules[\(index)]", isNamespaced: role.kind == "Role", &errors)
        }
        if role["aggregationRule"]?.object != nil, role.value(at: "aggregationRule", "clusterRoleSelectors")?.array?.isEmpty ?? true {
            errors.required("aggregationRule.clusterRoleSelectors", "at least one clusterRoleSelector required if aggregationRule is non-nil")
        }
        return errors
    }

    private static func checkRule(_ rule: JSONValue, at path: String, isNamespaced: Bool, _ errors: inout FieldErrors) {
        func isEmpty(_ field: String) -> Bool { rule[field]?.array?.isEmpty ?? true }
        if isEmpty("verbs") { errors.required("\(path).verbs", "verbs must contain at least one value") }
        if !isEmpty("nonResourceURLs") {
            if isNamespaced {
                errors.invalid("\(path).nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs")
            }
            if !isEmpty("apiGroups") || !isEmpty("resources") || !isEmpty("resourceNames") {
                errors.invalid(
                    "\(path).nonResourceURLs", rule["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs")
            }
            return
        }
        if isEmpty("apiGroups") { errors.required("\(path).apiGroups", "resource rules must supply at least one api group") }
        if isEmpty("resources") { errors.required("\(path).resources", "resource rules must supply at least one resource") }
    }

    package static func bindingErrors(_ binding: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let role = binding["roleRef"] ?? [:]
        if role["apiGroup"]?.string != group { errors.unsupported("roleRef.apiGroup", role["apiGroup"], supported: [group]) }
        let kinds = binding.kind == "RoleBinding" ? ["ClusterRole", "Role"] : ["ClusterRole"]
        if !kinds.contains(role["kind"]?.string ?? "") { errors.unsupported("roleRef.kind", role["kind"], supported: kinds) }
        if (role["name"]?.string ?? "").isEmpty {
            errors.required("roleRef.name")
        } else if let problem = NameRule.pathSegment.problem(role["name"]?.string ?? "") {
            errors.invalid("roleRef.name", role["name"], problem)
        }
        for (index, subject) in (binding["subjects"]?.array ?? []).enumerated() {
            checkSubject(subject, at: "subjects[\(index)]", isNamespaced: binding.kind == "RoleBinding", &errors)
        }
        return errors
    }

    private static func checkSubject(_ subject: JSONValue, at path: String, isNamespaced: Bool, _ errors: inout FieldErrors) {
        let name = subject["name"]?.string ?? ""
        if name.isEmpty { errors.required("\(path).name") }
        let given = subject["apiGroup"]?.string ?? ""
        switch subject["kind"]?.string ?? "" {
        case "ServiceAccount":
            if !name.isEmpty, let problem = NameRule.subdomain.problem(name) { errors.invalid("\(path).name", subject["name"], problem) }
            if !given.isEmpty { errors.unsupported("\(path).apiGroup", subject["apiGroup"], supported: [""]) }
            if !isNamespaced, (subject["namespace"]?.string ?? "").isEmpty { errors.required("\(path).namespace") }
        case "User", "Group":
            if given != group { errors.unsupported("\(path).apiGroup", subject["apiGroup"], supported: [group]) }
        default: errors.unsupported("\(path).kind", subject["kind"], supported: ["ServiceAccount", "User", "Group"])
        }
    }

    package static func bindingUpdateErrors(_ binding: KubeObject, replacing old: KubeObject) -> FieldErrors {
        var errors = bindingErrors(binding)
        if binding["roleRef"] != old["roleRef"] { errors.invalid("roleRef", binding["roleRef"], "cannot change roleRef") }
        return errors
    }
}
