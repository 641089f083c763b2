// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import KubeClient
import KubeModel
import MetricRules
import PrometheusClient

struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Look at the rules that make metrics of Prometheus' series.",
        discussion: "Example: updraft rules check config.yaml --prometheus http://127.0.0.1:9090",
        subcommands: [RulesCheckCommand.self, RulesDefaultCommand.self])
}

struct RulesDefaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "default", abstract: "Print rules for what most clusters have, to begin a configuration file with.",
        discussion: """
            They make metrics of what kubelets tell of containers, of what applications tell under the labels that kube-prometheus or annotation \
            scraping give, and of kube-state-metrics; nodes' and pods' usage is among them as resourceRules. `updraft up` serves by them.

            Examples:
              updraft rules default > config.yaml
              updraft rules default --window 1m | updraft rules check - --prometheus http://127.0.0.1:9090
            """)

    @Option(help: "Over how long counters become rates: four times the scrape interval, or more.")
    var window = DurationArgument(.seconds(120))

    func validate() throws {
        guard window.duration >= .seconds(1) else { throw ValidationError("--window is at least 1s") }
    }

    func run() throws { print(DefaultRules.text(window: window.duration), terminator: "") }
}

struct RulesCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say of each rule what it matches, which metrics it makes and how it asks for them.",
        discussion: """
            Reads prometheus-adapter's configuration file, or the ConfigMap that holds it. A rule that cannot be used is told with its line, and \
            the others are looked at all the same. With a Prometheus server, each rule's series are looked up there, and one value of each \
            metric is asked for.

            Examples:
              updraft rules check config.yaml
              updraft rules check config.yaml --prometheus http://127.0.0.1:9090
              kubectl -n monitoring get configmap adapter-config -o yaml | updraft rules check - --prometheus https://prometheus.example --token-file token

            Exit code 0 where every rule can be used and, with --prometheus, makes a metric; 1 where one does not; 2 for a file that cannot be \
            read; 3 where Prometheus cannot be asked.
            """)

    @Argument(help: "The file; - for standard input.")
    var file: String

    @Option(help: "The server to look the series up at, with its path if it has one.")
    var prometheus: String?

    @Option(help: "A file with the token to send to Prometheus.")
    var tokenFile: String?

    @Option(help: "A file with the authority that signed Prometheus' certificate; the system's are asked if not given.")
    var caFile: String?

    @Option(
        name: .customLong("header"), help: "A header to send to Prometheus, as NAME=VALUE, such as X-Scope-OrgID=team-a; may be given several times.")
    var headers: [String] = []

    @Option(help: "How old the last sample of a series may be.")
    var maxAge: DurationArgument = DurationArgument(.seconds(600))

    @Option(name: .customLong("resource"), help: "A further kind that labels may name, as PLURAL.GROUP=SINGULAR, such as brands.cheese.io=brand.")
    var resources: [String] = []

    @Option(name: [.customShort("o"), .customLong("output")], help: "How to print it: text or json.")
    var output: RulesReport.Format = .text

    func validate() throws {
        if let prometheus, PrometheusAddress(prometheus) == nil {
            throw ValidationError("--prometheus \(prometheus) is no address of a server, such as http://127.0.0.1:9090")
        }
        _ = try kinds
        _ = try headerFields
    }

    private var kinds: ResourceKinds {
        get throws {
            let more = try resources.map { text in
                let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2, let dot = parts[0].firstIndex(of: ".") else {
                    throw ValidationError("--resource \(text) is not of the form PLURAL.GROUP=SINGULAR, such as brands.cheese.io=brand")
                }
                return ResourceKinds.Kind(group: String(parts[0][dot...].dropFirst()), plural: String(parts[0][..<dot]), singular: parts[1])
            }
            return ResourceKinds(ResourceKinds.builtIn + more)
        }
    }

    private var headerFields: [String: String] {
        get throws {
            try headers.reduce(into: [:]) { fields, text in
                guard let header = RulesFlags.header(text) else { throw ValidationError("--header \(text) is not of the form NAME=VALUE") }
                fields[header.name] = header.value
            }
        }
    }

    func run() async throws {
        let configuration = try RulesFile(path: file).configuration()
        var check = RulesCheck(configuration, kinds: try kinds)
        guard let prometheus, let address = PrometheusAddress(prometheus) else { return try finish(check.report()) }
        let transport = try HTTPTransport(
            ClientConfiguration(server: address.server, caPEM: try caFile.map { try CredentialFiles.read($0, "--ca-file") }, tokenFile: tokenFile))
        var options = PrometheusClient.Options()
        options.headers = try headerFields
        let client = PrometheusClient(address, transport: transport, options: options)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await check.look(at: client, since: WallClock.now() - maxAge.duration)) } catch { outcome = .failure(error) }
        try await transport.shutdown()
        do { try outcome.get() } catch let error as PrometheusError {
            throw CommandFailure(.unreachable, error.description, fix: "give the address of a Prometheus server that runs (--prometheus)")
        }
        try finish(check.report())
    }

    private func finish(_ report: RulesReport) throws {
        StandardOutput.write(report.text(output))
        guard report.problemCount == 0 else { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }
}
