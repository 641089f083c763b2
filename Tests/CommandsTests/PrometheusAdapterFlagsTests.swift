// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel
import MetricRules
import MetricsAPI
import PrometheusClient
import Testing

@testable import Commands

@Suite("The flags of prometheus-adapter")
struct PrometheusAdapterFlagsTests {
    /// Name, type as pflag names it, and default; what k8s.io/apiserver gives it and metrics-server alike is not repeated.
    /// - Source: prometheus-adapter v0.12 cmd/adapter/adapter.go, custom-metrics-apiserver v1.30 pkg/cmd/builder.go
    private static let upstream = """
        config string
        prometheus-url string https://localhost
        prometheus-auth-incluster bool false
        prometheus-auth-config string
        prometheus-ca-file string
        prometheus-client-tls-cert-file string
        prometheus-client-tls-key-file string
        prometheus-token-file string
        prometheus-header strings
        prometheus-verb string GET
        metrics-relist-interval duration 10m0s
        metrics-max-age duration
        disable-http2 bool false
        lister-kubeconfig string
        discovery-interval duration
        client-qps float 5
        client-burst int 10
        secure-port int 6443
        enable-priority-and-fairness bool false
        """
    /// What only servers with a main loop and options of their own have.
    private static let notShared = ["kubeconfig", "metric-resolution", "version", "node-selector"]

