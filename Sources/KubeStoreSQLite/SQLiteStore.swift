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
    struct Item {
        /// Nil for an update that changed nothing, but must wait for the write that it confirms.
        let event: StoreEvent?
        let body: [UInt8]
        let object: KubeObject
        let answer: CheckedContinuation<Result<KubeObject, StoreError>, Never>
    }

    struct State {
        var queued: [Item] = []
        /// The objects as the writes that are not yet acknowledged will leave them; nil for deleted.
        var unacknowledged: [ObjectKey: (stored: StoredObject?, revision: Int64)] = [:]
        var lastRevision: Int64
        var superseded: SupersededRows
        /// Rows were removed since the file was last found to hold few free pages.
        var mayShrink = true
        var isWriting = false
        var isClosed = false
        var commitCount = 0
    }

    let cache: ObjectCache
    let database: LogDatabase
    let state: Mutex<State>
    private let lock: Mutex<StoreLock?>
    /// Where every call that blocks on the disk is made.
    let queue: DispatchQueue

    /// Opens the store in `directory`, making it where it is missing. Every acknowledged write is there again.
    ///
    /// - Throws: `.unavailable` where the directory cannot be used (naming it, and the process that holds it),
    ///   `.corrupt` where what lies there is not ours or is damaged.
    package static func open(directory: String, limits: StoreLimits = StoreLimits()) async throws(StoreError) -> SQLiteStore {
        let queue = DispatchQueue(label: "updraft.store")
        return try await withCheckedContinuation { (answer: CheckedContinuation<Result<SQLiteStore, StoreError>, Never>) in
            queue.async {
                answer.resume(returning: Result { () throws(StoreError) in try SQLiteStore(StoreFiles(directory: directory), queue, limits) })
            }
        }.get()
    }

    private init(_ files: StoreFiles, _ queue: DispatchQueue, _ limits: StoreLimits) throws(StoreError) {
        self.queue = queue
        try files.prepare()
        lock = try Mutex(StoreLock(path: files.lock))
        let database = try LogDatabase(files)
        let compacted = try database.compacted()
        let cache = ObjectCache(limits, compacted: compacted)
        var replay = LogReplay(cache: cache, compacted: compacted)
        try database.forEachRow { row in
            do throws(StoreError) { try replay.apply(row) } catch { throw database.corrupt(error.message) }
        }
        self.database = database
        self.cache = cache
        state = Mutex(State(lastRevision: cache.revision, superseded: replay.superseded))
    }

    package var revision: Int64 { cache.revision }
    /// The revision up to which history is forgotten.
    package var compacted: Int64 { cache.compacted }
    package var watcherCount: Int { cache.watcherCount }

    package func lastWrite(to resource: GroupResource) -> Int64 { cache.lastWrite(to: resource) }

    package func get(_ key: ObjectKey) -> KubeObject? { cache.get(key) }

    package func list(_ resource: GroupResource, namespace: String?) -> (objects: [KubeObject], revision: Int64) {
        cache.list(resource, namespace: namespace)
    }

    package func snapshot(_ resource: GroupResource, at revision: Int64?) throws(StoreError) -> ObjectSnapshot {
        try cache.snapshot(resource, at: revision)
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
        change { $0.superseded.hasRemovable(compacted: cache.compacted) }
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

// MARK: - For tests and measurements

extension SQLiteStore {
    /// How many transactions were written.
    var commitCount: Int { state.withLock { $0.commitCount } }

    /// How many rows are no object's last write.
    package var supersededCount: Int { state.withLock { $0.superseded.count } }

    /// Returns when nothing is left to write, to remove or to give back.
    package func becomeIdle() async {
        await withCheckedContinuation { done in queue.async { done.resume() } }
    }

    /// What SQLite finds wrong with the file; reads all of it.
    package func integrityProblems() throws(StoreError) -> [String] { try database.integrityProblems() }

    /// What lies on disk.
    package func figures() throws(StoreError) -> LogFigures { try database.figures() }

    /// Sets an SQLite option, to bring about what a failing disk would.
    func pragma(_ setting: String) throws(StoreError) { try database.pragma(setting) }
}
