// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeClient
import KubeModel

/// Asks the API server by SubjectAccessReview what a user may do, and keeps each answer a while.
///
/// Health paths are open to all, and `system:masters` may do everything without asking.
/// - Source: k8s.io/apiserver plugin/pkg/authorizer/webhook, pkg/authorization/authorizerfactory
package final class DelegatedAuthorizer: Authorizer {
    fileprivate struct Question: Hashable {
        var user: UserInfo
        var info: RequestInfo
        var labelSelector: String
        var fieldSelector: String
    }

    private static let reviews = GroupVersionResource(group: "authorization.k8s.io", version: "v1", resource: "subjectaccessreviews")
    private let client: KubeClient
    private let openPaths: [String]
    private let answers: AnswerCache<Question, AuthorizationDecision>

    /// - Parameters:
    ///   - openPaths: Open to all; `*` at the end stands for any rest; `--authorization-always-allow-paths`.
    ///   - allowedTime: How long an answer counts that lets the user; `--authorization-webhook-cache-authorized-ttl`.
    ///   - refusedTime: How long one counts that does not; `--authorization-webhook-cache-unauthorized-ttl`.
    ///   - uptime: Time that only goes forward.
    package init(
        client: KubeClient, openPaths: [String] = ["/healthz", "/livez", "/readyz"], allowedTime: Duration = .seconds(10),
        refusedTime: Duration = .seconds(10), uptime: @escaping @Sendable () -> Duration
    ) {
        self.client = client
        self.openPaths = openPaths
        answers = AnswerCache(uptime: uptime) { $0.isAllowed ? allowedTime : refusedTime }
    }

    package func authorize(_ user: UserInfo, _ info: RequestInfo, _ query: Query) -> AuthorizationAnswer {
        if !info.isResourceRequest, isOpen(info.path) { return .ready(.allowed) }
        if user.groups.contains(UserInfo.mastersGroup) { return .ready(.allowed) }
        let isSelecting = info.verb == "list" || info.verb == "watch" || info.verb == "deletecollection"
        let question = Question(
            user: user, info: info, labelSelector: isSelecting ? query["labelSelector"] ?? "" : "",
            fieldSelector: isSelecting ? query["fieldSelector"] ?? "" : "")
        if let known = answers.known(question) { return .ready(known) }
        return .deferred { try await self.answers.answer(question) { try await self.ask(question) } }
    }

    private func isOpen(_ path: String) -> Bool {
        openPaths.contains { $0.hasSuffix("*") ? path.hasPrefix($0.dropLast()) : path == $0 || path == "/" + $0 }
    }

    private func ask(_ question: Question) async throws -> AuthorizationDecision {
        let review = try await client.create(Self.reviews, question.review)
        let isAllowed = review.status["allowed"]?.bool ?? false
        return AuthorizationDecision(isAllowed: isAllowed, reason: isAllowed ? "" : review.status["reason"]?.string ?? "")
    }
}

extension DelegatedAuthorizer.Question {
    fileprivate var review: KubeObject {
        var spec: JSONObject = ["user": .string(user.name)]
        if !user.uid.isEmpty { spec["uid"] = .string(user.uid) }
        if !user.groups.isEmpty { spec["groups"] = JSONValue(user.groups) }
        if !user.extra.isEmpty { spec["extra"] = .object(JSONObject(user.extra.map { ($0.key, JSONValue($0.value)) })) }
        if info.isResourceRequest {
            spec["resourceAttributes"] = .object(resourceAttributes)
        } else {
            spec["nonResourceAttributes"] = ["path": .string(info.path), "verb": .string(info.verb)]
        }
        return KubeObject(["apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": [:], "spec": .object(spec)])
    }

    private var resourceAttributes: JSONObject {
        var attributes: JSONObject = ["verb": .string(info.verb), "group": .string(info.group), "version": .string(info.version)]
        for (key, text) in [("namespace", info.namespace), ("resource", info.resource), ("subresource", info.subresource), ("name", info.name)]
        where !text.isEmpty { attributes[key] = .string(text) }
        // A selector that cannot be read is refused later; without it the review asks for more, which is safe.
        if let selector = try? FieldSelector(parsing: fieldSelector), !selector.isEmpty {
            attributes["fieldSelector"] = ["requirements": .array(selector.requirements.map(Self.json))]
        }
        if let selector = try? LabelSelector(parsing: labelSelector), let requirements = Self.requirements(selector) {
            attributes["labelSelector"] = ["requirements": .array(requirements)]
        }
        return attributes
    }

    private static func json(_ requirement: FieldSelector.Requirement) -> JSONValue {
        ["key": .string(requirement.field), "operator": requirement.isEqual ? "In" : "NotIn", "values": [.string(requirement.value)]]
    }

    /// Those a review can hold; leaving others out asks for more, which is safe.
    private static func requirements(_ selector: LabelSelector) -> [JSONValue]? {
        let requirements = selector.requirements.compactMap { requirement -> JSONValue? in
            let name: String
            switch requirement.operator {
            case .in, .equals, .doubleEquals: name = "In"
            case .notIn, .notEquals: name = "NotIn"
            case .exists: return ["key": .string(requirement.key), "operator": "Exists"]
            case .doesNotExist: return ["key": .string(requirement.key), "operator": "DoesNotExist"]
            case .greaterThan, .lessThan: return nil
            }
            return ["key": .string(requirement.key), "operator": .string(name), "values": JSONValue(requirement.sortedValues)]
        }
        return requirements.isEmpty ? nil : requirements
    }
}
