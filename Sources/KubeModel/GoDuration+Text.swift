// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// As Go writes a duration, and with it the API: `15.086s`, `1m25.306s`, `250ms`, `0s`; what nanoseconds in 64 bits don't hold becomes the nearest bound.
    package var goText: String {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, tooLarge) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        let nanoseconds = overflow || tooLarge ? (seconds < 0 ? Int64.min : .max) : sum
        let text = Self.goText(nanoseconds.magnitude)
        return nanoseconds < 0 ? "-" + text : text
    }

    private static func goText(_ nanoseconds: UInt64) -> String {
        switch nanoseconds {
        case 0: return "0s"
        case ..<1000: return "\(nanoseconds)ns"
        case ..<1_000_000: return decimal(nanoseconds, perUnit: 1000) + "\u{B5}s"
        case ..<1_000_000_000: return decimal(nanoseconds, perUnit: 1_000_000) + "ms"
        default: break
        }
        let minutes = nanoseconds / 60_000_000_000
        let seconds = decimal(nanoseconds % 60_000_000_000, perUnit: 1_000_000_000) + "s"
        if minutes == 0 { return seconds }
        return minutes < 60 ? "\(minutes)m\(seconds)" : "\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    /// Without zeros at the end of the fraction.
    private static func decimal(_ value: UInt64, perUnit unit: UInt64) -> String {
        var fraction = value % unit
        guard fraction > 0 else { return String(value / unit) }
        var scale = unit
        while fraction % 10 == 0 { (fraction, scale) = (fraction / 10, scale / 10) }
        let digits = String(fraction)
        let width = String(scale).utf8.count - 1
        return "\(value / unit)." + String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
