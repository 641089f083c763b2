// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Small text files, written whole: into a temporary file of the same directory, flushed to disk, renamed.
package enum PKIFile {
    /// The text of a file; nil where there is none.
    package static func read(_ path: String) throws(PKIError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw PKIError(.unreadable, "\(path) cannot be read: \(reason(errno))")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw PKIError(.unreadable, "\(path) cannot be read: \(reason(errno))") }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// Makes the directory and those above it; the last one is for its owner alone.
    package static func makeDirectory(_ path: String) throws(PKIError) {
        var slashes = path.indices.filter { path[$0] == "/" && $0 != path.startIndex }.map { String(path[..<$0]) }
        slashes.append(path)
        for step in slashes where mkdir(step, 0o700) != 0 && errno != EEXIST {
            throw PKIError(.unwritable, "directory \(step) cannot be made: \(reason(errno))")
        }
    }

    package static func write(_ text: String, to path: String, mode: UInt32) throws(PKIError) {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws(PKIError) {
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
        guard descriptor >= 0 else { throw PKIError(.unwritable, "\(path) cannot be written: \(reason(errno))") }
        let failure = fill(descriptor, bytes, mode)
        close(descriptor)
        if failure == 0 && rename(temporary, path) == 0 { return }
        let code = failure == 0 ? errno : failure
        unlink(temporary)
        throw PKIError(.unwritable, "\(path) cannot be written: \(reason(code))")
    }

    /// Zero, or the error number.
    private static func fill(_ descriptor: Int32, _ bytes: [UInt8], _ mode: UInt32) -> Int32 {
        // The mode given to open() is cut by the umask; and a file left by a crash keeps its own.
        guard fchmod(descriptor, mode_t(mode)) == 0 else { return errno }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            written += count
        }
        return fsync(descriptor) == 0 ? 0 : errno
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
