// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Kubelets on loopback, each on an address of its own, over TLS.
struct KubeletFarm: Sendable {
    let settings: FarmSettings
    let ca: CertificateAuthority
    let now: @Sendable () -> Timestamp

    /// Listens for all of them; those that are dead have no listener.
    func start() async throws {
        let start = now().seconds
        // A certificate for each hundred nodes: one with all their addresses would be larger than a handshake may be.
        for first in stride(from: 0, to: settings.nodes, by: 100) {
            let nodes = first..<min(first + 100, settings.nodes)
            let credential = try ca.issue(.server(commonName: "kubelets", ipAddresses: nodes.map(settings.address)), now: now())
            let tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(credential.certificatePEM.utf8)).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(credential.privateKeyPEM.utf8), format: .pem)))
            let context = try NIOSSLContext(configuration: tls)
            for node in nodes where settings.mood(node) != .dead {
                let text = KubeletText(settings: settings, node: node, start: start)
                _ = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .serverChannelOption(.backlog, value: 64)
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .childChannelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                            try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                            try channel.pipeline.syncOperations.addHandler(KubeletConnection(text, settings.mood(node)))
                        }
                    }
                    .bind(host: settings.address(node), port: settings.port).get()
            }
        }
    }
}

/// Answers `/metrics/resource` according to the node's mood, whoever asks.
private final class KubeletConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let text: KubeletText
    private let mood: FarmSettings.Mood
    private var count = 0

    init(_ text: KubeletText, _ mood: FarmSettings.Mood) {
        self.text = text
        self.mood = mood
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        count += 1
        if mood == .hanging { return }
        var body = text.text(at: Int64(Date().timeIntervalSince1970 * 1000))
        if mood == .garbage { body = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) } }
        let breaksOff = mood == .flapping && Int.random(in: 0..<2) == 0
        let head = HTTPResponseHead(
            version: .http1_1, status: .ok, headers: ["Content-Type": "text/plain; version=0.0.4", "Content-Length": String(body.count)])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if breaksOff { body.removeLast(body.count / 2) }
        context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: body)))), promise: nil)
        guard !breaksOff else {
            context.flush()
            return context.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
