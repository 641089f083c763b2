// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

extension StoreConformance {
    static let watches: [StoreConformance] = [
        StoreConformance("a watch tells each write with the state before it") { make in
            let store = try await make(Options())
            let watch = try store.watch(Sample.pods, namespace: nil, after: 0)
            try await store.write("a", times: 2)
            _ = try await store.create("elsewhere", Sample.deployments)
            _ = try await store.delete(Sample.key("a"), expected: nil)
            let events = try await watch.take(3)
            try expect(events.map(\.kind), [.added, .modified, .deleted], "kinds")
            try expect(events.map(\.revision), [1, 2, 4], "revisions")
            try expect(events.map(\.object.resourceVersion), ["1", "2", "4"], "revisions in the objects")
            try expect(events.map { $0.previous?.resourceVersion }, [nil, "1", "2"], "states before")
            try expect(events.map(\.key), Array(repeating: Sample.key("a"), count: 3), "keys")
            try expect(events.last?.object.value(at: "spec", "value"), 1, "last state")
        },
        StoreConformance("a watch of one namespace hears of that one only") { make in
            let store = try await make(Options())
            _ = try await store.create("before", namespace: "a")
            let watch = try store.watch(Sample.pods, namespace: "a", after: 1)
            for namespace in ["b", "a", "", "a"] { _ = try await store.create("n\(store.revision)", namespace: namespace) }
            try expect(try await watch.take(2).map(\.revision), [3, 5], "revisions")
        },
        StoreConformance("a watch resumes after any revision that is remembered") { make in
            let store = try await make(Options())
            try await store.write("a", times: 6)
            for revision in Int64(0)...6 {
                let watch = try store.watch(Sample.pods, namespace: "default", after: revision)
                try expect(try await watch.take(Int(6 - revision)).map(\.revision), Array((revision + 1)..<7), "after revision \(revision)")
            }
            try await expect(.compacted, "a watch from the future") { _ = try store.watch(Sample.pods, namespace: nil, after: 7) }
        },
        StoreConformance("compaction forgets history, not objects") { make in
            let store = try await make(Options())
            try await store.write("a", times: 6)
            try await store.compact(before: 5)
            try await expect(.compacted, "a watch that needs revision 4") { _ = try store.watch(Sample.pods, namespace: nil, after: 3) }
            try await expect(.compacted, "a watch from the beginning") { _ = try store.watch(Sample.pods, namespace: nil, after: 0) }
            let watch = try store.watch(Sample.pods, namespace: nil, after: 4)
            try expect(try await watch.take(2).map(\.revision), [5, 6], "what is remembered")
            try await store.compact(before: 2)  // further back than before: no effect
            _ = try store.watch(Sample.pods, namespace: nil, after: 4)
            try await store.compact(before: 1000)
            try expect(store.revision, 6, "revision of the store")
            try expect(store.get(Sample.key("a"))?.resourceVersion, "6", "the object")
            _ = try store.watch(Sample.pods, namespace: nil, after: 6)
            try expect(try await store.create("b").resourceVersion, "7", "the next write")
        },
        StoreConformance("history is bounded") { make in
            let store = try await make(Options(historyCapacity: 16))
            try await store.write("a", times: 40)
            try await expect(.compacted, "a watch beyond the bound") { _ = try store.watch(Sample.pods, namespace: nil, after: 23) }
            let watch = try store.watch(Sample.pods, namespace: nil, after: 24)
            try expect(try await watch.take(16).map(\.revision), Array(25...40), "what is remembered")
        },
        StoreConformance("history is bounded in bytes of what was superseded, but the last event is kept") { make in
            let store = try await make(Options(historyBytes: 50_000))
            try await store.write("a", times: 40, text: String(repeating: "x", count: 10_000))
            try await expect(.compacted, "a watch beyond the bound") { _ = try store.watch(Sample.pods, namespace: nil, after: 35) }
            let watch = try store.watch(Sample.pods, namespace: nil, after: 36)
            try expect(try await watch.take(4).map(\.revision), [37, 38, 39, 40], "what is remembered")
            try await store.write("b", times: 3, text: String(repeating: "x", count: 100_000))
            try await expect(.compacted, "a watch of two large updates") { _ = try store.watch(Sample.pods, namespace: nil, after: 41) }
            let last = try store.watch(Sample.pods, namespace: nil, after: 42)
            try expect(try await last.take(1).map(\.revision), [43], "the last event")
            // Objects that are only made supersede nothing.
            for number in 0..<20 { _ = try await store.create("c\(number)") }
            _ = try store.watch(Sample.pods, namespace: nil, after: 43)
        },
        StoreConformance("compaction takes nothing from a watch that has begun") { make in
            let store = try await make(Options())
            try await store.write("a", times: 6)
            let watch = try store.watch(Sample.pods, namespace: nil, after: 0)
            try await store.compact(before: 7)
            _ = try await store.create("b")
            try expect(try await watch.take(7).map(\.revision), Array(1...7), "revisions")
        },
        StoreConformance("a watch that is cancelled, or whose reader is, ends") { make in
            let store = try await make(Options())
            let cancelled = try store.watch(Sample.pods, namespace: nil, after: 0)
            let abandoned = try store.watch(Sample.pods, namespace: nil, after: 0)
            let reader = Task { try await abandoned.next() }  // cancelled below
            cancelled.cancel()
            reader.cancel()
            try expect(try await reader.value, nil, "what the cancelled reader was given")
            _ = try await store.create("a")
            try expect(try await cancelled.next(), nil, "the cancelled watch")
            try expect(try await abandoned.next(), nil, "the watch of the cancelled reader")
        },
        StoreConformance("an object that is deleted and made again is added again, with a state of its own") { make in
            let store = try await make(Options())
            let watch = try store.watch(Sample.pods, namespace: nil, after: 0)
            for value in 1...2 {
                _ = try await store.create("a", value: value)
                _ = try await store.delete(Sample.key("a"), expected: nil)
            }
            let events = try await watch.take(4)
            try expect(events.map(\.kind), [.added, .deleted, .added, .deleted], "kinds")
            try expect(events.map { $0.previous?.resourceVersion }, [nil, "1", nil, "3"], "states before")
            try expect(events.map { $0.object.value(at: "spec", "value") }, [1, 1, 2, 2], "states")
        },
        StoreConformance("a watcher that reads too slowly is told so, after what it missed nothing of") { make in
            let store = try await make(Options(watchCapacity: 4))
            let slow = try store.watch(Sample.pods, namespace: nil, after: 0)
            let other = try store.watch(Sample.pods, namespace: nil, after: 0)
            try await store.write("a", times: 4)
            try expect(try await other.take(4).count, 4, "events of a reader in time")
            _ = try await store.create("b")
            try expect(try await slow.take(4).map(\.revision), [1, 2, 3, 4], "what fitted")
            try await expect(.compacted, "then") { _ = try await slow.next() }
            try expect(try await slow.next(), nil, "after the error")
            try expect(try await other.take(1).map(\.revision), [5], "the other reader's next event")
        },
        StoreConformance("what a watch resumes with does not count as being behind") { make in
            let store = try await make(Options(watchCapacity: 4))
            try await store.write("a", times: 20)
            let watch = try store.watch(Sample.pods, namespace: nil, after: 0)
            _ = try await store.create("b")
            try expect(try await watch.take(21).map(\.revision), Array(1...21), "revisions")
        },
    ]
}
