// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubePKI

package struct APIServerConfiguration: Sendable {
    /// Each is listened on; port 0 takes a free one, the same for all addresses that ask for 0.
    package var addresses: [ListenAddress]
    /// The serving certificate; nil serves plain HTTP/1.1.
    package var servingCredential: Credential?
    /// Requests without credentials are `system:anonymous`'s; otherwise they are 401.
    package var allowsAnonymous: Bool
    package var limits = Limits()
    package var tls = TLSOptions()
    /// nil serves every request at once.
    package var flowControl: FlowControlSettings?
    /// nil keeps no audit log.
    package var audit: AuditSettings?
    /// nil counts nothing.
    package var requestCounter: RequestCounter?

    package init(addresses: [ListenAddress], servingCredential: Credential?, allowsAnonymous: Bool = true) {
        self.addresses = addresses
        self.servingCredential = servingCredential
        self.allowsAnonymous = allowsAnonymous
    }

    package struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
        /// An IP address.
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// What a client may take of the server.
    package struct Limits: Sendable {
        /// Of a request body; more is 413.
        package var bodyBytes = 3 * 1024 * 1024
        /// Of one header field, and of all together; more is 431.
        package var headerFieldBytes = 64 * 1024
        package var headerListBytes = 1024 * 1024
        /// From the connection's start to the end of the handshake.
        package var handshake = Duration.seconds(10)
        /// From the start to the first request head, and from a request's head to the end of its body.
        package var requestRead = Duration.seconds(32)
        /// From a request's end to its answer's; nil is no limit, as servers of watches need it.
        package var answer: Duration?
        /// Between requests.
        package var idle = Duration.seconds(90)
        package var concurrentStreams = 250
        /// Requests under way at once, of all clients together; more are 429. nil is no limit; `system:masters` and health have none.
        package var requestsUnderWay: Int?
        /// For requests under way when the server is told to stop; streams are cancelled at once.
        package var drain = Duration.seconds(5)

        package init() {}
    }

    /// What the server agrees on with clients.
    package struct TLSOptions: Sendable {
        /// TLS 1.3 only, rather than from 1.2 on.
        package var requires13 = false
        /// The suites of TLS 1.2, by their names at IANA; empty for the library's choice. Those of 1.3 are all good.
        package var cipherSuites: [String] = []
        package var servesHTTP2 = true

        package init() {}
    }
}
