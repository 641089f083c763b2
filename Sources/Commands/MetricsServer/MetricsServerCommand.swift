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
        for flag in options.notNeeded { logger.info("a flag that changes nothing", metadata: ["flag": "--\(flag.name)", "why": "\(flag.why)"]) }
        var connections = ClusterConnections()
        let result: Result<Void, any Error>
        do { result = .success(try await run(options, &connections, now, logger)) } catch { result = .failure(error) }
        await connections.shutdown()
        try result.get()
    }

    private func run(
        _ options: MetricsServerOptions, _ connections: inout ClusterConnections, _ now: @escaping @Sendable () -> Timestamp, _ logger: Logger
    ) async throws {
        let flags = options.flags
        let main = try connections.open(flags.path("kubeconfig"), flag: "--kubeconfig")
        func reviewer(_ name: String) throws -> KubeClient {
            let own = flags.path(name)
            return try connections.open(
                own ?? flags.path("kubeconfig"), flag: own == nil ? "--kubeconfig" : "--\(name)", timeLimit: ClusterConnections.reviewTime
            ).client
        }
        let reviewers = MetricsServer.Reviewers(
            authentication: try reviewer("authentication-kubeconfig"), authorization: try reviewer("authorization-kubeconfig"))
        let watched = WatchedFiles.all(options, connections, logger: logger)
        let keeper = ServingSecretFlags.settings(flags).map {
            ServingSecretKeeper(settings: $0, client: main.client, clock: ContinuousClock(), now: now, logger: logger)
        }
        var configuration = try options.configuration(
            cluster: try main.configuration(), shared: try await Self.sharedCredential(keeper), now: now, logger: logger)
        configuration.rules = try await RulesFlags.configuration(flags, try RulesFlags.transport(flags), main.client, logger)
        configuration.scrapesKubelets = configuration.rules?.tellsUsage != true
        configuration.authentication.waitsForLookup = try await Self.checkLookup(
            configuration, reviewers, isTolerated: flags.bool("authentication-tolerate-lookup-failure"), logger)
        let server = try MetricsServer(configuration: configuration, client: main.client, reviewers: reviewers, now: now, logger: logger)
        keeper?.onChange { try server.reload(servingCredential: $0) }
        let reloads = FileReloads(watched: watched, server: server, logger: logger)
        try await serve(server, [reloads] + (keeper.map { [$0] } ?? []), stopTime: configuration.shutdownDelay + .seconds(30), logger)
    }

    private static func sharedCredential(_ keeper: ServingSecretKeeper<ContinuousClock>?) async throws -> Credential? {
        do {
            return try await keeper?.acquire()
        } catch let error as ServingSecretError {
            throw CommandFailure(.failed, "no certificate to serve with: \(error.message)")
        }
    }

    /// Whether the ConfigMap of whom to believe can be read; what would otherwise fail again and again later, in many places.
    private static func checkLookup(
        _ configuration: MetricsServerConfiguration, _ reviewers: MetricsServer.Reviewers, isTolerated: Bool, _ logger: Logger
    ) async throws -> Bool {
        let failure: CommandFailure
        do {
            try await DelegatedAuthentication.checkLookup(configuration.authentication, client: reviewers.authentication)
            return true
        } catch let error as APIError {
            failure = CommandFailure(
                .failed, "cannot read whom to believe, kube-system/extension-apiserver-authentication: \(error.message)",
                fix: """
                    let the server's account read it: kubectl -n kube-system create rolebinding metrics-server-auth-reader \
                    --role=extension-apiserver-authentication-reader --serviceaccount=kube-system:metrics-server
                    """)
        } catch {
            let text = (error as? ClientError)?.message ?? "\(error)"
            failure = CommandFailure(.unreachable, text, fix: "is the API server there, and the way to it open?")
        }
        guard isTolerated else { throw failure }
        logger.warning(
            "certificates do not count until the authorities to verify them by can be read",
            metadata: ["error": "\(failure.message)", "fix": "\(failure.fix ?? "")"])
        return false
    }

    /// - Parameter stopTime: After the signal to stop.
    private func serve(_ server: MetricsServer, _ others: [any Service], stopTime: Duration, _ logger: Logger) async throws {
        do {
            let bound = try await server.start()
            logger.info(
                "serves metrics.k8s.io", metadata: ["address": "\(bound.map(\.description).joined(separator: ","))", "version": "\(Version.text)"])
            var group = ServiceGroupConfiguration(
                services: ([server] + others).map { NamedService($0) }, gracefulShutdownSignals: [.sigint, .sigterm], logger: logger)
            group.maximumGracefulShutdownDuration = stopTime
            try await ServiceGroup(configuration: group).run()
        } catch let error as APIServerError {
            throw CommandFailure(.failed, error.message, fix: "end that process, or choose another --secure-port")
        }
    }
}
