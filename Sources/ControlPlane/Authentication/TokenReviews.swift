// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1

/// Answers the create-only kinds of `authentication.k8s.io`: whose a token is, and who is asking.
///
/// - Source: kubernetes pkg/registry/authentication
struct TokenReviews: Sendable {
    let authenticator: TokenAuthenticator?
    let pipeline: ObjectPipeline
    let trees: TreeEncoder
    let now: @Sendable () -> Timestamp

    static let resources = [("selfsubjectreviews", "SelfSubjectReview"), ("tokenreviews", "TokenReview")].map { resource, kind in
        TransientResource(
            resource: resource, singular: kind.lowercased(), kind: kind,
            versions: ["v1", "v1beta1"].map { GroupVersion(group: "authentication.k8s.io", version: $0) })
    }

    /// nil where the path is none of these kinds.
    func handle(_ request: APIRequest) throws -> APIAnswer? {
        let version = request.info.groupVersionResource.groupVersion
        guard let row = Self.resources.first(where: { $0.resource == request.info.resource && $0.versions.contains(version) }) else { return nil }
        guard request.info.verb == "create", request.info.subresource.isEmpty else { throw APIError.methodNotAllowedOnPath }
        try ContentNegotiation.requireJSONBody(request.headers)
        let kind = row.kind(in: version)
        let encoding = try trees.encoding(request.headers, of: kind)
        var review = try pipeline.decode(request.body, as: kind, fieldValidation: try FieldValidation(request.query)).object
        review["status"] = row.kind == "TokenReview" ? try status(review) : ["userInfo": request.user.json]
        let body = try trees.body(.object(review.json), encoding)
        var response = APIResponse(status: .created, contentType: body.encoding.rawValue, body: body.bytes)
        response.headers.add(name: "Cache-Control", value: "no-cache, private")
        return .ready(response)
    }

    private func status(_ review: KubeObject) throws(APIError) -> JSONValue {
        let token = review.spec["token"]?.string ?? ""
        guard !token.isEmpty else { throw .badRequest("token is required for TokenReview in authentication") }
        guard let authenticator else { return ["user": [:], "error": "this server knows no tokens: it has no service-account key"] }
        let asked = review.spec["audiences"]?.array?.compactMap(\.string) ?? []
        do throws(TokenAuthenticator.Refusal) {
            let found = try authenticator.user(of: token, audiences: asked.isEmpty ? authenticator.settings.audiences : asked, at: now())
            return ["authenticated": true, "user": found.user.withAuthenticatedGroup.json, "audiences": JSONValue(found.audiences)]
        } catch {
            return ["user": [:], "error": .string(error.description)]
        }
    }
}
