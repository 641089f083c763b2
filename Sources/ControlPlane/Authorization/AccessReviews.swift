// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1

/// Answers the create-only kinds of `authorization.k8s.io`: who may do what, decided as for a request.
///
/// - Source: kubernetes pkg/registry/authorization
struct AccessReviews: Sendable {
    let authorizer: RoleAuthorizer
    let pipeline: ObjectPipeline
    let trees: TreeEncoder

    private static let group = "authorization.k8s.io"
    static let resources = [
        ("localsubjectaccessreviews", "LocalSubjectAccessReview", true), ("selfsubjectaccessreviews", "SelfSubjectAccessReview", false),
        ("selfsubjectrulesreviews", "SelfSubjectRulesReview", false), ("subjectaccessreviews", "SubjectAccessReview", false),
    ].map { resource, kind, isNamespaced in
        TransientResource(
            resource: resource, singular: kind.lowercased(), kind: kind, isNamespaced: isNamespaced,
            versions: ["v1", "v1beta1"].map { GroupVersion(group: group, version: $0) })
    }

    /// nil where the path is none of these kinds.
    func handle(_ request: APIRequest) throws -> APIAnswer? {
        let version = request.info.groupVersionResource.groupVersion
        guard let row = Self.resources.first(where: { $0.resource == request.info.resource && $0.versions.contains(version) })
        else { return nil }
        guard request.info.verb == "create", request.info.subresource.isEmpty else { throw APIError.methodNotAllowedOnPath }
        try ContentNegotiation.requireJSONBody(request.headers)
        let kind = row.kind(in: version)
        let encoding = try trees.encoding(request.headers, of: kind)
        var review = try pipeline.decode(request.body, as: kind, fieldValidation: try FieldValidation(request.query)).object
        review["status"] = try status(of: review, request)
        let body = try trees.body(.object(review.json), encoding)
        var response = APIResponse(status: .created, contentType: body.encoding.rawValue, body: body.bytes)
        response.headers.add(name: "Cache-Control", value: "no-cache, private")
        return .ready(response)
    }

    private func status(of review: KubeObject, _ request: APIRequest) throws(APIError) -> JSONValue {
        switch review.kind {
        case "SelfSubjectRulesReview": return rules(for: request.user, namespace: review.spec["namespace"]?.string ?? "")
        case "SelfSubjectAccessReview": return try decision(request.user, review)
        case "LocalSubjectAccessReview":
            guard review.spec.value(at: "resourceAttributes", "namespace")?.string == request.info.namespace else {
                throw .badRequest("spec.resourceAttributes.namespace must match namespace: \(request.info.namespace)")
            }
            return try decision(try subject(review), review)
        default: return try decision(try subject(review), review)
        }
    }

    private func subject(_ review: KubeObject) throws(APIError) -> UserInfo {
        let spec = review.spec
        let name = spec["user"]?.string ?? ""
        // `group` in v1beta1.
        let groups = (spec["groups"] ?? spec["group"])?.array?.compactMap(\.string) ?? []
        if name.isEmpty, groups.isEmpty {
            var errors = FieldErrors()
            errors.invalid("spec.user", "", "at least one of user or group must be specified")
            throw .invalid(review.groupVersionKind, "", errors.causes)
        }
        let extra = (spec["extra"]?.object ?? [:]).map { ($0.key, $0.value.array?.compactMap(\.string) ?? []) }
        return UserInfo(name: name, uid: spec["uid"]?.string ?? "", groups: groups, extra: Dictionary(extra) { $1 })
    }

    private func decision(_ user: UserInfo, _ review: KubeObject) throws(APIError) -> JSONValue {
        let (info, query) = try requestInfo(review)
        let decision = authorizer.decide(user, info, query)
        var status: JSONObject = ["allowed": .bool(decision.isAllowed)]
        if !decision.reason.isEmpty { status["reason"] = .string(decision.reason) }
        return .object(status)
    }

    private func requestInfo(_ review: KubeObject) throws(APIError) -> (RequestInfo, Query) {
        let resource = review.spec["resourceAttributes"]
        let path = review.spec["nonResourceAttributes"]
        guard (resource?.object != nil) != (path?.object != nil) else {
            var errors = FieldErrors()
            errors.invalid("spec.resourceAttributes", resource, "exactly one of nonResourceAttributes or resourceAttributes must be specified")
            throw .invalid(review.groupVersionKind, "", errors.causes)
        }
        func text(_ field: String) -> String { (resource ?? path)?[field]?.string ?? "" }
        guard resource?.object != nil else {
            return (RequestInfo(isResourceRequest: false, verb: text("verb"), path: text("path")), Query())
        }
        let selectors =
            resource?.value(at: "fieldSelector", "rawSelector")?.string ?? Self.selectorText(resource?.value(at: "fieldSelector", "requirements"))
        return (
            RequestInfo(
                isResourceRequest: true, verb: text("verb"), path: "", group: text("group"), version: text("version"), namespace: text("namespace"),
                resource: text("resource"), subresource: text("subresource"), name: text("name")),
            selectors.isEmpty ? Query() : Query([(name: "fieldSelector", value: selectors)])
        )
    }

    /// Requirements as a field selector's text; only equality matters to a rule.
    private static func selectorText(_ requirements: JSONValue?) -> String {
        (requirements?.array ?? []).compactMap { requirement -> String? in
            guard requirement["operator"]?.string == "In", let values = requirement["values"]?.array, values.count == 1 else { return nil }
            return "\(requirement["key"]?.string ?? "")=\(values[0].string ?? "")"
        }.joined(separator: ",")
    }

    private func rules(for user: UserInfo, namespace: String) -> JSONValue {
        var resources: [JSONValue] = []
        var paths: [JSONValue] = []
        for rule in authorizer.rules(for: user, namespace: namespace) {
            if rule.paths.isEmpty {
                var json: JSONObject = ["verbs": JSONValue(rule.verbs), "apiGroups": JSONValue(rule.groups), "resources": JSONValue(rule.resources)]
                if !rule.names.isEmpty { json["resourceNames"] = JSONValue(rule.names) }
                resources.append(.object(json))
            } else {
                paths.append(["verbs": JSONValue(rule.verbs), "nonResourceURLs": JSONValue(rule.paths)])
            }
        }
        // What a node may do depends on its pods and can't be listed.
        return [
            "resourceRules": .array(resources), "nonResourceRules": .array(paths), "incomplete": .bool(NodeRules.nodeName(user) != nil),
        ]
    }
}
