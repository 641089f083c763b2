// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Why some text is no quantity, in upstream's words.
package struct QuantityError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    package var description: String { message }

    package static let format = Self(message: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
    package static let suffix = Self(message: "unable to parse quantity's suffix")
    package static let numeric = Self(message: "unable to parse numeric part of quantity")
}

extension Quantity {
    /// - Throws: `QuantityError` in upstream's words. Exponents beyond ±1000, and texts of thousands of digits, are refused, so that none
    ///   takes long.
    package init(_ text: String) throws(QuantityError) {
        guard !text.isEmpty else { throw .format }
        guard text.utf8.count <= 2048 else { throw .numeric }
        let parts = try QuantityParts(text)
        guard let suffix = QuantitySuffix(parts.suffix) else { throw .suffix }
        guard (-1000...1000).contains(suffix.exponent) else { throw .numeric }
        if let small = try Self.small(parts, suffix) {
            let isCanonical = Self.isCanonical(parts, suffix)
            self.init(small, suffix.format, text: isCanonical ? text : nil)
        } else {
            self = try Self.unbounded(parts, suffix)
        }
    }

    /// Reads the token that stands for a quantity in JSON: text or a number, with space around it tolerated.
    package init(jsonToken token: String) throws(QuantityError) {
        if token == "null" {
            self = .zero
            return
        }
        var text = Substring(token)
        if text.utf8.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") { text = text.dropFirst().dropLast() }
        try self.init(String(text.trimmingWhitespace))
    }

    /// From a member of an object; nil where it is neither text nor a number, or no quantity.
    package init?(_ json: JSONValue?) {
        switch json {
        case .string(let text):
            guard let quantity = try? Quantity(String(Substring(text).trimmingWhitespace)) else { return nil }
            self = quantity
        case .integer(let value): self.init(value)
        case .number(let value):
            guard let quantity = try? Quantity("\(value)") else { return nil }
            self = quantity
        default: return nil
        }
    }

    /// The value in 64 bits, where upstream also holds it so; nil for what goes the exact but slow way.
    private static func small(_ parts: QuantityParts, _ suffix: QuantitySuffix) throws(QuantityError) -> Amount? {
        var exponent = 0
        var factor: Int64 = 1
        let precision: Int
        if suffix.base == 10 {
            exponent = suffix.exponent - parts.fraction.utf8.count
            precision = 18 - parts.whole.utf8.count - parts.fraction.utf8.count
        } else {
            guard parts.fraction.isEmpty else { return nil }
            factor = 1 << Int64(suffix.exponent)
            precision = 15 - parts.whole.utf8.count - suffix.exponent * 3 / 10 - 1
        }
        guard precision >= 0, exponent >= -9 else { return nil }
        guard let digits = Int64(parts.whole + parts.fraction) else { throw .numeric }
        let (value, overflow) = digits.multipliedReportingOverflow(by: factor)
        return overflow ? nil : .small(parts.isNegative ? -value : value, exponent: exponent)
    }

    private static func isCanonical(_ parts: QuantityParts, _ suffix: QuantitySuffix) -> Bool {
        if suffix.base == 2 { return suffix.exponent % 10 == 0 && (Int64(parts.whole) ?? 0) & 7 != 0 }
        let digits = parts.whole + parts.fraction
        return (suffix.exponent - parts.fraction.utf8.count) % 3 == 0 && !digits.hasSuffix("000") && !digits.hasPrefix("0")
    }

    private static func unbounded(_ parts: QuantityParts, _ suffix: QuantitySuffix) throws(QuantityError) -> Quantity {
        guard parts.hasDigits, var value = BigInt(parts.whole + parts.fraction) else { throw .numeric }
        var exponent = -parts.fraction.utf8.count
        var format = suffix.format
        if suffix.base == 10 { exponent += suffix.exponent } else { value <<= suffix.exponent }
        if value != 0 {
            (value, exponent) = (Decimal.rescaled(value, from: exponent, to: -9).value, -9)
            let one = BigInt(1_000_000_000)
            if format == .binarySI {
                if value < one { format = .decimalSI }
                if value > BigInt(Int64.max) * one { (value, exponent) = (BigInt(Int64.max), 0) }
            }
        }
        return Quantity(.big(parts.isNegative ? -value : value, exponent: exponent), format)
    }
}

/// A quantity's text, taken apart.
private struct QuantityParts {
    var isNegative = false
    /// Without leading zeros; `0` where no digit stands before the point.
    var whole = "0"
    var fraction = ""
    var suffix = ""
    /// Whether a digit stands in the number at all.
    var hasDigits = false

