// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import MetricsAPI

/// prometheus-adapter's command line, for the server that takes its place.
struct PrometheusAdapterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prometheus-adapter",
        abstract: "Serve metrics by Prometheus' series, in the place of prometheus-adapter and with its flags.")

    @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

    private static let usage = "updraft prometheus-adapter --config FILE [flags]"
    private static let about = """
        Serves what Prometheus knows as metrics.k8s.io, custom.metrics.k8s.io and external.metrics.k8s.io, by the rules of a file. It asks
        no kubelet. Its flags and its file are those of prometheus-adapter 0.12, with the same defaults.

        Examples:
          updraft prometheus-adapter --config=/etc/adapter/config.yaml --prometheus-url=http://prometheus-k8s.monitoring.svc:9090 --cert-dir=/tmp
          updraft prometheus-adapter --config config.yaml --prometheus-url http://127.0.0.1:9090 --lister-kubeconfig ~/.kube/config --cert-dir /tmp
          updraft rules check config.yaml --prometheus http://127.0.0.1:9090     what the rules make, without serving it
        """

    func run() async throws {
        let flags = try FlagValues(arguments, PrometheusAdapterFlags.all)
        if flags.asksForHelp { return print(PrometheusAdapterFlags.all.help(usage: Self.usage, Self.about)) }
        let options = try PrometheusAdapterOptions(flags)
        let process = MetricsServerProcess(
            options.server, program: "prometheus-adapter", clusterFlag: PrometheusAdapterFlags.clusterFlag,
            account: "monitoring:prometheus-adapter")
        try await process.run(options.rules, notNeeded: options.notNeeded) { inputs in
            guard let rules = inputs.rules else { throw CommandFailure(.usage, "--config is needed") }
            let configuration = try options.configuration(rules, now: process.now, logger: process.logger)
            if configuration.rules?.servesAnything == false { process.logger.warning("the file has no rules, so that nothing is served") }
            return MetricsServerProcess.Parts(configuration: configuration)
        }
    }
}
