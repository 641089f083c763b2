// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import KubeModel
import KubeStore
import Synchronization

extension SQLiteStore {
    private typealias Answer = CheckedContinuation<Result<KubeObject, StoreError>, Never>

    /// - Parameter body: What the log will hold, encoded here so that the writer's thread has less to do.
    func write(_ write: StoreWrite, body: KubeObject?, at key: ObjectKey) async throws(StoreError) -> KubeObject {
        let bytes = body.map { $0.stamped("").encoded } ?? []
        return try await withCheckedContinuation { (answer: Answer) in
            change { state in
                do throws(StoreError) {
                    try self.enqueue(write, bytes, at: key, answer, &state)
                } catch {
                    answer.resume(returning: .failure(error))
                }
                return !state.queued.isEmpty
            }
        }.get()
    }

    private func enqueue(_ write: StoreWrite, _ body: [UInt8], at key: ObjectKey, _ answer: Answer, _ state: inout State) throws(StoreError) {
        guard !state.isClosed else { throw StoreError(.unavailable, "the store is closed") }
        let waiting = state.unacknowledged[key]
        let current = if let waiting { waiting.stored } else { cache.stored(key) }
        switch try write.decide(at: key, current: current, revision: state.lastRevision + 1, size: body.count) {
        case .unchanged(let object) where waiting == nil: answer.resume(returning: .success(object))
        case .unchanged(let object): state.queued.append(Item(event: nil, body: [], object: object, answer: answer))
        case .event(let event):
            state.lastRevision = event.revision
            state.unacknowledged[key] = (event.kind == .deleted ? nil : StoredObject(event.object, size: event.size), event.revision)
            state.queued.append(Item(event: event, body: body, object: event.object, answer: answer))
        }
    }

    /// Changes the state, and wakes the writer where `body` says that there is work and it is asleep.
    func change(_ body: (inout State) -> Bool) {
        let isAsleep = state.withLock { state in
            guard body(&state), !state.isWriting else { return false }
            state.isWriting = true
            return true
        }
        if isAsleep { queue.async { self.drain() } }
    }

    /// One transaction's worth.
    private enum Work {
        case commit([Item], removing: [Int64])
        case shrink
    }

    /// Writes batch after batch until nothing is left to write, to remove or to give back. On the store's queue only.
    func drain() {
        while let work = nextWork() {
            switch work {
            case .commit(let batch, let removable): guard commit(batch, removing: removable) else { return }
            case .shrink:
                // What fails here is tried again after the next removal.
                let shrinksOn = (try? database.returnFreePages()) ?? false
                state.withLock { $0.mayShrink = $0.mayShrink && shrinksOn }
            }
        }
    }

    private func nextWork() -> Work? {
        state.withLock { state in
            let batch = Self.takeBatch(from: &state.queued)
            let removable = state.superseded.removable(
                compacted: cache.compacted, WriteLimits.removal(with: batch.count, bytes: batch.reduce(0) { $0 + $1.body.count }))
            if !batch.isEmpty || !removable.rows.isEmpty {
                // While writes come in, rows are removed by the full load only, not one by one.
                return .commit(batch, removing: removable.isFull || batch.isEmpty ? removable.rows : [])
            }
            // A store that closes keeps nobody waiting for that.
            if state.mayShrink, !state.isClosed { return .shrink }
            state.isWriting = false
            return nil
        }
    }

    private static func takeBatch(from queued: inout [Item]) -> [Item] {
        var bytes = 0
        let batch = Array(
            queued.prefix(WriteLimits.batch.rows).prefix { item in
                defer { bytes += item.body.count }
                return bytes < WriteLimits.batch.bytes
            })
        queued.removeFirst(batch.count)
        return batch
    }

    /// - Returns: False where the disk refused: then there is nothing left to do.
    private func commit(_ batch: [Item], removing removable: [Int64]) -> Bool {
        let events = batch.compactMap(\.event)
        do throws(StoreError) {
            let rows = batch.compactMap { item in item.event.map { LogRow($0, body: item.body) } }
            if !rows.isEmpty || !removable.isEmpty { try database.commit(rows, removing: removable, compacted: cache.compacted) }
        } catch {
            fail(batch, error)
            return false
        }
        cache.publish(events)
        acknowledge(events, removed: removable.count)
        for item in batch { item.answer.resume(returning: .success(item.object)) }
        return true
    }

    private func acknowledge(_ events: [StoreEvent], removed: Int) {
        state.withLock { state in
            for event in events {
                if state.unacknowledged[event.key]?.revision == event.revision { state.unacknowledged[event.key] = nil }
                state.superseded.record(event)
            }
            state.superseded.removeFirst(removed)
            if removed > 0 { state.mayShrink = true }
            state.commitCount += 1
        }
    }

    /// Everything decided on top of a write that failed fails with it; the next write, or compaction, tries the disk again.
    private func fail(_ batch: [Item], _ error: StoreError) {
        let failed = state.withLock { state in
            let failed = batch + state.queued
            state.queued = []
            state.unacknowledged = [:]
            state.lastRevision = cache.revision
            state.isWriting = false
            return failed
        }
        for item in failed { item.answer.resume(returning: .failure(error)) }
    }
}

/// How much one transaction does.
struct WriteLimits: Sendable {
    var rows: Int
    var bytes: Int

    /// What is written at once.
    static let batch = WriteLimits(rows: 512, bytes: 8 << 20)

    /// What is removed with a batch: little, so that no write waits long for it, but always more than the batch supersedes (a deletion
    /// supersedes two rows), so that what waits for removal never grows however many writes come.
    static func removal(with rows: Int, bytes: Int) -> WriteLimits { WriteLimits(rows: 128 + 2 * rows, bytes: (4 << 20) + 2 * bytes) }
}

extension LogRow {
    init(_ event: StoreEvent, body: [UInt8]) {
        self.init(revision: event.revision, kind: Kind(event.kind), key: event.key, body: body)
    }
}
