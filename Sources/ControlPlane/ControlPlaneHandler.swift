// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ExpositionText
import KubeModel
import NIOHTTP1

/// Everything the API server answers, by path: health, version, discovery, its own kinds, and what extension servers have.
struct ControlPlaneHandler: APIHandler {
    let bodies: RequestBodies
    let rest: RESTHandler
    let reviews: AccessReviews
    let tokenReviews: TokenReviews
    let discovery: APIDiscovery
    let aggregatedDiscovery: AggregatedDiscovery
    let openAPI: OpenAPIDocuments
    let health: HealthEndpoints
    let proxy: APIServiceProxy
    let metrics: APIServerMetrics
    /// Nil where there is no service-account key.
    var tokenIssuer: TokenIssuer?

    func handle(_ request: APIRequest) throws -> APIAnswer {
        if request.info.isResourceRequest, let answer = try resource(request) { return answer }
        if let answer = try document(request) { return answer }
        if let answer = try openAPI.handle(request) { return answer }
        if let answer = proxy.handle(request) { return answer }
        if request.info.isResourceRequest, rest.store.registry.serves(request.info.groupVersionResource.groupVersion) { throw APIError.noSuchPath }
        return .ready(APIServiceProxy.plain(.notFound, "404 page not found"))
    }

    private func resource(_ asked: APIRequest) throws -> APIAnswer? {
        // What goes on to an extension server goes as it came.
        guard rest.store.registry.serves(asked.info.groupVersionResource.groupVersion) else { return nil }
        let request = try bodies.normalized(asked)
        if let answer = try rest.handle(request) { return answer }
        if let answer = try reviews.handle(request) { return answer }
        if let answer = try tokenReviews.handle(request) { return answer }
        guard request.info.groupVersionResource == .core("bindings") else { return nil }
        guard request.info.verb == "create", request.info.subresource.isEmpty else { throw APIError.methodNotAllowedOnPath }
        return try rest.bind(request, pod: "")
    }

    /// Paths outside the resource tree; all are read only.
    private func document(_ request: APIRequest) throws -> APIAnswer? {
        guard !request.info.isResourceRequest else { return nil }
        if let answer = try aggregatedDiscovery.handle(request) { return answer }
        if let answer = try tokenIssuer?.handle(request) { return answer }
        let answer: APIResponse
        if let response = health.answer(request.path, request.query) {
            answer = response
        } else if request.path == "/metrics" {
            answer = APIResponse(contentType: ExpositionWriter.contentType, body: metrics.text)
        } else if request.path == "/version" || request.path == "/version/" {
            answer = rest.response(EncodedBody(encoding: .json, bytes: ServerVersion.json.encoded))
        } else if request.path == "/" {
            answer = rest.response(EncodedBody(encoding: .json, bytes: DiscoveryDocuments.paths(paths).encoded))
        } else if let json = discovery.document(request.path) {
            let trees = rest.encoder.trees
            let kind = GroupVersionKind(apiVersion: "v1", kind: json["kind"]?.string ?? "")
            answer = rest.response(try trees.body(json, try trees.encoding(request.headers, of: kind)))
        } else {
            return nil
        }
        guard request.method == .GET || request.method == .HEAD else { throw APIError.methodNotAllowedOnPath }
        return .ready(answer)
    }

    private var paths: [String] {
        let groups = rest.store.registry.groups.flatMap { group in
            (group.name.isEmpty ? [] : ["/apis/\(group.name)"]) + group.versions.map { GroupVersion(group: group.name, version: $0).path }
        }
        return
            (["/api", "/apis", "/openapi/v2", "/openapi/v3", "/metrics", "/version"] + (tokenIssuer == nil ? [] : TokenIssuer.paths) + groups
            + health.paths)
            .sorted()
    }
}
