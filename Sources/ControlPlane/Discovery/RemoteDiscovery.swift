// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore
import Synchronization

/// What extension servers say they have, asked for now and then.
///
/// - Source: kube-aggregator pkg/apiserver/handler_discovery.go
final class RemoteDiscovery: Sendable {
    private struct Known: Sendable {
        var target: APIServiceTarget
        var resources: [JSONValue]
        var fetched: Timestamp
    }

    private let store: ResourceStore
    private let proxy: APIServiceProxy
    private let known = Mutex<[String: Known]>([:])
    private static let lifetime = Duration.seconds(60)
    private static let user = UserInfo(name: "system:kube-aggregator", groups: [UserInfo.mastersGroup])
    private static let accept =
        ["v2", "v2beta1"].map { "application/json;g=\(DiscoveryDocuments.aggregatedGroup);v=\($0);as=APIGroupDiscoveryList" }
        .joined(separator: ",") + ",application/json"

    init(store: ResourceStore, proxy: APIServiceProxy) {
        self.store = store
        self.proxy = proxy
    }

    /// The versions that `services` stand for, by the names of the services; those of servers that don't answer are stale.
    func versions(of services: [KubeObject]) async -> [String: AggregatedGroup.Version] {
        let names = Set(services.map(\.name))
        known.withLock { known in known = known.filter { names.contains($0.key) } }
        return await withTaskGroup(of: (String, AggregatedGroup.Version).self) { group in
            for service in services { group.addTask { (service.name, await self.version(of: service)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private func version(of service: KubeObject) async -> AggregatedGroup.Version {
        let version = GroupVersion(group: service.spec["group"]?.string ?? "", version: service.spec["version"]?.string ?? "")
        let last = known.withLock { $0[service.name] }
        guard service.hasTrueCondition("Available"), let target = try? APIServiceTarget.find(service, in: store) else {
            return AggregatedGroup.Version(name: version.version, resources: last?.resources ?? [], isCurrent: false)
        }
        if let last, last.target == target, store.now() - last.fetched < Self.lifetime {
            return AggregatedGroup.Version(name: version.version, resources: last.resources)
        }
        guard let resources = await fetch(target, version) else {
            return AggregatedGroup.Version(name: version.version, resources: last?.resources ?? [], isCurrent: false)
        }
        known.withLock { $0[service.name] = Known(target: target, resources: resources, fetched: store.now()) }
        return AggregatedGroup.Version(name: version.version, resources: resources)
    }

    /// nil where the server gives no answer that can be used.
    private func fetch(_ target: APIServiceTarget, _ version: GroupVersion) async -> [JSONValue]? {
        guard let all = try? await proxy.document("/apis", of: target, accept: Self.accept, as: Self.user) else { return nil }
        if all["kind"]?.string == "APIGroupDiscoveryList" {
            let group = all["items"]?.array?.first { $0.value(at: "metadata", "name")?.string == version.group }
            guard let found = group?["versions"]?.array?.first(where: { $0["version"]?.string == version.version }) else { return nil }
            return found["resources"]?.array ?? []
        }
        // A server from before aggregated discovery.
        guard let list = try? await proxy.document(version.path, of: target, accept: "application/json", as: Self.user),
            let resources = list["resources"]?.array
        else { return nil }
        return DiscoveryDocuments.aggregated(resources.compactMap(DiscoveredResource.init))
    }
}
