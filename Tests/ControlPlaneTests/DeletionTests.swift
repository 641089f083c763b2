// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore
import NIOHTTP1
import Testing

@testable import ControlPlane

private let pods = "/api/v1/namespaces/default/pods"
private let configMaps = "/api/v1/namespaces/default/configmaps"

@Suite("deleting objects")
struct DeletionTests {
    @Test("most kinds go at once, and the answer says which one")
    func immediate() async throws {
        let harness = try await Harness()
        let made = try await harness.send(.POST, configMaps, Manifests.configMap("a"))
        let gone = try await harness.send(.DELETE, "\(configMaps)/a")
        #expect(gone.value(at: "status")?.string == "Success")
        #expect(gone.value(at: "details", "name")?.string == "a")
        #expect(gone.value(at: "details", "kind")?.string == "configmaps")
        #expect(gone.value(at: "details", "uid") == made.value(at: "metadata", "uid"))
        #expect(try await harness.send(.DELETE, "\(configMaps)/a").code == 404)
    }

    @Test("a pod without a node goes at once; one with a node when its agent says so")
    func gracefulPods() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, pods, Manifests.pod("loose"))
        try await harness.send(.DELETE, "\(pods)/loose")
        #expect(try await harness.send(.GET, "\(pods)/loose").code == 404)

        try await harness.send(.POST, pods, Manifests.pod("bound", node: "node-0"))
        let marked = try await harness.send(.DELETE, "\(pods)/bound")
        #expect(marked.value(at: "metadata", "deletionTimestamp")?.string == "2026-11-24T12:00:30Z")
        #expect(marked.value(at: "metadata", "deletionGracePeriodSeconds")?.int == 30)
        let longer = try await harness.send(.DELETE, "\(pods)/bound", ["gracePeriodSeconds": 60])
        #expect(longer.value(at: "metadata", "deletionGracePeriodSeconds")?.int == 30)
        let shorter = try await harness.send(.DELETE, "\(pods)/bound?gracePeriodSeconds=5")
        #expect(shorter.value(at: "metadata", "deletionGracePeriodSeconds")?.int == 5)
        #expect(try await harness.send(.DELETE, "\(pods)/bound", ["gracePeriodSeconds": 0]).code == 200)
        #expect(try await harness.send(.GET, "\(pods)/bound").code == 404)
    }

    @Test("a finalizer holds an object until it is taken off, and none is added meanwhile")
    func finalizers() async throws {
        let harness = try await Harness()
        var body = Manifests.configMap("a")
        body["metadata"]?["finalizers"] = ["example.com/hold"]
        try await harness.send(.POST, configMaps, body)
        let marked = try await harness.send(.DELETE, "\(configMaps)/a")
        #expect(marked.value(at: "metadata", "deletionTimestamp")?.string == "2026-11-24T12:00:00Z")
        let added = try await harness.patch("\(configMaps)/a", ["metadata": ["finalizers": ["example.com/hold", "example.com/more"]]])
        #expect(added.code == 422)
        #expect(added.message.contains("no new finalizers can be added if the object is being deleted"))
        #expect(try await harness.patch("\(configMaps)/a", ["metadata": ["finalizers": .null]]).code == 200)
        #expect(try await harness.send(.GET, "\(configMaps)/a").code == 404)
    }

    @Test("preconditions: another UID or version is left alone")
    func preconditions() async throws {
        let harness = try await Harness()
        let made = try await harness.send(.POST, configMaps, Manifests.configMap("a"))
        #expect(try await harness.send(.DELETE, "\(configMaps)/a", ["preconditions": ["uid": "other"]]).code == 409)
        #expect(try await harness.send(.DELETE, "\(configMaps)/a", ["preconditions": ["resourceVersion": "1"]]).code == 409)
        let uid = try #require(made.value(at: "metadata", "uid"))
        #expect(try await harness.send(.DELETE, "\(configMaps)/a", ["preconditions": ["uid": uid]]).code == 200)
    }

    @Test("orphans lose their owner and stay")
    func orphan() async throws {
        let harness = try await Harness()
        let owner = try await harness.send(.POST, configMaps, Manifests.configMap("owner"))
        let uid = try #require(owner.value(at: "metadata", "uid"))
        var dependent = Manifests.pod("dependent")
        dependent["metadata"]?["ownerReferences"] = [["apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid]]
        try await harness.send(.POST, pods, dependent)
        #expect(try await harness.send(.DELETE, "\(configMaps)/owner", ["propagationPolicy": "Orphan"]).code == 200)
        #expect(try await harness.send(.GET, "\(configMaps)/owner").code == 404)
        let left = try await harness.send(.GET, "\(pods)/dependent")
        #expect(left.code == 200)
        #expect(left.value(at: "metadata", "ownerReferences") == nil)
    }

    @Test("in the foreground an owner waits for its dependents behind a finalizer")
    func foreground() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, configMaps, Manifests.configMap("owner"))
        let marked = try await harness.send(.DELETE, "\(configMaps)/owner?propagationPolicy=Foreground")
        #expect(marked.value(at: "metadata", "finalizers") == ["foregroundDeletion"])
        #expect(marked.value(at: "metadata", "deletionTimestamp") != nil)
        _ = try await harness.patch("\(configMaps)/owner", ["metadata": ["finalizers": .null]])
        #expect(try await harness.send(.GET, "\(configMaps)/owner").code == 404)
        #expect(try await harness.send(.DELETE, "\(configMaps)/owner?propagationPolicy=Sideways").code == 422)
    }

    @Test("a collection is deleted as its selector says")
    func collection() async throws {
        let harness = try await Harness()
        for (name, app) in [("a", "x"), ("b", "x"), ("c", "y")] {
            try await harness.send(.POST, configMaps, Manifests.configMap(name, labels: ["app": app]))
        }
        let deleted = try await harness.send(.DELETE, "\(configMaps)?labelSelector=app%3Dx")
        #expect(deleted.value(at: "items")?.array?.count == 2)
        #expect(try await harness.send(.GET, configMaps).value(at: "items")?.array?.count == 1)
    }
}
