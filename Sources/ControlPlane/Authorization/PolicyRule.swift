// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit

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
    /// Only in these namespaces; empty for all, and for objects without.
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
        return resources.contains { $0 == "*" || $0 == full || (!info.subresource.isEmpty && $0 == "*/\(info.subresource)") }
    }

    private static func matches(_ list: [String], _ word: String) -> Bool { list.contains { $0 == "*" || $0 == word } }

    private static func path(_ pattern: String, covers path: String) -> Bool {
        pattern == path || (pattern.hasSuffix("*") && path.hasPrefix(pattern.dropLast()))
    }
}

/// Rules and who they are for.
struct BuiltInRole: Sendable {
    /// As upstream names it, for the reason of a decision.
    var name: String
    var users: [String] = []
    var groups: [String] = []
    var rules: [PolicyRule]

    func isFor(_ user: UserInfo) -> Bool { users.contains(user.name) || groups.contains { user.groups.contains($0) } }
}
