// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// The event loop's side of a streamed answer: writes, and makes the writer wait while the client is slow.
final class ResponseChannel {
    private weak var exchange: Exchange?
    let eventLoop: any EventLoop
    private(set) var hasStarted = false
    private var waiting: [EventLoopPromise<Void>] = []

    init(exchange: Exchange, eventLoop: any EventLoop) {
        self.exchange = exchange
        self.eventLoop = eventLoop
    }

    func start(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) throws {
        guard let exchange, exchange.isWritingPossible else { throw CancellationError() }
        precondition(!hasStarted, "an answer is started once")
        hasStarted = true
        exchange.writeHead(status, headers)
    }

    func write(_ bytes: [UInt8], _ promise: EventLoopPromise<Void>) {
        guard let exchange, exchange.isWritingPossible else { return promise.fail(CancellationError()) }
        precondition(hasStarted, "an answer is started before it is written")
        if exchange.writeBody(bytes) {
            promise.succeed()
        } else if exchange.isWritingPossible {
            waiting.append(promise)
        } else {
            // Writing itself may have found out that the client is gone, and released those who waited until then.
            promise.fail(CancellationError())
        }
    }

    /// The client caught up, or nobody waits for it any longer: the next write tells which.
    func stopWaiting() {
        let released = waiting
        waiting = []
        for promise in released { promise.succeed() }
    }
}

/// The task's side.
struct SendableResponseWriter: ResponseWriter {
    private let channel: NIOLoopBound<ResponseChannel>
    private let eventLoop: any EventLoop

    init(_ channel: ResponseChannel) {
        eventLoop = channel.eventLoop
        self.channel = NIOLoopBound(channel, eventLoop: channel.eventLoop)
    }

    func start(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) async throws {
        try Task.checkCancellation()
        try await eventLoop.submit { try channel.value.start(status, headers) }.get()
    }

    func write(_ bytes: [UInt8]) async throws {
        try Task.checkCancellation()
        let promise = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { channel.value.write(bytes, promise) }
        try await promise.futureResult.get()
    }
}
