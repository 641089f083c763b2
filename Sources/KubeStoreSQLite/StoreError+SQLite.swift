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

    /// Why a write to the database at `path` failed.
    init(writing path: String, _ error: any Error) {
        guard let error = error as? DatabaseError else {
            self.init(.unavailable, "cannot write \(path): \(error)", cause: error)
            return
        }
        switch error.resultCode {
        case .SQLITE_FULL: self.init(.unavailable, "cannot write \(path): the disk is full; writes go on once space is free", cause: error)
        case .SQLITE_READONLY: self.init(.unavailable, "cannot write \(path): it is read-only; writes go on once it is writable", cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self.init(.corrupt, "cannot write \(path): it is damaged (\(error.text))", cause: error)
        default: self.init(.unavailable, "cannot write \(path): \(error.text)", cause: error)
        }
    }
}

extension DatabaseError {
    fileprivate var text: String { message ?? "SQLite error \(extendedResultCode.rawValue)" }
}
