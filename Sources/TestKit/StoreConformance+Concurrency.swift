// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

extension StoreConformance {
    static let concurrency: [StoreConformance] = [
        StoreConformance("concurrent writers share one sequence of revisions without gaps") { make in
            let store = try await make(Options())
            let watch = try store.watch(Sample.pods, namespace: nil, after: 0)
            let revisions = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        var revisions: [Int64] = []
                        for number in 0..<25 {
                            let object = try await store.create("w\(writer)-\(number)")
                            let revision = Int64(object.resourceVersion) ?? -1
                            try expect(store.get(Sample.key("w\(writer)-\(number)")), object, "an acknowledged write, read")
                            try expect(store.revision >= revision, true, "the store has reached an acknowledged write")
                            revisions.append(revision)
                        }
                        try expect(revisions, revisions.sorted(), "order within one writer")
                        return revisions
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try expect(revisions.sorted(), Array(1...200), "revisions given out")
            try expect(try await watch.take(200).map(\.revision), Array(1...200), "revisions watched")
            try expect(store.list(Sample.pods, namespace: nil).objects.count, 200, "objects")
        },
        StoreConformance("of concurrent updates of one object one wins, the others find a conflict") { make in
            let store = try await make(Options())
            _ = try await store.create("counter")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask { for _ in 0..<10 { try await increment(store) } }
                }
                try await group.waitForAll()
            }
            try expect(store.get(Sample.key("counter"))?.value(at: "spec", "value"), 60, "the count")
            try expect(store.revision, 61, "revision: one for each success, none for a conflict")
        },
        StoreConformance("of concurrent creations of one name one wins, and of its deletions too") { make in
            let store = try await make(Options())
            let watch = try store.watch(Sample.pods, namespace: nil, after: 0)
            for round in 1...10 {
                let created = try await successes(8, refusal: .alreadyExists) { _ = try await store.create("a", value: $0) }
                try expect(created, 1, "creations in round \(round)")
                let deleted = try await successes(8, refusal: .notFound) { _ in _ = try await store.delete(Sample.key("a"), expected: nil) }
                try expect(deleted, 1, "deletions in round \(round)")
            }
            try expect(store.revision, 20, "revision: one for each success")
            let events = try await watch.take(20)
            for (added, deleted) in zip(events, events.dropFirst()) where added.kind == .added {
                try expect(deleted.kind, .deleted, "what follows revision \(added.revision)")
                try expect(deleted.previous, added.object, "what revision \(deleted.revision) deleted")
            }
        },
        StoreConformance("updates to what is there already, beside the one that puts it there, all see it acknowledged") { make in
            let store = try await make(Options())
            for round in 1...10 {
                var object = try await store.create("a\(round)")
                let expected = Int64(object.resourceVersion) ?? 0
                object.set(1, at: "spec", "value")
                let changed = object
                // One is first; the others expect a revision that is gone.
                let won = try await successes(8, refusal: .conflict) { _ in
                    let updated = try await store.update(changed, at: Sample.key(changed.name), expected: expected)
                    let again = try await store.update(updated, at: Sample.key(changed.name), expected: Int64(updated.resourceVersion) ?? 0)
                    try expect(again, updated, "an update that changes nothing")
                    try expect(store.get(Sample.key(changed.name)), updated, "what is read after it")
                }
                try expect(won, 1, "updates in round \(round)")
            }
        },
        StoreConformance("compaction while others write and watch breaks no watch and loses no object") { make in
            let store = try await make(Options(historyCapacity: 50))
            let watch = try store.watch(Sample.pods, namespace: nil, after: 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 { group.addTask { try await store.write("w\(writer)", times: 50) } }
                group.addTask {
                    for _ in 0..<50 {
                        try await store.compact(before: store.revision)
                        await Task.yield()
                    }
                }
                try await group.waitForAll()
            }
            try expect(try await watch.take(200).map(\.revision), Array(1...200), "revisions watched")
            let list = store.list(Sample.pods, namespace: nil)
            try expect(list.objects.compactMap { $0.value(at: "spec", "value") }, [49, 49, 49, 49], "objects")
            _ = try store.watch(Sample.pods, namespace: nil, after: list.revision)
        },
        StoreConformance("a list and the watch that follows it miss and repeat nothing while others write") { make in
            let store = try await make(Options())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask { for number in 0..<50 { _ = try await store.create("w\(writer)-\(number)") } }
                }
                for _ in 0..<10 {
                    group.addTask {
                        await Task.yield()
                        let list = store.list(Sample.pods, namespace: nil)
                        try expect(list.objects.count, Int(list.revision), "objects at the list's revision")
                        let watch = try store.watch(Sample.pods, namespace: nil, after: list.revision)
                        let events = try await watch.take(200 - Int(list.revision))
                        try expect(events.map(\.revision), Array((list.revision + 1)..<201), "revisions after the list")
                    }
                }
                try await group.waitForAll()
            }
        },
    ]

    /// How many of some concurrent writes succeed; the others must be refused with that code.
    private static func successes(
        _ count: Int, refusal: StoreError.Code, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<count {
                group.addTask {
                    do {
                        try await body(number)
                        return 1
                    } catch let error as StoreError {
                        try expect(error.code, refusal, "a refusal")
                        return 0
                    }
                }
            }
            return try await group.reduce(0, +)
        }
    }

    private static func increment(_ store: any ObjectStore) async throws {
        while try await !incrementOnce(store) { await Task.yield() }
    }

    /// - Returns: False where another write came first.
    private static func incrementOnce(_ store: any ObjectStore) async throws -> Bool {
        guard var object = store.get(Sample.key("counter")) else { throw BrokenPromise(description: "the counter is gone") }
        let value = object.value(at: "spec", "value")?.int ?? 0
        object.set(.integer(value + 1), at: "spec", "value")
        do {
            _ = try await store.update(object, at: Sample.key("counter"), expected: Int64(object.resourceVersion) ?? 0)
            return true
        } catch {
            guard error.code == .conflict else { throw error }
            return false
        }
    }
}
