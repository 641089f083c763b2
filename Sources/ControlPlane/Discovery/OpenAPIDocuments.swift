// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1
import Synchronization

/// `/openapi/v2`, and `/openapi/v3` and below: the documents of this server's kinds, made when they are first asked for, beside those of
/// extension servers.
///
/// - Source: k8s.io/kube-openapi pkg/handler/handler.go, pkg/handler3/handler.go
final class OpenAPIDocuments: Sendable {
    /// What was made for one generation of the custom resources.
    private struct Made: Sendable {
        var generation: Int
        var v3: [GroupVersion: TaggedDocument] = [:]
        var v2: [FormV2: TaggedDocument] = [:]
    }

    private enum FormV2: Sendable { case json, protobuf }

    private let store: ResourceStore
    private let remote: RemoteOpenAPI
    private let made = Mutex(Made(generation: 0))
    private static let rootV2 = "/openapi/v2"
    private static let root = "/openapi/v3"

    init(store: ResourceStore, remote: RemoteOpenAPI) {
        self.store = store
        self.remote = remote
    }

    /// nil where the path is none of these.
    func handle(_ request: APIRequest) throws -> APIAnswer? {
        let isV2 = request.path == Self.rootV2
        guard isV2 || request.path == Self.root || request.path.hasPrefix(Self.root + "/") else { return nil }
        guard request.method == .GET || request.method == .HEAD else { throw APIError.methodNotAllowedOnPath }
        // Making the documents takes longer than an event loop may be held.
        if isV2 {
            let form = try Self.formV2(request.headers)
            return .deferred { self.documentV2(form, request) }
        }
        let rest = request.path.dropFirst(Self.root.count + 1)
        if rest.isEmpty { return .deferred { await self.index() } }
        let parts = rest.split(separator: "/").map(String.init)
        let version: GroupVersion
        switch (parts.count, parts.first) {
        case (2, "api"): version = GroupVersion(group: "", version: parts[1])
        case (3, "apis"): version = GroupVersion(group: parts[1], version: parts[2])
        default: return nil
        }
        guard store.registry.serves(version) else { return remote.handle(request, version) }
        return .deferred { self.document(version, request) }
    }

    // MARK: v2

    private static let protobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    /// Clients of old write `@` where later ones write a dot, since what they write is no proper media type.
    private static let protobufNames: Set<String> = [protobufType, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"]

    private static func formV2(_ headers: HTTPHeaders) throws(APIError) -> FormV2 {
        let wishes = headers[canonicalForm: "accept"].compactMap { MediaType($0) }.filter { $0.quality > 0 }
        let best = wishes.max { $0.quality < $1.quality }
        if let best, protobufNames.contains(best.essence) { return .protobuf }
        do { _ = try ContentNegotiation.representation(headers, offering: .jsonOnly) } catch {
            if wishes.contains(where: { protobufNames.contains($0.essence) }) { return .protobuf }
            throw .notAcceptable(available: ["application/json", protobufType])
        }
        return .json
    }

    private func documentV2(_ form: FormV2, _ request: APIRequest) -> APIResponse {
        let custom = store.catalog.described
        let known = current(custom).v2[form]
        let document = known ?? makeV2(form, custom)
        if known == nil { made.withLock { if $0.generation == custom.generation { $0.v2[form] = document } } }
        let type = form == .json ? "application/json" : Self.protobufType
        return document.answer(request, ["Content-Type": type, "Cache-Control": "no-cache, private"])
    }

    private func makeV2(_ form: FormV2, _ custom: DescribedCustomResources) -> TaggedDocument {
        let resources = versions.map { ($0, Self.resources(in: $0, store.registry, custom)) }
        let json = OpenAPIV2().document(resources)
        return TaggedDocument(form == .json ? json.encoded : OpenAPIV2Encoder.encode(json))
    }

    // MARK: v3

    private func index() async -> APIResponse {
        let local = all().map { (groupVersion: $0.key, bytes: $0.value.bytes) }
        var paths = OpenAPIV3.index(local)["paths"]?.object ?? [:]
        for (path, url) in await remote.index() { paths[path] = ["serverRelativeURL": .string(url)] }
        let body = JSONValue.object(["paths": .object(paths)]).encoded
        return APIResponse(headers: ["Content-Type": "application/json", "Cache-Control": "no-cache, private"], body: body)
    }

    private func document(_ version: GroupVersion, _ request: APIRequest) -> APIResponse {
        guard let document = all()[version] else { return APIServiceProxy.plain(.notFound, "404 page not found") }
        // Who asks by the content's hash may keep the content for good.
        let caching = request.query["hash"] == document.hash ? "public, immutable" : "no-cache, private"
        return document.answer(request, ["Content-Type": "application/json", "Cache-Control": caching])
    }

    private func all() -> [GroupVersion: TaggedDocument] {
        let custom = store.catalog.described
        let known = current(custom).v3
        if !known.isEmpty { return known }
        let openAPI = OpenAPIV3()
        var documents: [GroupVersion: TaggedDocument] = [:]
        for version in versions {
            documents[version] = TaggedDocument(
                openAPI.document(for: version, resources: Self.resources(in: version, store.registry, custom)).encoded)
        }
        made.withLock { if $0.generation == custom.generation { $0.v3 = documents } }
        return documents
    }

    // MARK: Resources

    /// What is there for the present custom resources; what was made for others is let go.
    private func current(_ custom: DescribedCustomResources) -> Made {
        made.withLock { made in
            if made.generation != custom.generation { made = Made(generation: custom.generation) }
            return made
        }
    }

    private var versions: [GroupVersion] {
        store.registry.groups.flatMap { group in group.versions.map { GroupVersion(group: group.name, version: $0) } }
    }

    private static func resources(
        in version: GroupVersion, _ registry: ResourceRegistry, _ custom: DescribedCustomResources
    ) -> [OpenAPIResource] {
        let customResources = custom.resources.filter { $0.kind.groupVersion == version }
        let customNames = Set(customResources.map(\.name))
        let definitions = registry.definitions(in: version).filter { !customNames.contains($0.resource) }
        return definitions.map { resource($0, in: version) } + customResources + transients(in: version)
    }

    private static func resource(_ definition: ResourceDefinition, in version: GroupVersion) -> OpenAPIResource {
        OpenAPIResource(
            name: definition.resource, kind: definition.kind(in: version), isNamespaced: definition.isNamespaced,
            verbs: Set(definition.verbs.map(\.rawValue)),
            subresources: definition.subresources.map { subresource in
                let facts = subresource.facts(definition.kind(in: version))
                return OpenAPIResource.Subresource(name: subresource.rawValue, kind: facts.kind, verbs: Set(facts.verbs))
            })
    }

    private static func transients(in version: GroupVersion) -> [OpenAPIResource] {
        TransientResource.all(in: version).map {
            OpenAPIResource(name: $0.resource, kind: $0.kind(in: version), isNamespaced: $0.isNamespaced, verbs: ["create"])
        }
    }
}
