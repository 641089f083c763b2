// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore
import NIOHTTP1
import Testing

@testable import ControlPlane

private let configMaps = "/api/v1/namespaces/default/configmaps"

@Suite("watching objects")
struct WatchTests {
    /// What a watch that begins at the start of the store's history shows of `work`, which is done beforehand.
    private func replay(_ query: String, historyCapacity: Int = 1000, _ work: (Harness) async throws -> Void) async throws -> Harness.Reply {
        let harness = try await Harness(historyCapacity: historyCapacity)
        let start = harness.store.objects.revision
        try await work(harness)
        // Time passes only on the wall: a second is the least a client can ask for.
        return try await harness.send(.GET, "\(configMaps)?watch=true&timeoutSeconds=1&resourceVersion=\(start)&\(query)")
    }

    @Test("shows what happened after a version, in order")
    func fromVersion() async throws {
        let reply = try await replay("") { harness in
            try await harness.send(.POST, configMaps, Manifests.configMap("a"))
            _ = try await harness.patch("\(configMaps)/a", ["data": ["k": "v"]])
            try await harness.send(.DELETE, "\(configMaps)/a")
        }
        #expect(reply.code == 200)
        #expect(reply.headers["content-type"] == ["application/json"])
        #expect(reply.events == ["ADDED a", "MODIFIED a", "DELETED a"])
        let versions = reply.lines.compactMap { $0.value(at: "object", "metadata", "resourceVersion")?.string.flatMap { Int($0) } }
        #expect(versions == versions.sorted() && Set(versions).count == 3)
    }

    @Test("an object that begins to match is added, one that ceases is deleted with its last matching state")
    func transitions() async throws {
        let reply = try await replay("labelSelector=app%3Dx") { harness in
            try await harness.send(.POST, configMaps, Manifests.configMap("a", labels: ["app": "y"]))
            _ = try await harness.patch("\(configMaps)/a", ["metadata": ["labels": ["app": "x"]]])
            _ = try await harness.patch("\(configMaps)/a", ["data": ["k": "v"]])
            _ = try await harness.patch("\(configMaps)/a", ["metadata": ["labels": ["app": "z"]]])
            try await harness.send(.DELETE, "\(configMaps)/a")
        }
        #expect(reply.events == ["ADDED a", "MODIFIED a", "DELETED a"])
        #expect(reply.lines.last?.value(at: "object", "metadata", "labels", "app")?.string == "x")
    }

    @Test("one object's watch sees no other")
    func byName() async throws {
        let reply = try await replay("fieldSelector=metadata.name%3Db") { harness in
            try await harness.send(.POST, configMaps, Manifests.configMap("a"))
            try await harness.send(.POST, configMaps, Manifests.configMap("b"))
        }
        #expect(reply.events == ["ADDED b"])
    }

    @Test("a version that is forgotten ends the watch with 410", arguments: ["1"])
    func expired(version: String) async throws {
        let harness = try await Harness(historyCapacity: 2)
        for name in ["a", "b", "c"] { try await harness.send(.POST, configMaps, Manifests.configMap(name)) }
        let reply = try await harness.send(.GET, "\(configMaps)?watch=1&resourceVersion=\(version)")
        #expect(reply.code == 200)
        let line = try #require(reply.lines.first)
        #expect(line["type"]?.string == "ERROR")
        #expect(line.value(at: "object", "code")?.int == 410)
        #expect(line.value(at: "object", "reason")?.string == "Expired")
        #expect(line.value(at: "object", "message")?.string == "too old resource version: 1 (\(harness.store.objects.revision))")
    }

    @Test("without a version, or from 0, a watch begins with what there is", arguments: ["", "&resourceVersion=0"])
    func fromNow(version: String) async throws {
        let harness = try await Harness()
        for name in ["a", "b"] { try await harness.send(.POST, configMaps, Manifests.configMap(name)) }
        let reply = try await harness.send(.GET, "\(configMaps)?watch=1&timeoutSeconds=1&allowWatchBookmarks=true\(version)")
        #expect(reply.events == ["ADDED a", "ADDED b"])
    }

    @Test("a watch of tables has its columns in the first line only")
    func tables() async throws {
        let harness = try await Harness()
        for name in ["a", "b"] { try await harness.send(.POST, configMaps, Manifests.configMap(name)) }
        let reply = try await harness.send(
            .GET, "\(configMaps)?watch=1&timeoutSeconds=1", accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
        #expect(reply.lines.count == 2)
        #expect(reply.lines[0].value(at: "object", "columnDefinitions")?.array?.count == 3)
        #expect(reply.lines[1].value(at: "object", "columnDefinitions")?.array == nil)
        #expect(reply.lines[1].value(at: "object", "rows")?.array?.first?["cells"]?.array?.first?.string == "b")
    }
}
