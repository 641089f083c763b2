// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubePKI
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import NIOTLS

/// Puts the handlers of a new connection in place: TLS, then by its choice of protocol HTTP/1.1 or HTTP/2, and on top of
/// either the same `RequestHandler`.
struct ConnectionSetup: Sendable {
    let server: ServerContext
    /// nil for plain HTTP/1.1.
    let tls: ServingTLS?

    func configure(_ channel: any Channel) throws {
        guard server.connections.add(channel) else { throw ChannelError.ioOnClosedChannel }
        channel.closeFuture.whenComplete { [connections = server.connections] _ in connections.remove(channel) }
        let peer = PeerConnection(remoteAddress: Self.plain(channel.remoteAddress?.ipAddress ?? ""))
        guard let tls else { return try configureHTTP1(channel, peer) }
        let handshake = channel.eventLoop.scheduleTask(in: TimeAmount(server.limits.handshake)) { channel.close(promise: nil) }
        try channel.pipeline.syncOperations.addHandler(tls.handler(for: peer, now: server.now))
        try channel.pipeline.syncOperations.addHandler(
            ApplicationProtocolNegotiationHandler { result, channel in
                handshake.cancel()
                return tls.recoverIdentity(of: peer, on: channel, now: server.now).flatMapThrowing {
                    if case .negotiated("h2") = result { try configureHTTP2(channel, peer) } else { try configureHTTP1(channel, peer) }
                }
            })
        try channel.pipeline.syncOperations.addHandler(HandshakeFailure(server: server, remoteAddress: peer.remoteAddress))
    }

    /// Who comes by IPv4 to an address of IPv6 is named by its own address, rather than as `::ffff:10.0.0.1`.
    private static func plain(_ address: String) -> String {
        address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst(7)) : address
    }

    private func configureHTTP1(_ channel: any Channel, _ peer: PeerConnection) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = server.limits.headerFieldBytes
        limits.maxHeaderListSize = server.limits.headerListBytes
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)))
        try pipeline.addHandler(RequestHandler(server: server, connection: peer, transport: .http1))
    }

    private func configureHTTP2(_ channel: any Channel, _ peer: PeerConnection) throws {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: server.limits.concurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: server.limits.headerFieldBytes),
        ]
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.outboundBufferSizeHighWatermark = 64 * 1024
        stream.outboundBufferSizeLowWatermark = 32 * 1024
        let lifecycle = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(
                maxIdleTime: TimeAmount(server.limits.idle), maxAge: nil, maxGraceTime: TimeAmount(server.limits.drain),
                // Without it a client whose machine vanished would keep its watches for hours.
                keepalive: .init(pingInterval: .seconds(60), ackTimeout: .seconds(20))))
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server, connectionConfiguration: connection, streamConfiguration: stream, streamDelegate: lifecycle.http2StreamDelegate
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                try stream.pipeline.syncOperations.addHandler(RequestHandler(server: server, connection: peer, transport: .http2Stream))
            }
        }
        try channel.pipeline.syncOperations.addHandler(lifecycle)
        try channel.pipeline.syncOperations.addHandler(HandshakeFailure(server: server, remoteAddress: peer.remoteAddress))
    }
}

/// The end of a connection's pipeline: what goes wrong below HTTP (a handshake that fails, frames that are none) ends it.
private final class HandshakeFailure: ChannelInboundHandler {
    typealias InboundIn = NIOAny
    private let server: ServerContext
    private let remoteAddress: String

    init(server: ServerContext, remoteAddress: String) {
        self.server = server
        self.remoteAddress = remoteAddress
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        server.logger.debug("connection broke", metadata: ["error": "\(error)", "remote": "\(remoteAddress)"])
        context.close(promise: nil)
    }
}
