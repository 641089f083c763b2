// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Serves one handler over TLS (HTTP/1.1 and HTTP/2) or plain HTTP/1.1.
///
/// A request is read whole, authenticated, authorized and handed to the handler on its connection's event loop, so that the
/// common path suspends nowhere; what takes time continues in a task that ends when the client goes.
package final class APIServer: Service {
    package typealias ListenAddress = APIServerConfiguration.ListenAddress

    private let configuration: APIServerConfiguration
    private let context: ServerContext
    private let tls: ServingTLS?
    private let group: any EventLoopGroup
    private let listeners = Mutex<[any Channel]>([])

    /// - Parameters:
    ///   - statusEncoder: For failures that clients want otherwise than in JSON; nil where the server speaks JSON alone.
    ///   - now: for certificate validity, `Date` headers and the authenticators.
    package init(
        configuration: APIServerConfiguration, handler: any APIHandler, authenticator: any Authenticator, authorizer: any Authorizer,
        statusEncoder: StatusEncoder? = nil, logger: Logger, now: @escaping @Sendable () -> Timestamp,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        self.configuration = configuration
        tls = try configuration.servingCredential.map { try ServingTLS($0, trust: authenticator.clientTrust, options: configuration.tls) }
        context = ServerContext(
            configuration: configuration, handler: handler, authenticator: authenticator, authorizer: authorizer,
            statusEncoder: statusEncoder, logger: logger, now: now)
        group = eventLoopGroup
    }

    /// Where the server listens, with the ports it got; empty before `start` and after the end.
    package var boundAddresses: [ListenAddress] {
        listeners.withLock { $0 }.compactMap { listener in
            guard let address = listener.localAddress, let host = address.ipAddress, let port = address.port else { return nil }
            return ListenAddress(host: host, port: port)
        }
    }

    /// Serves new connections with another certificate; open ones keep theirs. Client authorities need no call: they are
    /// swapped at their `ClientTrust`.
    package func reload(servingCredential: Credential) throws { try tls?.replace(servingCredential) }

    /// Binds every address and begins to serve; throws an error that names the address, and the process that holds it where
    /// that can be found out. Returns what was bound. Does nothing the second time.
    @discardableResult
    package func start() async throws -> [ListenAddress] {
        if !boundAddresses.isEmpty { return boundAddresses }
        var lastFailure: any Error = APIServerError(.cannotListen, "no address to listen on")
        // Free on the first address, a port may be taken on the next: then another one is tried.
        let attempts = configuration.addresses.contains { $0.port == 0 } && configuration.addresses.count > 1 ? 10 : 1
        for _ in 0..<attempts {
            do {
                let bound = try await bindAll()
                listeners.withLock { $0 = bound }
                return boundAddresses
            } catch {
                lastFailure = error
            }
        }
        throw lastFailure
    }

    private func bindAll() async throws -> [any Channel] {
        var bound: [any Channel] = []
        var freePort = 0
        do {
            for address in configuration.addresses {
                let channel = try await bind(ListenAddress(host: address.host, port: address.port == 0 ? freePort : address.port))
                bound.append(channel)
                if address.port == 0 { freePort = channel.localAddress?.port ?? 0 }
            }
            return bound
        } catch {
            for channel in bound { try? await channel.close() }
            throw error
        }
    }

    private func bind(_ address: ListenAddress) async throws -> any Channel {
        let setup = ConnectionSetup(server: context, tls: tls)
        do {
            return try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 4096)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try setup.configure(channel) } }
                .bind(host: address.host, port: address.port).get()
        } catch {
            throw Self.explain(error, address)
        }
    }

    private static func explain(_ error: any Error, _ address: ListenAddress) -> APIServerError {
        guard let code = (error as? IOError)?.errnoCode else {
            return APIServerError(.cannotListen, "cannot listen on \(address): \(error)", cause: error)
        }
        switch code {
        case EADDRINUSE:
            let holder = PortHolder.description(port: address.port).map { "by \($0)" } ?? "by another process (it could not be told which)"
            return APIServerError(
                .addressInUse, "cannot listen on \(address): the port is already taken \(holder); stop it or choose another port", cause: error)
        case EACCES:
            return APIServerError(.cannotListen, "cannot listen on \(address): ports below 1024 need root; choose another port", cause: error)
        case EADDRNOTAVAIL:
            return APIServerError(.cannotListen, "cannot listen on \(address): this machine has no such address", cause: error)
        default:
            return APIServerError(.cannotListen, "cannot listen on \(address): \(error)", cause: error)
        }
    }

    /// Starts unless started, and serves until cancelled or told to stop; then lets short requests end, cancels streams, and
    /// after `limits.drain` closes what is left.
    package func run() async throws {
        try await start()
        let (never, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown { for await _ in never {} }
        continuation.finish()
        // Unstructured, since the end must be orderly in a cancelled task too, where waiting would fail at once.
        await Task { await self.stop() }.value
    }

    private func stop() async {
        let listening = listeners.withLock { listeners in
            defer { listeners = [] }
            return listeners
        }
        for listener in listening { try? await listener.close() }
        let channels = context.connections.stop()
        guard let first = channels.first else { return }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        let cut = first.eventLoop.scheduleTask(in: TimeAmount(configuration.limits.drain)) {
            for channel in channels { channel.close(promise: nil) }
        }
        try? await EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: first.eventLoop).get()
        cut.cancel()
    }
}
