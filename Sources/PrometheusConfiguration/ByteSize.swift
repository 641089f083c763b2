// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// A number of bytes with its unit, as Prometheus reads one: `512MB`, `1.5GiB`, `0`; units are powers of 1024, with or without the `i`.
/// - Source: `ParseBase2Bytes`, github.com/alecthomas/units; the pattern of `ByteSize` in prometheus-operator's custom resources
struct ByteSize: Hashable, Comparable {
    /// As it was written.
    let text: String
    let bytes: Double

    init?(_ text: String) {
        self.text = text
        if text == "0" {
            bytes = 0
            return
        }
        guard text.hasSuffix("B") else { return nil }
        var digits = text.dropLast()
        let isBinary = digits.hasSuffix("i")
        if isBinary { digits = digits.dropLast() }
        var scale = 1.0
        if let unit = digits.last, let power = Array("KMGTPE").firstIndex(of: unit) {
            for _ in 0...power { scale *= 1024 }
            digits = digits.dropLast()
        } else if isBinary {
            return nil
        }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ ("0"..."9").contains(Character(Unicode.Scalar($0))) || $0 == UInt8(ascii: ".") }),
            digits.last != ".", let number = Double(digits.first == "." ? "0" + digits : String(digits)), number * scale < 0x1p63
        else { return nil }
        bytes = number * scale
    }

    static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}
