// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix

/// One connection through the proxy, from its arrival to its end. Lives on its event loop.
final class ProxyConnection {
    static let connectTimeout = TimeAmount.seconds(1)

    private let client: any Channel
    /// Takes what the client sends from its first byte on, also before there is an endpoint.
    private let clientSide = SpliceHandler()
    private let balancer: SharedBalancer
    private var tried: Set<ServiceAddress> = []

    init(client: any Channel, balancer: SharedBalancer) {
        self.client = client
        self.balancer = balancer
    }

    func begin() throws {
        try client.pipeline.syncOperations.addHandler(clientSide)
        connect()
    }

    /// Tries the endpoints, each once, until one takes the connection; resets it where none does.
    private func connect() {
        guard client.isActive || client.eventLoop.inEventLoop, let endpoint = balancer.balancer.choose(excluding: tried) else {
            reset()
            return
        }
        tried.insert(endpoint)
        let self_ = NIOLoopBound(self, eventLoop: client.eventLoop)
        ClientBootstrap(group: client.eventLoop)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .connect(host: endpoint.host, port: endpoint.port)
            .whenComplete { result in
                let connection = self_.value
                switch result {
                case .success(let backend): connection.join(backend, endpoint)
                case .failure:
                    connection.balancer.balancer.release(endpoint)
                    connection.connect()
                }
            }
    }

    private func join(_ backend: any Channel, _ endpoint: ServiceAddress) {
        let balancer = NIOLoopBound(balancer, eventLoop: client.eventLoop)
        backend.closeFuture.whenComplete { _ in balancer.value.balancer.release(endpoint) }
        guard client.isActive else {
            backend.close(promise: nil)
            return
        }
        let backendSide = SpliceHandler()
        do { try backend.pipeline.syncOperations.addHandler(backendSide) } catch {
            backend.close(promise: nil)
            reset()
            return
        }
        clientSide.join(backendSide)
        client.read()
        backend.read()
    }

    /// An RST rather than an orderly end: the client is to know that nobody served it.
    private func reset() {
        let client = client
        guard let socket = client as? any SocketOptionProvider else {
            client.close(promise: nil)
            return
        }
        socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in client.close(promise: nil) }
    }
}

/// Hands what one channel reads to its partner; reads no more than the partner takes. What comes before there is a partner is kept: a client
/// that has sent all it has to say may close its side at once, which is read without being asked for.
final class SpliceHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var partner: SpliceHandler?
    private var context: ChannelHandlerContext?
    private var isReadPending = false
    private var kept: [ByteBuffer] = []
    private var isInputClosed = false

    func join(_ other: SpliceHandler) {
        partner = other
        other.partner = self
        for bytes in kept { other.context?.write(other.wrapOutboundOut(bytes), promise: nil) }
        if !kept.isEmpty { other.context?.flush() }
        kept = []
        if isInputClosed { other.context?.close(mode: .output, promise: nil) }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard let partner else { return kept.append(bytes) }
        partner.context?.write(partner.wrapOutboundOut(bytes), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.context?.flush()
        if partner?.context?.channel.isWritable ?? false { context.read() } else { isReadPending = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, let partner, partner.isReadPending {
            partner.isReadPending = false
            partner.context?.read()
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            // The other side still may answer.
            isInputClosed = true
            partner?.context?.close(mode: .output, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // What was written to it is sent first.
        if let other = partner?.context {
            let channel = other.channel
            other.close(mode: .output).whenComplete { _ in channel.close(promise: nil) }
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
