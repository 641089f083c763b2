// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BigInt

/// An exact amount of a resource: `100m`, `1.5`, `128Mi`, `5e9`.
///
/// The value is `coefficient × 10^exponent`, in 64 bits where that suffices and without bound where not; nothing is ever
/// rounded but what is below a billionth, which rounds away from zero when it is read.
/// - Source: k8s.io/apimachinery pkg/api/resource
package struct Quantity: Sendable {
    /// How the quantity is written.
    package enum Format: String, Sendable, Hashable {
        /// `1500m`, `2k`: powers of a thousand.
        case decimalSI = "DecimalSI"
        /// `128Mi`: powers of 1024.
        case binarySI = "BinarySI"
        /// `5e9`
        case decimalExponent = "DecimalExponent"
    }

    enum Amount: Sendable {
        case small(Int64, exponent: Int)
        case big(BigInt, exponent: Int)
    }

    var amount: Amount
    package var format: Format
    /// The text it was read from, where that was canonical.
    var text: String?

    init(_ amount: Amount, _ format: Format, text: String? = nil) {
        self.amount = amount
        self.format = format
        self.text = text
    }

    package init(_ value: Int64, _ format: Format = .decimalSI) { self.init(.small(value, exponent: 0), format) }
    package init(milli: Int64, _ format: Format = .decimalSI) { self.init(.small(milli, exponent: -3), format) }
    package init(nano: Int64, _ format: Format = .decimalSI) { self.init(.small(nano, exponent: -9), format) }
    package init(_ value: Int64, exponent: Int, _ format: Format = .decimalSI) { self.init(.small(value, exponent: exponent), format) }

    package static let zero = Quantity(0)
}

// MARK: Reading the value

extension Quantity {
    package var isZero: Bool { sign == 0 }

    /// -1, 0 or 1.
    package var sign: Int {
        switch amount {
        case .small(let value, _): Int(value.signum())
        case .big(let value, _): Int(value.signum())
        }
    }

    /// Whole units. Like the other scaled values: rounded away from zero, and the nearest bound where it does not fit.
    package var value: Int64 { scaled(0) }
    package var milliValue: Int64 { scaled(-3) }
    package var microValue: Int64 { scaled(-6) }
    package var nanoValue: Int64 { scaled(-9) }
    package var kiloValue: Int64 { scaled(3) }

    /// In units of 10^`exponent`.
    package func scaled(_ exponent: Int) -> Int64 {
        switch amount {
        case .small(let value, let own):
            if own == exponent { return value }
            if own > exponent, let scaled = Decimal.multiplied(value, byPowerOfTen: own - exponent) { return scaled }
            if own < exponent { return Decimal.dividedAwayFromZero(value, byPowerOfTen: exponent - own).quotient }
            return value < 0 ? .min : .max
        case .big(let value, let own):
            return Int64(clamping: Decimal.rescaled(value, from: own, to: exponent).value)
        }
    }

    /// The exact integer, where it has 64 bits and no fraction was written.
    package var int64: Int64? {
        guard case .small(let value, let exponent) = amount, exponent >= 0 else { return nil }
        return Decimal.multiplied(value, byPowerOfTen: exponent)
    }

    /// The value in plain decimal digits, of any length.
    package var decimalText: String {
        let (value, exponent) = unbounded
        let digits = String(value.magnitude)
        let sign = value < 0 ? "-" : ""
        if exponent >= 0 { return sign + digits + (value == 0 ? "" : String(repeating: "0", count: exponent)) }
        let padded = String(repeating: "0", count: max(0, 1 - exponent - digits.count)) + digits
        return sign + padded.dropLast(-exponent) + "." + padded.suffix(-exponent)
    }

    /// The nearest `Double`, or one beside it.
    package var approximateDouble: Double {
        let base: Double
        let exponent: Int
        switch amount {
        case .small(let value, let own): (base, exponent) = (Double(value), own)
        case .big(let value, let own): (base, exponent) = (Double(String(value)) ?? 0, own)
        }
        return exponent == 0 ? base : base * Decimal.power(ofTen: exponent)
    }

