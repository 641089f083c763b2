// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import NodeAgent

@Suite("A connection through the service proxy", .timeLimit(.minutes(2)))
struct ProxyConnectionTests {
    /// Answers with how much it was sent, once the other end has said all.
    private final class Counter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var count = 0

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { count += unwrapInboundIn(data).readableBytes }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard let event = event as? ChannelEvent, event == .inputClosed else { return }
            let channel = context.channel
            channel.writeAndFlush(ByteBuffer(string: "\(count)")).whenComplete { _ in channel.close(promise: nil) }
        }
    }

    @Test("what a client sends before it closes its side arrives, and the answer comes back", arguments: [1, 5, 300_000])
    func halfClosed(bytes: Int) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let backend = try await ServerBootstrap(group: group).childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Counter()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let loop = group.next()
        let address = ServiceAddress(host: "127.0.0.1", port: try #require(backend.localAddress?.port))
        let balancer = try await loop.submit { NIOLoopBound(SharedBalancer(EndpointBalancer([address])), eventLoop: loop) }.get()
        let proxy = try await ServerBootstrap(group: loop)
            .childChannelOption(.allowRemoteHalfClosure, value: true).childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                client.eventLoop.makeCompletedFuture { try ProxyConnection(client: client, balancer: balancer.value).begin() }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(proxy.localAddress?.port)
        for _ in 0..<5 {
            let answer = try await Task.detached { try Self.exchange(bytes, port: port) }.value
            #expect(answer == "\(bytes)")
        }
        try await proxy.close()
        try await backend.close()
    }

    /// Sends, closes its side at once, and reads all there is.
    private static func exchange(_ count: Int, port: Int) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        try #require(status == 0)
        let bytes = [UInt8](repeating: 7, count: count)
        var sent = 0
        while sent < count {
            let written = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            try #require(written > 0)
            sent += written
        }
        shutdown(descriptor, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let read = recv(descriptor, &buffer, buffer.count, 0)
            guard read > 0 else { break }
            answer += buffer[..<read]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
