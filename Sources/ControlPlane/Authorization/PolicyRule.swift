// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

/// What a role lets its subjects do; the semantics of RBAC's PolicyRule.
///
/// - Source: `RuleAllows`, kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go; pkg/apis/rbac/v1/evaluation_helpers.go
struct PolicyRule: Sendable, Hashable {
    var verbs: [String]
    var groups: [String] = []
    /// `pods`, `pods/log`, `*/scale`, `*`.
    var resources: [String] = []
    /// Only these objects; empty for all. A request that names none (list, create) is not allowed by a rule with names.
    var names: [String] = []
    /// Only in these namespaces; empty for all, and for objects without. Roles have none: their bindings are of a namespace.
    var namespaces: [String] = []
    /// Paths outside the resource tree; a `*` at the end stands for any rest.
    var paths: [String] = []

    static func resources(_ resources: [String], in groups: [String], _ verbs: [String], names: [String] = [], namespaces: [String] = []) -> Self {
        Self(verbs: verbs, groups: groups, resources: resources, names: names, namespaces: namespaces)
    }

    static func paths(_ paths: [String], _ verbs: [String]) -> Self { Self(verbs: verbs, paths: paths) }

    func allows(_ info: RequestInfo) -> Bool {
        guard Self.matches(verbs, info.verb) else { return false }
        guard info.isResourceRequest else { return paths.contains { Self.path($0, covers: info.path) } }
        return Self.matches(groups, info.group) && matchesResource(info) && (names.isEmpty || names.contains(info.name))
            && (namespaces.isEmpty || namespaces.contains(info.namespace))
    }

    private func matchesResource(_ info: RequestInfo) -> Bool {
        let full = info.subresource.isEmpty ? info.resource : "\(info.resource)/\(info.subresource)"
        return resources.contains { Self.resource($0, covers: full) }
    }

    private static func resource(_ pattern: String, covers full: String) -> Bool {
        if pattern == "*" || pattern == full { return true }
        guard pattern.hasPrefix("*/"), let slash = full.firstIndex(of: "/") else { return false }
        return pattern.dropFirst(2) == full[full.index(after: slash)...]
    }

    private static func matches(_ list: [String], _ word: String) -> Bool { list.contains { $0 == "*" || $0 == word } }

    private static func path(_ pattern: String, covers path: String) -> Bool {
        pattern == path || (pattern.hasSuffix("*") && path.hasPrefix(pattern.dropLast()))
    }
}

extension PolicyRule {
    /// As a role holds it.
    init(_ json: JSONValue) {
        func list(_ field: String) -> [String] { (json[field]?.array ?? []).compactMap(\.string) }
        self.init(
            verbs: list("verbs"), groups: list("apiGroups"), resources: list("resources"), names: list("resourceNames"),
            paths: list("nonResourceURLs"))
    }

    /// The rule as many as it takes of one verb, group, resource, name or path each.
    /// - Source: `BreakdownRule`, kubernetes component-helpers auth/rbac/validation/policy_comparator.go
    var atoms: [PolicyRule] {
        var atoms = verbs.flatMap { verb in paths.map { PolicyRule.paths([$0], [verb]) } }
        for verb in verbs {
            for group in groups {
                for resource in resources {
                    let one = PolicyRule(verbs: [verb], groups: [group], resources: [resource])
                    guard !names.isEmpty else {
                        atoms.append(one)
                        continue
                    }
                    atoms += names.map { name in
                        var named = one
                        named.names = [name]
                        return named
                    }
                }
            }
        }
        return atoms
    }

    /// Whether all that `atom` allows is allowed by this rule too.
    func covers(_ atom: PolicyRule) -> Bool {
        guard let verb = atom.verbs.first, Self.matches(verbs, verb) else { return false }
        if let path = atom.paths.first { return paths.contains { Self.path($0, covers: path) } }
        guard let group = atom.groups.first, let resource = atom.resources.first else { return false }
        return Self.matches(groups, group) && resources.contains { Self.resource($0, covers: resource) }
            && (names.isEmpty || (!atom.names.isEmpty && atom.names.allSatisfy(names.contains)))
    }

    /// As upstream prints it in a refusal: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`.
    var text: String {
        func list(_ name: String, _ values: [String]) -> String? {
            values.isEmpty ? nil : "\(name):[\(values.map { "\"\($0)\"" }.joined(separator: " "))]"
        }
        let parts = [
            list("APIGroups", groups), list("Resources", resources), list("ResourceNames", names), list("NonResourceURLs", paths),
            list("Verbs", verbs),
        ]
        return "{\(parts.compactMap { $0 }.joined(separator: ", "))}"
    }
}
