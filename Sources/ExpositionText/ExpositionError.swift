// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Why some bytes are no exposition text.
package struct ExpositionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// In upstream's words, which quote what was read.
    package var message: String
    /// Of the byte at which reading stopped.
    package var offset: Int

    package var description: String { "\(message) (byte \(offset))" }
}

/// Bytes as Go's `%q` shows them, cut where they would fill a log.
struct QuotedBytes: CustomStringConvertible {
    private(set) var description = "\""
    private static let limit = 500

    init(_ text: Span<UInt8>, _ range: Range<Int>) {
        let shown = range.clamped(to: 0..<text.count).prefix(Self.limit)
        var bytes: [UInt8] = []
        for index in shown { bytes.append(text[index]) }
        // A line's end is implied at the end of the text.
        if range.upperBound > text.count, shown.count < Self.limit { bytes.append(UInt8(ascii: "\n")) }
        append(bytes)
        description += "\""
    }

    private mutating func append(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let first = rest.first {
            if first < 0x80 {
                append(ascii: first)
                rest.removeFirst()
            } else if let (scalar, length) = Self.scalar(rest) {
                description.unicodeScalars.append(scalar)
                rest.removeFirst(length)
            } else {
                description += "\\x" + Self.hex(first)
                rest.removeFirst()
            }
        }
    }

    private mutating func append(ascii byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): description += #"\""#
        case UInt8(ascii: "\\"): description += #"\\"#
        case 0x07: description += #"\a"#
        case 0x08: description += #"\b"#
        case 0x09: description += #"\t"#
        case 0x0A: description += #"\n"#
        case 0x0B: description += #"\v"#
        case 0x0C: description += #"\f"#
        case 0x0D: description += #"\r"#
        case 0..<0x20, 0x7F: description += "\\x" + Self.hex(byte)
        default: description.unicodeScalars.append(Unicode.Scalar(byte))
        }
    }

    /// The well-formed scalar at the front of `bytes`, none of which is ASCII.
    private static func scalar(_ bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
        var iterator = bytes.makeIterator()
        var decoder = UTF8()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
        return (scalar, UTF8.width(scalar))
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
