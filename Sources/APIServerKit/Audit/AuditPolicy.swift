// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Which requests are told of in the audit log, and how much: the first rule that matches decides.
///
/// - Source: `audit.k8s.io/v1`, k8s.io/apiserver pkg/audit/policy/checker.go
package struct AuditPolicy: Sendable, Hashable {
    package enum Level: String, Sendable, Hashable, Comparable, CaseIterable {
        case none = "None"
        case metadata = "Metadata"
        /// With what was sent.
        case request = "Request"
        /// With what was answered as well.
        case requestResponse = "RequestResponse"

        package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
        private var rank: Int {
            switch self {
            case .none: 0
            case .metadata: 1
            case .request: 2
            case .requestResponse: 3
            }
        }
    }

    package enum Stage: String, Sendable, Hashable, CaseIterable {
        case requestReceived = "RequestReceived"
        /// Of watches and the like, once their answer has begun.
        case responseStarted = "ResponseStarted"
        case responseComplete = "ResponseComplete"
        case panic = "Panic"
    }

    package struct Decision: Sendable, Hashable {
        package var level: Level
        package var omittedStages: Set<Stage>
    }

    struct Rule: Sendable, Hashable {
        var level = Level.none
        var omittedStages: Set<Stage> = []
        var users: [String] = []
        var groups: [String] = []
        var verbs: [String] = []
        var resources: [Resources] = []
        var namespaces: [String] = []
        var paths: [String] = []
    }

    struct Resources: Sendable, Hashable {
        var group: String
        /// All where it is empty.
        var names: [String]
        var objects: [String]
    }

    private var rules: [Rule]

    /// What no rule matches is not told of.
    package func decide(_ user: UserInfo, _ info: RequestInfo) -> Decision {
        guard let rule = rules.first(where: { $0.matches(user, info) }) else { return Decision(level: .none, omittedStages: []) }
        // Who wants to read secrets in a log has to say so: a rule for everything is not meant for them.
        let isSecret = Self.secretResources.contains(info.qualifiedResource) && info.isResourceRequest
        let names = rule.resources.contains { $0.names.contains(info.qualifiedResource) }
        return Decision(level: isSecret && !names ? min(rule.level, .metadata) : rule.level, omittedStages: rule.omittedStages)
    }

    private static let secretResources: Set<String> = ["secrets", "serviceaccounts/token", "tokenreviews"]

    // MARK: Reading

    /// - Throws: What is wrong with the policy, naming the field.
    package init(_ json: JSONValue) throws(AuditPolicyError) {
        guard json["kind"]?.string == "Policy", ["audit.k8s.io/v1", "audit.k8s.io/v1beta1"].contains(json["apiVersion"]?.string ?? "") else {
            throw AuditPolicyError(
                message:
                    "the audit policy is of the kind \(json["apiVersion"]?.string ?? "?") \(json["kind"]?.string ?? "?"), not audit.k8s.io/v1 Policy")
        }
        guard let rules = json["rules"]?.array, !rules.isEmpty else { throw AuditPolicyError(message: "rules: the audit policy has none") }
        let omitted = try Self.stages(json["omitStages"], "omitStages")
        self.rules = []
        for (index, rule) in rules.enumerated() {
            var rule = try Rule(rule, "rules[\(index)]")
            rule.omittedStages.formUnion(omitted)
            self.rules.append(rule)
        }
    }

    fileprivate static func stages(_ json: JSONValue?, _ path: String) throws(AuditPolicyError) -> Set<Stage> {
        var stages: Set<Stage> = []
        for name in try texts(json, path) {
            guard let stage = Stage(rawValue: name) else { throw AuditPolicyError(message: "\(path): there is no stage \"\(name)\"") }
            stages.insert(stage)
        }
        return stages
    }

    fileprivate static func texts(_ json: JSONValue?, _ path: String) throws(AuditPolicyError) -> [String] {
        guard let json, !json.isNull else { return [] }
        guard let elements = json.array, elements.allSatisfy({ $0.string != nil }) else {
            throw AuditPolicyError(message: "\(path): a list of names was expected")
        }
        return elements.compactMap(\.string)
    }
}

package struct AuditPolicyError: Error, Sendable, Hashable {
    package var message: String
}

extension AuditPolicy.Rule {
    private static let fields: Set<String> = [
        "level", "omitStages", "users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs", "omitManagedFields",
    ]

    init(_ json: JSONValue, _ path: String) throws(AuditPolicyError) {
        guard let object = json.object else { throw AuditPolicyError(message: "\(path): a rule was expected") }
        for member in object where !Self.fields.contains(member.key) {
            throw AuditPolicyError(message: "\(path): a rule has no field \"\(member.key)\"")
        }
        guard let level = AuditPolicy.Level(rawValue: json["level"]?.string ?? "") else {
            throw AuditPolicyError(message: "\(path).level: \"\(json["level"]?.string ?? "")\" is none of None, Metadata, Request, RequestResponse")
        }
        self.level = level
        omittedStages = try AuditPolicy.stages(json["omitStages"], "\(path).omitStages")
        users = try AuditPolicy.texts(json["users"], "\(path).users")
        groups = try AuditPolicy.texts(json["userGroups"], "\(path).userGroups")
        verbs = try AuditPolicy.texts(json["verbs"], "\(path).verbs")
        namespaces = try AuditPolicy.texts(json["namespaces"], "\(path).namespaces")
        paths = try AuditPolicy.texts(json["nonResourceURLs"], "\(path).nonResourceURLs")
        for (index, one) in (json["resources"]?.array ?? []).enumerated() {
            let place = "\(path).resources[\(index)]"
            resources.append(
                AuditPolicy.Resources(
                    group: one["group"]?.string ?? "", names: try AuditPolicy.texts(one["resources"], "\(place).resources"),
                    objects: try AuditPolicy.texts(one["resourceNames"], "\(place).resourceNames")))
        }
        guard paths.isEmpty || resources.isEmpty && namespaces.isEmpty else {
            throw AuditPolicyError(message: "\(path): a rule is for resources or for nonResourceURLs, not for both")
        }
    }

    func matches(_ user: UserInfo, _ info: RequestInfo) -> Bool {
        guard users.isEmpty || users.contains(user.name), groups.isEmpty || groups.contains(where: user.groups.contains),
            verbs.isEmpty || verbs.contains(info.verb)
        else { return false }
        if !resources.isEmpty || !namespaces.isEmpty {
            guard info.isResourceRequest, namespaces.isEmpty || namespaces.contains(info.namespace) else { return false }
            return resources.isEmpty || resources.contains { $0.matches(info) }
        }
        guard !paths.isEmpty else { return true }
        return !info.isResourceRequest && paths.contains { $0 == "*" || $0 == info.path || $0.hasSuffix("*") && info.path.hasPrefix($0.dropLast()) }
    }
}

extension AuditPolicy.Resources {
    func matches(_ info: RequestInfo) -> Bool {
        guard group == info.group else { return false }
        guard !names.isEmpty else { return true }
        guard objects.isEmpty || objects.contains(info.name) else { return false }
        return names.contains { name in
            name == "*" || name == info.qualifiedResource || !info.subresource.isEmpty && name == "*/\(info.subresource)"
                || name == "\(info.resource)/*"
        }
    }
}

extension RequestInfo {
    /// With its subresource.
    fileprivate var qualifiedResource: String { subresource.isEmpty ? resource : "\(resource)/\(subresource)" }
}
