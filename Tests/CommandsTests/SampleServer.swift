// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server to put load on: `/` answers, `/slow` after 5 ms, `/never` not at all, `/missing` with 404, `/broken` half.
final class SampleServer: Sendable {
    private struct State {
        var requests = 0
        var connections = 0
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    private let port = Mutex(0)

    var url: String { "http://127.0.0.1:\(port.withLock { $0 })/" }
    var requests: Int { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }

    static func with<Value: Sendable>(_ body: (SampleServer) async throws -> Value) async throws -> Value {
        let server = SampleServer()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    server.state.withLock { $0.connections += 1 }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(server: server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.port.withLock { $0 = channel.localAddress?.port ?? 0 }
        do {
            let value = try await body(server)
            try await group.shutdownGracefully()
            return value
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    func waitForRequests(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.requests >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func count() {
        let satisfied = state.withLock { state in
            state.requests += 1
            let satisfied = state.waiters.filter { $0.count <= state.requests }
            state.waiters.removeAll { $0.count <= state.requests }
            return satisfied
        }
        for waiter in satisfied { waiter.continuation.resume() }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: SampleServer
        private var head: HTTPRequestHead?

        init(server: SampleServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end:
                guard let head else { return }
                server.count()
                answer(head, context)
            }
        }

        private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            switch head.uri {
            case "/never": break
            case "/slow": context.eventLoop.scheduleTask(in: .milliseconds(5)) { bound.value.0.write(.ok, head, bound.value.1) }
            case "/missing": write(.notFound, head, context)
            case "/broken": write(.ok, head, context, missing: 3)
            default: write(.ok, head, context)
            }
        }

        private func write(_ status: HTTPResponseStatus, _ head: HTTPRequestHead, _ context: ChannelHandlerContext, missing: Int = 0) {
            guard context.channel.isActive else { return }
            let headers: HTTPHeaders = ["Content-Length": "\(5 + missing)", "Connection": head.isKeepAlive ? "keep-alive" : "close"]
            context.write(wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: status, headers: headers))), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "hello")))), promise: nil)
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            if missing > 0 {
                context.flush()
                context.close(promise: nil)
            } else {
                context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
                    if !head.isKeepAlive { bound.value.close(promise: nil) }
                }
            }
        }
    }
}

/// A port that nobody listens on, and nobody else gets while this is held.
final class UnusedPort {
    let number: Int
    private let descriptor: CInt

    init() throws {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard status == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
        self.descriptor = descriptor
        number = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}
