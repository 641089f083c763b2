// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import Logging
import MetricRules
import MetricsAPI

/// What an adapter's command line asks for, checked as prometheus-adapter checks it.
struct PrometheusAdapterOptions {
    let flags: FlagValues
    let server: ServerOptions
    let rules: RulesFlags

    /// - Throws: `CommandFailure` naming the flags that do not fit each other.
    /// - Source: prometheus-adapter v0.12 cmd/adapter/adapter.go
    init(_ flags: FlagValues) throws {
        self.flags = flags
        server = ServerOptions(flags: flags)
        guard let path = flags.path("config") else {
            throw CommandFailure(.usage, "--config is needed: it names the file of rules", fix: "--config=/etc/adapter/config.yaml")
        }
        let kubeconfig = flags.path("prometheus-auth-config")
        var rules = RulesFlags(flags: flags, fileFlag: "config", path: path, kubeconfigFlag: "lister-kubeconfig")
        rules.identity = kubeconfig.map { .kubeconfig($0) } ?? (flags.bool("prometheus-auth-incluster") ? .inCluster : .nobody)
        self.rules = rules
        var problems = server.problems + rules.problems
        if kubeconfig != nil, flags.bool("prometheus-auth-incluster") {
            problems.append("--prometheus-auth-config and --prometheus-auth-incluster exclude each other")
        }
        guard problems.isEmpty else { throw CommandFailure(.usage, problems.joined(separator: "\n       ")) }
    }

    /// Flags that were given and change nothing, with the reason.
    var notNeeded: [(name: String, why: String)] {
        guard flags.path("prometheus-ca-file") != nil else { return server.notNeeded }
        let replaced = ["prometheus-auth-config", "prometheus-auth-incluster"].filter { flags.isGiven($0) }
        return server.notNeeded + replaced.map { ($0, "--prometheus-ca-file takes its place, as upstream") }
    }

    /// As many as k8s.io/apiserver lets by default.
    private static let requestsUnderWay = 400

    /// - Parameter rules: As the file says at the start: which APIs are served by it is decided once.
    func configuration(
        _ rules: RuledMetricsConfiguration, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) throws -> MetricsServerConfiguration {
        var configuration = try server.configuration(now: now, logger: logger)
        if flags.bool("disable-http2") { configuration.tls.servesHTTP2 = false }
        configuration.requestsUnderWay = Self.requestsUnderWay
        configuration.scrapesKubelets = false
        configuration.rules = Self.serving(rules)
        return configuration
    }

    /// With the APIs that the file has rules for.
    static func serving(_ rules: RuledMetricsConfiguration) -> RuledMetricsConfiguration {
        var rules = rules
        rules.tellsUsage = rules.rules.resourceRules != nil
        // What namespaces' own rules will be of, is not known yet.
        if rules.configMapSelector == nil { rules.groups = RuledMetricsConfiguration.groups(of: rules.rules) }
        return rules
    }
}
