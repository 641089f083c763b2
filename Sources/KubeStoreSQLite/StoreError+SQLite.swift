// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import KubeStore

extension StoreError {
    /// Why the database at `path` could not be opened or read.
    init(opening path: String, _ error: any Error) {
        guard let error = error as? DatabaseError else {
            self.init(.corrupt, "\(path) is damaged: \(error)", cause: error)
            return
        }
        switch error.resultCode {
        case .SQLITE_NOTADB:
            self.init(.corrupt, "\(path) is not a database of ours: use another directory, or move that file away", cause: error)
        case .SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_MISMATCH:
            self.init(
                .corrupt,
                "\(path) is damaged (\(error.text)). Restore the directory from a copy, or move it away to begin with an empty store", cause: error)
        default: self.init(.unavailable, "cannot open \(path): \(error.text)", cause: error)
        }
    }

    /// Why a write to the database failed.
    init(writing files: StoreFiles, _ error: any Error) {
        let path = files.database
        guard let error = error as? DatabaseError else {
            self.init(.unavailable, "cannot write \(path): \(error)", cause: error)
            return
        }
        switch error.resultCode {
        case .SQLITE_FULL: self.init(noSpaceFor: path, files.space, error)
        // Where the space runs out in a place in which SQLite does not look for that reason.
        case .SQLITE_IOERR where files.space.map({ $0.free < 1 << 20 }) == true: self.init(noSpaceFor: path, files.space, error)
        case .SQLITE_READONLY: self.init(.unavailable, "cannot write \(path): it is read-only; writes go on once it is writable", cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self.init(.corrupt, "cannot write \(path): it is damaged (\(error.text))", cause: error)
        default: self.init(.unavailable, "cannot write \(path): \(error.text)", cause: error)
        }
    }
}

extension StoreError {
    private init(noSpaceFor path: String, _ space: StoreFiles.Space?, _ error: any Error) {
        let figures = space.map { " (\($0.free.inBytes) of \($0.total.inBytes) left on its file system)" } ?? ""
        self.init(.noSpace, "cannot write \(path): the disk is full\(figures); make room there, and writes go on by themselves", cause: error)
    }
}

extension Int {
    /// In the largest unit of which there is one at least.
    fileprivate var inBytes: String {
        guard self >= 1024 else { return "\(self) bytes" }
        let shift = self >= 1 << 30 ? 30 : self >= 1 << 20 ? 20 : 10
        return "\(self >> shift) \(shift == 30 ? "GiB" : shift == 20 ? "MiB" : "KiB")"
    }
}

extension DatabaseError {
    fileprivate var text: String { message ?? "SQLite error \(extendedResultCode.rawValue)" }
}
