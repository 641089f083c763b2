// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ControllerKit
import DelegatedAccess
import KubeClient
import KubeModel
import KubePKI
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A node: registers itself, runs the pods bound to it as local processes, measures them, and answers the kubelet's endpoints.
/// An ordinary client of the API with its own identity.
package struct NodeAgent: Service {
    private let configuration: NodeAgentConfiguration
    private let client: KubeClient
    private let context: NodeContext
    private let pods: Informer
    private let manager: PodManager
    private let server: APIServer
    private let registration: NodeRegistration
    private let logger: Logger

    /// - Parameters:
    ///   - client: As `system:node:NAME`.
    ///   - groups: How processes are measured and limited; shared by the lab's nodes.
    /// - Throws: Where a certificate cannot be read.
    package init(
        configuration: NodeAgentConfiguration, client: KubeClient, groups: any ResourceGroups, clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Timestamp, logger: Logger, eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        let capacity = NodeCapacity.read(sharedBy: configuration.count)
        context = NodeContext(
            configuration: configuration, client: client, groups: groups, processes: ProcessHost(now: now),
            records: ProcessRecords(folder: configuration.folder + "/processes"),
            recorder: EventRecorder(client: client, component: "kubelet", host: configuration.nodeName, now: now, logger: logger),
            prober: Prober(eventLoopGroup),
            addresses: PodAddresses(block: configuration.block, node: configuration.index),
            capacity: ResourceLimits(cpuMillis: capacity.cpuMillis, memoryBytes: capacity.memoryBytes), clock: clock, now: now, logger: logger)
        pods = Informer(client: client, resource: .pods, fieldSelector: "spec.nodeName=\(configuration.nodeName)", clock: clock, logger: logger)
        manager = PodManager(context: context, pods: pods)
        registration = NodeRegistration(
            configuration: configuration, client: client, capacity: capacity, groups: groups, clock: clock, now: now, logger: logger)
        let began = ContinuousClock.now
        let uptime: @Sendable () -> Duration = { began.duration(to: .now) }
        let trust = ClientTrust(try ClientChainVerifier(rootsPEM: configuration.clientCAPEM))
        server = try APIServer(
            configuration: APIServerConfiguration(
                addresses: [.init(host: configuration.address, port: configuration.kubeletPort)], servingCredential: configuration.servingCredential,
                allowsAnonymous: false),
            handler: KubeletHandler(
                node: configuration.nodeName, manager: manager, usage: NodeUsage(shares: configuration.count),
                capacity: context.capacity, start: now(), now: now),
            authenticator: UnionAuthenticator([
                ClientCertificateAuthenticator(trust: trust), TokenReviewAuthenticator(client: client, uptime: uptime, logger: logger),
            ]),
            authorizer: KubeletAuthorizer(
                node: configuration.nodeName, trustedUsers: configuration.trustedUsers,
                reviews: DelegatedAuthorizer(client: client, uptime: uptime, logger: logger)),
            logger: logger, now: now, eventLoopGroup: eventLoopGroup)
    }

    /// Why pods cannot have volumes on this machine; nil where they can.
    package static var mountProblem: String? { UserNamespace.problem }

    package func run() async throws {
        let reaped = context.records.reap()
        if reaped > 0 {
            logger.info("ended processes that a killed run left", metadata: ["node": "\(configuration.nodeName)", "count": "\(reaped)"])
        }
        try await server.start()
        // The recorder and the server outlive the pods, whose last events and statuses they carry.
        try await withThrowingTaskGroup(of: Void.self) { outer in
            outer.addTask { try await server.run() }
            outer.addTask { try await context.recorder.run() }
            await cancelWhenGracefulShutdown {
                await withDiscardingTaskGroup { inner in
                    inner.addTask { await registration.run() }
                    inner.addTask { try? await pods.run() }
                    inner.addTask { await manager.removeLeftovers(pods) }
                    inner.addTask { await manager.run() }
                }
            }
            outer.cancelAll()
            while let result = await outer.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
        context.processes.stop()
    }
}
