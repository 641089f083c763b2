// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1
import Synchronization

/// `/openapi/v3` and below: the documents of this server's groups, made once, beside those of extension servers.
///
/// - Source: k8s.io/kube-openapi pkg/handler3/handler.go
final class OpenAPIDocuments: Sendable {
    private struct Document: Sendable {
        var bytes: [UInt8]
        var hash: String
    }

    private let catalog: ResourceCatalog
    private let remote: RemoteOpenAPI
    private let documents = Mutex<[GroupVersion: Document]?>(nil)
    private static let root = "/openapi/v3"

    init(catalog: ResourceCatalog, remote: RemoteOpenAPI) {
        self.catalog = catalog
        self.remote = remote
    }

    /// nil where the path is none of these.
    func handle(_ request: APIRequest) throws -> APIAnswer? {
        if request.path == OpenAPIV2.path { return .ready(OpenAPIV2.response(request.headers)) }
        guard request.path == Self.root || request.path.hasPrefix(Self.root + "/") else { return nil }
        guard request.method == .GET || request.method == .HEAD else { throw APIError.methodNotAllowedOnPath }
        let rest = request.path.dropFirst(Self.root.count + 1)
        // Making the documents takes longer than an event loop may be held.
        if rest.isEmpty { return .deferred { await self.index() } }
        let parts = rest.split(separator: "/").map(String.init)
        let version: GroupVersion
        switch (parts.count, parts.first) {
        case (2, "api"): version = GroupVersion(group: "", version: parts[1])
        case (3, "apis"): version = GroupVersion(group: parts[1], version: parts[2])
        default: return nil
        }
        guard catalog.registry.serves(version) else { return remote.handle(request, version) }
        return .deferred { self.document(version, request) }
    }

    private func index() async -> APIResponse {
        let local = all().map { (groupVersion: $0.key, bytes: $0.value.bytes) }
        var paths = OpenAPIV3.index(local)["paths"]?.object ?? [:]
        for (path, url) in await remote.index() { paths[path] = ["serverRelativeURL": .string(url)] }
        let body = JSONValue.object(["paths": .object(paths)]).encoded
        return APIResponse(headers: ["Content-Type": "application/json", "Cache-Control": "no-cache, private"], body: body)
    }

    private func document(_ version: GroupVersion, _ request: APIRequest) -> APIResponse {
        guard let document = all()[version] else { return APIServiceProxy.plain(.notFound, "404 page not found") }
        let tag = "\"\(document.hash)\""
        var headers: HTTPHeaders = ["Content-Type": "application/json", "Etag": tag, "Vary": "Accept"]
        // Who asks by the content's hash may keep the content for good.
        headers.add(name: "Cache-Control", value: request.query["hash"] == document.hash ? "public, immutable" : "no-cache, private")
        if request.headers["if-none-match"].contains(tag) { return APIResponse(status: .notModified, headers: headers, body: []) }
        return APIResponse(headers: headers, body: document.bytes)
    }

    private func all() -> [GroupVersion: Document] {
        if let made = documents.withLock({ $0 }) { return made }
        let openAPI = OpenAPIV3()
        var made: [GroupVersion: Document] = [:]
        for group in catalog.builtIn.groups {
            for name in group.versions {
                let version = GroupVersion(group: group.name, version: name)
                let bytes = openAPI.document(for: version, resources: Self.resources(in: version, catalog.builtIn)).encoded
                made[version] = Document(bytes: bytes, hash: OpenAPIV3.hash(of: bytes))
            }
        }
        return documents.withLock { documents in
            if let already = documents { return already }
            documents = made
            return made
        }
    }

    private static func resources(in version: GroupVersion, _ registry: ResourceRegistry) -> [OpenAPIV3.Resource] {
        var resources = registry.definitions(in: version).map { definition in
            OpenAPIV3.Resource(
                name: definition.resource, kind: definition.kind(in: version), isNamespaced: definition.isNamespaced,
                verbs: Set(definition.verbs.map(\.rawValue)),
                subresources: definition.subresources.map { subresource in
                    let facts = subresource.facts(definition.kind(in: version))
                    return OpenAPIV3.Resource.Subresource(name: subresource.rawValue, kind: facts.kind, verbs: Set(facts.verbs))
                })
        }
        for review in AccessReviews.resources where version == AccessReviews.groupVersion {
            resources.append(
                OpenAPIV3.Resource(
                    name: review.resource, kind: GroupVersionKind(group: version.group, version: version.version, kind: review.kind),
                    isNamespaced: review.isNamespaced, verbs: ["create"]))
        }
        for review in TokenReviews.resources where version.group == TokenReviews.group && review.versions.contains(version.version) {
            resources.append(
                OpenAPIV3.Resource(
                    name: review.resource, kind: GroupVersionKind(group: version.group, version: version.version, kind: review.kind),
                    isNamespaced: false, verbs: ["create"]))
        }
        return resources
    }
}
