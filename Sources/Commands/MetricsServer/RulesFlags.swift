// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import KubePKI
import Logging
import MetricRules
import MetricsAPI
import PrometheusClient

/// `--rules` and what goes with it.
enum RulesFlags {
    static func problems(_ flags: FlagValues) -> [String] {
        let others = [
            "prometheus-url", "prometheus-ca-file", "prometheus-token-file", "prometheus-client-tls-cert-file", "prometheus-client-tls-key-file",
            "prometheus-header", "prometheus-verb", "metrics-relist-interval", "metrics-max-age", "usage-source",
        ]
        guard flags.path("rules") != nil else { return others.filter { flags.isGiven($0) }.map { "--\($0) says nothing without --rules" } }
        var problems: [String] = []
        let url = flags.text("prometheus-url")
        if PrometheusAddress(url) == nil {
            problems.append("--prometheus-url=\(url) is no address of a server, such as http://prometheus-k8s.monitoring.svc:9090; --rules needs one")
        }
        if (flags.path("prometheus-client-tls-cert-file") == nil) != (flags.path("prometheus-client-tls-key-file") == nil) {
            problems.append("--prometheus-client-tls-cert-file and --prometheus-client-tls-key-file go together")
        }
        if PrometheusClient.Verb(rawValue: flags.text("prometheus-verb")) == nil { problems.append("--prometheus-verb is GET or POST") }
        for header in flags.list("prometheus-header") where Self.header(header) == nil {
            problems.append("--prometheus-header=\(header) is not NAME=VALUE")
        }
        if UsageSource(rawValue: flags.text("usage-source")) == nil { problems.append("--usage-source is kubelets or prometheus") }
        let (interval, age) = (flags.duration("metrics-relist-interval"), flags.duration("metrics-max-age"))
        if interval < .seconds(1) { problems.append("--metrics-relist-interval is at least 1s") }
        if age < interval { problems.append("--metrics-max-age \(age.goText) is less than --metrics-relist-interval \(interval.goText)") }
        return problems
    }

    /// From `NAME=VALUE`.
    static func header(_ text: String) -> (name: String, value: String)? {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0].wholeMatch(of: /[-A-Za-z0-9_]+/) != nil, parts[1].utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return nil
        }
        return (parts[0], parts[1])
    }

    /// nil without `--rules`.
    static func transport(_ flags: FlagValues) throws -> HTTPTransport? {
        guard flags.path("rules") != nil, let address = PrometheusAddress(flags.text("prometheus-url")) else { return nil }
        var configuration = ClientConfiguration(server: address.server, tokenFile: flags.path("prometheus-token-file"))
        if let path = flags.path("prometheus-ca-file") { configuration.caPEM = try CredentialFiles.read(path, "--prometheus-ca-file") }
        if let certificate = flags.path("prometheus-client-tls-cert-file"), let key = flags.path("prometheus-client-tls-key-file") {
            let credential = try CredentialFiles.read(
                certificate, key, flags: ("--prometheus-client-tls-cert-file", "--prometheus-client-tls-key-file"))
            configuration.certificatePEM = credential.certificatePEM
            configuration.keyPEM = credential.privateKeyPEM
        }
        do { return try HTTPTransport(configuration) } catch let error as ClientError { throw CommandFailure(.usage, error.message) }
    }

    /// nil without `--rules`.
    static func configuration(
        _ flags: FlagValues, _ transport: HTTPTransport?, _ cluster: KubeClient, _ logger: Logger
    ) async throws -> RuledMetricsConfiguration? {
        guard let path = flags.path("rules"), let transport, let address = PrometheusAddress(flags.text("prometheus-url")) else { return nil }
        let rules = try RulesFile(path: path).configuration()
        let tellsUsage = UsageSource(rawValue: flags.text("usage-source")) == .prometheus
        if tellsUsage, rules.resourceRules == nil {
            throw CommandFailure(.usage, "--usage-source=prometheus: \(path) has no resourceRules", fix: "add them, or leave --usage-source out")
        }
        if !tellsUsage, rules.resourceRules != nil {
            logger.warning(
                "resourceRules are left out: nodes' and pods' usage comes from the kubelets",
                metadata: ["file": "\(path)", "fix": "--usage-source=prometheus"])
        }
        var options = PrometheusClient.Options()
        options.verb = PrometheusClient.Verb(rawValue: flags.text("prometheus-verb")) ?? .get
        for header in flags.list("prometheus-header").compactMap(header) { options.headers[header.name] = header.value }
        let client = PrometheusClient(address, transport: transport, options: options)
        var configuration = RuledMetricsConfiguration(rules: rules, kinds: ResourceKinds(try await kinds(cluster, logger)), prometheus: client)
        configuration.tellsUsage = tellsUsage
        configuration.relistInterval = flags.duration("metrics-relist-interval")
        configuration.maximumAge = flags.duration("metrics-max-age")
        return configuration
    }

    private static func kinds(_ cluster: KubeClient, _ logger: Logger) async throws -> [ResourceKinds.Kind] {
        do { return try await KindDiscovery.kinds(cluster) } catch {
            logger.warning("labels name the kinds only that every cluster has: the cluster's cannot be read", metadata: ["error": "\(error)"])
            return ResourceKinds.builtIn
        }
    }
}
