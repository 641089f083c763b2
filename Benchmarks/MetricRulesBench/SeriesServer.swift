// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import NIOCore
import NIOHTTP1
import NIOPosix

/// Tells all series to whoever asks, as counters that grow at a pace of each pod's own.
struct SeriesServer: Sendable {
    let settings: SeriesSettings
    let port: Int

    func start() async throws {
        let text = SeriesText(settings)
        _ = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(SeriesConnection(text))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }
}

/// The exposition, of which only the values are written anew each time.
private struct SeriesText: Sendable {
    private let start = Int64(Date().timeIntervalSince1970)
    /// In the order of the text: all of a metric together.
    private let families: [(head: [UInt8], name: [UInt8])]
    private let labels: [[UInt8]]

    init(_ settings: SeriesSettings) {
        families = SeriesSettings.metrics.map { (Array("# TYPE \($0)_total counter\n".utf8), Array("\($0)_total".utf8)) }
        labels = (0..<settings.podCount).map {
            Array("{namespace=\"\(SeriesSettings.namespace($0))\",pod=\"\(SeriesSettings.name($0))\"} ".utf8)
        }
    }

    var bytes: [UInt8] {
        let elapsed = Int64(Date().timeIntervalSince1970) - start
        var bytes: [UInt8] = []
        bytes.reserveCapacity(families.count * labels.count * 96)
        for family in families {
            bytes += family.head
            for (pod, labels) in labels.enumerated() {
                bytes += family.name
                bytes += labels
                JSONValue.encode(1000 + Int64(1 + pod % 50) * elapsed, into: &bytes)
                bytes.append(UInt8(ascii: "\n"))
            }
        }
        return bytes
    }
}

private final class SeriesConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let text: SeriesText

    init(_ text: SeriesText) { self.text = text }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = unwrapInboundIn(data) else { return }
        let body = text.bytes
        let head = HTTPResponseHead(
            version: .http1_1, status: .ok, headers: ["Content-Type": "text/plain; version=0.0.4", "Content-Length": String(body.count)])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
