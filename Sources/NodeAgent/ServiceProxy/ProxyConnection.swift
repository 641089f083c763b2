// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOPosix

/// One connection through the proxy, from its arrival to its end. Lives on its event loop.
final class ProxyConnection {
    static let connectTimeout = TimeAmount.seconds(1)

    private let client: any Channel
    private let balancer: SharedBalancer
    private var tried: Set<ServiceAddress> = []

    init(client: any Channel, balancer: SharedBalancer) {
        self.client = client
        self.balancer = balancer
    }

    /// Tries the endpoints, each once, until one takes the connection; resets it where none does.
    func connect() {
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
        let (one, other) = SpliceHandler.pair()
        do {
            try client.pipeline.syncOperations.addHandler(one)
            try backend.pipeline.syncOperations.addHandler(other)
        } catch {
            backend.close(promise: nil)
            reset()
            return
        }
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

/// Hands what one channel reads to its partner; reads no more than the partner takes.
final class SpliceHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var partner: SpliceHandler?
    private var context: ChannelHandlerContext?
    private var isReadPending = false

    static func pair() -> (SpliceHandler, SpliceHandler) {
        let (one, other) = (SpliceHandler(), SpliceHandler())
        one.partner = other
        other.partner = one
        return (one, other)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let other = partner?.context else { return }
        other.write(NIOAny(unwrapInboundIn(data)), promise: nil)
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
            partner?.context?.close(mode: .output, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.context?.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
