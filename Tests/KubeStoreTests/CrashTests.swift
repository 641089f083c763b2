// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubeStore
import KubeStoreSQLite
import Testing

@Suite("A process killed at any time", .timeLimit(.minutes(5)))
struct CrashTests {
    @Test("has lost no write that it acknowledged", arguments: [100, 150, 250, 400])
    func losesNothing(milliseconds: Int) async throws {
        let directory = try TemporaryDirectory()
        // Twice in the same directory, so that the second process also recovers what the first left.
        for round in 0..<2 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = directory.path as String, milliseconds = milliseconds as Int, round = round as Int] in
                try await CrashTests.writeUntilKilled(path, round: round, milliseconds: milliseconds)
            }
            try await check(directory.path)
        }
    }

    private static func writeUntilKilled(_ path: String, round: Int, milliseconds: Int) async throws {
        let store = try await SQLiteStore.open(directory: path, historyCapacity: 100)
        let record = open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        Thread.detachNewThread {
            usleep(UInt32(milliseconds) * 1000)
            kill(getpid(), SIGKILL)
        }
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<6 {
                group.addTask { try? await Self.writeForever(store, "r\(round)-w\(writer)", record) }
            }
        }
    }

    /// Creates objects and updates one, and notes each answer before it asks for the next.
    private static func writeForever(_ store: SQLiteStore, _ writer: String, _ record: CInt) async throws {
        var counter = try await store.create(pod("\(writer)-counter"), at: key("\(writer)-counter"))
        for number in 0... {
            let created = try await store.create(pod("\(writer)-\(number)"), at: key("\(writer)-\(number)"))
            note("\(created.name) \(created.resourceVersion)\n", record)
            counter.set(JSONValue(number), at: "spec", "value")
            counter = try await store.update(counter, at: key(counter.name), expected: Int64(counter.resourceVersion) ?? 0)
            note("\(counter.name) \(counter.resourceVersion)\n", record)
            if number % 10 == 9 { _ = try await store.delete(key("\(writer)-\(number - 5)"), expected: nil) }
        }
    }

    private static func note(_ line: String, _ record: CInt) { _ = write(record, line, line.utf8.count) }

    private func check(_ path: String) async throws {
        let store = try await SQLiteStore.open(directory: path)
        let lines = (try? String(contentsOfFile: path + "/acknowledged", encoding: .utf8)) ?? ""
        #expect(!lines.isEmpty, "the process was killed before it wrote anything")
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: " ")
            let (name, revision) = (String(parts[0]), Int64(parts[1]) ?? 0)
            #expect(store.revision >= revision)
            guard let found = store.get(key(name)) else {
                #expect(isDeletable(name), "\(name), acknowledged at revision \(revision), is gone")
                continue
            }
            #expect(Int64(found.resourceVersion) ?? 0 >= revision, "\(name) went back")
        }
        try await store.close()
    }

    /// Whether `writeForever` deletes it in the end.
    private func isDeletable(_ name: String) -> Bool { name.hasSuffix("4") }
}
