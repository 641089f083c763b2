// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import KubeModel
import KubeStore

/// The database file: an append-only table of writes, and how far its history has been forgotten.
///
/// All calls block; the store makes them on its own queue.
final class LogDatabase: Sendable {
    /// `UPDR` in the file's header tells our databases from others (`PRAGMA application_id`).
    static let applicationID: Int64 = 0x5550_4452
    static let formatVersion: Int64 = 1

    private let queue: DatabaseQueue
    private let files: StoreFiles
    private let identity: FileIdentity?

    /// Opens the database, and makes it where the file is empty.
    /// - Throws: `.corrupt` where the file is not ours, of a later format, or damaged; nothing was changed then.
    init(_ files: StoreFiles) throws(StoreError) {
        self.files = files
        identity = files.identity
        var configuration = Configuration()
        configuration.label = "store"
        configuration.busyMode = .timeout(5)
        // The write-ahead log's index then lies in our own memory rather than in a mapped file, where a failing disk would be a fatal signal.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
        let opened = Result { try DatabaseQueue(path: files.database, configuration: configuration) }
        do {
            queue = try opened.get()
            try queue.inDatabase { try Self.setUp($0, files) }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(opening: files.database, error)
        }
    }

    private static func setUp(_ db: Database, _ files: StoreFiles) throws {
        let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        let isNew = application == 0 && version == 0 && tables == 0
        guard isNew || application == applicationID else {
            throw StoreError(.corrupt, "\(files.database) is a database of another program: use another directory, or move that file away")
        }
        guard isNew || version == formatVersion else {
            throw StoreError(
                .corrupt,
                "\(files.database) has format \(version), this version reads format \(formatVersion): use the version that wrote it, or another directory"
            )
        }
        // Only an empty file can be made one that gives pages back.
        if isNew { try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
        // Some builds of SQLite write zeros over everything that is removed, which doubles what compaction writes; FAST does so only in
        // pages that are written anyhow.
        try db.execute(sql: "PRAGMA secure_delete = FAST")
        // GRDB's own WAL mode would write to a foreign file before these checks, and lower `synchronous` to NORMAL.
        try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216")
        guard try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal", try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
            throw StoreError(.unavailable, "\(files.database): the file system does not support a write-ahead log: use another directory")
        }
        if isNew { try create(db) }
    }

    private static func create(_ db: Database) throws {
        try db.inTransaction {
            try db.execute(
                sql: """
                    CREATE TABLE log (
                        revision INTEGER PRIMARY KEY,
                        kind INTEGER NOT NULL,
                        api_group TEXT NOT NULL,
                        resource TEXT NOT NULL,
                        namespace TEXT NOT NULL,
                        name TEXT NOT NULL,
                        checksum INTEGER NOT NULL,
                        body BLOB NOT NULL
                    );
                    CREATE TABLE history (compacted INTEGER NOT NULL);
                    INSERT INTO history VALUES (0);
                    PRAGMA application_id = \(applicationID);
                    PRAGMA user_version = \(formatVersion);
                    """)
            return .commit
        }
    }

    /// The revision up to which superseded rows may be missing.
    func compacted() throws(StoreError) -> Int64 {
        try reading { try Int64.fetchOne($0, sql: "SELECT compacted FROM history") ?? 0 }
    }

    /// Hands out every row in the order of revisions.
    /// - Throws: `.corrupt` at the first row that is damaged, and what `body` throws.
    func forEachRow(_ body: (LogRow) throws -> Void) throws(StoreError) {
        try reading { db in
            let sql = "SELECT revision, kind, api_group, resource, namespace, name, checksum, body FROM log ORDER BY revision"
            let rows = try Row.fetchCursor(db, sql: sql)
            while let row = try rows.next() { try body(self.decode(row)) }
        }
    }

