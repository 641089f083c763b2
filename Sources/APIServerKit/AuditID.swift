// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// The name under which a request can be found in logs, here and further on.
enum AuditID {
    /// The client's, if it is short and plain, else a random UUID.
    static func of(_ headers: HTTPHeaders) -> String {
        if let given = headers.first(name: "audit-id"), (1...64).contains(given.utf8.count), given.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            return given
        }
        return make()
    }

    private static func make() -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(36)
        let digits = Array("0123456789abcdef".utf8)
        var generator = SystemRandomNumberGenerator()
        let (high, low) = (generator.next(), generator.next())
        for index in 0..<32 {
            if [8, 12, 16, 20].contains(index) { bytes.append(UInt8(ascii: "-")) }
            let half = index < 16 ? high : low
            var nibble = Int(half >> UInt64(60 - 4 * (index % 16)) & 15)
            if index == 12 { nibble = 4 }
            if index == 16 { nibble = nibble & 3 | 8 }
            bytes.append(digits[nibble])
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
