// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOCore
import NIOSSL
import NIOTLS

/// One question to a kubelet, and what is told of it.
struct KubeletExchange {
    var request: ByteBuffer
    var done: @Sendable (Result<ByteBuffer, KubeletFailure>) -> Void
}

/// One connection to a kubelet, for one question after the other: the last handler of its channel, on whose loop all is called.
final class KubeletConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// connecting → shaking (with TLS) → idle ⇄ asked → closed
    private enum State { case connecting, shaking, idle, asked, closed }

    let target: ScrapeTarget
    private let trust: KubeletTrust
    private let owner: KubeletConnections
    private var state = State.connecting
    private var exchange: KubeletExchange?
    private var reader = KubeletResponseReader()
    private var body = ByteBuffer()
    private var channel: (any Channel)?
    /// Whether a question was answered here before.
    private var hasAnswered = false

    init(_ target: ScrapeTarget, _ trust: KubeletTrust, _ owner: KubeletConnections, _ exchange: KubeletExchange) {
        self.target = target
        self.trust = trust
        self.owner = owner
        self.exchange = exchange
    }

    var isIdle: Bool { state == .idle }
    var isClosed: Bool { state == .closed }

    /// Once there is a channel, connected or not.
    func use(_ channel: any Channel) { self.channel = channel }

    /// Only while idle.
    func ask(_ exchange: KubeletExchange) {
        self.exchange = exchange
        send()
    }

    private func send() {
        guard let exchange, let channel else { return }
        state = .asked
        reader = KubeletResponseReader()
        body = owner.takeBody()
        channel.writeAndFlush(exchange.request, promise: nil)
    }

    // MARK: The channel's events

    func channelActive(context: ChannelHandlerContext) {
        guard state == .connecting else { return }
        if trust.context == nil { send() } else { state = .shaking }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent, exchange != nil { send() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        // What nobody asked for could be taken for the next answer.
        guard state == .asked else { return fail(KubeletFailure(.response, "sends what it was not asked for")) }
        do throws(KubeletFailure) {
            guard try reader.read(&bytes, &body) else { return }
            guard bytes.readableBytes == 0 else { throw KubeletFailure(.response, "sends more than its answer") }
            finish()
            if trust.context != nil { ReadMemory.giveBack(bytes) }
        } catch {
            fail(error)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? NIOSSLError, error == .uncleanShutdown { return }
        let isTLS = error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
        guard isTLS, state != .idle, state != .closed else { return fail(KubeletFailure(.ended, "\(error)")) }
        let handler = try? context.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        let leaf = try? handler?.peerCertificate?.toDERBytes()
        let failure = KubeletTLSFailure(target: target, trust: trust.authorities, now: owner.now()).failure(error, leaf: leaf)
        fail(failure, isComplete: true)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if state == .asked, reader.status == 200, reader.isCompleteAtEnd {
            finish()
        } else if state == .asked, reader.status >= 200, reader.status != 200 {
            fail(reader.refusal(body))
        }
        fail(KubeletFailure(.ended, "ended the connection \(place)"))
    }

    // MARK: Ends

    private func finish() {
        guard let exchange else { return }
        self.exchange = nil
        hasAnswered = true
        if reader.keepsConnection { state = .idle } else { close() }
        let body = self.body
        self.body = ByteBuffer()
        exchange.done(.success(body))
        owner.giveBack(body)
    }

    /// - Parameter isComplete: Whether the failure names the node.
    func fail(_ failure: KubeletFailure, isComplete: Bool = false) {
        // A kept connection may have been ended from there just before the question came; nothing was answered, so it is asked again.
        let mayAskAgain = state == .asked && hasAnswered && !reader.hasBegun && failure.kind == .ended
        // First, since closing tells at once that the channel is inactive.
        let exchange = self.exchange
        self.exchange = nil
        close()
        guard let exchange else { return }
        owner.giveBack(body)
        body = ByteBuffer()
        if mayAskAgain { return owner.askAgain(target, exchange) }
        exchange.done(.failure(isComplete ? failure : KubeletFailure(failure.kind, "node \(target.node): \(target.authority) \(failure.message)")))
    }

    func giveUp(after limit: Duration) { fail(KubeletFailure(.timeout, "gave no answer within \(limit.goText), \(place)")) }

    private var place: String {
        switch state {
        case .connecting: "while it was connected to"
        case .shaking: "in the TLS handshake"
        case .asked where reader.hasBegun: "after \(body.readableBytes) bytes of its answer"
        case .asked: "after the request"
        case .idle, .closed: "after the last answer"
        }
    }

    func close() {
        guard state != .closed else { return }
        state = .closed
        owner.remove(self)
        channel?.close(promise: nil)
    }
}
