// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore
import NIOHTTP1
import Synchronization
import Testing

@testable import ControlPlane

/// A store that can be told that its disk is full.
private final class FillableStore: ObjectStore {
    private let store = MemoryStore()
    private let refusal = Mutex<StoreError?>(nil)

    var isFull: Bool {
        get { refusal.withLock { $0 != nil } }
        set { refusal.withLock { $0 = newValue ? StoreError(.noSpace, "cannot write /x/store.db: the disk is full") : nil } }
    }

    private func check() throws(StoreError) { if let error = refusal.withLock({ $0 }) { throw error } }

    var revision: Int64 { store.revision }
    func lastWrite(to resource: GroupResource) -> Int64 { store.lastWrite(to: resource) }
    func get(_ key: ObjectKey) -> KubeObject? { store.get(key) }
    func list(_ resource: GroupResource, namespace: String?) -> (objects: [KubeObject], revision: Int64) {
        store.list(resource, namespace: namespace)
    }
    func snapshot(_ resource: GroupResource, at revision: Int64?) throws(StoreError) -> ObjectSnapshot { try store.snapshot(resource, at: revision) }
    func watch(_ resource: GroupResource, namespace: String?, after revision: Int64) throws(StoreError) -> StoreWatch {
        try store.watch(resource, namespace: namespace, after: revision)
    }
    func create(_ object: KubeObject, at key: ObjectKey) async throws(StoreError) -> KubeObject {
        try check()
        return try await store.create(object, at: key)
    }
    func update(_ object: KubeObject, at key: ObjectKey, expected: Int64) async throws(StoreError) -> KubeObject {
        try check()
        return try await store.update(object, at: key, expected: expected)
    }
    func delete(_ key: ObjectKey, expected: Int64?) async throws(StoreError) -> KubeObject {
        try check()
        return try await store.delete(key, expected: expected)
    }
    func compact(before revision: Int64) async throws(StoreError) { try await store.compact(before: revision) }
}

@Suite("A server whose disk is full")
struct FullStoreTests {
    private static let maps = "/api/v1/namespaces/default/configmaps"

    @Test("refuses every kind of write with 507 and the reason, reads on, and writes again once there is room")
    func full() async throws {
        let store = FillableStore()
        let harness = try await Harness(objects: store)
        #expect(try await harness.send(.POST, Self.maps, Manifests.configMap("a")).code == 201)
        store.isFull = true
        let refused = [
            try await harness.send(.POST, Self.maps, Manifests.configMap("b")),
            try await harness.send(.PUT, "\(Self.maps)/a", Manifests.configMap("a", data: ["x": "y"])),
            try await harness.patch("\(Self.maps)/a", ["data": ["x": "y"]]), try await harness.send(.DELETE, "\(Self.maps)/a"),
        ]
        for reply in refused {
            #expect(reply.code == 507 && reply.value(at: "reason") == "InsufficientStorage", "\(reply.text)")
            #expect(reply.message == "the store does not take writes: cannot write /x/store.db: the disk is full")
        }
        #expect(try await harness.send(.GET, "\(Self.maps)/a").code == 200)
        #expect(try await harness.send(.GET, Self.maps).code == 200)
        store.isFull = false
        #expect(try await harness.send(.DELETE, "\(Self.maps)/a").code == 200)
    }
}
