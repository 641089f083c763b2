// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Gives each Service's virtual address a listener that spreads connections over the Service's ready endpoints, and pods its name.
///
/// All of it lives on one event loop; a connection is two channels that hand each other what they read, and no task.
package final class ServiceProxy: Service {
    private let block: LoopbackBlock
    private let names: ServiceNames
    private let services: Informer
    private let slices: Informer
    private let group: MultiThreadedEventLoopGroup
    private let logger: Logger
    private let changes: AsyncStream<Void>
    private let input: AsyncStream<Void>.Continuation

    /// - Parameter client: As `system:kube-proxy`.
    package init(client: KubeClient, block: LoopbackBlock, names: ServiceNames, clock: any Clock<Duration> = ContinuousClock(), logger: Logger) {
        self.block = block
        self.names = names
        self.logger = logger
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        services = Informer(client: client, resource: .services, clock: clock, logger: logger)
        slices = Informer(client: client, resource: .endpointSlices, clock: clock, logger: logger)
        // One that waits stands for any number of changes.
        (changes, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let input = input
        services.onChange { _, _ in input.yield() }
        slices.onChange { _, _ in input.yield() }
    }

    package func run() async throws {
        let listeners = ProxyListeners(loop: group.next(), logger: logger)
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { try? await self.services.run() }
                tasks.addTask { try? await self.slices.run() }
                tasks.addTask { await self.follow(listeners) }
            }
        }
        await listeners.closeAll()
        try? await group.shutdownGracefully()
    }

    private func follow(_ listeners: ProxyListeners) async {
        do {
            try await services.waitUntilSynced()
            try await slices.waitUntilSynced()
        } catch {
            return
        }
        input.yield()
        for await _ in changes {
            let (services, slices) = (services.list(), slices.list())
            names.update(services: services, slices: slices)
            await listeners.update(ServiceTable(services: services, slices: slices, block: block))
        }
    }
}

/// The open listeners, brought in line with a table.
private actor ProxyListeners {
    private struct Listener {
        var channel: any Channel
        var balancer: NIOLoopBound<SharedBalancer>
    }

    private let loop: any EventLoop
    private let logger: Logger
    private var open: [ServiceAddress: Listener] = [:]
    private var refused: Set<ServiceAddress> = []

    init(loop: any EventLoop, logger: Logger) {
        self.loop = loop
        self.logger = logger
    }

    func update(_ table: ServiceTable) async {
        for (address, listener) in open where table.backends[address] == nil {
            open[address] = nil
            try? await listener.channel.close()
        }
        for (address, endpoints) in table.backends {
            if let listener = open[address] {
                loop.execute { listener.balancer.value.balancer.replace(endpoints) }
            } else {
                await listen(address, endpoints)
            }
        }
        refused = refused.filter { table.backends[$0] != nil }
    }

    private func listen(_ address: ServiceAddress, _ endpoints: [ServiceAddress]) async {
        do {
            let loop = loop
            let balancer = try await loop.submit { NIOLoopBound(SharedBalancer(EndpointBalancer(endpoints)), eventLoop: loop) }.get()
            let channel = try await ServerBootstrap(group: loop)
                .serverChannelOption(.backlog, value: 4096)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.maxMessagesPerRead, value: 64)
                .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                // Nothing is read before there is an endpoint to hand it to.
                .childChannelOption(.autoRead, value: false)
                .childChannelInitializer { client in
                    client.eventLoop.makeCompletedFuture { try ProxyConnection(client: client, balancer: balancer.value).begin() }
                }
                .bind(host: address.host, port: address.port).get()
            open[address] = Listener(channel: channel, balancer: balancer)
            refused.remove(address)
        } catch {
            // Tried again with the next change.
            guard refused.insert(address).inserted else { return }
            logger.warning("cannot serve a service's address", metadata: ["address": "\(address)", "error": "\(error)"])
        }
    }

    func closeAll() async {
        for listener in open.values { try? await listener.channel.close() }
        open = [:]
    }
}

/// One listener's balancer, on its event loop.
final class SharedBalancer {
    var balancer: EndpointBalancer
    init(_ balancer: EndpointBalancer) { self.balancer = balancer }
}
