// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import KubeModel
import KubeStore
import Synchronization

/// The durable store: a log of writes in a SQLite file, and everything in memory for reads and watches.
///
/// Writers decide against the state that all writes before them will leave (those acknowledged and those in the queue)
/// and wait. One writer at a time takes what has queued up, makes it durable in one transaction, shows it to readers
/// and watchers, and only then answers. Where a transaction fails, all that was decided on it fails with `.unavailable`
/// and nothing has changed; the next write tries the disk again.
package final class SQLiteStore: ObjectStore {
    private struct Item {
        /// Nil for an update that changed nothing, but must wait for the write that it confirms.
        let event: StoreEvent?
        let body: [UInt8]
        let object: KubeObject
        let answer: CheckedContinuation<Result<KubeObject, StoreError>, Never>
    }

    private struct State {
        var queued: [Item] = []
        /// The objects as the writes that are not yet acknowledged will leave them; nil for deleted.
        var unacknowledged: [ObjectKey: (object: KubeObject?, revision: Int64)] = [:]
        var lastRevision: Int64
        var superseded: SupersededRows
        var isWriting = false
        var isClosed = false
        var commitCount = 0
    }

    private let cache: ObjectCache
    private let database: LogDatabase
    private let state: Mutex<State>
    private let lock: Mutex<StoreLock?>
    /// Where every call that blocks on the disk is made.
    private let queue: DispatchQueue

    /// Opens the store in `directory`, making it where it is missing. Every acknowledged write is there again.
    ///
    /// - Throws: `.unavailable` where the directory cannot be used (naming it, and the process that holds it),
    ///   `.corrupt` where what lies there is not ours or is damaged.
    package static func open(
        directory: String, historyCapacity: Int = 10_000, watchCapacity: Int = 4096
    ) async throws(StoreError) -> SQLiteStore {
        let queue = DispatchQueue(label: "updraft.store")
        return try await withCheckedContinuation { (answer: CheckedContinuation<Result<SQLiteStore, StoreError>, Never>) in
            queue.async {
                answer.resume(
                    returning: Result { () throws(StoreError) in
                        try SQLiteStore(StoreFiles(directory: directory), queue, historyCapacity: historyCapacity, watchCapacity: watchCapacity)
                    })
            }
        }.get()
    }

    private init(_ files: StoreFiles, _ queue: DispatchQueue, historyCapacity: Int, watchCapacity: Int) throws(StoreError) {
        self.queue = queue
        try files.prepare()
        lock = try Mutex(StoreLock(path: files.lock))
        let database = try LogDatabase(files)
        let compacted = try database.compacted()
        let cache = ObjectCache(historyCapacity: historyCapacity, watchCapacity: watchCapacity, compacted: compacted)
        var replay = LogReplay(cache: cache, compacted: compacted)
        try database.forEachRow { row in
            do throws(StoreError) { try replay.apply(row) } catch { throw database.corrupt(error.message) }
        }
        self.database = database
        self.cache = cache
        state = Mutex(State(lastRevision: cache.revision, superseded: replay.superseded))
    }

    package var revision: Int64 { cache.revision }
    package var watcherCount: Int { cache.watcherCount }

    package func lastWrite(to resource: GroupResource) -> Int64 { cache.lastWrite(to: resource) }

    package func get(_ key: ObjectKey) -> KubeObject? { cache.get(key) }

    package func list(_ resource: GroupResource, namespace: String?) -> (objects: [KubeObject], revision: Int64) {
        cache.list(resource, namespace: namespace)
    }

    package func watch(_ resource: GroupResource, namespace: String?, after revision: Int64) throws(StoreError) -> StoreWatch {
        try cache.watch(resource, namespace: namespace, after: revision)
    }

    package func create(_ object: KubeObject, at key: ObjectKey) async throws(StoreError) -> KubeObject {
        try await write(.create(object), body: object, at: key)
    }

    package func update(_ object: KubeObject, at key: ObjectKey, expected: Int64) async throws(StoreError) -> KubeObject {
        try await write(.update(object, expected: expected), body: object, at: key)
    }

    package func delete(_ key: ObjectKey, expected: Int64?) async throws(StoreError) -> KubeObject {
        try await write(.delete(expected: expected), body: nil, at: key)
    }

    /// The history is forgotten at once; rows that nothing needs any more leave the disk in the background, a few at a time.
    package func compact(before revision: Int64) async throws(StoreError) {
        cache.compact(before: revision)
        change { !$0.superseded.removable(compacted: cache.compacted, limit: 1).isEmpty }
    }

    /// Waits for queued writes, ends the watches and lets go of the files. Later writes fail.
    package func close() async throws(StoreError) {
        state.withLock { $0.isClosed = true }
        try await withCheckedContinuation { (answer: CheckedContinuation<Result<Void, StoreError>, Never>) in
            queue.async { answer.resume(returning: Result { () throws(StoreError) in try self.closeFiles() }) }
        }.get()
    }

    private func closeFiles() throws(StoreError) {
        drain()
        cache.finishWatches()
        try database.close()
        lock.withLock { $0 = nil }
    }
}

