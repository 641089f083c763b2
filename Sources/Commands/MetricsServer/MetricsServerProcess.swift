// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import DelegatedAccess
import Foundation
import KubeClient
import KubeModel
import KubePKI
import Logging
import MetricsAPI
import ServiceLifecycle
import Telemetry
import UnixSignals

/// A server of metrics as a process: from its flags to its end.
struct MetricsServerProcess {
    let options: ServerOptions
    /// The command's name, which is its log's label too.
    let program: String
    /// The flag of the kubeconfig by which the cluster is asked for all that no other flag is about.
    let clusterFlag: String
    /// The account that it runs as by upstream's manifests: `kube-system:metrics-server`.
    let account: String
    let logger: Logger
    let now: @Sendable () -> Timestamp = { WallClock.now() }

    init(_ options: ServerOptions, program: String, clusterFlag: String, account: String) {
        self.options = options
        self.program = program
        self.clusterFlag = clusterFlag
        self.account = account
        let sink = LogSink.standardError(environment: ProcessInfo.processInfo.environment)
        let format = LogFormat(rawValue: options.flags.text("logging-format")) ?? .text
        logger = Logger(label: program, level: options.logLevel, format: format, sink: sink, now: now)
    }

    /// What a command makes the server of.
    struct Inputs {
        var cluster: ClusterConnections.Connection
        /// nil where no rules are given.
        var rules: RuledMetricsConfiguration?
    }

    /// What a command adds to what all have in common.
    struct Parts {
        var configuration: MetricsServerConfiguration
        var watched: [WatchedFiles] = []
        var services: [any Service] = []
        /// Told of the server before it runs.
        var made: (MetricsServer) -> Void = { _ in }
        /// Told how the cluster is reached once that changes.
        var takeOver: @Sendable (ClientConfiguration, MetricsServer) throws -> Void = { _, _ in }
    }

    /// - Parameters:
    ///   - rules: nil where none are given.
    ///   - notNeeded: Flags that change nothing, for the log.
    func run(_ rules: RulesFlags?, notNeeded: [(name: String, why: String)], _ assemble: (Inputs) async throws -> Parts) async throws {
        for flag in notNeeded { logger.info("a flag that changes nothing", metadata: ["flag": "--\(flag.name)", "why": "\(flag.why)"]) }
        let prometheus = try rules.map { (flags: $0, transport: try $0.transport()) }
        var connections = ClusterConnections(program: program)
        let result: Result<Void, any Error>
        do { result = .success(try await run(prometheus, &connections, assemble)) } catch { result = .failure(error) }
        await connections.shutdown()
        try? await prometheus?.transport.shutdown()
        try result.get()
    }

    private func run(
        _ prometheus: (flags: RulesFlags, transport: ReloadableTransport)?, _ connections: inout ClusterConnections,
        _ assemble: (Inputs) async throws -> Parts
    ) async throws {
        let cluster = try connections.open(options.flags.path(clusterFlag), flag: "--\(clusterFlag)")
        let reviewers = try reviewers(&connections)
        var watched = WatchedFiles.all(options, logger: logger)
        var inputs = Inputs(cluster: cluster)
        if let prometheus {
            inputs.rules = try await prometheus.flags.configuration(prometheus.transport, cluster.client, logger)
            watched += WatchedFiles.all(prometheus.flags, prometheus: prometheus.transport)
        }
        var parts = try await assemble(inputs)
        watched += parts.watched + WatchedFiles.all(connections, takeOver: parts.takeOver)
        parts.configuration.authentication.waitsForLookup = try await checkLookup(parts.configuration, reviewers)
        let server = try MetricsServer(
            configuration: parts.configuration, client: cluster.client, reviewers: reviewers, now: now, logger: logger)
        parts.made(server)
        let reloads = FileReloads(watched: watched, server: server, logger: logger)
        try await serve(server, [reloads] + parts.services, stopTime: parts.configuration.shutdownDelay + .seconds(30))
    }

    private func reviewers(_ connections: inout ClusterConnections) throws -> MetricsServer.Reviewers {
        func reviewer(_ name: String) throws -> KubeClient {
            let own = options.flags.path(name)
            return try connections.open(
                own ?? options.flags.path(clusterFlag), flag: "--\(own == nil ? clusterFlag : name)", timeLimit: ClusterConnections.reviewTime
            ).client
        }
        return MetricsServer.Reviewers(
            authentication: try reviewer("authentication-kubeconfig"), authorization: try reviewer("authorization-kubeconfig"))
    }

    /// Whether the ConfigMap of whom to believe can be read; what would otherwise fail again and again later, in many places.
    private func checkLookup(_ configuration: MetricsServerConfiguration, _ reviewers: MetricsServer.Reviewers) async throws -> Bool {
        let failure: CommandFailure
        do {
            try await DelegatedAuthentication.checkLookup(configuration.authentication, client: reviewers.authentication)
            return true
        } catch let error as APIError {
            failure = CommandFailure(
                .failed, "cannot read whom to believe, kube-system/extension-apiserver-authentication: \(error.message)",
                fix: """
                    let the server's account read it: kubectl -n kube-system create rolebinding \(program)-auth-reader \
                    --role=extension-apiserver-authentication-reader --serviceaccount=\(account)
                    """)
        } catch {
            let text = (error as? ClientError)?.message ?? "\(error)"
            failure = CommandFailure(.unreachable, text, fix: "is the API server there, and the way to it open?")
        }
        guard options.flags.bool("authentication-tolerate-lookup-failure") else { throw failure }
        logger.warning(
            "certificates do not count until the authorities to verify them by can be read",
            metadata: ["error": "\(failure.message)", "fix": "\(failure.fix ?? "")"])
        return false
    }

    /// - Parameter stopTime: After the signal to stop.
    private func serve(_ server: MetricsServer, _ others: [any Service], stopTime: Duration) async throws {
        do {
            let bound = try await server.start()
            logger.info(
                "serves metrics", metadata: ["address": "\(bound.map(\.description).joined(separator: ","))", "version": "\(Version.text)"])
            var group = ServiceGroupConfiguration(
                services: ([server] + others).map { NamedService($0) }, gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
            group.maximumGracefulShutdownDuration = stopTime
            try await ServiceGroup(configuration: group).run()
        } catch let error as APIServerError {
            throw CommandFailure(.failed, error.message, fix: "end that process, or choose another --secure-port")
        }
    }
}
