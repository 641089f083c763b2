// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The sample workload of the guide: a small web server whose pages cost CPU and whose probes do not.
///
/// One event loop, so that the CPU quota of a container is spent on work and not on threads. Pages are worked off one at a
/// time, in order, between which the loop reads and writes: a probe waits for one page at most, however many are asked for.
package enum PodinfoServer {
    /// Longer than any load's number of connections: a full queue drops the kubelet's probes with the rest.
    static let backlog: Int32 = 4096

    /// Serves until SIGTERM or SIGINT; the exit code.
    package static func run(arguments: [String], environment: [String: String]? = nil) async -> Int32 {
        let flags: PodinfoFlags
        do {
            flags = try PodinfoFlags(arguments)
        } catch {
            report("\(error)")
            return 2
        }
        // A pod's address is its own in 127.0.0.0/8, so that all replicas can have one port.
        let host = environment.map { $0["POD_IP"] } ?? getenv("POD_IP").map { String(cString: $0) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let server = try await start(flags, host: host ?? "127.0.0.1", hostname: hostname(environment), group: group)
            report("podinfo serves http://\(host ?? "127.0.0.1"):\(flags.port)")
            await TerminationSignal.wait()
            report("podinfo stops")
            try? await server.close()
            // Pages already begun are answered within the grace that a kubelet gives.
            try? await Task.sleep(for: .milliseconds(200))
            try? await group.shutdownGracefully()
            return 0
        } catch {
            report("podinfo cannot listen on \(host ?? "127.0.0.1"):\(flags.port): \(error)")
            try? await group.shutdownGracefully()
            return 1
        }
    }

    static func start(_ flags: PodinfoFlags, host: String, hostname: String, group: any EventLoopGroup) async throws -> any Channel {
        let loop = group.next()
        let site = try await loop.submit { NIOLoopBound(PodinfoSite(hostname: hostname, verbosity: flags.verbosity, loop: loop), eventLoop: loop) }
            .get()
        return try await ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(PodinfoConnection(site: site.value))
                }
            }
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .bind(host: host, port: flags.port).get()
    }

    private static func hostname(_ environment: [String: String]?) -> String {
        if let name = environment?["HOSTNAME"] ?? getenv("HOSTNAME").map({ String(cString: $0) }), !name.isEmpty { return name }
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "podinfo" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func report(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
