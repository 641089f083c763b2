// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Tells one content from another, for caches; not a safeguard against anyone. Two FNV-1a sums of 64 bits.
package enum ContentHash {
    /// 32 digits.
    package static func of(_ bytes: [UInt8]) -> String {
        var sums: (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x6C62_272E_07BB_0142)
        for byte in bytes {
            sums.0 = (sums.0 ^ UInt64(byte)) &* 0x100_0000_01B3
            sums.1 = (sums.1 ^ UInt64(byte)) &* 0x100_0000_0233
        }
        return [sums.0, sums.1].map { sum in
            let digits = String(sum, radix: 16, uppercase: true)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
