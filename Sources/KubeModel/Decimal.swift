// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BigInt

/// Integer arithmetic in powers of ten, by which `Quantity` stays exact.
enum Decimal {
    private static let powers: [Int64] = (0...18).map { exponent in (0..<exponent).reduce(Int64(1)) { power, _ in power * 10 } }

    /// nil on overflow.
    static func multiplied(_ value: Int64, byPowerOfTen exponent: Int) -> Int64? {
        if value == 0 { return 0 }
        guard exponent < powers.count else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: powers[exponent])
        return overflow ? nil : product
    }

    static func dividedAwayFromZero(_ value: Int64, byPowerOfTen exponent: Int) -> (quotient: Int64, isExact: Bool) {
        guard exponent < powers.count else { return (value.signum(), value == 0) }
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: powers[exponent])
        return (quotient + remainder.signum(), remainder == 0)
    }

    /// nil on overflow.
    static func sum(_ a: Int64, _ x: Int, _ b: Int64, _ y: Int) -> (value: Int64, exponent: Int)? {
        if b == 0 { return (a, x) }
        if a == 0 { return (b, y) }
        let exponent = min(x, y)
        guard let first = multiplied(a, byPowerOfTen: x - exponent), let second = multiplied(b, byPowerOfTen: y - exponent) else { return nil }
        let (value, overflow) = first.addingReportingOverflow(second)
        return overflow ? nil : (value, exponent)
    }

    /// `value × 10^own` in units of `10^exponent`, rounded away from zero.
    static func rescaled(_ value: BigInt, from own: Int, to exponent: Int) -> (value: BigInt, isExact: Bool) {
        if own == exponent || value == 0 { return (value, true) }
        if own > exponent { return (value * BigInt(10).power(own - exponent), true) }
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: BigInt(10).power(exponent - own))
        return (quotient + BigInt(remainder.signum()), remainder == 0)
    }

    /// `value` divided by `factor` as often as that leaves nothing, and how often that was; zero is left as it is.
    static func withoutFactors(_ value: BigInt, of factor: BigInt) -> (value: BigInt, count: Int) {
        var value = value
        var count = 0
        while value != 0 {
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: factor)
            guard remainder == 0 else { break }
            value = quotient
            count += 1
        }
        return (value, count)
    }

    static func withoutFactors(_ value: Int64, of factor: Int64) -> (value: Int64, count: Int) {
        var value = value
        var count = 0
        while value != 0, value % factor == 0 {
            value /= factor
            count += 1
        }
        return (value, count)
    }

    /// As Go computes it, from tables in steps of 32, so that results agree to the last bit.
    /// - Source: `math.Pow10`, go src/math/pow10.go
    static func power(ofTen exponent: Int) -> Double {
        if exponent < -323 { return 0 }
        if exponent > 308 { return .infinity }
        let steps = Swift.abs(exponent) / 32 * 32
        let rest = literal(Swift.abs(exponent) % 32)
        return exponent >= 0 ? literal(steps) * rest : literal(-steps) / rest
    }

    private static func literal(_ exponent: Int) -> Double { Double("1e\(exponent)") ?? 0 }
}
