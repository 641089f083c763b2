// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// One of the requests that are under way at once: sends one after the other until none is left. Lives on its event loop.
final class LoadConnection {
    private let plan: LoadPlan
    private let tally: LoadTally
    private let eventLoop: any EventLoop
    private let done: EventLoopPromise<Void>
    private var channel: (any Channel)?
    private var timeout: Scheduled<Void>?
    private var started = ContinuousClock.now

    init(plan: LoadPlan, tally: LoadTally, eventLoop: any EventLoop, done: EventLoopPromise<Void>) {
        self.plan = plan
        self.tally = tally
        self.eventLoop = eventLoop
        self.done = done
    }

    /// A new request on a new connection.
    func start() {
        guard begin() else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(plan.requestTimeout.nanoseconds))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                    try channel.pipeline.syncOperations.addHandler(LoadHandler(bound.value))
                }
            }
            .connect(host: plan.target.host, port: plan.target.port)
            .whenComplete { result in
                switch result {
                case .success(let channel): bound.value.connected(channel)
                case .failure(let error): bound.value.notConnected(error)
                }
            }
    }

    /// - Returns: Whether there is a request to send; otherwise this connection is done.
    private func begin() -> Bool {
        guard tally.begin() else {
            done.succeed()
            return false
        }
        started = .now
        return true
    }

    private func connected(_ channel: any Channel) {
        guard !tally.isStopped else {
            channel.close(promise: nil)
            done.succeed()
            return
        }
        self.channel = channel
        send()
    }

    private func notConnected(_ error: any Error) {
        tally.failed("cannot connect: \(Self.reason(error))", isConnection: true)
        // Where nobody listens, asking again at once only heats the machine.
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .milliseconds(50)) { bound.value.start() }
    }

    private func send() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timeout = eventLoop.scheduleTask(in: .nanoseconds(plan.requestTimeout.nanoseconds)) {
            bound.value.fail("no answer in time", on: bound.value.channel)
        }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: plan.target.path)
        head.headers.add(name: "Host", value: plan.target.authority)
        head.headers.add(name: "User-Agent", value: "updraft-load")
        head.headers.add(name: "Accept", value: "*/*")
        if !plan.keepsAlive { head.headers.add(name: "Connection", value: "close") }
        channel?.write(HTTPClientRequestPart.head(head), promise: nil)
        channel?.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    /// A whole answer has come.
    /// - Parameter channel: Where; one that this connection has left behind is not heard any more.
    func answered(status: Int, bytes: Int, keepsAlive: Bool, on channel: any Channel) {
        guard self.channel === channel else { return }
        timeout?.cancel()
        tally.answered(status: status, bytes: bytes, after: started.duration(to: .now))
        if plan.keepsAlive, keepsAlive {
            if begin() { send() } else { close(channel) }
        } else {
            close(channel)
            start()
        }
    }

    func fail(_ reason: String, on channel: (any Channel)?) {
        guard let channel, self.channel === channel else { return }
        timeout?.cancel()
        tally.failed(reason)
        close(channel)
        start()
    }

    func fail(_ error: any Error, on channel: any Channel) { fail(Self.reason(error), on: channel) }

    /// Ends it in the middle of what it does.
    func stop() {
        timeout?.cancel()
        if let channel { close(channel) }
        done.succeed()
    }

    private func close(_ channel: any Channel) {
        self.channel = nil
        channel.close(promise: nil)
    }

    static let closedEarly = "the connection was closed before the answer was whole"

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError: error.connectionErrors.first.map { reason($0.error) } ?? "the host is not known"
        case HTTPParserError.invalidEOFState: closedEarly
        case is ChannelError: "no connection in time"
        case is HTTPParserError: "not an HTTP answer"
        default: "\(error)"
        }
    }
}

/// Reads answers for a `LoadConnection`.
private final class LoadHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let connection: LoadConnection
    private var status = 0
    private var bytes = 0
    private var keepsAlive = false

    init(_ connection: LoadConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            status = Int(head.status.code)
            bytes = 0
            keepsAlive = head.isKeepAlive
        case .body(let buffer): bytes += buffer.readableBytes
        case .end: connection.answered(status: status, bytes: bytes, keepsAlive: keepsAlive, on: context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { connection.fail(error, on: context.channel) }

    func channelInactive(context: ChannelHandlerContext) { connection.fail(LoadConnection.closedEarly, on: context.channel) }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(-1 << 32, min(seconds, 1 << 32)) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
