// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore
import Synchronization

/// The OpenAPI documents of extension servers: their indexes are fetched now and then, their documents passed on.
final class RemoteOpenAPI: Sendable {
    private struct Index: Sendable {
        var target: APIServiceTarget
        var paths: [(path: String, url: String)]
        var fetched: Timestamp
    }

    private let store: ResourceStore
    private let proxy: APIServiceProxy
    private let indexes = Mutex<[String: Index]>([:])
    private static let lifetime = Duration.seconds(60)
    /// As which extension servers know who asks for their documents.
    private static let user = UserInfo(name: "system:aggregator")

    init(store: ResourceStore, proxy: APIServiceProxy) {
        self.store = store
        self.proxy = proxy
    }

    /// The document of a group and version that an APIService has; nil where none has it.
    func handle(_ request: APIRequest, _ version: GroupVersion) -> APIAnswer? {
        var request = request
        request.user = Self.user
        return proxy.handle(request, version: version)
    }

    /// Path and address of each document, of the extension servers that answer.
    func index() async -> [(path: String, url: String)] {
        let services = store.objects.list(GroupVersionResource.apiServices.groupResource, namespace: nil).objects
            .filter { $0.spec["service"]?.object != nil && $0.hasTrueCondition("Available") }
        return await withTaskGroup(of: [(path: String, url: String)].self) { group in
            for service in services { group.addTask { await self.paths(of: service) } }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func paths(of apiService: KubeObject) async -> [(path: String, url: String)] {
        guard let target = try? APIServiceTarget.find(apiService, in: store) else { return [] }
        let known = indexes.withLock { $0[apiService.name] }
        if let known, known.target == target, store.now() - known.fetched < Self.lifetime { return known.paths }
        let version = GroupVersion(group: apiService.spec["group"]?.string ?? "", version: apiService.spec["version"]?.string ?? "")
        // A server that has no index is asked again no sooner than one that has.
        let paths = (try? await fetch(target, version)) ?? []
        indexes.withLock { $0[apiService.name] = Index(target: target, paths: paths, fetched: store.now()) }
        return paths
    }

    private func fetch(_ target: APIServiceTarget, _ version: GroupVersion) async throws -> [(path: String, url: String)] {
        let index = try await proxy.document("/openapi/v3", of: target, accept: "application/json", as: Self.user)
        guard let paths = index?["paths"]?.object else { return [] }
        let own = String(version.path.dropFirst())
        return paths.compactMap { member in
            guard member.key == own, let url = member.value["serverRelativeURL"]?.string else { return nil }
            return (member.key, url)
        }
    }
}
