// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// The rows that are kept only for the sake of the history, oldest first, until the history has been forgotten that far.
///
/// A write supersedes the write before it on the same key; a deletion, in the end, itself too. Rows are given up in the
/// order of the writes that superseded them, so that what is left after a crash in between still reads as one log.
struct SupersededRows: Sendable {
    private struct Entry {
        /// The write that superseded it: as long as its event is remembered, the row is needed.
        let by: Int64
        let row: Int64
        /// Of its body.
        let bytes: Int
    }

    private var entries: [Entry] = []
    private var head = 0

    /// How many rows the history still needs, or that wait to be removed.
    var count: Int { entries.count - head }

    mutating func record(_ event: StoreEvent) {
        if let previous = event.previous, let revision = Int64(previous.resourceVersion) {
            record(row: revision, bytes: event.previousSize, by: event.revision)
        }
        if event.kind == .deleted { record(row: event.revision, bytes: 0, by: event.revision) }
    }

    mutating func record(row: Int64, bytes: Int, by revision: Int64) { entries.append(Entry(by: revision, row: row, bytes: bytes)) }

    func hasRemovable(compacted: Int64) -> Bool { head < entries.count && entries[head].by <= compacted }

    /// The first rows that nothing needs once the history is forgotten up to `compacted`, within `limits` but one at least, and
    /// whether they reach those limits.
    func removable(compacted: Int64, _ limits: WriteLimits) -> (rows: [Int64], isFull: Bool) {
        var rows: [Int64] = []
        var bytes = 0
        for entry in entries[head...] {
            guard entry.by <= compacted else { return (rows, false) }
            guard rows.count < limits.rows, rows.isEmpty || bytes + entry.bytes <= limits.bytes else { return (rows, true) }
            rows.append(entry.row)
            bytes += entry.bytes
        }
        return (rows, false)
    }

    mutating func removeFirst(_ count: Int) {
        head += count
        guard head >= 1024, head * 2 >= entries.count else { return }
        entries.removeFirst(head)
        head = 0
    }
}
