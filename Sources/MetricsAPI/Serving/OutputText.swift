// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Text put into memory that was made sure of before, for answers of which millions of pieces are written: each is copied, and nothing else.
extension OutputSpan<UInt8> {
    mutating func append(_ text: StaticString) { text.withUTF8Buffer { append(contentsOf: $0.span) } }
    mutating func append(text: String) { append(contentsOf: text.utf8.span) }

    mutating func append(contentsOf bytes: Span<UInt8>) {
        withUnsafeMutableBufferPointer { memory, count in
            precondition(bytes.count <= memory.count - count)
            bytes.withUnsafeBufferPointer { bytes in
                guard let start = bytes.baseAddress else { return }
                memory.baseAddress?.advanced(by: count).initialize(from: start, count: bytes.count)
            }
            count += bytes.count
        }
    }

    /// As a JSON string: at most `jsonLength` bytes.
    /// - Parameter isPlain: Whether it is known to need no escapes.
    mutating func append(json text: String, isPlain: Bool = false) {
        guard isPlain || JSONValue.isPlain(text) else {
            var bytes: [UInt8] = []
            JSONValue.encode(text, into: &bytes)
            return append(contentsOf: bytes.span)
        }
        append(UInt8(ascii: "\""))
        append(text: text)
        append(UInt8(ascii: "\""))
    }

    /// How long a JSON string of `text` may be: each byte may need `\u0000`.
    static func jsonLength(_ text: String) -> Int { 6 * text.utf8.count + 2 }

    /// At most 20 digits.
    mutating func append(decimal value: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var start = digits.count
        var rest = value
        repeat {
            let (tens, digit) = rest.quotientAndRemainder(dividingBy: 10)
            start &-= 1
            digits[start] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
            rest = tens
        } while rest > 0
        append(contentsOf: digits.span.extracting(start..<digits.count))
    }
}
