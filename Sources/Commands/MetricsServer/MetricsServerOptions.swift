// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel
import KubePKI
import Logging
import MetricRules
import MetricsAPI

/// What a metrics server's command line asks for, checked as metrics-server checks it.
struct MetricsServerOptions {
    let flags: FlagValues
    let server: ServerOptions
    /// nil without `--rules`.
    let rules: RulesFlags?

    /// `--usage-source`

    /// - Throws: `CommandFailure` naming the flags that do not fit each other.
    /// - Source: metrics-server v0.9 cmd/metrics-server/app/options/{options,kubelet_client}.go
    init(_ flags: FlagValues) throws {
        self.flags = flags
        server = ServerOptions(flags: flags)
        rules = flags.path("rules").map { RulesFlags(flags: flags, fileFlag: "rules", path: $0, kubeconfigFlag: "kubeconfig") }
        let problems =
            kubeletProblems + server.problems + genericProblems + ServingSecretFlags.problems(flags) + (rules?.problems ?? problemsWithoutRules)
        guard problems.isEmpty else { throw CommandFailure(.usage, problems.joined(separator: "\n       ")) }
    }

    private var kubeletProblems: [String] {
        var problems: [String] = []
        func require(_ holds: Bool, _ problem: String) { if !holds { problems.append(problem) } }
        let resolution = flags.duration("metric-resolution")
        let timeout = flags.duration("kubelet-request-timeout")
        require(resolution >= .seconds(10), "--metric-resolution is at least 10s: kubelets measure no more often")
        require(timeout > .zero, "--kubelet-request-timeout is more than 0")
        require(
            resolution * 9 / 10 >= timeout,
            "--kubelet-request-timeout \(timeout.goText) is more than nine tenths of --metric-resolution \(resolution.goText)")
        require(
            flags.path("kubelet-certificate-authority") == nil || !flags.bool("kubelet-insecure-tls"),
            "--kubelet-certificate-authority and --kubelet-insecure-tls exclude each other")
        let tls = ["kubelet-client-key", "kubelet-client-certificate", "kubelet-certificate-authority"].filter { flags.path($0) != nil }
        require(
            !flags.bool("deprecated-kubelet-completely-insecure") || tls.isEmpty && !flags.bool("kubelet-insecure-tls"),
            "--deprecated-kubelet-completely-insecure excludes --kubelet-insecure-tls, --kubelet-certificate-authority and a client certificate")
        require(
            (flags.path("kubelet-client-certificate") == nil) == (flags.path("kubelet-client-key") == nil),
            "--kubelet-client-certificate and --kubelet-client-key go together")
        require((1...65_535).contains(flags.int("kubelet-port")), "--kubelet-port is within 1 … 65535")
        let types = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"]
        for type in flags.list("kubelet-preferred-address-types") {
            require(types.contains(type), "--kubelet-preferred-address-types: there is no type \(type); there are \(types.joined(separator: ", "))")
        }
        do { _ = try LabelSelector(parsing: flags.text("node-selector")) } catch { problems.append("--node-selector: \(error.message)") }
        return problems
    }

    private var genericProblems: [String] {
        var problems = ["max-requests-inflight"].filter { flags.int($0) < 0 }.map { "--\($0) is not negative" }
        if flags.duration("request-timeout") <= .zero { problems.append("--request-timeout is more than 0") }
        if flags.duration("shutdown-delay-duration") < .zero { problems.append("--shutdown-delay-duration is not negative") }
        if UsageSource(rawValue: flags.text("usage-source")) == nil { problems.append("--usage-source is kubelets or prometheus") }
        return problems
    }

    private var problemsWithoutRules: [String] {
        (["usage-source", "prometheus-url"] + PrometheusFlags.names).filter { flags.isGiven($0) }.map { "--\($0) says nothing without --rules" }
    }

    /// Flags that were given and change nothing, with the reason.
    var notNeeded: [(name: String, why: String)] { server.notNeeded }

    /// Whether Prometheus is asked what nodes and pods use, and no kubelet.
    var asksPrometheusForUsage: Bool { UsageSource(rawValue: flags.text("usage-source")) == .prometheus }

    /// What goes beyond `server`.
    /// - Parameter cluster: How the API server is reached, which is also how kubelets are unless flags say otherwise.
    /// - Throws: `CommandFailure` naming the flag and the file.
    func complete(_ configuration: inout MetricsServerConfiguration, cluster: ClientConfiguration) throws {
        configuration.kubelet = try kubelet(cluster)
        configuration.scrapesKubelets = !asksPrometheusForUsage
        configuration.metricResolution = flags.duration("metric-resolution")
        configuration.nodeSelector = flags.text("node-selector")
        let requests = flags.int("max-requests-inflight")
        configuration.requestsUnderWay = requests > 0 ? requests : nil
        configuration.answerTime = flags.duration("request-timeout")
        configuration.shutdownDelay = flags.duration("shutdown-delay-duration")
    }

    /// The rules as `--usage-source` has them used.
    func chosen(_ rules: RuledMetricsConfiguration?, _ logger: Logger) throws -> RuledMetricsConfiguration? {
        guard var rules, let file = flags.path("rules") else { return nil }
        rules.tellsUsage = asksPrometheusForUsage
        if rules.tellsUsage, rules.rules.resourceRules == nil {
            throw CommandFailure(.usage, "--usage-source=prometheus: \(file) has no resourceRules", fix: "add them, or leave --usage-source out")
        }
        if !rules.tellsUsage, rules.rules.resourceRules != nil {
            logger.warning(
                "resourceRules are left out: nodes' and pods' usage comes from the kubelets",
                metadata: ["file": "\(file)", "fix": "--usage-source=prometheus"])
        }
        return rules
    }

    static let kubeletFiles = ["kubelet-client-certificate", "kubelet-client-key", "kubelet-certificate-authority"]

    func kubelet(_ cluster: ClientConfiguration) throws -> KubeletOptions {
        var kubelet = KubeletOptions(caPEM: cluster.caPEM)
        if let path = flags.path("kubelet-certificate-authority") {
            kubelet.caPEM = try CredentialFiles.read(path, "--kubelet-certificate-authority")
        }
        if let certificate = flags.path("kubelet-client-certificate"), let key = flags.path("kubelet-client-key") {
            kubelet.clientCredential = try CredentialFiles.read(
                certificate, key, flags: ("--kubelet-client-certificate", "--kubelet-client-key"))
        } else if let certificate = cluster.certificatePEM, let key = cluster.keyPEM {
            kubelet.clientCredential = Credential(certificatePEM: certificate, privateKeyPEM: key)
        }
        let token = BearerToken(cluster)
        kubelet.bearerToken = { try token.current() }
        kubelet.isInsecure = flags.bool("kubelet-insecure-tls")
        kubelet.isPlain = flags.bool("deprecated-kubelet-completely-insecure")
        kubelet.port = flags.int("kubelet-port")
        kubelet.usesNodeStatusPort = flags.bool("kubelet-use-node-status-port")
        kubelet.preferredAddressTypes = flags.list("kubelet-preferred-address-types")
        kubelet.requestTimeout = flags.duration("kubelet-request-timeout")
        return kubelet
    }
}
