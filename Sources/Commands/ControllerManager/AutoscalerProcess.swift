// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ControllerKit
import HorizontalAutoscaler
import KubeClient
import KubeModel
import KubePKI
import Logging
import ServiceLifecycle
import Telemetry

/// The autoscaler as a process has it: elected before it acts, with its decisions on record and its endpoints served.
struct AutoscalerProcess: Service {
    /// Who may act is settled by this Lease; upstream's own, `kube-controller-manager`, is for all of its controllers and so not ours to take.
    static let leaseName = "updraft-horizontal-pod-autoscaler"
    /// On the Lease: where its holder tells of its decisions, and the authority of its certificate.
    static let urlAnnotation = "updraft.dev/decisions-url"
    static let caAnnotation = "updraft.dev/decisions-ca"

    struct Election: Sendable {
        var identity: String
        var lease = NamespacedName(namespace: "kube-system", name: AutoscalerProcess.leaseName)
        var settings = LeaderElectionSettings()
    }

    struct Endpoint: Sendable {
        var host: String
        /// 0 takes a free one.
        var port: Int
        var credential: Credential
        /// The authority that `credential` can be verified by.
        var caPEM: String
    }

    let client: KubeClient
    let options: AutoscalerOptions
    /// Nil for one that needs no leave: it only records, or is told that it is alone.
    let election: Election?
    let endpoint: Endpoint?
    let decisions: DecisionRecord
    /// Tells of usage measured in this process.
    var freshUsage: FreshUsage?
    /// Told of each decision once it is on record.
    let observer: DecisionObserver?
    let now: @Sendable () -> Timestamp
    let logger: Logger

    func run() async throws {
        let registry = MetricsRegistry()
        let metrics = AutoscalerMetrics(registry: registry)
        let server = try endpoint.map { endpoint in
            try AutoscalerServer(
                .init(address: .init(host: endpoint.host, port: endpoint.port), servingCredential: endpoint.credential), client: client,
                decisions: decisions, registry: registry, now: now, logger: logger)
        }
        let address = try await server?.start().first
        var annotations: [String: String] = [:]
        if let address, let endpoint {
            annotations = [Self.urlAnnotation: "https://\(address.host):\(address.port)", Self.caAnnotation: endpoint.caPEM]
            logger.info("serves its decisions", metadata: ["url": "https://\(address.host):\(address.port)/decisions"])
        }
        let decide: @Sendable () async throws -> Void = {
            try await AutoscalerController(
                client: client, options: options, clock: ContinuousClock(), now: now, selfMetrics: metrics, freshUsage: freshUsage,
                observer: { report in
                    decisions.keep(report)
                    observer?(report)
                }, logger: logger
            ).run()
        }
        let elector = election.map { election in
            LeaderElector(
                client: client, lease: election.lease, identity: election.identity, settings: election.settings, annotations: annotations,
                clock: ContinuousClock(), now: now, logger: logger)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let server { group.addTask { try await server.run() } }
            group.addTask {
                // An election is cancelled rather than shut down gracefully: it gives its Lease back either way.
                try await cancelWhenGracefulShutdown {
                    if let elector { try await elector.run(decide) } else { try await decide() }
                }
            }
            try await group.waitForAll()
        }
    }
}
