// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Fields of protobuf messages.
extension [UInt8] {
    /// Of a field that has a length.
    mutating func appendTag(_ field: Int) { append(UInt8(field << 3 | 2)) }

    mutating func appendField(_ field: Int, _ content: some Collection<UInt8>) {
        appendTag(field)
        appendVarint(UInt64(content.count))
        append(contentsOf: content)
    }

    mutating func appendText(_ field: Int, _ text: String) {
        appendTag(field)
        appendVarint(UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }

    mutating func appendVarint(_ value: UInt64) {
        append(addingCapacity: 10) { $0.append(varint: value) }
    }
}

/// The same in memory that was made sure of before.
extension OutputSpan<UInt8> {
    mutating func append(field: UInt8, _ content: Span<UInt8>) {
        append(field << 3 | 2)
        append(varint: UInt64(content.count))
        append(contentsOf: content)
    }

    mutating func append(varint value: UInt64) {
        var rest = value
        while rest > 0x7F {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }
}
