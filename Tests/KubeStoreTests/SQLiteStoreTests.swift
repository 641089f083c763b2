// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubeStore
import Testing

@testable import KubeStoreSQLite

@Suite("The store on disk", .timeLimit(.minutes(5)))
struct SQLiteStoreTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open(historyCapacity: Int = 10_000) async throws -> SQLiteStore {
        try await SQLiteStore.open(directory: directory.path, limits: StoreLimits(historyCapacity: historyCapacity))
    }

    private func reopen(_ store: SQLiteStore, historyCapacity: Int = 10_000) async throws -> SQLiteStore {
        try await store.close()
        return try await open(historyCapacity: historyCapacity)
    }

    @Test("makes every commit durable: synchronous is FULL")
    func isSynchronous() async throws {
        #expect(try await open().figures().synchronous == 2)
    }

    @Test("has objects, revisions and history again after a restart")
    func restart() async throws {
        var store = try await open()
        var a = try await store.create(pod("a"), at: key("a"))
        a.set("é\u{0} \"quoted\"", at: "spec", "text")
        a = try await store.update(a, at: key("a"), expected: 1)
        _ = try await store.create(pod("b"), at: key("b"))
        _ = try await store.delete(key("b"), expected: nil)
        let before = try await events(store, after: 0)

        store = try await reopen(store)
        #expect(store.revision == 4)
        #expect(store.get(key("a")) == a)
        #expect(store.get(key("b")) == nil)
        #expect(try await events(store, after: 0) == before)
        #expect(try await store.create(pod("c"), at: key("c")).resourceVersion == "5")
    }

    @Test("reads again what nests as deep as a request may, and what the server adds to it")
    func depth() async throws {
        var value: JSONValue = 1
        for _ in 0..<JSONValue.maximumRequestDepth + 20 { value = .array([value]) }
        var object = pod("a")
        object["spec"] = value
        var store = try await open()
        let created = try await store.create(object, at: key("a"))
        store = try await reopen(store)
        #expect(store.get(key("a"))?.isIdentical(to: created) == true)
    }

    @Test("never gives a revision twice, even where all it held is deleted and forgotten")
    func revisionsGoOn() async throws {
        var store = try await open()
        _ = try await store.create(pod("a"), at: key("a"))
        _ = try await store.delete(key("a"), expected: nil)
        try await store.compact(before: 3)
        store = try await reopen(store)
        #expect(try store.figures().rows == 0)
        #expect(store.revision == 2)
        #expect(throws: StoreError.self) { try store.watch(pods, namespace: nil, after: 1) }
        #expect(try await store.create(pod("a"), at: key("a")).resourceVersion == "3")
    }

    @Test("gives up rows that nothing needs, and is the same after a restart at any time between")
    func compaction() async throws {
        var store = try await open(historyCapacity: 64)
        for round in 0..<200 {
            let name = "p\(round % 7)"
            if let object = store.get(key(name)) {
                if round % 5 == 0 { _ = try await store.delete(key(name), expected: nil) } else { try await update(store, object, round) }
            } else {
                _ = try await store.create(pod(name), at: key(name))
            }
            guard round % 40 == 39 else { continue }
            let objects = store.list(pods, namespace: nil)
            store = try await reopen(store, historyCapacity: 64)
            #expect(store.list(pods, namespace: nil).objects == objects.objects)
            #expect(store.revision == objects.revision)
            #expect(try await events(store, after: max(0, store.revision - 64)).count == min(64, round + 1))
        }
        #expect(try store.figures().rows <= 7 + 64 + 128)
        try await store.compact(before: store.revision)
        store = try await reopen(store)
        #expect(try store.figures().rows <= 7 + 2)
    }

    @Test("is one process's at a time: a second one is told the PID of the first")
    func isLocked() async throws {
        let store = try await open()
        let error = try await #require(throws: StoreError.self) { _ = try await open() }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("process \(getpid())") && error.message.contains(directory.path))
        try await store.close()
        _ = try await open()
    }

    @Test("refuses writes after it was closed")
    func closed() async throws {
        let store = try await open()
        let watch = try store.watch(pods, namespace: nil, after: 0)
        try await store.close()
        #expect(try await watch.next() == nil)
        let error = try await #require(throws: StoreError.self) { _ = try await store.create(pod("a"), at: key("a")) }
        #expect(error.code == .unavailable)
    }

    @Test("is readable by its owner only")
    func permissions() async throws {
        _ = try await open()
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.path + "/" + file)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
        }
    }

    @Test("shares transactions between writers that wait")
    func groupCommit() async throws {
        let store = try await open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<500 { group.addTask { _ = try await store.create(pod("p\(number)"), at: key("p\(number)")) } }
            try await group.waitForAll()
        }
        #expect(store.commitCount < 250)
        #expect(store.revision == 500)
    }

    private func update(_ store: SQLiteStore, _ object: KubeObject, _ value: Int) async throws {
        var object = object
        object.set(JSONValue(value), at: "spec", "value")
        _ = try await store.update(object, at: key(object.name), expected: Int64(object.resourceVersion) ?? 0)
    }

    private func events(_ store: SQLiteStore, after revision: Int64) async throws -> [StoreEvent] {
        let watch = try store.watch(pods, namespace: nil, after: revision)
        var events: [StoreEvent] = []
        for _ in revision..<store.revision { if let event = try await watch.next() { events.append(event) } }
        return events
    }
}

let pods = GroupResource(group: "", resource: "pods")

func key(_ name: String) -> ObjectKey { ObjectKey(pods, namespace: "default", name: name) }

func pod(_ name: String) -> KubeObject { KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "default", name: name) }
