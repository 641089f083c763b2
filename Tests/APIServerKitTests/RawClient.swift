// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Sends bytes as they are, as no HTTP library would, and keeps what comes back.
final class RawClient: Sendable {
    private let channel: any Channel
    private let received: Received

    private final class Received: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let received: Received
        init(_ received: Received) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(Self.unwrapInboundIn(data).readableBytesView)
            received.bytes.withLock { $0 += bytes }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private init(channel: any Channel, received: Received) {
        self.channel = channel
        self.received = received
    }

    static func connect(port: Int, tls: TLSConfiguration? = nil) async throws -> RawClient {
        let received = Received()
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    }
                    try channel.pipeline.syncOperations.addHandler(Collector(received))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel: channel, received: received)
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }
    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    var text: String { String(decoding: received.bytes.withLock { $0 }, as: UTF8.self) }

    /// What came until `isEnough`, the server's closing, or 15 seconds.
    func text(until isEnough: (String) -> Bool) async throws -> String {
        for _ in 0..<1500 {
            if isEnough(text) || !channel.isActive { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        return text
    }

    func textUntilClosed() async throws -> String { try await text { _ in false } }
    var isClosed: Bool { !channel.isActive }
    func close() async { try? await channel.close() }
}
