// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One HTTP/1.1 connection that sends its next request as soon as the answer to the last one is there: with so many of them, so many
/// requests are always under way. It does as little as it can, since it shares the machine with what it measures.
final class LoadConnection: ChannelInboundHandler, @unchecked Sendable {
    // All state is touched on the channel's event loop only.
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    struct Request: Sendable {
        var method: HTTPMethod = .GET
        var path: String
        var accept = "application/json"
        var body: [UInt8] = []
    }

    struct Answers: Sendable {
        var latencies: [Duration] = []
        var bytes = 0
        /// The last one that was not of the 200s; nil where all were.
        var failure: String?
    }

    /// The next request; nil ends the connection.
    private let next: @Sendable (Int) -> Request?
    private let done: EventLoopPromise<Answers>
    private var answers = Answers()
    private var sent = ContinuousClock.now
    private var status = HTTPResponseStatus.ok
    private var size = 0

    private init(_ done: EventLoopPromise<Answers>, _ next: @escaping @Sendable (Int) -> Request?) {
        self.done = done
        self.next = next
    }

    /// - Parameter next: Given how many were answered.
    static func run(port: Int, tls: NIOSSLContext, next: @escaping @Sendable (Int) -> Request?) async throws -> Answers {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let done = loop.makePromise(of: Answers.self)
        let channel = try await ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: nil))
                    try channel.pipeline.syncOperations.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try channel.pipeline.syncOperations.addHandler(LoadConnection(done, next))
                }
            }.connect(host: "127.0.0.1", port: port).get()
        let answers = try await done.futureResult.get()
        try? await channel.close()
        return answers
    }

    func channelActive(context: ChannelHandlerContext) { send(context) }

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

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = head.status
        case .body(let buffer):
            size += buffer.readableBytes
            if status.code >= 300 { answers.failure = "\(status.code) \(String(buffer: buffer).prefix(200))" }
        case .end:
            answers.latencies.append(sent.duration(to: .now))
            answers.bytes = size
            send(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { done.fail(BenchFailure("the server closed the connection")) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { done.fail(error) }
}
