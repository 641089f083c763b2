// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeStore

/// Keeps a second process (or a second store of this one) out of a store's directory.
///
/// The lock belongs to the open file: the kernel frees it however the process ends, and children don't inherit it.
final class StoreLock: Sendable {
    private let descriptor: CInt

    /// - Throws: `.unavailable` where another holds it (naming its PID), or the file cannot be made.
    convenience init(path: String) throws(StoreError) { self.init(holding: try Self.acquire(path)) }

    private init(holding descriptor: CInt) { self.descriptor = descriptor }

    private static func acquire(_ path: String) throws(StoreError) -> CInt {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError(.unavailable, "cannot write \(path): \(reason(errno))") }
        do throws(StoreError) {
            try lock(descriptor, path)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func lock(_ descriptor: CInt, _ path: String) throws(StoreError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw StoreError(.unavailable, "cannot lock \(path): \(reason(errno))") }
            throw StoreError(
                .unavailable,
                "the store is in use by process \(holder(descriptor) ?? "of unknown number"), which holds \(path): stop that one, or use another directory"
            )
        }
        let text = "\(getpid())\n"
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count else {
            throw StoreError(.unavailable, "cannot write \(path): \(reason(errno))")
        }
    }

    deinit { close(descriptor) }

    /// The PID that the holder wrote; nil where it has not come to that yet.
    private static func holder(_ descriptor: CInt) -> String? {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
    }
}

/// The system's words for an error number.
func reason(_ code: CInt) -> String { String(cString: strerror(code)) }
