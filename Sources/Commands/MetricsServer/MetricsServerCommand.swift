// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ArgumentParser
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

/// metrics-server's command line, for the server that takes its place.
struct MetricsServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics-server",
        abstract: "Scrape kubelets and serve metrics.k8s.io, in the place of metrics-server and with its flags.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    private static let usage = "updraft metrics-server [flags]"
    private static let about = """
        Scrapes every node's kubelet and serves what nodes and pods use as metrics.k8s.io, for kubectl top and for autoscalers.
        Its flags are those of metrics-server 0.9, with the same defaults.

        Examples:
          updraft metrics-server --secure-port=10250 --cert-dir=/tmp --metric-resolution=15s     in a pod
          updraft metrics-server --kubeconfig ~/.kube/config --secure-port 4443 --cert-dir /tmp  outside, to try it
        """

    func run() async throws {
        let flags = try FlagValues(arguments, MetricsServerFlags.all)
        if flags.asksForHelp { return print(MetricsServerFlags.all.help(usage: Self.usage, Self.about)) }
        if flags.bool("version") { return print("v\(Version.text)") }
        let options = try MetricsServerOptions(flags)
        let now: @Sendable () -> Timestamp = { WallClock.now() }
        let sink = LogSink.standardError(environment: ProcessInfo.processInfo.environment)
        let format = LogFormat(rawValue: flags.text("logging-format")) ?? .text
        let logger = Logger(label: "metrics-server", level: options.logLevel, format: format, sink: sink, now: now)
        for flag in flags.notNeeded { logger.info("a flag that changes nothing", metadata: ["flag": "--\(flag.name)", "why": "\(flag.why)"]) }
        let cluster = try Self.cluster(flags.path("kubeconfig"), flag: "--kubeconfig")
        let connections = ClusterConnections()
        let result: Result<Void, any Error>
        do {
            let client = try connections.client(cluster, flag: "--kubeconfig")
            let reviewers = MetricsServer.Reviewers(
                authentication: try connections.client(flags.path("authentication-kubeconfig"), flag: "--authentication-kubeconfig") ?? client,
                authorization: try connections.client(flags.path("authorization-kubeconfig"), flag: "--authorization-kubeconfig") ?? client)
            let keeper = ServingSecretFlags.settings(flags).map {
                ServingSecretKeeper(settings: $0, client: client, clock: ContinuousClock(), now: now, logger: logger)
            }
            let configuration = try options.configuration(
                cluster: cluster, shared: try await Self.sharedCredential(keeper), now: now, logger: logger)
            try await Self.check(client, reviewers, configuration, toleratesFailure: flags.bool("authentication-tolerate-lookup-failure"), logger)
            let server = try MetricsServer(configuration: configuration, client: client, reviewers: reviewers, now: now, logger: logger)
            keeper?.onChange { try server.reload(servingCredential: $0) }
            let reloads = FileReloads(options, server, cluster: cluster, logger: logger)
            try await serve(server, [reloads] + (keeper.map { [$0] } ?? []), logger)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await connections.shutdown()
        try result.get()
    }

    private static func sharedCredential(_ keeper: ServingSecretKeeper<ContinuousClock>?) async throws -> Credential? {
        do {
            return try await keeper?.acquire()
        } catch let error as ServingSecretError {
            throw CommandFailure(.failed, "no certificate to serve with: \(error.message)")
        }
    }

    static func cluster(_ kubeconfig: String?, flag: String) throws -> ClientConfiguration {
        do {
            if let kubeconfig { return try Kubeconfig(contentsOf: (kubeconfig as NSString).expandingTildeInPath).configuration() }
            if let inCluster = try ClientConfiguration.inCluster(environment: ProcessInfo.processInfo.environment) { return inCluster }
        } catch let error as ClientError {
            throw CommandFailure(.usage, "\(flag): \(error.message)")
        }
        throw CommandFailure(
            .usage, "there is no \(flag), and this is no pod in a cluster", fix: "name one, such as \(flag) ~/.kube/config")
    }

    /// What would otherwise fail again and again later, in many places.
    private static func check(
        _ client: KubeClient, _ reviewers: MetricsServer.Reviewers, _ configuration: MetricsServerConfiguration, toleratesFailure: Bool,
        _ logger: Logger
    ) async throws {
        do {
            try await DelegatedAuthentication.checkLookup(configuration.authentication, client: reviewers.authentication)
        } catch let error as APIError {
            let fix = """
                let the server's account read it: kubectl -n kube-system create rolebinding metrics-server-auth-reader \
                --role=extension-apiserver-authentication-reader --serviceaccount=kube-system:metrics-server
                """
            guard toleratesFailure else {
                throw CommandFailure(
                    .failed, "cannot read whom to believe, kube-system/extension-apiserver-authentication: \(error.message)", fix: fix)
            }
            logger.warning("cannot read whom to believe; certificates do not count", metadata: ["error": "\(error.message)", "fix": "\(fix)"])
        } catch {
            throw CommandFailure(.unreachable, "\(error)", fix: "is the API server there, and the way to it open?")
        }
    }

    private func serve(_ server: MetricsServer, _ others: [any Service], _ logger: Logger) async throws {
        do {
            let bound = try await server.start()
            logger.info(
                "serves metrics.k8s.io", metadata: ["address": "\(bound.map(\.description).joined(separator: ","))", "version": "\(Version.text)"])
            var group = ServiceGroupConfiguration(
                services: ([server] + others).map { NamedService($0) }, gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
            group.maximumGracefulShutdownDuration = .seconds(30)
            try await ServiceGroup(configuration: group).run()
        } catch let error as APIServerError {
            throw CommandFailure(.failed, error.message, fix: "end that process, or choose another --secure-port")
        }
    }
}

/// The connections to API servers that a command has opened.
private final class ClusterConnections {
    private var transports: [HTTPTransport] = []

    func client(_ cluster: ClientConfiguration, flag: String) throws -> KubeClient {
        do {
            let transport = try HTTPTransport(cluster)
            transports.append(transport)
            return KubeClient(transport: transport, userAgent: "updraft/\(Version.text) metrics-server")
        } catch let error as ClientError {
            throw CommandFailure(.usage, "\(flag): \(error.message)")
        }
    }

    /// nil where there is no such file named.
    func client(_ kubeconfig: String?, flag: String) throws -> KubeClient? {
        try kubeconfig.map { try client(try MetricsServerCommand.cluster($0, flag: flag), flag: flag) }
    }

    func shutdown() async { for transport in transports { try? await transport.shutdown() } }
}
