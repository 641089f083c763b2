// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ControllerKit
import ControlPlane
import Foundation
import HorizontalAutoscaler
import KubeClient
import KubeModel
import KubePKI
import Logging
import MetricsAPI
import Monitoring
import NodeAgent
import PrometheusConfiguration
import ScalingRules
import ServiceLifecycle

/// Puts a lab's parts together around its API server: each an ordinary client of it, with an identity of its own.
struct LabAssembly: Sendable {
    let configuration: LabConfiguration
    let credentials: LabCredentials
    let block: LoopbackBlock
    let server: String
    let metricsPort: Int
    /// nil where there is no Prometheus.
    let prometheusPort: Int?
    let groups: any ResourceGroups
    let timeline: Timeline
    let now: @Sendable () -> Timestamp
    let logger: Logger

    struct Parts: Sendable {
        /// In the order of their dependence: the last is stopped first.
        var services: [any Service]
        var connections: [LabConnection]
        var administrator: KubeClient
        var pods: Informer
        var feed: LabFeed
        var registration: MetricsServerRegistration
    }

    func make() throws -> Parts {
        var connections: [LabConnection] = []
        func client(_ credential: Credential, _ name: String) throws -> KubeClient {
            let connection = try LabConnection(server: server, caPEM: credentials.ca.certificatePEM, credential, as: name)
            connections.append(connection)
            return connection.client
        }
        let administrator = try client(credentials.administrator, "lab")
        let controllers = try client(credentials.controllerManager, "controller-manager")
        let freshUsage = configuration.hasMetricsServer ? configuration.reactionFloor.map { FreshUsage(floor: $0) } : nil
        let metrics = configuration.hasMetricsServer ? try metricsServer(try client(credentials.metricsServer, "metrics-server"), freshUsage) : nil
        let decisions = DecisionRecord(settings: configuration.autoscaler.settings)
        let feed = LabFeed(
            timeline: timeline, decisions: decisions, stabilization: configuration.autoscaler.settings.downscaleStabilization,
            resolution: configuration.metricResolution,
            samplesSeen: { metrics?.samplesSeen(pod: $0.name, in: $0.namespace) ?? 0 })
        let pods = Informer(client: administrator, resource: .pods, logger: logger)
        pods.onChange { old, new in feed.podChanged(old, new) }

        var services: [any Service] = BuiltInControllers.services(
            client: controllers, schedulerClient: try client(credentials.scheduler, "scheduler"), rootCAPEM: credentials.ca.certificatePEM,
            folders: LabVolumes(root: configuration.directory.volumes), authority: credentials.ca, now: now,
            clock: ContinuousClock(), logger: logger)
        let names = ServiceNames(
            folder: "\(configuration.directory.nodes)/hosts",
            nodes: (0..<configuration.nodes).map { (block.node($0), LabCredentials.nodeName($0)) })
        for index in 0..<configuration.nodes {
            services.append(try node(index, try client(credentials.nodes[index].client, LabCredentials.nodeName(index)), names))
        }
        services.append(ServiceProxy(client: try client(credentials.serviceProxy, "kube-proxy"), block: block, names: names, logger: logger))
        if let metrics { services.append(metrics) }
        if !configuration.omitted.contains(.horizontalPodAutoscaler) { services.append(autoscaler(controllers, decisions, freshUsage, feed)) }
        if configuration.hasPrometheus { services.append(monitoring(try client(credentials.monitoring, "monitoring"))) }
        services.append(pods)
        let registration = MetricsServerRegistration(
            address: block.server, port: metricsPort, authorityPEM: credentials.ca.certificatePEM, hasRules: prometheusPort != nil)
        if configuration.hasMetricsServer { services.append(RegistrationKeeper(registration: registration, client: administrator, logger: logger)) }
        return Parts(services: services, connections: connections, administrator: administrator, pods: pods, feed: feed, registration: registration)
    }

