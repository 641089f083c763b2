// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import KubeModel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// One write, until the last of many watchers has its event.
struct FanOutBench {
    let plane: PlaneProcess
    let watchers: Int
    private static let writes = 50

    func run() async throws {
        let map = JSONValue.object([
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "fan"], "data": ["text": .string(String(repeating: "x", count: 500))],
        ])
        let maps = "/api/v1/namespaces/default/configmaps"
        let made = try await measure(
            port: plane.port, stream: "\(maps)?watch=true&fieldSelector=metadata.name%3Dfan&resourceVersion="
        ) { number in
            var body = map
            body["data"]?["value"] = .string("\(number)")
            return .init(method: number == 0 ? .POST : .PUT, path: number == 0 ? maps : "\(maps)/fan", body: body.encoded)
        }
        let size = made.bytes
        let bare = try await measure(port: plane.barePort, stream: "/stream") { _ in .init(path: "/send/\(size)") }
        say(
            "one write of a ConfigMap to \(watchers) watchers (\(size) bytes each): the last one has it after \(text(made.milliseconds(0.5), 1)) ms (median), "
                + "\(text(made.milliseconds(0.99), 1)) ms (p99), server CPU \(text(made.cpuMicroseconds / 1000, 1)) ms; the bare server with as many bytes: "
                + "\(text(bare.milliseconds(0.5), 1)) ms, \(text(bare.milliseconds(0.99), 1)) ms, CPU \(text(bare.cpuMicroseconds / 1000, 1)) ms")
    }

    private func measure(port: Int, stream: String, _ request: @escaping @Sendable (Int) -> LoadConnection.Request) async throws -> Figures {
        let counter = LineCounter(goal: watchers)
        let channels = try await open(port, stream, counter)
        // The first one comes when all watch, whatever else it waits for.
        _ = try await send(port, request(0), counter)
        var latencies: [Duration] = []
        let (cpu, started) = (plane.cpuSeconds, ContinuousClock.now)
        for number in 1...Self.writes { latencies.append(try await send(port, request(number), counter)) }
        let figures = Figures(
            latencies: latencies, seconds: started.duration(to: .now) / .seconds(1), serverCPU: plane.cpuSeconds - cpu, bytes: counter.lineBytes)
        for channel in channels { try? await channel.close() }
        return figures
    }

    private func send(_ port: Int, _ request: LoadConnection.Request, _ counter: LineCounter) async throws -> Duration {
        let started = ContinuousClock.now
        let tls = plane.tls
        async let answer = LoadConnection.run(port: port, tls: tls) { $0 == 0 ? request : nil }
        await counter.waitForRound()
        let ended = ContinuousClock.now
        if let failure = try await answer.failure { throw BenchFailure("refused: \(failure)") }
        return started.duration(to: ended)
    }

    private func open(_ port: Int, _ path: String, _ counter: LineCounter) async throws -> [any Channel] {
        let tls = plane.tls
        var channels: [any Channel] = []
        for _ in 0..<watchers {
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let begun = loop.makePromise(of: Void.self)
            let channel = try await ClientBootstrap(group: loop).channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(try NIOSSLClientHandler(context: tls, serverHostname: nil))
                    try channel.pipeline.syncOperations.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try channel.pipeline.syncOperations.addHandler(StreamReader(path: path, begun: begun, counter: counter))
                }
            }.connect(host: "127.0.0.1", port: port).get()
            try await begun.futureResult.get()
            channels.append(channel)
        }
        return channels
    }
}

/// Reads one endless answer and counts its lines.
private final class StreamReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let path: String
    private let begun: EventLoopPromise<Void>
    private let counter: LineCounter
    private var lineBytes = 0

    init(path: String, begun: EventLoopPromise<Void>, counter: LineCounter) {
        (self.path, self.begun, self.counter) = (path, begun, counter)
    }

    func channelActive(context: ChannelHandlerContext) {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
        head.headers = ["Host": "127.0.0.1", "Accept": "application/json"]
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): if head.status == .ok { begun.succeed() } else { begun.fail(BenchFailure("a watch is refused: \(head.status)")) }
        case .body(let buffer):
            for byte in buffer.readableBytesView {
                lineBytes += 1
                guard byte == UInt8(ascii: "\n") else { continue }
                counter.count(lineBytes)
                lineBytes = 0
            }
        case .end: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { begun.fail(error) }
}

/// Counts lines over all connections, and tells when each has had one more.
private final class LineCounter: Sendable {
    private struct State {
        var lines = 0
        var lineBytes = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let goal: Int
    private let state = Mutex(State())

    init(goal: Int) { self.goal = goal }

    var lineBytes: Int { state.withLock { $0.lineBytes } }

    func count(_ bytes: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.lines += 1
            state.lineBytes = bytes
            guard state.lines >= goal, let waiter = state.waiter else { return nil }
            (state.lines, state.waiter) = (state.lines - goal, nil)
            return waiter
        }
        waiter?.resume()
    }

    func waitForRound() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.lines >= goal else {
                    state.waiter = continuation
                    return false
                }
                state.lines -= goal
                return true
            }
            if isThere { continuation.resume() }
        }
    }
}
