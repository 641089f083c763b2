// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import KubeModel

/// A lab's hold on its block of 127.0.0.0/8, for as long as the value lives and the process runs.
///
/// Held as a listening socket in the abstract Unix namespace: the kernel frees it however the process ends, no file is left,
/// and whoever finds it taken can ask which process holds it.
final class BlockClaim: Sendable {
    let block: LoopbackBlock
    private let descriptor: Int32

    private init(block: LoopbackBlock, descriptor: Int32) {
        self.block = block
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// 127.0.x.x stays the host's, and the first blocks are what people type by hand.
    static let usable: ClosedRange<UInt8> = 16...250

    static func claim(_ block: LoopbackBlock) -> BlockClaim? {
        guard let descriptor = openSocket() else { return nil }
        let isBound = withAddress(of: block) { bind(descriptor, $0, $1) == 0 }
        guard isBound, listen(descriptor, 8) == 0 else {
            close(descriptor)
            return nil
        }
        return BlockClaim(block: block, descriptor: descriptor)
    }

    /// The first free block, beginning with `first`.
    static func claimAny(from first: UInt8) -> BlockClaim? {
        let count = Int(usable.upperBound - usable.lowerBound) + 1
        let start = usable.contains(first) ? Int(first - usable.lowerBound) : 0
        for step in 0..<count {
            let block = LoopbackBlock(usable.lowerBound + UInt8((start + step) % count))
            if let claim = claim(block) { return claim }
        }
        return nil
    }

    /// The process that holds `block` now.
    static func holder(of block: LoopbackBlock) -> Int32? {
        guard let descriptor = openSocket() else { return nil }
        defer { close(descriptor) }
        guard withAddress(of: block, { connect(descriptor, $0, $1) == 0 }) else { return nil }
        // struct ucred: pid, uid, gid. Its Swift import needs _GNU_SOURCE, three integers do not.
        var credentials: (Int32, UInt32, UInt32) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0, credentials.0 > 0 else { return nil }
        return credentials.0
    }

    private static func openSocket() -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        return descriptor >= 0 ? descriptor : nil
    }

    private static func withAddress<Result>(of block: LoopbackBlock, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        let name = Array("updraft-lab-127.\(block.block)".utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            // A leading zero byte puts the name into the abstract namespace.
            for (index, byte) in name.enumerated() { path[index + 1] = byte }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.count)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