    /// Elected as anywhere, so that one that a user runs beside the lab waits its turn. No other lab is at this API server, so that its name
    /// need not differ from run to run, and a lab that was killed has its Lease back at once.
    private func autoscaler(_ client: KubeClient, _ decisions: DecisionRecord, _ freshUsage: FreshUsage?, _ feed: LabFeed) -> AutoscalerProcess {
        var election = AutoscalerProcess.Election(identity: "updraft-up")
        election.settings.leaseDuration = .seconds(30)
        election.settings.renewDeadline = .seconds(20)
        election.settings.retryPeriod = .seconds(5)
        return AutoscalerProcess(
            client: client, options: configuration.autoscaler, election: election,
            endpoint: .init(
                host: "127.0.0.1", port: configuration.autoscalerPort, credential: credentials.controllerManagerServing,
                caPEM: credentials.ca.certificatePEM),
            decisions: decisions, freshUsage: freshUsage, observer: { feed.observe($0) }, now: now, logger: logger)
    }

    private func node(_ index: Int, _ client: KubeClient, _ names: ServiceNames) throws -> NodeAgent {
        let name = LabCredentials.nodeName(index)
        let port = URL(string: server)?.port ?? 0
        let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        var images = ImageMap(
            path: configuration.directory.images, executable: executable,
            prometheus: configuration.hasPrometheus ? PrometheusProgram.find() : nil)
        if let text = try? String(contentsOfFile: configuration.directory.images, encoding: .utf8) {
            do {
                try images.add(yaml: text)
            } catch {
                throw CommandFailure(.usage, "\(error)")
            }
        }
        let agent = NodeAgentConfiguration(
            nodeName: name, index: index, count: configuration.nodes, block: block, folder: "\(configuration.directory.nodes)/\(name)",
            images: images, names: names,
            servingCredential: credentials.nodes[index].serving, clientCAPEM: credentials.ca.certificatePEM,
            trustedUsers: [LabCredentials.kubeletClientUser], apiServer: (block.server, port),
            version: "v\(Version.kubernetes).0+updraft")
        return try NodeAgent(configuration: agent, client: client, groups: groups, now: now, logger: logger)
    }

    private func monitoring(_ client: KubeClient) -> Monitoring {
        // Where any pod has them.
        let account = ClientCredential(caFile: ServerEnvironment.serviceAccountCA, tokenFile: ServerEnvironment.serviceAccountToken)
        var lab = LabTargets(scrapeInterval: configuration.metricResolution)
        lab.kubelets = account
        lab.endpoints = [.apiServer(address: "\(block.server):\(URL(string: server)?.port ?? 443)", credential: account)]
        if configuration.hasMetricsServer {
            lab.endpoints.append(
                MetricsEndpoint(job: "metrics-server", address: "\(block.server):\(metricsPort)", isSecure: true, credential: account))
        }
        return Monitoring(
            configuration: MonitoringConfiguration(
                folder: configuration.directory.prometheus, port: prometheusPort ?? configuration.prometheusPort, lab: lab), client: client,
            now: now, logger: logger)
    }

    private func metricsServer(_ client: KubeClient, _ freshUsage: FreshUsage?) throws -> MetricsServer {
        var kubelet = KubeletOptions(caPEM: credentials.ca.certificatePEM, clientCredential: credentials.metricsServer)
        kubelet.preferredAddressTypes = ["InternalIP"]
        kubelet.usesNodeStatusPort = true
        var metrics = MetricsServerConfiguration(
            addresses: [.init(host: "127.0.0.1", port: metricsPort), .init(host: block.server, port: metricsPort)],
            servingCredential: credentials.metricsServerServing, kubelet: kubelet)
        metrics.metricResolution = configuration.metricResolution
        metrics.version = "v\(Version.text)"
        if let prometheusPort {
            metrics.rules = try LabMetricRules(directory: configuration.directory, resolution: configuration.metricResolution).configuration(
                port: prometheusPort, usageSource: configuration.usageSource)
            metrics.scrapesKubelets = configuration.usageSource == .kubelets
        }
        var observer: UsageObserver?
        if let freshUsage { observer = { freshUsage.tell($0) } }
        return try MetricsServer(configuration: metrics, client: client, now: now, observer: observer, logger: logger)
    }
}
