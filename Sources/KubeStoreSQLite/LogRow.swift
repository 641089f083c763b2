// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// One write as it lies on disk; docs/storage.md draws it.
struct LogRow: Sendable {
    enum Kind: Int64, Sendable { case added = 1, modified = 2, deleted = 3 }

    var revision: Int64
    var kind: Kind
    var key: ObjectKey
    /// The object as canonical JSON without its `resourceVersion`, which is the row's revision; empty for a deletion,
    /// whose last state is that of the write before.
    var body: [UInt8]

    /// FNV-1a of everything above, so that a damaged row is noticed rather than served.
    var checksum: Int64 {
        var hash = FNV1a()
        hash.combine(UInt64(bitPattern: revision))
        hash.combine(UInt64(bitPattern: kind.rawValue))
        for part in [key.resource.group, key.resource.resource, key.namespace, key.name] {
            hash.combine(part.utf8)
            hash.combine(CollectionOfOne(0xFF))  // no UTF-8 text has this byte, so parts don't run together
        }
        hash.combine(body)
        return Int64(bitPattern: hash.value)
    }
}

extension LogRow.Kind {
    init(_ kind: StoreEvent.Kind) {
        self =
            switch kind {
            case .added: .added
            case .modified: .modified
            case .deleted: .deleted
            }
    }
}

/// The 64-bit Fowler–Noll–Vo hash.
private struct FNV1a {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }

    mutating func combine(_ integer: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { combine(CollectionOfOne(UInt8(truncatingIfNeeded: integer >> shift))) }
    }
}
