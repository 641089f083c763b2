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
import KubeStore
import KubeStoreSQLite
import Logging
import MetricsAPI
import Monitoring
import NodeAgent
import ServiceLifecycle
import Telemetry
import UnixSignals

/// A lab that serves: what `up` prints and the demo works with.
struct RunningLab: Sendable {
    var directory: LabDirectory
    var apiServer: String
    var metricsServer: String
    /// nil where there is none.
    var prometheus: String?
    /// As administrator.
    var client: KubeClient
    var pods: Informer
    var feed: LabFeed
}

/// The whole pipeline in this process, from an empty directory or from what an earlier run left.
struct Lab: Sendable {
    let configuration: LabConfiguration
    let timeline: Timeline

    private var now: @Sendable () -> Timestamp { { WallClock.now() } }

    /// Runs it until a signal comes or `body` returns, and stops everything in order.
    /// - Throws: `CommandFailure` for what keeps it from starting; whatever `body` throws, once all is stopped.
    func run(_ body: @escaping @Sendable (RunningLab) async throws -> Void) async throws {
        let directory = configuration.directory
        try directory.prepare()
        // A proxied connection is two, and a load of a thousand is not much; fewer is no reason not to start.
        try? FileLimit.raise(toAtLeast: 8192)
        let earlier = directory.readState()
        if let earlier, earlier.isRunning {
            throw CommandFailure(
                .failed, "a lab already runs in \(directory.path) as process \(earlier.process?.processID ?? 0)",
                fix: "stop it with: updraft down --data-dir \(directory.path), or name another --data-dir")
        }
        let claim = try claimBlock(earlier)
        let logger = Logger(label: "updraft", level: configuration.isVerbose ? .debug : .warning, sink: logSink, now: now)
        if let process = earlier?.process { ResourceGroupsDetection.detect(lab: Self.groupName(process)).removeAll() }

        let store = try await openStore(directory)
        do {
            try await serve(claim, store, logger, body)
        } catch {
            try? await store.close()
            throw error
        }
        try? await store.close()
        timeline.emit(.step, "stopped")
    }

    /// Of this run, and of no other whose process has the same number.
    private static func groupName(_ process: ProcessIdentity) -> String { "updraft-\(process.processID)-\(process.startTicks)" }

    private var logSink: LogSink {
        var sink = LogSink.standardError(environment: ProcessInfo.processInfo.environment)
        let write = sink.write
        sink.write = { [timeline] line in timeline.interject { write(line) } }
        return sink
    }

    private func claimBlock(_ earlier: LabState?) throws -> BlockClaim {
        guard let earlier else {
            guard let claim = BlockClaim.claimAny(from: 77) else {
                throw CommandFailure(.failed, "every block of 127.0.0.0/8 is taken by another lab", fix: "stop one: updraft down")
            }
            return claim
        }
        let block = LoopbackBlock(earlier.block)
        guard let claim = BlockClaim.claim(block) else {
            let holder = BlockClaim.holder(of: block).map { "process \($0)" } ?? "another process"
            throw CommandFailure(
                .failed, "the addresses of this lab, 127.\(earlier.block).0.0/16, are in use by \(holder)",
                fix: "stop that lab, or start this one on another --data-dir")
        }
        return claim
    }

    private func openStore(_ directory: LabDirectory) async throws -> SQLiteStore {
        do {
            return try await SQLiteStore.open(directory: directory.store)
        } catch {
            throw CommandFailure(
                .failed, "\(error.message)", fix: error.code == .corrupt ? "move \(directory.store) away to begin with an empty store" : nil)
        }
    }

    // MARK: Serving

