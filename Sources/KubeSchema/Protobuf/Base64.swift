// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Padded standard base64 (RFC 4648, section 4), in which JSON holds bytes.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var place = bytes.startIndex
        while place < bytes.endIndex {
            let count = min(3, bytes.endIndex - place)
            var word = UInt32(bytes[place]) << 16
            if count > 1 { word |= UInt32(bytes[place + 1]) << 8 }
            if count > 2 { word |= UInt32(bytes[place + 2]) }
            for digit in 0..<4 {
                let value = Int(word >> UInt32(18 - digit * 6) & 0x3F)
                text.append(digit <= count ? alphabet[value] : UInt8(ascii: "="))
            }
            place += count
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for what is no base64. Line breaks are passed over, as Go does.
    static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var word: UInt32 = 0
        var digits = 0
        var padding = 0
        for byte in text.utf8 where byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r") {
            var value: UInt32 = 0
            if byte == UInt8(ascii: "=") {
                padding += 1
                guard padding <= 2, digits >= 2 else { return nil }
            } else {
                guard padding == 0, let digit = self.value(of: byte) else { return nil }
                value = digit
            }
            word = word << 6 | value
            digits += 1
            if digits == 4 {
                for place in 0..<(3 - padding) { bytes.append(UInt8(word >> UInt32(16 - place * 8) & 0xFF)) }
                (word, digits) = (0, 0)
            }
        }
        return digits == 0 ? bytes : nil
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
