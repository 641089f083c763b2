// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import Foundation
import GRDB

/// What the disk allows: rows of the size of an object in transactions that are made durable one after the other, by SQLite alone.
final class CommitBench {
    private let directory = NSTemporaryDirectory() + "updraft-bench-commits-\(getpid())"
    private let queue: DatabaseQueue

    init() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        queue = try DatabaseQueue(path: directory + "/rows.db")
        try queue.inDatabase { db in
            try db.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        }
    }

    func remove() {
        try? queue.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func run(rowsEach: Int, bytes: Int) throws -> Figures {
        let body = Data(repeating: 7, count: bytes)
        let (cpu, started) = (ProcessFigures.cpuSeconds(of: getpid()), ContinuousClock.now)
        var rows = 0
        while started.duration(to: .now) < .seconds(2) {
            try queue.inDatabase { db in
                try db.inTransaction(.immediate) {
                    let statement = try db.cachedStatement(sql: "INSERT INTO rows (body) VALUES (?)")
                    for _ in 0..<rowsEach { try statement.execute(arguments: [body]) }
                    return .commit
                }
            }
            rows += rowsEach
        }
        let seconds = started.duration(to: .now) / .seconds(1)
        return Figures(
            latencies: Array(repeating: .seconds(seconds / Double(rows / rowsEach)), count: rows), seconds: seconds,
            serverCPU: ProcessFigures.cpuSeconds(of: getpid()) - cpu)
    }
}