    var unbounded: (value: BigInt, exponent: Int) {
        switch amount {
        case .small(let value, let exponent): (BigInt(value), exponent)
        case .big(let value, let exponent): (value, exponent)
        }
    }
}

// MARK: Arithmetic

extension Quantity {
    package static func + (left: Self, right: Self) -> Self {
        let format = left.isZero ? right.format : left.format
        if case .small(let a, let x) = left.amount, case .small(let b, let y) = right.amount, let sum = Decimal.sum(a, x, b, y) {
            return Quantity(.small(sum.value, exponent: sum.exponent), format)
        }
        let (a, x) = left.unbounded
        let (b, y) = right.unbounded
        let exponent = min(x, y)
        return Quantity(
            .big(Decimal.rescaled(a, from: x, to: exponent).value + Decimal.rescaled(b, from: y, to: exponent).value, exponent: exponent), format)
    }

    package static func - (left: Self, right: Self) -> Self { left + -right.withFormat(left.isZero ? right.format : left.format) }

    package static prefix func - (quantity: Self) -> Self {
        switch quantity.amount {
        case .small(let value, let exponent) where value != .min: Quantity(.small(-value, exponent: exponent), quantity.format)
        default: Quantity(.big(-quantity.unbounded.value, exponent: quantity.unbounded.exponent), quantity.format)
        }
    }

    private func withFormat(_ format: Format) -> Self { Quantity(amount, format) }

    package static func * (left: Self, factor: Int64) -> Self { left.multiplied(by: factor).product }

    /// Also tells whether the product's digits fit 64 bits.
    package func multiplied(by factor: Int64) -> (product: Self, isSmall: Bool) {
        if case .small(let value, let exponent) = amount {
            let (product, overflow) = value.multipliedReportingOverflow(by: factor)
            if !overflow { return (Quantity(.small(product, exponent: exponent), format), true) }
        }
        let (value, exponent) = unbounded
        let product = value * BigInt(factor)
        return (Quantity(.big(product, exponent: exponent), format), Int64(exactly: product) != nil)
    }

    /// Rounded away from zero to a multiple of 10^`exponent`, and whether nothing was lost.
    package func roundedUp(toPowerOfTen exponent: Int) -> (quantity: Self, isExact: Bool) {
        switch amount {
        case .small(_, let own) where own >= exponent: return (self, true)
        case .small(let value, let own):
            let (quotient, isExact) = Decimal.dividedAwayFromZero(value, byPowerOfTen: exponent - own)
            return (Quantity(.small(quotient, exponent: exponent), format), isExact)
        case .big(let value, let own):
            let (rounded, isExact) = Decimal.rescaled(value, from: own, to: exponent)
            return (Quantity(.big(rounded, exponent: exponent), format), isExact)
        }
    }
}

/// By value: `1` equals `1000m`.
extension Quantity: Comparable, Hashable {
    package static func < (left: Self, right: Self) -> Bool { compare(left, right) < 0 }
    package static func == (left: Self, right: Self) -> Bool { compare(left, right) == 0 }

    private static func compare(_ left: Self, _ right: Self) -> Int {
        if case .small(let a, let x) = left.amount, case .small(let b, let y) = right.amount, x == y { return a < b ? -1 : a > b ? 1 : 0 }
        guard left.sign == right.sign else { return left.sign < right.sign ? -1 : 1 }
        let (a, x) = left.unbounded
        let (b, y) = right.unbounded
        let exponent = min(x, y)
        let first = Decimal.rescaled(a, from: x, to: exponent).value
        let second = Decimal.rescaled(b, from: y, to: exponent).value
        return first < second ? -1 : first > second ? 1 : 0
    }

    package func hash(into hasher: inout Hasher) {
        guard !isZero else { return hasher.combine(0) }
        let (value, exponent) = unbounded
        let (reduced, removed) = Decimal.withoutFactors(value, of: 10)
        hasher.combine(reduced)
        hasher.combine(exponent + removed)
    }
}