    private func decode(_ row: Row) throws -> LogRow {
        let revision: Int64 = try row.decode(atIndex: 0)
        guard let kind = try LogRow.Kind(rawValue: row.decode(atIndex: 1)) else { throw corrupt("revision \(revision) is of no known kind") }
        let resource = try GroupResource(group: row.decode(atIndex: 2), resource: row.decode(atIndex: 3))
        let key = try ObjectKey(resource, namespace: row.decode(atIndex: 4), name: row.decode(atIndex: 5))
        let body = try row.withUnsafeData(atIndex: 7) { [UInt8]($0 ?? Data()) }
        let decoded = LogRow(revision: revision, kind: kind, key: key, body: body)
        guard try decoded.checksum == row.decode(atIndex: 6) else { throw corrupt("revision \(revision) (\(key)) does not match its checksum") }
        return decoded
    }

    func corrupt(_ what: String) -> StoreError {
        StoreError(.corrupt, "\(files.database) is damaged: \(what). Restore the directory from a copy, or move it away to begin with an empty store")
    }

    private func reading<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do {
            return try queue.inDatabase(body)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(opening: files.database, error)
        }
    }

    /// Makes rows durable, and removes others, in one transaction.
    /// - Parameters:
    ///   - removed: Revisions of rows that nothing needs once the history is forgotten up to `compacted`.
    /// - Throws: `.noSpace` or `.unavailable`; then none of it happened.
    func commit(_ rows: [LogRow], removing removed: some Collection<Int64>, compacted: Int64) throws(StoreError) {
        guard files.identity == identity else {
            throw StoreError(.unavailable, "cannot write \(files.database): the file was moved or deleted; put it back, or stop and start again")
        }
        do {
            try queue.inDatabase { db in
                try db.inTransaction(.immediate) {
                    try Self.insert(rows, db)
                    if !removed.isEmpty { try Self.remove(removed, compacted, db) }
                    return .commit
                }
            }
        } catch {
            throw StoreError(writing: files, error)
        }
    }

    /// The most pages given back at once.
    private static let returnedAtOnce = 128

    /// Gives some free pages at the file's end back to the file system, where it holds more than later writes are likely to use again.
    ///
    /// - Returns: Whether there may be more to give back.
    func returnFreePages() throws(StoreError) -> Bool {
        do {
            return try queue.inDatabase { db in
                let before = try PageFigures(db)
                guard before.free > before.kept else { return false }
                try db.execute(sql: "PRAGMA incremental_vacuum(\(min(Self.returnedAtOnce, before.free - before.kept)))")
                // A file of an earlier version keeps its pages, to use them again.
                return try PageFigures(db).free < before.free
            }
        } catch {
            throw StoreError(writing: files, error)
        }
    }

    private static func insert(_ rows: [LogRow], _ db: Database) throws {
        let statement = try db.cachedStatement(sql: "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        for row in rows {
            let key = row.key
            try statement.execute(arguments: [
                row.revision, row.kind.rawValue, key.resource.group, key.resource.resource, key.namespace, key.name, row.checksum, Data(row.body),
            ])
        }
    }

    private static func remove(_ revisions: some Collection<Int64>, _ compacted: Int64, _ db: Database) throws {
        try db.execute(sql: "UPDATE history SET compacted = max(compacted, ?)", arguments: [compacted])
        let statement = try db.cachedStatement(sql: "DELETE FROM log WHERE revision = ?")
        for revision in revisions { try statement.execute(arguments: [revision]) }
    }

    /// Writes the log's tail into the file and lets go of it.
    func close() throws(StoreError) {
        do { try queue.close() } catch { throw StoreError(writing: files, error) }
    }

    func figures() throws(StoreError) -> LogFigures {
        try reading { db in
            LogFigures(
                synchronous: try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0, rows: try Int.fetchOne(db, sql: "SELECT count(*) FROM log") ?? 0,
                pages: try PageFigures(db))
        }
    }

    func integrityProblems() throws(StoreError) -> [String] {
        try reading { try String.fetchAll($0, sql: "PRAGMA integrity_check").filter { $0 != "ok" } }
    }

    func pragma(_ setting: String) throws(StoreError) { try reading { try $0.execute(sql: "PRAGMA \(setting)") } }
}
