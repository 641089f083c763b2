// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One HTTP/1.1 connection that sends its next request as soon as the answer to the last one is there: with so many of them, so many
/// requests are always under way. It does as little as it can, since it shares the machine with what it measures.
package final class LoadConnection: ChannelInboundHandler, @unchecked Sendable {
    // All state is touched on the channel's event loop only.
    package typealias InboundIn = HTTPClientResponsePart
    package typealias OutboundOut = HTTPClientRequestPart

    package struct Request: Sendable {
        package var method: HTTPMethod
        package var path: String
        package var accept: String
        package var body: [UInt8]

        package init(method: HTTPMethod = .GET, path: String, accept: String = "application/json", body: [UInt8] = []) {
            self.method = method
            self.path = path
            self.accept = accept
            self.body = body
        }
    }

    package struct Answers: Sendable {
        package var latencies: [Duration] = []
        package var bytes = 0
        /// The last one that was not of the 200s; nil where all were.
        package var failure: String?
        /// The last one, where it was asked for.
        package var body: [UInt8] = []
    }

    /// The next request; nil ends the connection.
    private let next: @Sendable (Int) -> Request?
    private let done: EventLoopPromise<Answers>
    private var answers = Answers()
    private var sent = ContinuousClock.now
    private var status = HTTPResponseStatus.ok
    private var size = 0
    private let keepsBody: Bool

    private init(_ done: EventLoopPromise<Answers>, keepsBody: Bool, _ next: @escaping @Sendable (Int) -> Request?) {
        self.done = done
        self.keepsBody = keepsBody
        self.next = next
    }

    /// - Parameters:
    ///   - tls: nil for plain HTTP.
    ///   - next: Given how many were answered.
    package static func run(
        port: Int, tls: NIOSSLContext?, keepsBody: Bool = false, next: @escaping @Sendable (Int) -> Request?
    ) async throws -> Answers {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let done = loop.makePromise(of: Answers.self)
        let connected = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: nil)) }
                    try channel.pipeline.syncOperations.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try channel.pipeline.syncOperations.addHandler(LoadConnection(done, keepsBody: keepsBody, next))
                }
            }.connect(host: "127.0.0.1", port: port)
        connected.cascadeFailure(to: done)
        let answers = try await done.futureResult.get()
        try? await connected.get().close()
        return answers
    }

    package func channelActive(context: ChannelHandlerContext) { send(context) }

    private func send(_ context: ChannelHandlerContext) {
        guard let request = next(answers.latencies.count) else { return done.succeed(answers) }
        var head = HTTPRequestHead(version: .http1_1, method: request.method, uri: request.path)
        head.headers = ["Host": "127.0.0.1", "Accept": request.accept]
        if !request.body.isEmpty {
            head.headers.add(name: "Content-Type", value: "application/json")
            head.headers.add(name: "Content-Length", value: "\(request.body.count)")
        }
        (sent, size) = (.now, 0)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: request.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = head.status
            answers.body = []
        case .body(let buffer):
            size += buffer.readableBytes
            if keepsBody { answers.body += buffer.readableBytesView }
            if status.code >= 300 { answers.failure = "\(status.code) \(String(buffer: buffer).prefix(200))" }
        case .end:
            answers.latencies.append(sent.duration(to: .now))
            answers.bytes = size
            send(context)
        }
    }

    package func channelInactive(context: ChannelHandlerContext) { done.fail(BenchFailure("the server closed the connection")) }
    package func errorCaught(context: ChannelHandlerContext, error: any Error) { done.fail(error) }
}
