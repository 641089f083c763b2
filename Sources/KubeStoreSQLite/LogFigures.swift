// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import GRDB

/// What lies on disk, without the write-ahead log. Finding it out reads the whole file.
package struct LogFigures: Sendable {
    /// `PRAGMA synchronous`: 2 is FULL.
    package var synchronous: Int
    package var rows: Int
    package var pages: PageFigures
}

/// The pages of a database file.
package struct PageFigures: Sendable {
    package var count: Int
    /// Those that hold nothing and are used before the file grows.
    package var free: Int
    /// Bytes of each.
    package var size: Int

    init(_ db: Database) throws {
        count = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
        free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
        size = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
    }

    package var bytes: Int { count * size }

    /// So many free ones the file keeps for writes to come: 4 MiB, or a quarter of it.
    var kept: Int { max((4 << 20) / max(1, size), count / 4) }
}
