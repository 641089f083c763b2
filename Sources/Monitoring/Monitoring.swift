// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import ServiceLifecycle

/// The lab's Prometheus: what prometheus-operator is to a cluster, with servers that are this machine's program in pods.
///
/// Monitors, rules and targets become files that the servers read; a change of one is in effect within a second.
package struct Monitoring: Service {
    private let client: KubeClient
    private let objects: MonitoringInformers
    private let reconciler: MonitoringReconciler
    private let recorder: EventRecorder
    private let changes: AsyncStream<Void>
    private let input: AsyncStream<Void>.Continuation
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// Changes that come within this time are taken together.
    private static let gathering = Duration.milliseconds(200)

    /// - Parameter client: As `MonitoringConfiguration.user`.
    package init(
        configuration: MonitoringConfiguration, client: KubeClient, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.client = client
        self.now = now
        self.logger = logger
        (changes, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let input = input
        objects = MonitoringInformers(client: client, logger: logger) { input.yield() }
        recorder = EventRecorder(client: client, component: "prometheus-operator", now: now, logger: logger)
        reconciler = MonitoringReconciler(
            configuration: configuration, client: client, objects: objects, recorder: recorder, now: now, logger: logger)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { try? await recorder.run() }
                tasks.addTask { await defineKinds() }
                for informer in objects.all { tasks.addTask { try? await informer.run() } }
                tasks.addTask { await follow() }
                tasks.addTask {
                    await withTaskCancellationHandler {
                        try? await Task.sleep(for: .seconds(1 << 40))
                    } onCancel: {
                        input.finish()
                    }
                }
            }
        }
    }

    /// Manifests are mapped to kinds before any of them is applied, so all kinds have to be there first; also again, once somebody took them away.
    private func defineKinds() async {
        while !Task.isCancelled {
            do {
                try await objects.definitions.waitUntilSynced()
                let known = Set(objects.definitions.list().map(\.name))
                var made: [String] = []
                for kind in MonitoringKind.all where !known.contains(kind.definition.name) {
                    do { made.append(try await client.create(.customResourceDefinitions, kind.definition).name) } catch let error as APIError
                        where error.reason == .alreadyExists
                    {}
                }
                for name in made { try await giveUpOwnership(name) }
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("cannot define the kinds of \(MonitoringKind.group)", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Once its kind is served, nobody else writes to a definition.
    private func giveUpOwnership(_ name: String) async throws {
        for _ in 0..<100 {
            let definition = try await client.get(.customResourceDefinitions, name: name)
            if definition.status["conditions"]?.array?.contains(where: { $0["type"] == "Established" && $0["status"] == "True" }) == true { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        try await client.patch(.customResourceDefinitions, name: name, .merge(MonitoringKind.ownership(now())))
    }

    private func follow() async {
        do { for informer in objects.all { try await informer.waitUntilSynced() } } catch { return }
        input.yield()
        for await _ in changes {
            do {
                try await Task.sleep(for: Self.gathering)
                guard let wait = try await reconciler.reconcile() else { continue }
                later(wait)
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("cannot bring monitoring in line", metadata: ["error": "\(error)"])
                later(.seconds(2))
            }
        }
    }

    private func later(_ wait: Duration) {
        Task { [input] in
            try? await Task.sleep(for: wait)
            input.yield()
        }
    }
}

/// All that the configurations are made from, as informers keep it.
struct MonitoringInformers: Sendable {
    let definitions: Informer
    let prometheuses: Informer
    let serviceMonitors: Informer
    let podMonitors: Informer
    let rules: Informer
    let namespaces: Informer
    let nodes: Informer
    let pods: Informer
    let services: Informer
    let endpoints: Informer
    let endpointSlices: Informer
    let secrets: Informer
    let configMaps: Informer
    let statefulSets: Informer

    var all: [Informer] {
        [
            definitions, prometheuses, serviceMonitors, podMonitors, rules, namespaces, nodes, pods, services, endpoints, endpointSlices, secrets,
            configMaps, statefulSets,
        ]
    }

    init(client: KubeClient, logger: Logger, onChange: @escaping @Sendable () -> Void) {
        func informer(
            _ resource: GroupVersionResource, _ isMaterial: @escaping @Sendable (_ old: KubeObject, _ new: KubeObject) -> Bool = { _, _ in true }
        )
            -> Informer
        {
            let informer = Informer(client: client, resource: resource, logger: logger)
            informer.onChange { old, new in
                if let old, let new, !isMaterial(old, new) { return }
                onChange()
            }
            return informer
        }
        definitions = Informer(client: client, resource: .customResourceDefinitions, metadataOnly: true, logger: logger)
        prometheuses = informer(MonitoringKind.prometheus.resource) { $0["spec"] != $1["spec"] || $0.labels != $1.labels }
        serviceMonitors = informer(MonitoringKind.serviceMonitor.resource)
        podMonitors = informer(MonitoringKind.podMonitor.resource)
        rules = informer(MonitoringKind.rule.resource)
        namespaces = informer(.namespaces)
        // A heartbeat changes nothing here.
        nodes = informer(.nodes) { $0.labels != $1.labels || $0.status["addresses"] != $1.status["addresses"] }
        pods = informer(.pods)
        services = informer(.services)
        endpoints = informer(.endpoints)
        endpointSlices = informer(.endpointSlices)
        secrets = informer(.secrets)
        configMaps = informer(.configMaps)
        statefulSets = informer(.statefulSets) { $0["spec"] != $1["spec"] || $0.status != $1.status }
    }
}
