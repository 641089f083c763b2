// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

/// Why a server can't be talked to, as a sentence for conditions and users; the libraries' own descriptions are dumps.
enum ConnectionProblem {
    /// - Parameter authority: `address:port`.
    static func text(_ error: any Error, authority: String) -> String {
        switch error {
        case let error as NIOConnectionError:
            let causes = error.connectionErrors.map { reason($0.error) }
            return "dial tcp \(authority): \(causes.first ?? "connect: no address")"
        case let error as NIOSSLError: return "tls: \(verification(error))"
        case let error as NIOSSLExtraError: return "tls: failed to verify certificate: \(error)"
        case let error as HTTPClientError where error == .connectTimeout: return "dial tcp \(authority): i/o timeout"
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout: return "context deadline exceeded"
        case let error as HTTPClientError where error == .remoteConnectionClosed: return "EOF"
        default: return "\(error)"
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "\(error)" }
        return error.errnoCode == 111 ? "connect: connection refused" : "connect: \(error)"
    }

    private static func verification(_ error: NIOSSLError) -> String {
        if case .handshakeFailed(let cause) = error { return "failed to verify certificate: \(cause)" }
        return "\(error)"
    }
}
