// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

@testable import MetricsAPI

/// A server on loopback that answers each request with the bytes it is told to, so that it can be as wrong as it likes.
final class RawKubelet: Sendable {
    enum Reply: Sendable {
        /// An answer with that body.
        case text(String)
        /// These bytes, and no more.
        case bytes([UInt8])
        /// These bytes, then the connection's end.
        case last([UInt8])
        /// The same chunk again and again.
        case endless(String)
        /// Bytes of a head, one every 10 ms, without an end.
        case trickle
        case nothing
        case end
    }

    let name: String
    let port: Int
    private let channel: any Channel
    private let state: State

    private final class State: Sendable {
        let heads = Mutex<[String]>([])
        let connections = Mutex(0)
        let open = Mutex<[any Channel]>([])
    }

    static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    static let now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }

    /// - Parameters:
    ///   - tls: nil speaks without, as does one that never answers a greeting.
    ///   - reply: To the request of that number, from 0, of all connections together.
    convenience init(_ name: String, tls: NIOSSLContext?, _ reply: @escaping @Sendable (_ number: Int) -> Reply) async throws {
        try await self.init(name, tls: tls, greeting: nil, reply)
    }

    /// - Parameter greeting: What it says to the first bytes, whatever they are.
    init(
        _ name: String, tls: NIOSSLContext?, greeting: [UInt8]?, _ reply: @escaping @Sendable (_ number: Int) -> Reply = { _ in .nothing }
    ) async throws {
        self.name = name
        let state = State()
        self.state = state
        channel = try await ServerBootstrap(group: Self.group)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    state.connections.withLock { $0 += 1 }
                    state.open.withLock { $0.append(channel) }
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(Handler(state, greeting, reply))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    static func tls(_ credential: Credential, clientCA: String? = nil) throws -> NIOSSLContext {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(credential.certificatePEM.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(credential.privateKeyPEM.utf8), format: .pem)))
        if let clientCA {
            tls.certificateVerification = .noHostnameVerification
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(clientCA.utf8)))
        }
        return try NIOSSLContext(configuration: tls)
    }

    /// The requests' heads.
    var heads: [String] { state.heads.withLock { $0 } }
    var connectionCount: Int { state.connections.withLock { $0 } }

    func target(host: String = "127.0.0.1", isPlain: Bool = false) throws -> ScrapeTarget {
        var options = KubeletOptions()
        options.port = port
        options.isPlain = isPlain
        let node: JSONObject = ["metadata": ["name": .string(name)], "status": ["addresses": [["type": "Hostname", "address": .string(host)]]]]
        return try ScrapeTarget(KubeObject(node), options)
    }

    /// Ends all connections.
    func drop() { for channel in state.open.withLock({ $0 }) { channel.close(promise: nil) } }

    func close() async { try? await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let state: State
        private let reply: @Sendable (Int) -> Reply
        private let greeting: [UInt8]?
        private var head = ""

        init(_ state: State, _ greeting: [UInt8]?, _ reply: @escaping @Sendable (Int) -> Reply) {
            self.state = state
            self.greeting = greeting
            self.reply = reply
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if let greeting { return answer(.last(greeting), context.channel) }
            head += String(buffer: unwrapInboundIn(data))
            guard head.hasSuffix("\r\n\r\n") else { return }
            let number = state.heads.withLock { heads in
                heads.append(head)
                return heads.count - 1
            }
            head = ""
            answer(reply(number), context.channel)
        }

        private func answer(_ reply: Reply, _ channel: any Channel) {
            switch reply {
            case .text(let text): write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)", channel)
            case .bytes(let bytes): channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            case .last(let bytes):
                let loop = NIOLoopBound(channel, eventLoop: channel.eventLoop)
                channel.writeAndFlush(ByteBuffer(bytes: bytes)).whenComplete { _ in loop.value.close(promise: nil) }
            case .endless(let chunk):
                write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", channel)
                Self.repeatedly("\(String(chunk.utf8.count, radix: 16))\r\n\(chunk)\r\n", every: .milliseconds(1), channel)
            case .trickle: Self.repeatedly("x", every: .milliseconds(10), channel)
            case .nothing: break
            case .end: channel.close(promise: nil)
            }
        }

        private func write(_ text: String, _ channel: any Channel) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }

        private static func repeatedly(_ text: String, every time: TimeAmount, _ channel: any Channel) {
            channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: time) { task in
                guard channel.isActive else { return task.cancel() }
                channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension KubeletClient {
    /// One answer, or why there is none.
    func answer(_ target: ScrapeTarget) async -> Result<String, KubeletFailure> {
        await withCheckedContinuation { continuation in
            fetch(target) { result in continuation.resume(returning: result.map { String(buffer: $0) }) }
        }
    }
}