    @Test("are all there, with the same defaults, and those that all servers have as metrics-server has them")
    func all() throws {
        let flags = PrometheusAdapterFlags.all
        let values = try FlagValues([], flags)
        for line in Self.upstream.split(separator: "\n") {
            let parts = line.split(separator: " ").map(String.init)
            let flag = try #require(flags.flag(parts[0]), "--\(parts[0])")
            #expect((flag.kind == .bool) == (parts[1] == "bool") && (flag.kind == .duration) == (parts[1] == "duration"), "--\(parts[0])")
            #expect(values.text(parts[0]) == (parts.count > 2 ? parts[2] : ""), "--\(parts[0])")
        }
        let own = Set(Self.upstream.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) })
        let names = flags.groups.flatMap(\.flags).map(\.name)
        #expect(Set(names).count == names.count, "each once")
        let groups = ["tls-", "authentication-", "authorization-", "requestheader-", "audit-", "cert-dir", "bind-address", "permit-", "client-ca"]
        for upstream in UpstreamMetricsServerFlags.all where groups.contains(where: upstream.name.hasPrefix) {
            #expect(own.contains(upstream.name) || values.text(upstream.name) == upstream.standard, "--\(upstream.name)")
        }
        for name in Self.notShared { #expect(flags.flag(name) == nil, "--\(name)") }
    }

    private static let manifestCases: [[String]] = [
        // kube-prometheus 0.29, with prometheus-adapter 0.4.1
        [
            "--cert-dir=/var/run/serving-cert", "--config=/etc/adapter/config.yaml", "--logtostderr=true", "--metrics-relist-interval=1m",
            "--prometheus-url=http://prometheus-k8s.monitoring.svc:9090/", "--secure-port=6443",
        ],
        // prometheus-adapter 0.12's own, and kube-prometheus'
        [
            "--cert-dir=/var/run/serving-cert", "--config=/etc/adapter/config.yaml", "--metrics-relist-interval=1m",
            "--prometheus-url=https://prometheus.monitoring.svc:9090/", "--secure-port=6443",
            "--tls-cipher-suites=TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,"
                + "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,"
                + "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,"
                + "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,TLS_RSA_WITH_AES_128_GCM_SHA256,"
                + "TLS_RSA_WITH_AES_256_GCM_SHA384,TLS_RSA_WITH_AES_128_CBC_SHA,TLS_RSA_WITH_AES_256_CBC_SHA",
        ],
    ]

    @Test("are taken as upstream's manifests give them, of any age", arguments: manifestCases)
    func manifests(_ arguments: [String]) throws {
        let options = try PrometheusAdapterOptions(try FlagValues(arguments, PrometheusAdapterFlags.all))
        #expect(options.rules.path == "/etc/adapter/config.yaml")
        let told = options.notNeeded
        #expect(told.map(\.name) == (arguments.contains { $0.hasPrefix("--tls") } ? ["tls-cipher-suites"] : []))
        #expect(told.allSatisfy { $0.why.contains("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256") })
    }

    private static let mistakeCases: [(arguments: [String], text: String)] = [
        ([], "--config is needed"), (["--config=f", "--prometheus-url=prometheus:9090"], "is no address of a server"),
        (["--config=f", "--prometheus-auth-incluster", "--prometheus-auth-config=k"], "exclude each other"),
        (["--config=f", "--prometheus-client-tls-cert-file=c"], "go together"), (["--config=f", "--prometheus-verb=PUT"], "GET or POST"),
        (["--config=f", "--prometheus-header=x"], "is not NAME=VALUE"),
        (
            ["--config=f", "--metrics-relist-interval=1m", "--metrics-max-age=30s"],
            "--metrics-max-age 30s is less than --metrics-relist-interval 1m0s"
        ),
        (["--config=f", "--secure-port=0"], "--secure-port is within"),
        (["--config=f", "--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA"], "there is no"),
        (["--config=f", "--log-dir=/var/log"], "--log-dir is not supported"), (["--config=f", "--logtostderr=false"], "is not supported"),
        (["--config=f", "--metric-resolution=15s"], "unknown flag: --metric-resolution"),
        (["--config=f", "--audit-webhook-config-file=f"], "--audit-webhook-config-file is not supported"),
    ]

    @Test("say what is wrong", arguments: mistakeCases.indices)
    func mistakes(_ index: Int) {
        let (arguments, text) = Self.mistakeCases[index]
        let failure = #expect(throws: CommandFailure.self) { try PrometheusAdapterOptions(try FlagValues(arguments, PrometheusAdapterFlags.all)) }
        #expect(failure?.code == .usage && failure?.message.contains(text) == true, "\(failure?.report ?? "")")
    }

    @Test("that change nothing are told, with the reason")
    func notNeeded() throws {
        let values = try FlagValues(
            [
                "--config=f", "--client-qps=20", "--stderrthreshold=2", "--prometheus-ca-file=c", "--prometheus-auth-incluster",
                "--discovery_interval=1m",
            ],
            PrometheusAdapterFlags.all)
        let told = try PrometheusAdapterOptions(values).notNeeded
        #expect(told.map(\.name) == ["client-qps", "discovery-interval", "stderrthreshold", "prometheus-auth-incluster"])
        #expect(told.allSatisfy { !$0.why.isEmpty })
    }

    @Test("say how Prometheus is asked: as a kubeconfig's user, or by an authority and a token of its own")
    func connection() throws {
        let folder = NSTemporaryDirectory() + "/updraft-adapter-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let kubeconfig = """
            {"apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
             "clusters": [{"name": "c", "cluster": {"server": "https://api:6443"}}], "users": [{"name": "u", "user": {"token": "secret"}}]}
            """
        try kubeconfig.write(toFile: folder + "/kubeconfig", atomically: true, encoding: .utf8)
        try "authority".write(toFile: folder + "/ca", atomically: true, encoding: .utf8)
        func connection(_ arguments: String...) throws -> ClientConfiguration {
            let url = "--prometheus-url=https://prometheus:9090/prefix"
            return try PrometheusAdapterOptions(try FlagValues(["--config=f", url] + arguments, PrometheusAdapterFlags.all)).rules.connection()
        }
        #expect(try connection() == ClientConfiguration(server: "https://prometheus:9090"))
        let user = "--prometheus-auth-config=\(folder)/kubeconfig"
        #expect(try connection(user) == ClientConfiguration(server: "https://prometheus:9090", token: "secret"))
        #expect(try connection(user, "--prometheus-token-file=t").tokenFile == "t")
        let ca = "--prometheus-ca-file=\(folder)/ca"
        #expect(
            try connection(user, ca, "--prometheus-token-file=t")
                == ClientConfiguration(server: "https://prometheus:9090", caPEM: "authority", tokenFile: "t"))
        #expect(throws: CommandFailure.self) { try connection("--prometheus-ca-file=/nothing") }
        #expect(throws: CommandFailure.self) { try connection("--prometheus-auth-incluster") }
    }

    @Test("serve the APIs that the file has rules for")
    func groups() throws {
        let transport = try HTTPTransport(ClientConfiguration(server: "http://127.0.0.1:1"))
        let rule: JSONValue = ["seriesQuery": "up", "metricsQuery": "up"]
        let cases: [(keys: [String], groups: Set<RuledMetricsConfiguration.Group>)] = [
            ([], []), (["rules"], [.custom]), (["externalRules"], [.external]), (["rules", "externalRules"], [.custom, .external]),
        ]
        for (keys, groups) in cases {
            for resourceRules: JSONValue in [.null, ["window": "1m"]] {
                var file = JSONObject(keys.map { ($0, .array([rule])) })
                file["resourceRules"] = resourceRules
                let rules = PrometheusAdapterOptions.serving(
                    RuledMetricsConfiguration(
                        rules: try MetricsConfiguration(.object(file)), kinds: ResourceKinds(ResourceKinds.builtIn),
                        prometheus: PrometheusClient(try #require(PrometheusAddress("http://127.0.0.1:1")), transport: transport),
                        connect: PrometheusServer.connect))
                #expect(rules.groups == groups && rules.tellsUsage == !resourceRules.isNull, "\(file)")
                #expect(rules.servesAnything == (!keys.isEmpty || !resourceRules.isNull))
            }
        }
    }

    @Test("have a help with an example, that names each one that can be used, once")
    func help() {
        let help = PrometheusAdapterFlags.all.help(usage: "updraft prometheus-adapter [flags]", "About.")
        for flag in PrometheusAdapterFlags.all.groups.flatMap(\.flags) {
            let heads = help.split(separator: "\n").filter { line in
                (line.hasPrefix("      --") || line.hasPrefix("  -")) && (line.contains("--\(flag.name) ") || line.hasSuffix("--\(flag.name)"))
            }
            if case .refused = flag.handling { #expect(heads.isEmpty, "\(flag.name)") } else { #expect(heads.count == 1, "\(flag.name)") }
        }
    }

    @Test("are told of in the documentation where they are not as upstream's, nor as metrics-server's")
    func documentation() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/metric-rules.md"), encoding: .utf8)
        for flag in PrometheusAdapterFlags.all.groups.flatMap(\.flags) where MetricsServerFlags.all.flag(flag.name) == nil {
            if case .used = flag.handling { continue }
            #expect(text.contains("`--\(flag.name)`"), "--\(flag.name)")
        }
    }
}
