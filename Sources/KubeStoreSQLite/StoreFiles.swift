// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeStore

/// Where a store lies: one directory with the database, SQLite's files beside it, and the lock.
struct StoreFiles: Sendable {
    let directory: String
    var database: String { directory + "/store.db" }
    var lock: String { directory + "/store.lock" }

    /// Makes the directory and an empty database, readable by their owner only, where they are missing.
    func prepare() throws(StoreError) {
        try makeDirectory(directory)
        guard access(directory, W_OK | X_OK) == 0 else { throw unavailable("cannot write to the directory \(directory)", errno) }
        let descriptor = open(database, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw unavailable("cannot open \(database)", errno) }
        close(descriptor)
        try syncDirectory()
    }

    private func makeDirectory(_ path: String) throws(StoreError) {
        if mkdir(path, 0o700) == 0 { return }
        let code = errno
        if code == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash > path.startIndex {
            try makeDirectory(String(path[..<slash]))
            if mkdir(path, 0o700) == 0 { return }
        }
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        throw unavailable("cannot make the directory \(path)", code)
    }

    /// A new file is safe only once its directory entry is.
    private func syncDirectory() throws(StoreError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unavailable("cannot open the directory \(directory)", errno) }
        defer { close(descriptor) }
        // Some file systems have no such operation for directories and need none.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw unavailable("cannot write to the directory \(directory)", errno) }
    }

    /// The file that the database's path names now; nil where there is none.
    var identity: FileIdentity? {
        var status = stat()
        return stat(database, &status) == 0 ? FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) : nil
    }

    /// Of a file system, in bytes.
    struct Space {
        /// What a process without privileges may use.
        var free: Int
        var total: Int
    }

    /// Nil where it cannot be told.
    var space: Space? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        func bytes(_ blocks: fsblkcnt_t) -> Int {
            Int(clamping: UInt64(blocks).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        }
        return Space(free: bytes(status.f_bavail), total: bytes(status.f_blocks))
    }

    private func unavailable(_ what: String, _ code: CInt) -> StoreError { StoreError(.unavailable, "\(what): \(reason(code))") }
}

struct FileIdentity: Sendable, Equatable {
    let device: UInt64
    let inode: UInt64
}
