// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// Rebuilds the state in memory from the log, row by row in the order of revisions.
///
/// Rows up to `compacted` are objects, or leftovers of history that was being removed; those after it are the history,
/// one for every revision, and each must fit what came before.
struct LogReplay {
    let cache: ObjectCache
    let compacted: Int64
    private(set) var superseded = SupersededRows()

    init(cache: ObjectCache, compacted: Int64) {
        self.cache = cache
        self.compacted = compacted
    }

    mutating func apply(_ row: LogRow) throws(StoreError) {
        if row.revision <= compacted { try load(row) } else { try replay(row) }
    }

    private mutating func load(_ row: LogRow) throws(StoreError) {
        if let previous = cache.stored(row.key), let revision = Int64(previous.object.resourceVersion) {
            superseded.record(row: revision, bytes: previous.size, by: row.revision)
        }
        if row.kind == .deleted {
            superseded.record(row: row.revision, bytes: 0, by: row.revision)
            cache.unload(row.key)
        } else {
            cache.load(StoredObject(try object(row), size: row.body.count), at: row.key)
        }
    }

    private mutating func replay(_ row: LogRow) throws(StoreError) {
        guard row.revision == cache.revision + 1 else { throw StoreError(.corrupt, "revision \(cache.revision + 1) is missing") }
        let stored = cache.stored(row.key)
        let (previous, previousSize) = (stored?.object, stored?.size ?? 0)
        guard (previous == nil) == (row.kind == .added) else {
            throw StoreError(.corrupt, "revision \(row.revision) (\(row.key)) does not follow from the ones before it")
        }
        let event =
            switch row.kind {
            case .added:
                StoreEvent(kind: .added, key: row.key, object: try object(row), previous: nil, revision: row.revision, size: row.body.count)
            case .modified:
                StoreEvent(
                    kind: .modified, key: row.key, object: try object(row), previous: previous, revision: row.revision, size: row.body.count,
                    previousSize: previousSize)
            case .deleted:
                StoreEvent(
                    kind: .deleted, key: row.key, object: (previous ?? KubeObject([:])).stamped(row.revision), previous: previous,
                    revision: row.revision, previousSize: previousSize)
            }
        cache.publish(CollectionOfOne(event))
        superseded.record(event)
    }

    private func object(_ row: LogRow) throws(StoreError) -> KubeObject {
        let parsed = Result { () throws(JSONError) in try JSONValue.parse(row.body) }
        guard case .success(.object(let members)) = parsed else {
            throw StoreError(.corrupt, "revision \(row.revision) (\(row.key)) is not a JSON object")
        }
        return KubeObject(members).stamped(row.revision)
    }
}
