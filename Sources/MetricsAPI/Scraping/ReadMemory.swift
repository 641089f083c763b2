// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// The memory that a connection's TLS decrypts into, and keeps for the next answer: 32 KiB and more, which of thousands of connections that
/// say nothing for all but a moment of each period would be half of all memory.
enum ReadMemory {
    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// Gives the pages back to the system, which gives empty ones when they are next written to. What the buffer holds is lost.
    /// - Parameter bytes: All of whose memory nobody reads again.
    static func giveBack(_ bytes: ByteBuffer) {
        bytes.withVeryUnsafeBytes { memory in
            guard let start = memory.baseAddress else { return }
            // Its neighbours share the first page and the last.
            let begin = start.alignedUp(toMultipleOf: pageSize)
            let end = (start + memory.count).alignedDown(toMultipleOf: pageSize)
            if begin < end { madvise(UnsafeMutableRawPointer(mutating: begin), end - begin, MADV_DONTNEED) }
        }
    }
}

extension UnsafeRawPointer {
    fileprivate func alignedUp(toMultipleOf size: Int) -> Self {
        Self(bitPattern: (UInt(bitPattern: self) + UInt(size) - 1) & ~UInt(size - 1)) ?? self
    }
    fileprivate func alignedDown(toMultipleOf size: Int) -> Self { Self(bitPattern: UInt(bitPattern: self) & ~UInt(size - 1)) ?? self }
}
