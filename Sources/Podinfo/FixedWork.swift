// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Crypto

/// What one page costs: the SHA-256 of a fixed text of 256 KiB, a few hundred microseconds of CPU, the same for each request.
///
/// Load on podinfo is thus CPU that can be measured, in proportion to the requests, and not a sleep that pretends to be work.
struct FixedWork: Sendable {
    static let length = 256 << 10
    private let text: [UInt8]

    init() { text = (0..<Self.length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ ($0 >> 8)) } }

    /// The digest in hexadecimal.
    func run() -> String {
        let digest = text.withUnsafeBytes { SHA256.hash(data: $0) }
        return digest.prefix(8).map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }.joined()
    }
}
