// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Numbers by bytes, of which only 64 bits of a hash are kept: 24 bytes an entry, however long the bytes are.
///
/// The hash is SipHash under a key drawn anew in each process, so nobody can choose bytes that collide; by chance two of a node's
/// few hundred texts do so once in 10^14 nodes.
struct SeriesTable {
    private struct Entry {
        var hash: UInt64
        /// -1 where free.
        var value: Int32
    }

    /// A power of two of them, at most three quarters full.
    private var slots: [Entry] = []
    private(set) var count = 0

    init() {}

    func find(_ hash: UInt64) -> Int? {
        guard !slots.isEmpty else { return nil }
        var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
        while slots[slot].value >= 0 {
            if slots[slot].hash == hash { return Int(slots[slot].value) }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
        return nil
    }

    /// - Parameter hash: one that is not in it.
    mutating func insert(_ hash: UInt64, _ value: Int) {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        count += 1
        place(Entry(hash: hash, value: Int32(truncatingIfNeeded: value)))
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Entry(hash: 0, value: -1), count: max(16, old.count * 2))
        for entry in old where entry.value >= 0 { place(entry) }
    }

    private mutating func place(_ entry: Entry) {
        var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
        while slots[slot].value >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = entry
    }

    static func hash(_ text: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var hasher = Hasher()
        text.extracting(range).withUnsafeBytes { hasher.combine(bytes: $0) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// Of several texts, whose borders count.
    static func hash(_ texts: String...) -> UInt64 {
        var hasher = Hasher()
        for text in texts { hasher.combine(text) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
