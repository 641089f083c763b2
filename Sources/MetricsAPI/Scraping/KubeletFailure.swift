// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Why a node could not be scraped.
package struct KubeletFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// Under which a summary counts it.
    enum Kind: String, Sendable, CaseIterable {
        case address = "no address"
        case unreachable = "not reachable"
        case timeout = "no answer in time"
        case certificate = "certificate not accepted"
        case handshake = "TLS failed"
        case forbidden = "not allowed"
        case missing = "not served"
        case status = "other status"
        case response = "no proper HTTP answer"
        case text = "no proper metrics"
        case ended = "connection ended"
        case credentials = "own credentials"
    }

    var kind: Kind
    /// Names the kubelet, what was wrong, and what to do where that is known.
    var message: String

    init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
