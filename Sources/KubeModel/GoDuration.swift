// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// Reads a duration as Go writes it, which is how the API holds one: `15s`, `1m0.5s`, `-1h30m`, `250ms`, `0`.
    ///
    /// Nil for anything else, and for what nanoseconds in 64 bits don't hold.
    package init?(goText text: String) {
        var bytes = text.utf8[...]
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { bytes.removeFirst() }
        guard bytes.first != nil else { return nil }
        if bytes.elementsEqual("0".utf8) {
            self = .zero
            return
        }
        var nanoseconds: Int64 = 0
        while !bytes.isEmpty {
            guard let part = Self.takePart(&bytes) else { return nil }
            let (sum, overflow) = nanoseconds.addingReportingOverflow(part)
            guard !overflow else { return nil }
            nanoseconds = sum
        }
        self = .nanoseconds(isNegative ? -nanoseconds : nanoseconds)
    }

    /// One number with its unit, taken off the front, as nanoseconds.
    private static func takePart(_ bytes: inout Substring.UTF8View) -> Int64? {
        var value: Int64 = 0
        var scale: Int64 = 1
        var digits = 0
        var isFraction = false
        // Digits of the fraction beyond what 64 bits hold change nothing.
        var isFull = false
        while let byte = bytes.first, byte == UInt8(ascii: ".") || isDigit(byte) {
            bytes.removeFirst()
            if byte == UInt8(ascii: ".") {
                guard !isFraction else { return nil }
                isFraction = true
                continue
            }
            digits += 1
            if isFull { continue }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            if tooLarge || overflow || scale > 100_000_000_000_000_000 {
                guard isFraction else { return nil }
                isFull = true
                continue
            }
            value = sum
            if isFraction { scale *= 10 }
        }
        guard digits > 0, let unit = takeUnit(&bytes) else { return nil }
        return Int64(exactly: Int128(value) * Int128(unit) / Int128(scale))
    }

    private static func takeUnit(_ bytes: inout Substring.UTF8View) -> Int64? {
        var name: [UInt8] = []
        while let byte = bytes.first, byte != UInt8(ascii: "."), !isDigit(byte) {
            name.append(byte)
            bytes.removeFirst()
        }
        switch String(decoding: name, as: UTF8.self) {
        case "ns": return 1
        case "us", "\u{B5}s", "\u{3BC}s": return 1000
        case "ms": return 1_000_000
        case "s": return 1_000_000_000
        case "m": return 60_000_000_000
        case "h": return 3_600_000_000_000
        default: return nil
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
