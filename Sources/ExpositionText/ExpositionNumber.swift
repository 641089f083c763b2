// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Numbers as Go reads them: no hexadecimal, no underscores, no sign before NaN.
enum ExpositionNumber {
    struct Failure: Error {
        var message: String
    }

    /// Exact for all texts: by one multiplication or division where both factors are exact, else by the library.
    static func double(_ text: Span<UInt8>, _ range: Range<Int>) throws(Failure) -> Double {
        var mantissa: UInt64 = 0
        var exponent = 0
        var digits = 0
        var index = range.lowerBound
        let isNegative = index < range.upperBound && text[index] == UInt8(ascii: "-")
        if isNegative || index < range.upperBound && text[index] == UInt8(ascii: "+") { index &+= 1 }
        var isFraction = false
        scan: while index < range.upperBound {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits &+= 1
                // 18 digits fit; more leave the short way.
                if mantissa < 100_000_000_000_000_000 {
                    mantissa = mantissa &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
                    if isFraction { exponent &-= 1 }
                } else {
                    return try slow(text, range)
                }
            case UInt8(ascii: ".") where !isFraction: isFraction = true
            default: break scan
            }
            index &+= 1
        }
        guard digits > 0 else { return try slow(text, range) }
        if index < range.upperBound {
            guard let written = readExponent(text, index..<range.upperBound) else { return try slow(text, range) }
            exponent &+= written
        }
        guard mantissa < 1 << 53, (-22...22).contains(exponent) else { return mantissa == 0 ? (isNegative ? -0.0 : 0) : try slow(text, range) }
        let magnitude = exponent < 0 ? Double(mantissa) / powers[-exponent] : Double(mantissa) * powers[exponent]
        return isNegative ? -magnitude : magnitude
    }

    /// `e-12`, up to three digits; nil for anything else.
    private static func readExponent(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        guard text[index] | 0x20 == UInt8(ascii: "e") else { return nil }
        index &+= 1
        guard index < range.upperBound else { return nil }
        let isNegative = text[index] == UInt8(ascii: "-")
        if isNegative || text[index] == UInt8(ascii: "+") { index &+= 1 }
        guard (1...3).contains(range.upperBound &- index) else { return nil }
        var exponent = 0
        while index < range.upperBound {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            exponent = exponent &* 10 &+ Int(digit)
            index &+= 1
        }
        return isNegative ? -exponent : exponent
    }

    private static let powers: InlineArray<23, Double> = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    private static func slow(_ text: Span<UInt8>, _ range: Range<Int>) throws(Failure) -> Double {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(text[index]) }
        if bytes.contains(where: { $0 | 0x20 == UInt8(ascii: "p") || $0 == UInt8(ascii: "_") }) {
            throw Failure(message: "unsupported character in float")
        }
        let invalid = Failure(message: "strconv.ParseFloat: parsing \(QuotedBytes(text, range)): invalid syntax")
        if let special = special(bytes) { return special }
        guard isDecimal(bytes), let value = Double(String(decoding: bytes, as: UTF8.self)) else { throw invalid }
        guard value.isFinite else { throw Failure(message: "strconv.ParseFloat: parsing \(QuotedBytes(text, range)): value out of range") }
        return value
    }

    private static func special(_ bytes: [UInt8]) -> Double? {
        var word = bytes.map { $0 | 0x20 }[...]
        if word.elementsEqual("nan".utf8) { return .nan }
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { word.removeFirst() }
        guard word.elementsEqual("inf".utf8) || word.elementsEqual("infinity".utf8) else { return nil }
        return isNegative ? -.infinity : .infinity
    }

    /// `[+-]digits[.digits][e[+-]digits]`, with a digit somewhere before the exponent.
    private static func isDecimal(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        func takeDigits() -> Int {
            let count = rest.prefix { $0 &- UInt8(ascii: "0") < 10 }.count
            rest.removeFirst(count)
            return count
        }
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        var digits = takeDigits()
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            digits += takeDigits()
        }
        guard digits > 0 else { return false }
        guard let mark = rest.popFirst() else { return true }
        guard mark | 0x20 == UInt8(ascii: "e") else { return false }
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        return takeDigits() > 0 && rest.isEmpty
    }

    /// nil where it is not digits only, or they don't fit.
    static func int64(_ text: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        var value: Int64 = 0
        for index in range {
            let digit = text[index] &- UInt8(ascii: "0")
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int64(digit))
            guard digit < 10, !tooLarge, !overflow else { return nil }
            value = sum
        }
        return value
    }
}

/// The text behind escapes.
package enum ExpositionEscapes {
    /// A label's name or value: `\"`, `\\` and `\n` are escapes, any other backslash stands for itself.
    package static func text(_ text: Span<UInt8>, _ range: Range<Int>) -> String { unescaped(text, range, quote: true) }

    /// A help text, where quotes need none.
    package static func help(_ text: Span<UInt8>, _ range: Range<Int>) -> String { unescaped(text, range, quote: false) }

    private static func unescaped(_ text: Span<UInt8>, _ range: Range<Int>, quote: Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = text[index]
            let next = index + 1 < range.upperBound ? text[index + 1] : 0
            switch (byte, next) {
            case (UInt8(ascii: "\\"), UInt8(ascii: "\\")): bytes.append(UInt8(ascii: "\\"))
            case (UInt8(ascii: "\\"), UInt8(ascii: "n")): bytes.append(UInt8(ascii: "\n"))
            case (UInt8(ascii: "\\"), UInt8(ascii: "\"")) where quote: bytes.append(UInt8(ascii: "\""))
            default:
                bytes.append(byte)
                index += 1
                continue
            }
            index += 2
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
