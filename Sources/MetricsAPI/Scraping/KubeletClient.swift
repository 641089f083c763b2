// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOCore
import NIOPosix

/// Asks kubelets over HTTP/1.1, on one kept connection a node; all of them on one loop, on whose thread answers are told.
final class KubeletClient: NodeMetricsSource {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loop: any EventLoop
    private let connections: NIOLoopBoundBox<KubeletConnections>
    private let bearerToken: (@Sendable () throws -> String?)?

    /// - Throws: where the authority or the client's certificate cannot be read.
    init(_ options: KubeletOptions, now: @escaping @Sendable () -> Timestamp) throws {
        loop = group.next()
        // Never in the clear: who asks without TLS is nobody.
        bearerToken = options.isPlain ? nil : options.bearerToken
        let trust = try KubeletTrust(options)
        connections = NIOLoopBoundBox.makeBoxSendingValue(KubeletConnections(loop, trust, now: now), eventLoop: loop)
    }

    func fetch(_ target: ScrapeTarget, _ done: @escaping @Sendable (Result<ByteBuffer, KubeletFailure>) -> Void) {
        let request: ByteBuffer
        do { request = try self.request(target) } catch {
            let failure = KubeletFailure(.credentials, "node \(target.node) is not asked: \(error)")
            return loop.execute { done(.failure(failure)) }
        }
        loop.execute { [connections] in connections.value.fetch(target, KubeletExchange(request: request, done: done)) }
    }

    private func request(_ target: ScrapeTarget) throws -> ByteBuffer {
        var text = "GET \(target.path) HTTP/1.1\r\nHost: \(target.authority)\r\nUser-Agent: updraft-metrics-server\r\n"
        text += "Accept: text/plain;version=0.0.4\r\n"
        if let token = try bearerToken?() { text += "Authorization: Bearer \(token)\r\n" }
        return ByteBuffer(string: text + "\r\n")
    }

    func giveUp(_ node: String, after limit: Duration) {
        loop.execute { [connections] in connections.value.giveUp(node, after: limit) }
    }

    func forget(_ node: String) {
        loop.execute { [connections] in connections.value.forget(node) }
    }

    /// Other authorities, or another client certificate, for new connections.
    /// - Throws: where they cannot be read; then those before stay.
    func reload(_ options: KubeletOptions) throws {
        let trust = try KubeletTrust(options)
        loop.execute { [connections] in connections.value.reload(trust) }
    }

    func shutdown() async {
        loop.execute { [connections] in connections.value.closeAll() }
        try? await group.shutdownGracefully()
    }
}
