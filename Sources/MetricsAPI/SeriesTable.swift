// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Numbers by the bytes of label sets: an open hash table whose keys lie in one array.
struct SeriesTable {
    private struct Entry {
        var hash: Int
        var start: Int
        var length: Int
        var value: Int
    }

    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// Indexes into `entries`, -1 where free; a power of two of them, at most half full.
    private var slots: [Int32] = Array(repeating: -1, count: 64)

    func find(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        let hash = Self.hash(text, range)
        var slot = hash & (slots.count - 1)
        while slots[slot] >= 0 {
            let entry = entries[Int(slots[slot])]
            if entry.hash == hash, isEqual(entry, text, range) { return entry.value }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    mutating func insert(_ text: Span<UInt8>, _ range: Range<Int>, _ value: Int) {
        if entries.count * 2 >= slots.count { grow() }
        let entry = Entry(hash: Self.hash(text, range), start: bytes.count, length: range.count, value: value)
        for index in range { bytes.append(text[index]) }
        entries.append(entry)
        place(entries.count - 1)
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for index in entries.indices { place(index) }
    }

    private mutating func place(_ index: Int) {
        var slot = entries[index].hash & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(truncatingIfNeeded: index)
    }

    private func isEqual(_ entry: Entry, _ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard entry.length == range.count else { return false }
        for index in 0..<entry.length where bytes[entry.start &+ index] != text[range.lowerBound &+ index] { return false }
        return true
    }

    /// Seeded anew in each process, so that no node can choose names that collide.
    private static func hash(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        var hasher = Hasher()
        text.extracting(range).withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
