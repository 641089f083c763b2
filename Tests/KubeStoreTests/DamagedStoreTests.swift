// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import KubeModel
import KubeStore
import KubeStoreSQLite
import Testing

@Suite("What lies on disk is checked at opening, and not changed if it is wrong", .timeLimit(.minutes(5)))
struct DamagedStoreTests {
    /// A way to spoil a store that holds `a` (created, updated) and `b` (created, deleted), and a word of the answer.
    struct Damage: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let word: String
        let sql: String

        static let all = [
            Damage(testDescription: "another program's database", word: "another program", sql: "PRAGMA application_id = 7"),
            Damage(testDescription: "a later format", word: "format 99", sql: "PRAGMA user_version = 99"),
            Damage(testDescription: "a missing revision", word: "revision 2 is missing", sql: "DELETE FROM log WHERE revision = 2"),
            Damage(testDescription: "a changed body", word: "checksum", sql: "UPDATE log SET body = x'7b7d' WHERE revision = 2"),
            Damage(testDescription: "a changed name", word: "checksum", sql: "UPDATE log SET name = 'c' WHERE revision = 2"),
            Damage(testDescription: "an unknown kind", word: "kind", sql: "UPDATE log SET kind = 9 WHERE revision = 2"),
            Damage(testDescription: "a revision moved", word: "checksum", sql: "UPDATE log SET revision = 5 WHERE revision = 4"),
            Damage(testDescription: "a missing table", word: "damaged", sql: "DROP TABLE log"),
            Damage(testDescription: "a value of another type", word: "damaged", sql: "UPDATE log SET name = x'ff' WHERE revision = 2"),
        ]
    }

    @Test("rows", arguments: Damage.all)
    func rows(_ damage: Damage) async throws {
        let directory = try await spoil { path in
            let queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { try $0.execute(sql: damage.sql) }
            try queue.close()
        }
        try await expectCorrupt(directory, damage.word)
    }

    @Test("text instead of a database")
    func text() async throws {
        let directory = try await spoil { try Data(String(repeating: "apiVersion: v1\n", count: 100).utf8).write(to: URL(fileURLWithPath: $0)) }
        try await expectCorrupt(directory, "not a database")
    }

    @Test("a database cut short")
    func truncated() async throws {
        let directory = try await spoil { path in
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try handle.truncate(atOffset: 4096)
            try handle.close()
        }
        try await expectCorrupt(directory, "damaged")
    }

    @Test("pages overwritten")
    func overwritten() async throws {
        let directory = try await spoil { path in
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try handle.seek(toOffset: 4096)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 3 * 4096))
            try handle.close()
        }
        try await expectCorrupt(directory, "damaged")
    }

    private func spoil(_ body: (String) throws -> Void) async throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let store = try await SQLiteStore.open(directory: directory.path)
        var object = try await store.create(pod("a"), at: key("a"))
        object.set(1, at: "spec", "value")
        _ = try await store.update(object, at: key("a"), expected: 1)
        _ = try await store.create(pod("b"), at: key("b"))
        _ = try await store.delete(key("b"), expected: nil)
        try await store.close()
        try body(directory.path + "/store.db")
        return directory
    }

    private func expectCorrupt(_ directory: TemporaryDirectory, _ word: String) async throws {
        let database = URL(fileURLWithPath: directory.path + "/store.db")
        let before = try Data(contentsOf: database)
        let error = try await #require(throws: StoreError.self) { _ = try await SQLiteStore.open(directory: directory.path) }
        #expect(error.code == .corrupt)
        #expect(error.message.contains(word) && error.message.contains(database.path), "\(error.message)")
        #expect(try Data(contentsOf: database) == before)
    }
}