    init(_ text: String) throws(QuantityError) {
        let bytes = Array(text.utf8)
        var index = 0
        func digits() -> Range<Int> {
            let start = index
            while index < bytes.count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") { index += 1 }
            return start..<index
        }
        if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            isNegative = first == UInt8(ascii: "-")
            index = 1
        }
        let number = digits()
        hasDigits = !number.isEmpty
        let significant = number.drop { bytes[$0] == UInt8(ascii: "0") }
        if !significant.isEmpty { whole = String(decoding: bytes[significant.startIndex..<number.upperBound], as: UTF8.self) }
        // Nothing but a sign and zeros is a zero, whatever upstream's expression says.
        if index == bytes.count {
            hasDigits = true
            return
        }
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            let range = digits()
            fraction = String(decoding: bytes[range], as: UTF8.self)
            hasDigits = hasDigits || !range.isEmpty
        }
        let start = index
        let letters = Set("eEinumkKMGTP".utf8)
        while index < bytes.count, letters.contains(bytes[index]) { index += 1 }
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") { index += 1 }
        _ = digits()
        guard index == bytes.count else { throw .format }
        suffix = String(decoding: bytes[start...], as: UTF8.self)
    }
}

private struct QuantitySuffix {
    var base: Int
    var exponent: Int
    var format: Quantity.Format

    static let decimal: [(suffix: String, exponent: Int)] = [
        ("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18),
    ]
    static let binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

    init?(_ text: String) {
        if let known = Self.decimal.first(where: { $0.suffix == text }) {
            (base, exponent, format) = (10, known.exponent, .decimalSI)
        } else if let known = Self.binary.firstIndex(of: text) {
            (base, exponent, format) = (2, known * 10, .binarySI)
        } else if let first = text.first, first == "e" || first == "E", let power = Int(text.dropFirst()) {
            (base, exponent, format) = (10, power, .decimalExponent)
        } else {
            return nil
        }
    }

    /// Empty where SI has no suffix: Kubernetes 1.36 then drops the exponent (a later release writes `e21`).
    static func text(decimal exponent: Int, _ format: Quantity.Format) -> String {
        if format == .decimalSI { return decimal.first { $0.exponent == exponent }?.suffix ?? "" }
        return exponent == 0 ? "" : "e\(exponent)"
    }
}

// MARK: Writing

extension Quantity: CustomStringConvertible {
    /// The text it was read from where that was canonical, else the canonical text.
    package var description: String { text ?? canonicalText }

    package var json: JSONValue { .string(description) }

    /// The shortest exact text in its format: no fraction, the largest suffix that leaves whole digits.
    package var canonicalText: String {
        if isZero { return "0" }
        if format == .binarySI, let text = binaryText { return text }
        let style = format == .decimalExponent ? Format.decimalExponent : .decimalSI
        if case .small(let value, let own) = amount {
            let (reduced, removed) = Decimal.withoutFactors(value, of: 10)
            let shift = Self.shiftToThird(own + removed)
            if let digits = Decimal.multiplied(reduced, byPowerOfTen: shift) {
                return "\(digits)" + QuantitySuffix.text(decimal: own + removed - shift, style)
            }
        }
        let (value, own) = unbounded
        let (reduced, removed) = Decimal.withoutFactors(value, of: 10)
        let shift = Self.shiftToThird(own + removed)
        return String(reduced * BigInt(10).power(shift)) + QuantitySuffix.text(decimal: own + removed - shift, style)
    }

    /// How far `exponent` is above a multiple of three.
    private static func shiftToThird(_ exponent: Int) -> Int { ((exponent % 3) + 3) % 3 }

    /// nil where powers of 1024 would lose something or say nothing.
    private var binaryText: String? {
        guard self <= Quantity(-1024) || self >= Quantity(1024) else { return nil }
        let (value, own) = unbounded
        let (units, isExact) = Decimal.rescaled(value, from: own, to: 0)
        guard isExact else { return nil }
        // Upstream's loop over 64 bits cannot negate the lowest number, and leaves it whole.
        if case .small(.min, _) = amount { return String(units) }
        let (reduced, count) = Decimal.withoutFactors(units, of: 1024)
        // As with decimal suffixes, 1.36 drops what lies beyond `Ei`.
        return String(reduced) + (count < QuantitySuffix.binary.count ? QuantitySuffix.binary[count] : "")
    }
}

extension Substring {
    fileprivate var trimmingWhitespace: Substring {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
