// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import KubeModel
import KubeStore
import Testing

@testable import KubeStoreSQLite

@Suite("Under endless writes the store stays as large as its objects and its history", .timeLimit(.minutes(5)))
struct BoundedStoreTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func open(historyCapacity: Int = 50) async throws -> SQLiteStore {
        try await SQLiteStore.open(directory: directory.path, limits: StoreLimits(historyCapacity: historyCapacity))
    }

    private func large(_ name: String) -> KubeObject {
        var object = pod(name)
        object.set(.string(String(repeating: "x", count: 500_000)), at: "spec", "text")
        return object
    }

    @Test("rows are removed as fast as large batches supersede them")
    func rows() async throws {
        let store = try await open()
        let (writers, rounds) = (400, 10)
        let most = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var most = 0
                    for _ in 0..<rounds {
                        _ = try await store.create(pod("p\(writer)"), at: key("p\(writer)"))
                        _ = try await store.delete(key("p\(writer)"), expected: nil)
                        most = max(most, store.supersededCount)
                    }
                    return most
                }
            }
            return try await group.reduce(0, max)
        }
        // Two of each remembered deletion, and what two batches may supersede before it is their turn to be removed.
        #expect(most <= 50 * 2 + 2 * 2 * writers, "8000 were superseded in all")
        await store.becomeIdle()
        #expect(try store.figures().rows <= 50 * 2)
        try await store.close()
    }

    @Test("what one step removes is bounded in bytes as well, and one row is always removed")
    func steps() {
        var superseded = SupersededRows()
        for row in 1...10 { superseded.record(row: Int64(row), bytes: 300, by: Int64(row) + 1) }
        #expect(superseded.removable(compacted: 100, WriteLimits(rows: 4, bytes: 10_000)).rows == [1, 2, 3, 4])
        #expect(superseded.removable(compacted: 100, WriteLimits(rows: 100, bytes: 1000)).rows == [1, 2, 3])
        #expect(superseded.removable(compacted: 100, WriteLimits(rows: 100, bytes: 1)).rows == [1])
        #expect(superseded.removable(compacted: 3, WriteLimits(rows: 100, bytes: 10_000)).rows == [1, 2])
        #expect(superseded.removable(compacted: 1, WriteLimits(rows: 100, bytes: 10_000)).rows.isEmpty)
        #expect(superseded.removable(compacted: 3, WriteLimits(rows: 2, bytes: 10_000)).isFull == false)
        #expect(superseded.removable(compacted: 4, WriteLimits(rows: 2, bytes: 10_000)).isFull == true)
    }

    @Test("the file is used again, and given back where it is much too large")
    func file() async throws {
        let store = try await open()
        for number in 0..<24 { _ = try await store.create(large("p\(number)"), at: key("p\(number)")) }
        let full = try store.figures().pages
        #expect(full.bytes > 11 << 20)
        for number in 0..<24 { _ = try await store.delete(key("p\(number)"), expected: nil) }
        try await store.compact(before: store.revision)
        await store.becomeIdle()
        let empty = try store.figures().pages
        #expect(empty.bytes < 6 << 20, "4 MiB and a little are kept for writes to come")
        #expect(empty.free > 512)
        for number in 0..<7 { _ = try await store.create(large("q\(number)"), at: key("q\(number)")) }
        await store.becomeIdle()
        #expect(try store.figures().pages.bytes < 6 << 20, "free pages are used before the file grows")
        #expect(try store.integrityProblems().isEmpty)
        try await store.close()
    }

    @Test("a file made before pages were given back keeps them, and works as it did")
    func earlierFile() async throws {
        try await open().close()
        let queue = try DatabaseQueue(path: directory.path + "/store.db")
        try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA auto_vacuum = NONE; VACUUM") }
        try queue.close()
        let store = try await open()
        for number in 0..<12 { _ = try await store.create(large("p\(number)"), at: key("p\(number)")) }
        for number in 0..<12 { _ = try await store.delete(key("p\(number)"), expected: nil) }
        try await store.compact(before: store.revision)
        await store.becomeIdle()
        let pages = try store.figures().pages
        #expect(pages.bytes > 5 << 20 && pages.free > pages.count * 9 / 10)
        #expect(try await store.create(pod("q"), at: key("q")).resourceVersion == "25")
        try await store.close()
    }
}
