// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore
import Synchronization
import Testing

@Suite("A watch", .timeLimit(.minutes(5)))
struct StoreWatchTests {
    private static let pods = GroupResource(group: "", resource: "pods")

    private func event(_ revision: Int64) -> StoreEvent {
        let object = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "default", name: "p")
        return StoreEvent(
            kind: .added, key: ObjectKey(Self.pods, namespace: "default", name: "p"), object: object.stamped(revision), previous: nil,
            revision: revision)
    }

    @Test("whose task was cancelled before it waited ends at once")
    func cancelledBefore() async throws {
        let ended = Mutex(0)
        let queue = WatchQueue(capacity: 4) { ended.withLock { $0 += 1 } }
        let watch = StoreWatch(queue)
        let task = Task {  // a task of its own, to be cancelled before it runs
            withUnsafeCurrentTask { $0?.cancel() }
            return try await watch.next()
        }
        #expect(try await task.value == nil)
        #expect(ended.withLock { $0 } == 1)
    }

    @Test("whose task is cancelled while it waits ends")
    func cancelledWhileWaiting() async throws {
        let watch = StoreWatch(WatchQueue(capacity: 4) {})
        let task = Task { try await watch.next() }  // cancelled below
        for _ in 0..<100 { await Task.yield() }
        task.cancel()
        #expect(try await task.value == nil)
    }

    @Test("read by several tasks gives each event to one, and its end to all")
    func severalReaders() async throws {
        let queue = WatchQueue(capacity: 400) {}
        let watch = StoreWatch(queue)
        let revisions = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var revisions: [Int64] = []
                    while let event = try await watch.next() { revisions.append(event.revision) }
                    return revisions
                }
            }
            for revision in Int64(1)...100 {
                queue.send(event(revision))
                await Task.yield()
            }
            queue.finish()
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(revisions.sorted() == Array(1...100))
    }

    @Test("raced by cancellation and events neither hangs nor gives anything twice", arguments: 0..<50)
    func races(_ round: Int) async throws {
        let queue = WatchQueue(capacity: 1000) {}
        let watch = StoreWatch(queue)
        let reader = Task {  // cancelled below
            var revisions: [Int64] = []
            while let event = try await watch.next() { revisions.append(event.revision) }
            return revisions
        }
        let sender = Task {  // races with the cancellation
            for revision in Int64(1)...100 {
                queue.send(event(revision))
                if revision.isMultiple(of: 10) { await Task.yield() }
            }
        }
        for _ in 0..<round { await Task.yield() }
        reader.cancel()
        await sender.value
        let revisions = try await reader.value
        #expect(revisions == Array(1..<Int64(revisions.count + 1)))
    }

    @Test("hands out what came before its end, then the reason once")
    func endsWithReason() async throws {
        let queue = WatchQueue(capacity: 4, backlog: [event(1)]) {}
        let watch = StoreWatch(queue)
        queue.send(event(2))
        queue.finish(throwing: StoreError(.unavailable, "closed"))
        queue.send(event(3))
        #expect(try await watch.next()?.revision == 1)
        #expect(try await watch.next()?.revision == 2)
        await #expect(throws: StoreError.self) { try await watch.next() }
        #expect(try await watch.next() == nil)
    }

    @Test("is forgotten by the store when it is cancelled, ended by its loop, too slow, or held by nobody")
    func isForgotten() async throws {
        let store = MemoryStore(StoreLimits(watchCapacity: 1))
        func watch() throws -> StoreWatch { try store.watch(Self.pods, namespace: nil, after: store.revision) }

        try watch().cancel()
        #expect(store.watcherCount == 0)

        let slow = try watch()
        for name in ["a", "b"] { _ = try await store.create(event(0).object, at: ObjectKey(Self.pods, namespace: "", name: name)) }
        #expect(store.watcherCount == 0)
        _ = slow

        for try await _ in try store.watch(Self.pods, namespace: nil, after: 0) { break }
        #expect(store.watcherCount == 0)

        let kept = try watch()
        do { _ = try watch() }
        #expect(store.watcherCount == 1)
        _ = kept
    }
}
