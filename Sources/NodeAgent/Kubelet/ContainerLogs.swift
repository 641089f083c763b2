// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Containers' logs: a file a run, as the program wrote it.
enum ContainerLogs {
    static func path(folder: String, container: String, attempt: Int) -> String { "\(folder)/logs/\(container)-\(attempt).log" }

    /// Keeps the last run's log beside the current one's.
    static func removeOld(folder: String, container: String, before attempt: Int) {
        guard attempt > 0 else { return }
        try? FileManager.default.removeItem(atPath: path(folder: folder, container: container, attempt: attempt - 1))
    }

    /// Where the last `lines` lines of a file begin.
    static func offset(ofLast lines: Int, in handle: FileHandle) throws -> UInt64 {
        let size = try handle.seekToEnd()
        guard lines > 0 else { return size }
        var position = size
        var found = 0
        let chunk: UInt64 = 64 << 10
        while position > 0 {
            let start = position > chunk ? position - chunk : 0
            try handle.seek(toOffset: start)
            let bytes = try handle.read(upToCount: Int(position - start)) ?? Data()
            for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "\n") {
                let absolute = start + UInt64(index - bytes.startIndex)
                // The newline that ends the file begins no line.
                if absolute == size - 1 { continue }
                found += 1
                if found == lines { return absolute + 1 }
            }
            position = start
        }
        return 0
    }
}