    private func serve(_ claim: BlockClaim, _ store: SQLiteStore, _ logger: Logger, _ body: @escaping @Sendable (RunningLab) async throws -> Void)
        async throws
    {
        let directory = configuration.directory
        let credentials: LabCredentials
        do {
            credentials = try LabCredentials(configuration, block: claim.block, now: now())
        } catch let error as PKIError {
            throw CommandFailure(.failed, error.message)
        }
        let plane = try ControlPlane(configuration: try planeConfiguration(credentials, claim.block, logger), store: store, now: now, logger: logger)
        let bound: [APIServerConfiguration.ListenAddress]
        do {
            bound = try await plane.start()
        } catch let error as APIServerError {
            throw CommandFailure(.failed, error.message, fix: "end that process, or move this lab's ports with --port-offset N")
        }
        let port = bound.first?.port ?? configuration.apiPort
        let server = "https://127.0.0.1:\(port)"
        let metricsPort = configuration.metricsPort == 0 ? try FreePort.find() : configuration.metricsPort
        let prometheusPort = try prometheusPort()
        try writeKubeconfig(server, credentials)
        var state = LabState(
            process: .current, block: claim.block.block, apiServer: server, metricsServer: "https://127.0.0.1:\(metricsPort)",
            prometheus: prometheusPort.map { "http://127.0.0.1:\($0)" }, nodeCount: configuration.nodes,
            isReady: false, version: Version.text)
        try directory.writeState(state)

        let assembly = LabAssembly(
            configuration: configuration, credentials: credentials, block: claim.block, server: server, metricsPort: metricsPort,
            prometheusPort: prometheusPort,
            groups: ResourceGroupsDetection.detect(lab: ProcessIdentity.current.map(Self.groupName) ?? "updraft-\(getpid())"), timeline: timeline,
            now: now, logger: logger)
        let parts = try assembly.make()
        announce(state, assembly.groups)
        let running = RunningLab(
            directory: directory, apiServer: server, metricsServer: state.metricsServer, prometheus: state.prometheus,
            client: parts.administrator, pods: parts.pods,
            feed: parts.feed)
        state.isReady = true
        let readyState = state
        let main = LabBody {
            try await LabReadiness(
                lab: running, nodes: configuration.nodes, registration: parts.registration,
                hasMetricsServer: configuration.hasMetricsServer, timeline: timeline
            ).wait()
            try directory.writeState(readyState)
            try await body(running)
        }
        defer { assembly.groups.removeAll() }
        let compaction = StoreCompaction(store, clock: ContinuousClock()) { error in
            logger.warning("cannot compact the store", metadata: ["error": "\(error.message)"])
        }
        let served: Result<Void, any Error>
        do { served = .success(try await runGroup([compaction] + plane.services + parts.services, main, logger)) } catch { served = .failure(error) }
        for connection in parts.connections { await connection.close() }
        state.isReady = false
        state.process = nil
        try? directory.writeState(state)
        if let error = main.failure { throw error }
        try served.get()
    }

