// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Makes the random parts of objects: UIDs and the ends of generated names.
struct Identifiers: Sendable {
    /// 64 random bits.
    let random: @Sendable () -> UInt64

    /// A random UUID (RFC 9562, version 4).
    func uid() -> String {
        let high = random() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let (left, right) = (Self.hexadecimal(high), Self.hexadecimal(low))
        return "\(left.prefix(8))-\(left.dropFirst(8).prefix(4))-\(left.dropFirst(12))-\(right.prefix(4))-\(right.dropFirst(4))"
    }

    /// A name that begins with `base`, without vowels and the digits that look like them, so that no word comes out.
    ///
    /// - Source: `SimpleNameGenerator`, k8s.io/apiserver pkg/storage/names/generate.go
    func name(from base: String) -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        var number = random()
        var name = String(base.prefix(58))
        for _ in 0..<5 {
            name.append(alphabet[Int(number % UInt64(alphabet.count))])
            number /= UInt64(alphabet.count)
        }
        return name
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