// MARK: - Writing

extension SQLiteStore {
    private typealias Answer = CheckedContinuation<Result<KubeObject, StoreError>, Never>

    /// - Parameter body: What the log will hold, encoded here so that the writer's thread has less to do.
    private func write(_ write: StoreWrite, body: KubeObject?, at key: ObjectKey) async throws(StoreError) -> KubeObject {
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
        let current = if let waiting { waiting.object } else { cache.get(key) }
        switch try write.decide(at: key, current: current, revision: state.lastRevision + 1) {
        case .unchanged(let object) where waiting == nil: answer.resume(returning: .success(object))
        case .unchanged(let object): state.queued.append(Item(event: nil, body: [], object: object, answer: answer))
        case .event(let event):
            state.lastRevision = event.revision
            state.unacknowledged[key] = (event.kind == .deleted ? nil : event.object, event.revision)
            state.queued.append(Item(event: event, body: body, object: event.object, answer: answer))
        }
    }

    /// Changes the state, and wakes the writer where `body` says that there is work and it is asleep.
    private func change(_ body: (inout State) -> Bool) {
        let isAsleep = state.withLock { state in
            guard body(&state), !state.isWriting else { return false }
            state.isWriting = true
            return true
        }
        if isAsleep { queue.async { self.drain() } }
    }

    private static let largestBatch = 512
    private static let largestBatchBytes = 8 << 20
    /// Rows removed with one transaction: few, so that no write waits long for them.
    private static let removedAtOnce = 128

    /// Writes batch after batch until nothing is left to write or to remove. On the store's queue only.
    private func drain() {
        while let (batch, removable) = nextBatch() {
            let events = batch.compactMap(\.event)
            do throws(StoreError) {
                let rows = batch.compactMap { item in item.event.map { LogRow($0, body: item.body) } }
                if !rows.isEmpty || !removable.isEmpty { try database.commit(rows, removing: removable, compacted: cache.compacted) }
            } catch {
                return fail(batch, error)
            }
            cache.publish(events)
            acknowledge(events, removed: removable.count)
            for item in batch { item.answer.resume(returning: .success(item.object)) }
        }
    }

    private func nextBatch() -> (batch: [Item], removable: [Int64])? {
        state.withLock { state in
            let batch = Self.takeBatch(from: &state.queued)
            let removable = state.superseded.removable(compacted: cache.compacted, limit: Self.removedAtOnce)
            // While writes come in, rows are removed by the full load only, not one by one.
            let isWorthIt = removable.count == Self.removedAtOnce || batch.isEmpty
            guard !batch.isEmpty || !removable.isEmpty else {
                state.isWriting = false
                return nil
            }
            return (batch, isWorthIt ? removable : [])
        }
    }

    private static func takeBatch(from queued: inout [Item]) -> [Item] {
        var bytes = 0
        let batch = Array(
            queued.prefix(largestBatch).prefix { item in
                defer { bytes += item.body.count }
                return bytes < largestBatchBytes
            })
        queued.removeFirst(batch.count)
        return batch
    }

    private func acknowledge(_ events: [StoreEvent], removed: Int) {
        state.withLock { state in
            for event in events {
                if state.unacknowledged[event.key]?.revision == event.revision { state.unacknowledged[event.key] = nil }
                state.superseded.record(event)
            }
            state.superseded.removeFirst(removed)
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

// MARK: - For tests

extension SQLiteStore {
    /// How many transactions were written.
    var commitCount: Int { state.withLock { $0.commitCount } }

    /// What `PRAGMA synchronous` is (2 is FULL), and how many rows lie on disk.
    func diskSettings() throws(StoreError) -> (synchronous: Int, rows: Int) { (try database.synchronousLevel(), try database.rowCount()) }

    /// Sets an SQLite option, to bring about what a failing disk would.
    func pragma(_ setting: String) throws(StoreError) { try database.pragma(setting) }
}

extension LogRow {
    init(_ event: StoreEvent, body: [UInt8]) {
        self.init(revision: event.revision, kind: Kind(event.kind), key: event.key, body: body)
    }
}
