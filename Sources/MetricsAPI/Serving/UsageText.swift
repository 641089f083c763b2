// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Usage as quantities: CPU in billionths of a core, memory in bytes with binary suffixes.
enum UsageText {
    /// What is beyond 63 bits loses its last digit.
    /// - Source: uint64Quantity, metrics-server v0.9 pkg/storage/types.go
    static func cpu(_ nanocores: UInt64) -> Quantity {
        Int64(exactly: nanocores).map { Quantity($0, exponent: -9) } ?? Quantity(Int64(nanocores / 10), exponent: -8)
    }

    static func memory(_ bytes: UInt64) -> Quantity {
        Int64(exactly: bytes).map { Quantity($0, .binarySI) } ?? Quantity(Int64(bytes / 10), exponent: 1, .binarySI)
    }

    /// No text of a usage is longer, nor one of a window.
    static let longest = 32

    /// The same texts without the detour where there is a short way.
    static func appendCPU(_ nanocores: UInt64, to text: inout OutputSpan<UInt8>) {
        guard nanocores > 0, nanocores <= Int64.max else { return text.append(text: cpu(nanocores).description) }
        var value = nanocores
        var power = 0
        while power < cpuSuffixes.count - 1, value % 1000 == 0 {
            value /= 1000
            power += 1
        }
        // Thousands of cores have suffixes of their own.
        guard power < cpuSuffixes.count - 1 || value % 1000 != 0 else { return text.append(text: cpu(nanocores).description) }
        text.append(decimal: value)
        if let suffix = cpuSuffixes[power] { text.append(suffix) }
    }

    private static let cpuSuffixes: [UInt8?] = [UInt8(ascii: "n"), UInt8(ascii: "u"), UInt8(ascii: "m"), nil]

    static func appendMemory(_ bytes: UInt64, to text: inout OutputSpan<UInt8>) {
        guard bytes >= 1024, bytes <= Int64.max else { return text.append(text: memory(bytes).description) }
        let power = min(bytes.trailingZeroBitCount / 10, memorySuffixes.count)
        text.append(decimal: bytes >> (10 * UInt64(power)))
        guard power > 0 else { return }
        text.append(memorySuffixes[power - 1])
        text.append(UInt8(ascii: "i"))
    }

    private static let memorySuffixes = Array("KMGTPE".utf8)

    /// Whole seconds since 1970, the earlier ones of a part.
    static func seconds(_ nanoseconds: Int64) -> Int64 { (nanoseconds >= 0 ? nanoseconds : nanoseconds - 999_999_999) / 1_000_000_000 }

    /// As Go writes a duration: `15.086s`.
    static func appendWindow(_ nanoseconds: Int64, to text: inout OutputSpan<UInt8>) {
        guard nanoseconds >= 1_000_000_000, nanoseconds < 60_000_000_000 else { return text.append(text: Duration.nanoseconds(nanoseconds).goText) }
        text.append(decimal: UInt64(nanoseconds / 1_000_000_000))
        var fraction = nanoseconds % 1_000_000_000
        if fraction > 0 { text.append(UInt8(ascii: ".")) }
        var unit: Int64 = 100_000_000
        while fraction > 0 {
            text.append(UInt8(ascii: "0") + UInt8(fraction / unit))
            fraction %= unit
            unit /= 10
        }
        text.append(UInt8(ascii: "s"))
    }
}
