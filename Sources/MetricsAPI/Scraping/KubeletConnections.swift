// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOCore
import NIOPosix
import NIOSSL

/// The connections to kubelets, one a node; all on one loop, where alone it may be used.
final class KubeletConnections {
    /// How many bodies' memory is kept for the next answers, and of which size at most.
    private static let keptBodies = (count: 16, bytes: 256 << 10)

    private let loop: any EventLoop
    let now: @Sendable () -> Timestamp
    private var trust: KubeletTrust
    private var connections: [String: KubeletConnection] = [:]
    private var bodies: [ByteBuffer] = []

    init(_ loop: any EventLoop, _ trust: KubeletTrust, now: @escaping @Sendable () -> Timestamp) {
        self.loop = loop
        self.trust = trust
        self.now = now
    }

    /// For new connections; those that are open were made in good faith, and a kubelet that no longer thinks so ends them.
    func reload(_ trust: KubeletTrust) { self.trust = trust }

    func fetch(_ target: ScrapeTarget, _ exchange: KubeletExchange) {
        if let connection = connections[target.node] {
            if connection.isIdle, connection.target == target { return connection.ask(exchange) }
            connection.close()
        }
        open(target, exchange)
    }

    func askAgain(_ target: ScrapeTarget, _ exchange: KubeletExchange) { open(target, exchange) }

    func giveUp(_ node: String, after limit: Duration) { connections[node]?.giveUp(after: limit) }

    func remove(_ connection: KubeletConnection) {
        if connections[connection.target.node] === connection { connections[connection.target.node] = nil }
    }

    func forget(_ node: String) { connections[node]?.fail(KubeletFailure(.ended, "is no longer asked")) }

    func closeAll() {
        for connection in connections.values { connection.fail(KubeletFailure(.ended, "is no longer asked")) }
    }

    // MARK: Opening

    private func open(_ target: ScrapeTarget, _ exchange: KubeletExchange) {
        let connection = KubeletConnection(target, trust, self, exchange)
        connections[target.node] = connection
        let bound = NIOLoopBound(connection, eventLoop: loop)
        let context = trust.context
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(.seconds(30))
            .channelOption(.recvAllocator, value: RecordAllocator())
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context { try channel.pipeline.syncOperations.addHandler(Self.tls(context, target)) }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                    bound.value.use(channel)
                }
            }
        Self.connect(bootstrap, target).whenComplete { result in
            switch result {
            case .success(let channel): if bound.value.isClosed { channel.close(promise: nil) }
            case .failure(let error): bound.value.fail(Self.failure(error))
            }
        }
    }

    private static func tls(_ context: NIOSSLContext, _ target: ScrapeTarget) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: target.host, port: target.port)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : target.host)
    }

    private static func connect(_ bootstrap: ClientBootstrap, _ target: ScrapeTarget) -> EventLoopFuture<any Channel> {
        if let address = try? SocketAddress(ipAddress: target.host, port: target.port) { return bootstrap.connect(to: address) }
        return bootstrap.connect(host: target.host, port: target.port)
    }

    private static func failure(_ error: any Error) -> KubeletFailure {
        guard let error = error as? NIOConnectionError else { return KubeletFailure(.unreachable, "cannot be connected to: \(error)") }
        if let unknown = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty {
            return KubeletFailure(.unreachable, "has a name that is not resolved: \(unknown)")
        }
        return KubeletFailure(.unreachable, "cannot be connected to: \(error.connectionErrors.map { "\($0.error)" }.first ?? "\(error)")")
    }

    // MARK: Memory of bodies

    func takeBody() -> ByteBuffer { bodies.popLast() ?? ByteBuffer() }

    func giveBack(_ body: ByteBuffer) {
        guard bodies.count < Self.keptBodies.count, (1...Self.keptBodies.bytes).contains(body.capacity) else { return }
        var body = body
        body.clear()
        bodies.append(body)
    }
}

/// Memory for one read, which holds one TLS record of the greatest size: a second record in the same read would make TLS keep room for both.
///
/// A channel keeps the first memory that it read into, and of later ones those that do not grow. Of thousands of connections those would be a
/// great part of all memory, so the first is small, and each later one is said to grow.
private struct RecordAllocator: RecvByteBufferAllocator {
    /// With what TLS adds to a record, and a little more.
    private static let recordSize = (16 << 10) + 256
    private static let firstSize = 1 << 10

    private var hasRead = false

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { allocator.buffer(capacity: hasRead ? Self.recordSize : Self.firstSize) }

    mutating func record(actualReadBytes: Int) -> Bool {
        hasRead = true
        return true
    }
}
