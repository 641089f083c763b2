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
        let process = MetricsServerProcess(
            options.server, program: "metrics-server", clusterFlag: "kubeconfig", account: "kube-system:metrics-server")
        try await process.run(options.rules, notNeeded: options.notNeeded) { try await parts(options, $0, process) }
    }

    private func parts(
        _ options: MetricsServerOptions, _ inputs: MetricsServerProcess.Inputs, _ process: MetricsServerProcess
    ) async throws -> MetricsServerProcess.Parts {
        let keeper = ServingSecretFlags.settings(options.flags).map {
            ServingSecretKeeper(settings: $0, client: inputs.cluster.client, clock: ContinuousClock(), now: process.now, logger: process.logger)
        }
        var configuration = try options.server.configuration(
            shared: try await Self.sharedCredential(keeper), now: process.now, logger: process.logger)
        try options.complete(&configuration, cluster: try inputs.cluster.configuration())
        configuration.rules = try options.chosen(inputs.rules, process.logger)
        var parts = MetricsServerProcess.Parts(configuration: configuration)
        parts.watched = WatchedFiles.named(MetricsServerOptions.kubeletFiles, by: options.flags) { server in
            try server.reload(kubelet: try options.kubelet(try inputs.cluster.configuration()))
        }
        // Kubelets know the same user by the same credentials, unless flags say otherwise.
        parts.takeOver = { cluster, server in try server.reload(kubelet: try options.kubelet(cluster)) }
        if let keeper {
            parts.made = { server in keeper.onChange { try server.reload(servingCredential: $0) } }
            parts.services = [keeper]
        }
        return parts
    }

    private static func sharedCredential(_ keeper: ServingSecretKeeper<ContinuousClock>?) async throws -> Credential? {
        do {
            return try await keeper?.acquire()
        } catch let error as ServingSecretError {
            throw CommandFailure(.failed, "no certificate to serve with: \(error.message)")
        }
    }
}
