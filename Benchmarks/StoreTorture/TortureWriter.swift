// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeModel
import KubeStore
import KubeStoreSQLite
import Synchronization

/// The process that is killed: several writers on a few objects, and the history being forgotten all the while.
enum TortureWriter {
    private static let writers = 6
    private static let objects = 40

    private final class Count: Sendable {
        private let value = Atomic(0)
        var current: Int { value.load(ordering: .relaxed) }
        func increase() { value.add(1, ordering: .relaxed) }
    }

    /// Writes until the process ends.
    static func run(directory: String, seed: UInt64) async throws {
        report(.opening)
        let store = try await SQLiteStore.open(directory: directory, limits: StoreLimits(historyCapacity: 300))
        report(.opened(revision: store.revision))
        let answers = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers { group.addTask { try await writeForever(store, writer, seed, answers) } }
            group.addTask { try await compactForever(store, seed, answers) }
            try await group.waitForAll()
        }
    }

    private static func writeForever(_ store: SQLiteStore, _ writer: Int, _ seed: UInt64, _ answers: Count) async throws {
        var random = TortureRandom(seed: seed &+ UInt64(writer))
        for number in 0... {
            try await write(store, writer, token: "\(seed)-\(writer)-\(number)", &random)
            answers.increase()
        }
    }

    /// Now and then, by the number of writes.
    private static func compactForever(_ store: SQLiteStore, _ seed: UInt64, _ answers: Count) async throws {
        var random = TortureRandom(seed: ~seed)
        while true {
            let target = answers.current + random.below(60)
            while answers.current < target { try await Task.sleep(for: .microseconds(200)) }
            report(.compacting)
            try await store.compact(before: store.revision - Int64(random.below(200)))
        }
    }

    private static func write(_ store: SQLiteStore, _ writer: Int, token: String, _ random: inout TortureRandom) async throws {
        let name = "object-\(random.below(objects))"
        let current = store.get(TortureWrite.key(name))
        let operation: TortureWrite.Operation = current == nil ? .create : random.below(5) == 0 ? .delete : .update
        let write = TortureWrite(operation: operation, name: name, token: token)
        let object = TortureWrite.object(name, token: token)
        report(.intent(writer: writer, write))
        do throws(StoreError) {
            let expected = Int64(current?.resourceVersion ?? "") ?? 0
            let answer =
                switch operation {
                case .create: try await store.create(object, at: write.key)
                case .update: try await store.update(object, at: write.key, expected: expected)
                case .delete: try await store.delete(write.key, expected: expected)
                }
            report(.acknowledged(writer: writer, revision: Int64(answer.resourceVersion) ?? -1))
        } catch {
            guard [.conflict, .notFound, .alreadyExists].contains(error.code) else { throw error }
            report(.refused(writer: writer))
        }
    }

    private static func report(_ report: TortureReport) {
        let line = Array(report.line.utf8)
        guard Glibc.write(STDOUT_FILENO, line, line.count) == line.count else { exit(3) }
    }
}
