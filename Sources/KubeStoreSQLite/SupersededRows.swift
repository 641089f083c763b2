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
    }

    private var entries: [Entry] = []
    private var head = 0

    /// How many rows the history still needs, or that wait to be removed.
    var count: Int { entries.count - head }

    mutating func record(_ event: StoreEvent) {
        if let previous = event.previous, let revision = Int64(previous.resourceVersion) { entries.append(Entry(by: event.revision, row: revision)) }
        if event.kind == .deleted { entries.append(Entry(by: event.revision, row: event.revision)) }
    }

    /// A row found superseded by one that is itself of the forgotten time.
    mutating func record(row: Int64, by revision: Int64) { entries.append(Entry(by: revision, row: row)) }

    /// The first rows that nothing needs once the history is forgotten up to `compacted`; at most `limit`.
    func removable(compacted: Int64, limit: Int) -> [Int64] {
        entries[head...].prefix(limit).prefix { $0.by <= compacted }.map(\.row)
    }

    mutating func removeFirst(_ count: Int) {
        head += count
        guard head >= 1024, head * 2 >= entries.count else { return }
        entries.removeFirst(head)
        head = 0
    }
}
