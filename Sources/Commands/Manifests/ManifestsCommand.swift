// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import MetricsAPI
import PrometheusClient

struct ManifestsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifests", abstract: "Print what installs a part on a cluster, or alerts on it, for kubectl apply -f -.",
        discussion: "Example: updraft manifests metrics-server --ha | kubectl apply -f -",
        subcommands: [MetricsServerManifestsCommand.self, AlertsManifestsCommand.self])
}

struct MetricsServerManifestsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics-server", abstract: "Print what installs the metrics server.",
        discussion: """
            Examples:
              updraft manifests metrics-server --ha | kubectl apply -f -
              updraft manifests metrics-server --without-api-services | kubectl apply -f -     beside another one, which keeps serving
              updraft manifests metrics-server --take-over | kubectl apply -f -
              updraft manifests metrics-server --rules metric-rules --prometheus-url http://prometheus-k8s.monitoring.svc:9090 | kubectl apply -f -
              updraft manifests metrics-server --rules adapter-config --prometheus-url http://prometheus-k8s.monitoring.svc:9090 \
            --usage-source prometheus --take-over | kubectl apply -f -     usage from Prometheus too, no kubelet is asked

            First looks into the cluster whether another server has \(ServingSecretSettings.apiServices.joined(separator: " or ")), or with --rules \
            custom and external metrics. If so, prints nothing but, on standard error, who it is and how to take over and roll back, and exits \
            with 1. --take-over prints what takes the APIServices of metrics-server and prometheus-adapter over; those of any other server are left \
            out, and named on standard error. A cluster that cannot be asked is an error too (3); without any kubeconfig there is none to ask.
            """)

    @Flag(help: "Two replicas on different nodes, of which one stays while nodes are drained.")
    var ha = false

    @Option(help: "How many replicas; 1 if not given, 2 with --ha.")
    var replicas: Int?

    @Option(name: [.customLong("usage-source"), .customLong("source")], help: "Where usage is read from: kubelets, or by --rules prometheus.")
    var usageSource = UsageSource.kubelets

    @Option(help: "Serve custom and external metrics too, by the rules in this ConfigMap's config.yaml.")
    var rules: String?

    @Option(help: "With --rules: the Prometheus server, as the cluster's pods reach it.")
    var prometheusUrl: String?

    @Option(help: "The image to run.")
    var image = MetricsServerManifest.defaultImage

    @Option(name: .shortAndLong, help: "Where to install it.")
    var namespace = "kube-system"

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print it: yaml, or json (one List).")
    var output: ManifestFormat = .yaml

    @Option(help: "The cluster to look into; KUBECONFIG, ~/.kube/config or the cluster this runs in, if not given.")
    var kubeconfig: String?

    @Flag(help: "Look into no cluster; whoever has the APIServices there, all are printed.")
    var offline = false

    @Flag(help: "Take over the APIServices of metrics-server and prometheus-adapter; those of others stay theirs.")
    var takeOver = false

    @Flag(help: "Leave the APIServices out: the server runs, and clients go on asking the other one.")
    var withoutApiServices = false

    func validate() throws {
        if let replicas, replicas < 1 { throw ValidationError("--replicas \(replicas) is less than 1") }
        if ha, let replicas, replicas < 2 { throw ValidationError("--ha takes two replicas or more, not \(replicas)") }
        guard NamespaceName.isValid(namespace) else { throw ValidationError("--namespace \(namespace) is not a namespace's name") }
        guard !image.isEmpty else { throw ValidationError("--image is empty") }
        guard (rules == nil) == (prometheusUrl == nil) else { throw ValidationError("--rules and --prometheus-url go together") }
        guard usageSource == .kubelets || rules != nil else {
            throw ValidationError("--usage-source prometheus needs --rules, whose resourceRules say how to ask, and --prometheus-url")
        }
        if let rules, !ObjectName.isValid(rules) {
            throw ValidationError("--rules \(rules) is not a ConfigMap's name")
        }
        if let prometheusUrl, PrometheusAddress(prometheusUrl) == nil {
            throw ValidationError("--prometheus-url \(prometheusUrl) is no address of a server, such as http://prometheus-k8s.monitoring.svc:9090")
        }
    }

    func run() async throws {
        var manifest = MetricsServerManifest(
            namespace: namespace, image: image, replicas: replicas ?? (ha ? 2 : 1), isHighlyAvailable: ha, takesOver: takeOver,
            hasAPIServices: !withoutApiServices,
            rules: rules.flatMap { configMap in prometheusUrl.map { MetricsServerManifest.Rules(configMap: configMap, prometheusURL: $0) } },
            usageSource: usageSource)
        if !offline, !withoutApiServices { try await leaveToOthers(&manifest) }
        StandardOutput.write(output.text(of: manifest.objects))
    }

    /// - Throws: `CommandFailure` where others have APIServices and none is to be taken over.
    private func leaveToOthers(_ manifest: inout MetricsServerManifest) async throws {
        guard let configuration = try clusterConfiguration() else {
            StandardError.write("warning: no kubeconfig, so nobody was asked whether another server has the API; --offline says that it is meant so")
            return
        }
        let foreign = ForeignAPIServices(try await APIServiceInspection(configuration).foreign(to: manifest.servingSettings), manifest)
        guard takeOver || foreign.all.isEmpty else { throw CommandFailure(.failed, foreign.report) }
        manifest.leftOut = Set(foreign.leftAlone.map(\.owner.apiService))
        if !foreign.leftAlone.isEmpty { StandardError.write(foreign.leftOutReport) }
    }

    private func clusterConfiguration() throws -> ClusterToAsk? {
        try ClusterToAsk.find(kubeconfig: kubeconfig, environment: ProcessInfo.processInfo.environment, home: NSHomeDirectory())
    }
}

enum ObjectName {
    /// RFC 1123 subdomain, as far as a command line needs it.
    static func isValid(_ name: String) -> Bool { name.utf8.count <= 253 && name.wholeMatch(of: /[a-z0-9]([-.a-z0-9]*[a-z0-9])?/) != nil }
}

enum NamespaceName {
    /// RFC 1123 label.
    static func isValid(_ name: String) -> Bool { name.utf8.count <= 63 && name.wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?/) != nil }
}