    private func runGroup(_ services: [any Service], _ main: LabBody, _ logger: Logger) async throws {
        var entries = services.map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: NamedService($0), successTerminationBehavior: .ignore, failureTerminationBehavior: .gracefullyShutdownGroup)
        }
        entries.append(
            .init(
                service: NamedService(main), successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup))
        var group = ServiceGroupConfiguration(services: entries, gracefulShutdownSignals: [.sigint, .sigterm, .sighup], logger: logger)
        // Longer than any pod's usual grace; what still runs then is killed with its cgroup.
        group.maximumGracefulShutdownDuration = .seconds(40)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as APIServerError {
            throw CommandFailure(.failed, error.message, fix: "end that process, or move this lab's ports with --port-offset N")
        } catch {
            guard main.failure == nil else { return }
            throw error
        }
    }

    private func planeConfiguration(_ credentials: LabCredentials, _ block: LoopbackBlock, _ logger: Logger) throws -> ControlPlaneConfiguration {
        let header = configuration.frontProxy
        var plane = ControlPlaneConfiguration(
            addresses: [.init(host: "127.0.0.1", port: configuration.apiPort), .init(host: block.server, port: configuration.apiPort)],
            serving: credentials.apiServer, block: block, clientCAPEM: credentials.ca.certificatePEM,
            requestHeader: .init(
                clientCAPEM: credentials.frontProxyCAPEM,
                settings: RequestHeaderSettings(
                    allowedNames: header.allowedNames ?? [LabCredentials.frontProxyUser], usernameHeaders: header.usernameHeaders,
                    groupHeaders: header.groupHeaders, extraHeaderPrefixes: header.extraHeaderPrefixes)),
            proxyClient: credentials.frontProxyClient, kubeletClient: credentials.kubeletClient, kubeletCAPEM: credentials.ca.certificatePEM)
        plane.serviceAccountKeys = credentials.serviceAccountKeys
        plane.audit = try configuration.audit?.settings(logger: logger, now: now)
        if configuration.hasMetricsServer { plane.policyRows.append(MetricsServerRegistration.policyRows) }
        if configuration.hasPrometheus { plane.policyRows.append(MonitoringConfiguration.policyRows) }
        return plane
    }

    private func writeKubeconfig(_ server: String, _ credentials: LabCredentials) throws {
        let administrator = credentials.administrator
        let kubeconfig = Kubeconfig(
            cluster: .init(name: "updraft", server: server, caPEM: credentials.ca.certificatePEM),
            user: .init(name: "kubernetes-admin", certificatePEM: administrator.certificatePEM, keyPEM: administrator.privateKeyPEM))
        try configuration.directory.write(kubeconfig.yaml, to: configuration.directory.kubeconfig)
        // For a controller manager of the user's own.
        let controllers = Kubeconfig(
            cluster: .init(name: "updraft", server: server, caPEM: credentials.ca.certificatePEM),
            user: .init(
                name: "system:kube-controller-manager", certificatePEM: credentials.controllerManager.certificatePEM,
                keyPEM: credentials.controllerManager.privateKeyPEM))
        try configuration.directory.write(controllers.yaml, to: configuration.directory.controllerManagerKubeconfig)
    }

    /// Another one where a Prometheus of the machine's own has it, as after its installation; nil where there is none to be had.
    private func prometheusPort() throws -> Int? {
        guard configuration.hasPrometheus, PrometheusProgram.find() != nil else {
            guard configuration.usageSource == .kubelets else {
                throw CommandFailure(.failed, "usage cannot come from Prometheus: there is none on this machine", fix: "apt-get install prometheus")
            }
            return nil
        }
        let port = configuration.prometheusPort
        if FreePort.isFree(port) { return port }
        let other = try FreePort.find()
        timeline.emit(.note, "", "port \(port) is in use, so Prometheus is at \(other)")
        return other
    }

    private func announce(_ state: LabState, _ groups: any ResourceGroups) {
        let metrics = configuration.hasMetricsServer ? "metrics server \(state.metricsServer), " : ""
        let prometheus = state.prometheus.map { "Prometheus \($0), " } ?? ""
        timeline.emit(.step, "API server \(state.apiServer), \(metrics)\(prometheus)data in \(configuration.directory.path)")
        timeline.emit(
            .step,
            "the lab scrapes every \(Timeline.seconds(configuration.metricResolution)) and decides \(configuration.reactionFloor == nil ? "every \(Timeline.seconds(configuration.autoscaler.syncPeriod))" : "on each fresh sample") (upstream: 60 s, and every 15 s)"
        )
        timeline.emit(.note, "", "containers are processes, measured by \(groups.name)")
        if !groups.enforcesLimits {
            timeline.emit(.note, "", "no cgroup can be written here, so CPU and memory limits are not enforced: run as root, or delegate a cgroup")
        }
        if configuration.hasPrometheus, state.prometheus == nil { timeline.emit(.note, "", PrometheusProgram.absence) }
        if let problem = NodeAgent.mountProblem { timeline.emit(.note, "", "not root, and \(problem): pods with volumes cannot run") }
    }
}

/// What the lab is run for, as the service whose end ends the rest.
final class LabBody: Service {
    private let body: @Sendable () async throws -> Void
    private let state = FailureBox()

    init(_ body: @escaping @Sendable () async throws -> Void) { self.body = body }

    var failure: (any Error)? { state.error }

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { [body] in try await body() }
        } catch is CancellationError {
            return
        } catch {
            guard !Task.isCancelled, !Task.isShuttingDownGracefully else { return }
            state.error = error
        }
    }
}
