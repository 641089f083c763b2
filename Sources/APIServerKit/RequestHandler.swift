// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging
import NIOCore
import NIOHTTP1

/// Reads the requests of one HTTP/1.1 connection, or the one request of an HTTP/2 stream, and writes the answers.
///
/// One request at a time: parts of the next one that arrive early wait in `early`, and reading pauses until their turn.
/// While an answer is under way reading goes on, since that is how the client's going is noticed.
final class RequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    enum Transport { case http1, http2Stream }

    /// idle → receiving → answering → idle (HTTP/1.1 kept alive) or closed.
    private enum State {
        case idle
        case receiving(HTTPRequestHead)
        case answering(Exchange)
        case closed
    }

    let server: ServerContext
    let connection: PeerConnection
    let transport: Transport
    private var state = State.idle
    private var body: [UInt8] = []
    /// Counts past the limit too, where bytes are no longer kept.
    private var bodyLength = 0
    private var early = CircularBuffer<HTTPServerRequestPart>()
    private var isReadHeld = false
    private var isReplaying = false
    private var isQuiescing = false
    /// An answer was given before the request had ended.
    private var isRefusing = false
    private var deadline = Deadline()
    private(set) var channelContext: ChannelHandlerContext?

    init(server: ServerContext, connection: PeerConnection, transport: Transport) {
        self.server = server
        self.connection = connection
        self.transport = transport
    }

    func handlerAdded(context: ChannelHandlerContext) {
        channelContext = context
        if transport == .http1 { setDeadline(server.limits.requestRead) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
        channelContext = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func leave() {
        if case .answering(let exchange) = state { exchange.abandon() }
        state = .closed
        early.removeAll()
        deadline.cancel()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = Self.unwrapInboundIn(data)
        switch state {
        case .answering: early.append(part)
        case .closed: break
        case .idle, .receiving: receive(part, context)
        }
    }

    func read(context: ChannelHandlerContext) {
        if early.isEmpty { context.read() } else { isReadHeld = true }
    }

    private func receive(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (part, state) {
        case (.head(let head), .idle):
            state = .receiving(head)
            body = []
            bodyLength = 0
            deadline.clear()
            continueIfExpected(head, context)
        case (.body(let bytes), .receiving(let head)):
            bodyLength += bytes.readableBytes
            if bodyLength <= server.limits.bodyBytes {
                body.append(contentsOf: bytes.readableBytesView)
            } else if bodyLength > 8 * server.limits.bodyBytes {
                // The sender has had its chance to see a refusal after a body somewhat too long; this one will not end.
                refuse(.requestEntityTooLarge(limit: server.limits.bodyBytes), head)
            } else {
                body = []
            }
        case (.end, .receiving(let head)):
            deadline.clear()
            begin(head)
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .receiving = state, !deadline.isSet { setDeadline(server.limits.requestRead) }
        context.fireChannelReadComplete()
    }

    private func begin(_ head: HTTPRequestHead) {
        let exchange = Exchange(head: head, handler: self)
        state = .answering(exchange)
        if bodyLength > server.limits.bodyBytes {
            exchange.keepsAlive = false
            exchange.respond(APIError.requestEntityTooLarge(limit: server.limits.bodyBytes))
        } else {
            let received = body
            body = []
            exchange.serve(received)
        }
    }

    /// Answers before the request has ended, and closes.
    private func refuse(_ error: APIError, _ head: HTTPRequestHead) {
        isRefusing = true
        let exchange = Exchange(head: head, handler: self)
        exchange.keepsAlive = false
        state = .answering(exchange)
        exchange.respond(error)
    }

    private func continueIfExpected(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard head.headers.contains(name: "expect"), head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" })
        else { return }
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > server.limits.bodyBytes {
            refuse(.requestEntityTooLarge(limit: server.limits.bodyBytes), head)
        } else {
            context.writeAndFlush(Self.wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))), promise: nil)
        }
    }

    /// Called by the exchange when its answer is handed over to the end; `written` tells when the socket has it.
    func exchangeEnded(_ exchange: Exchange, _ written: EventLoopFuture<Void>) {
        guard case .answering(let current) = state, current === exchange, let context = channelContext else { return }
        if transport == .http1, exchange.keepsAlive, !isQuiescing {
            state = .idle
            setDeadline(server.limits.idle)
            replay(context)
        } else {
            state = .closed
            early.removeAll()
            if transport == .http1 || !exchange.keepsAlive { close(after: written, context) }
        }
    }

    /// Closing while the client still sends would make the kernel reset the connection, and the client miss the answer; so
    /// what it sends is dropped for a moment more.
    private func close(after written: EventLoopFuture<Void>, _ context: ChannelHandlerContext) {
        let lingers = isRefusing
        setDeadline(lingers ? .seconds(1) : server.limits.requestRead)
        written.assumeIsolated().whenComplete { [weak self] _ in
            if !lingers { self?.channelContext?.close(promise: nil) }
        }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    /// Called by the exchange when it cannot end its answer properly: the client must see that it is cut.
    func exchangeBroke() {
        state = .closed
        channelContext?.close(promise: nil)
    }

    /// Takes up what arrived early. An answer given at once calls back here, so that a loop does the work, not recursion.
    private func replay(_ context: ChannelHandlerContext) {
        guard !isReplaying else { return }
        isReplaying = true
        defer { isReplaying = false }
        while let part = early.first {
            if case .answering = state { return }
            if case .closed = state { return }
            early.removeFirst()
            receive(part, context)
        }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, case .answering(let exchange) = state { exchange.channelIsWritable() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isQuiescing = true
            switch state {
            case .idle where transport == .http1: context.close(promise: nil)
            case .answering(let exchange): exchange.serverIsStopping()
            default: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Bytes that are no HTTP, or too many headers: one plain answer if none was begun, then the end.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if transport == .http1, error is HTTPParserError, !isAnswering {
            state = .closed
            let isTooLarge = (error as? HTTPParserError) == .headerOverflow
            let status: HTTPResponseStatus = isTooLarge ? .requestHeaderFieldsTooLarge : .badRequest
            let text = Array("\(status.code) \(status.reasonPhrase)".utf8)
            let headers: HTTPHeaders = [
                "Content-Type": "text/plain; charset=utf-8", "Connection": "close", "Content-Length": String(text.count), "Date": server.dateHeader,
            ]
            context.write(Self.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
            context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: text)))), promise: nil)
            close(after: context.writeAndFlush(Self.wrapOutboundOut(.end(nil))), context)
        } else {
            server.logger.debug("connection broke", metadata: ["error": "\(error)", "remote": "\(connection.remoteAddress)"])
            context.close(promise: nil)
        }
    }

    private var isAnswering: Bool { if case .answering = state { true } else { false } }
    var serverIsQuiescing: Bool { isQuiescing }

    // MARK: Deadlines

    private func setDeadline(_ duration: Duration) {
        guard let context = channelContext else { return }
        deadline.set(after: TimeAmount(duration), on: context.eventLoop) { [weak self] in
            guard let self, !isAnswering else { return }
            channelContext?.close(promise: nil)
        }
    }
}
