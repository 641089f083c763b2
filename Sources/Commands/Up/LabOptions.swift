// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubeModel

/// The flags of `updraft up`; those that upstream has keep upstream's names and meaning.
struct LabOptions: ParsableArguments {
    @OptionGroup var directory: DataDirectoryOption

    @Option(help: "Added to the ports 6443 (API server), 10443 (metrics server), 9090 (Prometheus) and 10257 (autoscaler), for several labs at once.")
    var portOffset = 0

    @Option(help: "How many nodes share this machine.")
    var nodes = 3

    @Option(
        name: .customLong("requestheader-client-ca-file"),
        help: "CA bundle that client certificates must be signed by for their request headers to be read.")
    var requestHeaderClientCAFile: String?

    @Option(
        name: .customLong("requestheader-allowed-names"), help: "Common names allowed to send request headers, separated by commas; none given: any.")
    var requestHeaderAllowedNames: String?

    @Option(name: .customLong("requestheader-username-headers"), help: "Headers to read the user's name from.")
    var requestHeaderUsernameHeaders = "X-Remote-User"

    @Option(name: .customLong("requestheader-group-headers"), help: "Headers to read the user's groups from.")
    var requestHeaderGroupHeaders = "X-Remote-Group"

    @Option(name: .customLong("requestheader-extra-headers-prefix"), help: "Prefixes of the headers to read the rest about the user from.")
    var requestHeaderExtraHeadersPrefix = "X-Remote-Extra-"

    @Option(name: .customLong("proxy-client-cert-file"), help: "Certificate by which the API server proves itself to extension servers.")
    var proxyClientCertFile: String?

    @Option(name: .customLong("proxy-client-key-file"), help: "The key of --proxy-client-cert-file.")
    var proxyClientKeyFile: String?

    @Option(name: .customLong("metric-resolution"), help: "How often nodes are scraped.")
    var metricResolution = DurationArgument(.seconds(1))

    @Option(name: .customLong("usage-source"), help: "Where metrics.k8s.io has nodes' and pods' usage from: kubelets or prometheus.")
    var usageSource = UsageSource.kubelets

    @OptionGroup(title: "Autoscaler (the lab decides on each fresh sample, once a second, unless a period is given)") var autoscaler: AutoscalerFlags

    @OptionGroup(title: "Audit log") var audit: AuditFlags

    @Option(
        help: ArgumentHelp(
            "A part to leave out, for one of your own in its place: \(LabPart.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "part"))
    var without: [LabPart] = []

    @Flag(name: .shortAndLong, help: "Say more in the log.")
    var verbose = false

    func validate() throws {
        guard (0...40_000).contains(portOffset) else { throw ValidationError("--port-offset \(portOffset) is not within 0 … 40000") }
        guard (1...100).contains(nodes) else { throw ValidationError("--nodes \(nodes) is not within 1 … 100") }
        guard (proxyClientCertFile == nil) == (proxyClientKeyFile == nil) else {
            throw ValidationError("--proxy-client-cert-file and --proxy-client-key-file go together")
        }
        if usageSource == .prometheus, without.contains(.prometheus) {
            throw ValidationError("--usage-source prometheus needs the part that --without leaves out")
        }
        guard metricResolution.duration >= .milliseconds(100) else { throw ValidationError("--metric-resolution is at least 100ms") }
    }
}

/// What `--without` leaves out of a lab.
enum LabPart: String, ExpressibleByArgument, CaseIterable, Sendable {
    case horizontalPodAutoscaler = "horizontal-pod-autoscaler"
    case metricsServer = "metrics-server"
    case prometheus
}
