// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubeStore
import Testing

@testable import KubeStoreSQLite

@Suite("When the disk fails", .timeLimit(.minutes(5)))
struct DiskFailureTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open() async throws -> SQLiteStore { try await SQLiteStore.open(directory: directory.path) }

    private var database: String { directory.path + "/store.db" }

    @Test("a full one refuses writes, serves reads, and takes writes again once there is space")
    func full() async throws {
        let store = try await open()
        let kept = try await store.create(pod("kept"), at: key("kept"))
        let watch = try store.watch(pods, namespace: nil, after: 1)
        try store.pragma("max_page_count = 8")
        var large = pod("large")
        large.set(.string(String(repeating: "x", count: 100_000)), at: "spec", "text")

        let error = try await #require(throws: StoreError.self) { _ = try await store.create(large, at: key("large")) }
        #expect(error.code == .noSpace)
        #expect(error.message.contains(database) && error.message.contains("disk is full") && error.message.contains("left on its file system"))
        #expect(store.get(key("large")) == nil)
        #expect(store.get(key("kept")) == kept)
        #expect(store.revision == 1)

        try store.pragma("max_page_count = 1000000")
        #expect(try await store.create(large, at: key("large")).resourceVersion == "2")
        #expect(try await watch.next()?.revision == 2)
        try await store.close()
        #expect(try await open().list(pods, namespace: nil).objects.count == 2)
    }

    @Test("everything decided on top of a write that failed fails with it, and its revisions are given again")
    func failsTogether() async throws {
        let store = try await open()
        try store.pragma("query_only = 1")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let error = try await #require(throws: StoreError.self) { _ = try await store.create(pod("p\(number)"), at: key("p\(number)")) }
                    #expect(error.code == .unavailable && error.message.contains("read-only"))
                }
            }
            try await group.waitForAll()
        }
        try store.pragma("query_only = 0")
        #expect(store.revision == 0)
        #expect(try await store.create(pod("p0"), at: key("p0")).resourceVersion == "1")
    }

    @Test("a clean-up that fails is made up for later")
    func cleanUpFails() async throws {
        let store = try await open()
        _ = try await store.create(pod("a"), at: key("a"))
        _ = try await store.delete(key("a"), expected: nil)
        try store.pragma("query_only = 1")
        try await store.compact(before: 3)
        await #expect(throws: StoreError.self) { _ = try await store.create(pod("b"), at: key("b")) }
        try store.pragma("query_only = 0")
        try await store.close()
        let reopened = try await open()
        #expect(try reopened.figures().rows == 0)
        #expect(reopened.revision == 2)
    }

    @Test("a database moved away under the running store refuses writes until it is back")
    func moved() async throws {
        let store = try await open()
        _ = try await store.create(pod("a"), at: key("a"))
        try FileManager.default.moveItem(atPath: database, toPath: database + ".away")
        let error = try await #require(throws: StoreError.self) { _ = try await store.create(pod("b"), at: key("b")) }
        #expect(error.code == .unavailable && error.message.contains("moved or deleted"))
        try FileManager.default.moveItem(atPath: database + ".away", toPath: database)
        #expect(try await store.create(pod("b"), at: key("b")).resourceVersion == "2")
    }

    @Test(
        "a directory that cannot be used is named",
        arguments: [("/dev/null/store", "/dev/null/store"), ("/proc/store", "/proc/store"), ("/sys/updraft/store", "/sys/updraft")])
    func unusableDirectory(_ path: String, _ named: String) async throws {
        let error = try await #require(throws: StoreError.self) { _ = try await SQLiteStore.open(directory: path) }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("\(named): "))
    }

    @Test("directories on the way are made, for their owner only")
    func makesDirectories() async throws {
        let path = directory.path + "/x/y/z"
        try await SQLiteStore.open(directory: path).close()
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.path + "/x/y")
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }
}
