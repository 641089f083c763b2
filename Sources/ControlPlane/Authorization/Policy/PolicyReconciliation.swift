// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What is put right at each start in the roles and bindings that every cluster has: what is missing comes back, what was added stays.
///
/// - Source: kubernetes pkg/registry/rbac/reconciliation
enum PolicyReconciliation {
    /// `false` on an object keeps it as it is.
    static let autoupdate = "rbac.authorization.kubernetes.io/autoupdate"

    /// - Returns: nil where nothing is missing.
    static func completed(_ current: KubeObject, by wanted: KubeObject) -> KubeObject? {
        guard current.annotations[autoupdate] != "false" else { return nil }
        var completed = current
        for field in ["rules", "subjects"] where wanted["aggregationRule"] == nil {
            let given = current[field]?.array ?? []
            let missing = (wanted[field]?.array ?? []).filter { !given.contains($0) }
            if !missing.isEmpty { completed[field] = .array(given + missing) }
        }
        if let rule = wanted["aggregationRule"], current["aggregationRule"] != rule { completed["aggregationRule"] = rule }
        completed.labels = current.labels.merging(wanted.labels) { $1 }
        completed.annotations = current.annotations.merging(wanted.annotations) { $1 }
        return completed == current ? nil : completed
    }
}

/// The rules of a ClusterRole that collects those of others.
///
/// - Source: kubernetes pkg/controller/clusterroleaggregation
enum RoleAggregation {
    /// - Parameter all: Every ClusterRole, in the order of names.
    /// - Returns: nil where the role collects nothing.
    static func rules(of role: KubeObject, among all: [KubeObject]) -> [JSONValue]? {
        guard let selectors = role.value(at: "aggregationRule", "clusterRoleSelectors")?.array else { return nil }
        var rules: [JSONValue] = []
        var seen: Set<JSONValue> = []
        for selector in selectors.compactMap({ try? LabelSelector(object: $0) }) {
            for other in all where other.name != role.name && selector.matches(other.labels) {
                for rule in other["rules"]?.array ?? [] where seen.insert(rule).inserted { rules.append(rule) }
            }
        }
        return rules
    }
}
