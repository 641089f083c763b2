// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel
import KubePKI
import Logging
import MetricRules
import MetricsAPI
import PrometheusClient

/// The file of rules and how Prometheus is asked, as flags say.
struct RulesFlags {
    /// As whom Prometheus is asked, beyond what its own flags say.
    enum Identity {
        case nobody
        /// The service account of the pod that this runs in.
        case inCluster
        /// That of a kubeconfig.
        case kubeconfig(String)
    }

    let flags: FlagValues
    /// That names the file.
    let fileFlag: String
    let path: String
    /// That names the kubeconfig of the cluster.
    let kubeconfigFlag: String
    var identity = Identity.nobody

    var problems: [String] {
        var problems: [String] = []
        let url = flags.text("prometheus-url")
        if PrometheusAddress(url) == nil {
            problems.append(
                "--prometheus-url=\(url) is no address of a server, such as http://prometheus-k8s.monitoring.svc:9090; --\(fileFlag) needs one")
        }
        if (flags.path("prometheus-client-tls-cert-file") == nil) != (flags.path("prometheus-client-tls-key-file") == nil) {
            problems.append("--prometheus-client-tls-cert-file and --prometheus-client-tls-key-file go together")
        }
        if PrometheusClient.Verb(rawValue: flags.text("prometheus-verb")) == nil { problems.append("--prometheus-verb is GET or POST") }
        for header in flags.list("prometheus-header") where Self.header(header) == nil {
            problems.append("--prometheus-header=\(header) is not NAME=VALUE")
        }
        do { _ = try LabelSelector(parsing: flags.text("rules-configmap-selector")) } catch {
            problems.append("--rules-configmap-selector: \(error.message)")
        }
        let (forwarded, adapter) = (flags.list("forward-metrics"), flags.text("forward-metrics-to"))
        if forwarded.isEmpty != adapter.isEmpty { problems.append("--forward-metrics and --forward-metrics-to go together") }
        if !adapter.isEmpty, !adapter.hasPrefix("https://") || PrometheusAddress(adapter) == nil {
            problems.append("--forward-metrics-to=\(adapter) is no address of a server that proves who it is: it begins with https://")
        }
        let interval = flags.duration("metrics-relist-interval")
        if interval < .seconds(1) { problems.append("--metrics-relist-interval is at least 1s") }
        if maximumAge < interval {
            problems.append("--metrics-max-age \(maximumAge.goText) is less than --metrics-relist-interval \(interval.goText)")
        }
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

    private var maximumAge: Duration {
        let age = flags.duration("metrics-max-age")
        return age == .zero ? flags.duration("metrics-relist-interval") : age
    }

    // MARK: Prometheus

    /// The flags of files by which it is verified, and by which it knows us.
    static let credentialFlags = ["prometheus-ca-file", "prometheus-client-tls-cert-file", "prometheus-client-tls-key-file"]

    func address() throws -> PrometheusAddress {
        let url = flags.text("prometheus-url")
        guard let address = PrometheusAddress(url) else { throw CommandFailure(.usage, "--prometheus-url=\(url) is no address of a server") }
        return address
    }

    /// How it is reached, as files say now.
    /// - Throws: `CommandFailure` naming the flag and the file.
    /// - Source: makePromClient, prometheus-adapter v0.12 cmd/adapter/adapter.go: its own authority takes the place of the identity.
    func connection() throws -> ClientConfiguration {
        var configuration = ClientConfiguration(server: "")
        if let path = flags.path("prometheus-ca-file") {
            configuration.caPEM = try CredentialFiles.read(path, "--prometheus-ca-file")
        } else if let identity = try chosenIdentity() {
            configuration = identity
        }
        configuration.server = try address().server
        if let path = flags.path("prometheus-token-file") { configuration.tokenFile = path }
        if let certificate = flags.path("prometheus-client-tls-cert-file"), let key = flags.path("prometheus-client-tls-key-file") {
            let credential = try CredentialFiles.read(
                certificate, key, flags: ("--prometheus-client-tls-cert-file", "--prometheus-client-tls-key-file"))
            configuration.certificatePEM = credential.certificatePEM
            configuration.keyPEM = credential.privateKeyPEM
        }
        return configuration
    }

    private func chosenIdentity() throws -> ClientConfiguration? {
        switch identity {
        case .nobody: return nil
        case .kubeconfig(let path): return try ClusterConnections.configuration(path, flag: "--prometheus-auth-config")
        case .inCluster: return try ClusterConnections.configuration(nil, flag: "--prometheus-auth-config")
        }
    }

    func transport() throws -> ReloadableTransport {
        do { return try ReloadableTransport(try connection()) } catch let error as ClientError { throw CommandFailure(.usage, error.message) }
    }

    // MARK: Rules

    /// - Throws: `CommandFailure` naming the file and the line.
    func rules() throws -> MetricsConfiguration { try RulesFile(path: path).configuration() }

    /// - Parameter transport: To Prometheus.
    func configuration(_ transport: any Transport, _ cluster: KubeClient, _ logger: Logger) async throws -> RuledMetricsConfiguration {
        let rules = try rules()
        var options = PrometheusClient.Options()
        options.verb = PrometheusClient.Verb(rawValue: flags.text("prometheus-verb")) ?? .get
        for header in flags.list("prometheus-header").compactMap(Self.header) { options.headers[header.name] = header.value }
        let client = PrometheusClient(try address(), transport: transport, options: options)
        var configuration = RuledMetricsConfiguration(
            rules: rules, kinds: ResourceKinds(try await Self.kinds(cluster, logger)), prometheus: client, connect: PrometheusServer.connect)
        configuration.relistInterval = flags.duration("metrics-relist-interval")
        configuration.maximumAge = maximumAge
        configuration.forwarding = try forwarding()
        configuration.configMapSelector = flags.path("rules-configmap-selector")
        return configuration
    }

    /// The other adapter believes this server by the token or certificate that the cluster knows it by.
    private func forwarding() throws -> MetricForwarding? {
        guard let server = flags.path("forward-metrics-to") else { return nil }
        var connection = try ClusterConnections.configuration(flags.path(kubeconfigFlag), flag: "--\(kubeconfigFlag)")
        connection.server = server
        if let path = flags.path("forward-metrics-ca-file") { connection.caPEM = try CredentialFiles.read(path, "--forward-metrics-ca-file") }
        do {
            return MetricForwarding(
                names: flags.list("forward-metrics"), server: server, transport: try HTTPTransport(connection, timeLimit: .seconds(30)))
        } catch let error as ClientError { throw CommandFailure(.usage, error.message) }
    }

    private static func kinds(_ cluster: KubeClient, _ logger: Logger) async throws -> [ResourceKinds.Kind] {
        do { return try await KindDiscovery.kinds(cluster) } catch {
            logger.warning("labels name the kinds only that every cluster has: the cluster's cannot be read", metadata: ["error": "\(error)"])
            return ResourceKinds.builtIn
        }
    }
}
