// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI
import Logging
import Testing

@testable import Commands

@Suite("The flags of metrics-server")
struct MetricsServerFlagsTests {
    @Test("are all there, of the same kind and with the same defaults")
    func all() throws {
        let ours = MetricsServerFlags.all.groups.filter { $0.title != MetricsServerFlags.ownTitle }.flatMap(\.flags)
        #expect(UpstreamMetricsServerFlags.all.count == 103)
        #expect(Set(ours.map(\.name)) == Set(UpstreamMetricsServerFlags.all.map(\.name)) && ours.count == 103)
        let values = try FlagValues([], MetricsServerFlags.all)
        for upstream in UpstreamMetricsServerFlags.all {
            let flag = try #require(MetricsServerFlags.all.flag(upstream.name))
            #expect((flag.kind == .bool) == (upstream.type == "bool"), "--\(upstream.name)")
            if flag.kind == .duration {
                let standard = upstream.standard.isEmpty ? "0s" : upstream.standard
                #expect(values.duration(upstream.name) == Duration(goText: standard), "--\(upstream.name)")
            } else if flag.kind == .int {
                #expect(values.int(upstream.name) == Int(upstream.standard.isEmpty ? "0" : upstream.standard), "--\(upstream.name)")
            } else {
                #expect(values.text(upstream.name) == upstream.standard, "--\(upstream.name)")
            }
        }
        #expect(throws: Never.self) { try MetricsServerOptions(values) }
    }

    @Test("are taken in every spelling that pflag takes")
    func spellings() throws {
        func values(_ arguments: String...) throws -> FlagValues { try FlagValues(arguments, MetricsServerFlags.all) }
        #expect(try values("--kubelet-port=1").int("kubelet-port") == 1)
        #expect(try values("--kubelet-port", "2").int("kubelet-port") == 2)
        #expect(try values("--kubelet_port=3").int("kubelet-port") == 3)
        #expect(try values("--kubelet-port=3", "--kubelet-port=4").int("kubelet-port") == 4, "the last one counts")
        #expect(try values("-l", "a=b").text("node-selector") == "a=b")
        #expect(try values("-la=b").text("node-selector") == "a=b")
        #expect(try values("-l=a=b").text("node-selector") == "a=b")
        #expect(try values("--node-selector=a=b,c!=d").text("node-selector") == "a=b,c!=d")
        for arguments in [["-v", "4"], ["-v=4"], ["-v4"], ["--v=4"], ["--v", "4"]] {
            #expect(try FlagValues(arguments, MetricsServerFlags.all).int("v") == 4, "\(arguments)")
        }
        #expect(try values("--kubelet-insecure-tls").bool("kubelet-insecure-tls"))
        #expect(try values("--kubelet-insecure-tls=T").bool("kubelet-insecure-tls"))
        #expect(try !values("--kubelet-insecure-tls=false").bool("kubelet-insecure-tls"))
        #expect(throws: CommandFailure.self) { try values("--kubelet-insecure-tls", "false") }
        let types = "kubelet-preferred-address-types"
        #expect(try values("--\(types)=InternalIP,Hostname", "--\(types)", "ExternalIP").list(types) == ["InternalIP", "Hostname", "ExternalIP"])
        #expect(try values("--authorization-always-allow-paths=").list("authorization-always-allow-paths") == [])
        #expect(try values("--help").asksForHelp && values("-h").asksForHelp)
    }

    private static let mistakeCases: [(arguments: [String], text: String, fix: String)] = [
        (["--metric-resolutoin=15s"], "unknown flag: --metric-resolutoin", "did you mean --metric-resolution?"),
        (["--zzz"], "unknown flag: --zzz", "--help lists the flags there are"), (["-x"], "unknown flag: -x", "--help"),
        (["--kubelet-port"], "--kubelet-port needs a value", "--kubelet-port=VALUE"), (["--kubelet-port=x"], "\"x\" is no whole number", ""),
        (["--metric-resolution=15"], "is no duration", ""), (["--bind-address=localhost"], "is no IP address", ""),
        (["--kubelet-insecure-tls=maybe"], "is neither true nor false", ""), (["run"], "unexpected argument \"run\"", "--name=value"),
        (["--source=kubernetes.summary_api:''"], "--source is no longer a flag", "leave it out"),
        (["--logtostderr"], "--logtostderr is no longer a flag", "leave it out"),
        (["--kubelet-read-only-port=0"], "--kubelet-read-only-port is no longer a flag", "leave it out"),
        (["--audit-webhook-config-file=f"], "--audit-webhook-config-file is not supported", "leave it out"),
        (["--audit-log-compress"], "--audit-log-compress=true is not supported", "which means false"),
        (["--tls-sni-cert-key=a,b"], "--tls-sni-cert-key is not supported", "leave it out"),
    ]

    @Test("say what is wrong, and what to do", arguments: mistakeCases.indices)
    func mistakes(_ index: Int) {
        let (arguments, text, fix) = Self.mistakeCases[index]
        let failure = #expect(throws: CommandFailure.self) { try FlagValues(arguments, MetricsServerFlags.all) }
        #expect(failure?.code == .usage && failure?.message.contains(text) == true, "\(failure?.report ?? "")")
        #expect(fix.isEmpty || failure?.fix?.contains(fix) == true, "\(failure?.report ?? "")")
    }

    private static let ruleCases: [(arguments: [String], text: String)] = [
        (["--metric-resolution=9s", "--kubelet-request-timeout=1s"], "--metric-resolution is at least 10s"),
        (["--deprecated-kubelet-completely-insecure", "--kubelet-insecure-tls"], "excludes"), (["--metric-resolution=10s"], "nine tenths"),
        (["--kubelet-request-timeout=0s"], "--kubelet-request-timeout is more than 0"),
        (["--kubelet-certificate-authority=f", "--kubelet-insecure-tls"], "exclude each other"), (["--kubelet-client-key=f"], "go together"),
        (["--tls-cert-file=f"], "go together"), (["--secure-port=0"], "--secure-port is within"),
        (["--kubelet-port=65536"], "--kubelet-port is within"),
        (["--tls-min-version=VersionTLS11"], "VersionTLS12"), (["--tls-cipher-suites=TLS_RSA_WITH_RC4_128_SHA"], "TLS_RSA_WITH_RC4_128_SHA"),
        (["--logging-format=xml"], "text or json"), (["--kubelet-preferred-address-types=IP"], "there is no type IP"),
        (["--node-selector=a in"], "--node-selector"), (["--audit-log-path=-"], "go together"), (["--max-requests-inflight=-1"], "is not negative"),
        (["--shutdown-delay-duration=-1s"], "is not negative"), (["--request-timeout=0s"], "--request-timeout is more than 0"),
        (["--audit-log-mode=blocking-strict"], "--audit-log-mode is blocking or batch"),
    ]

    @Test("must fit each other", arguments: ruleCases.indices)
    func rules(_ index: Int) throws {
        let (arguments, text) = Self.ruleCases[index]
        let values = try FlagValues(arguments, MetricsServerFlags.all)
        let failure = #expect(throws: CommandFailure.self) { try MetricsServerOptions(values) }
        #expect(failure?.code == .usage && failure?.message.contains(text) == true, "\(failure?.report ?? "")")
    }

    @Test("that change nothing are told, with the reason; a refused one that is off is none")
    func notNeeded() throws {
        let values = try FlagValues(
            ["--profiling=false", "--goaway-chance=0.1", "--tls-sni-cert-key=", "--permit-port-sharing=false", "--requestheader-allowed-names=a"],
            MetricsServerFlags.all)
        let told = try MetricsServerOptions(values).notNeeded
        #expect(told.map(\.name) == ["goaway-chance", "profiling", "requestheader-allowed-names"])
        #expect(told.allSatisfy { !$0.why.isEmpty })
    }

    @Test("have a help that names each one that can be used, once")
    func help() {
        let help = MetricsServerFlags.all.help(usage: "updraft metrics-server [flags]", "About.")
        for flag in MetricsServerFlags.all.groups.flatMap(\.flags) {
            let lines = help.split(separator: "\n").filter { $0.contains("--\(flag.name) ") || $0.hasSuffix("--\(flag.name)") }
            let heads = lines.filter { $0.hasPrefix("      --") || $0.hasPrefix("  -") }
            if case .refused = flag.handling { #expect(heads.isEmpty, "\(flag.name)") } else { #expect(heads.count == 1, "\(flag.name)") }
        }
    }

    @Test("are told of in the documentation where they are not as upstream's")
    func documentation() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/metrics-server.md"), encoding: .utf8)
        let parts = text.split(separator: "\n### ").map(String.init)
        try #require(parts.count == 3)
        for flag in MetricsServerFlags.all.groups.flatMap(\.flags) {
            let name = "`--\(flag.name)`"
            switch flag.handling {
            case .used: #expect(!parts[1].split(separator: "\n").contains { $0.hasPrefix("| \(name)") }, "\(name)")
            case .notNeeded: #expect(parts[1].contains(name), "\(name)")
            case .refused, .onlyDefault: #expect(parts[2].contains(name), "\(name)")
            }
        }
    }

    @Test("are taken as upstream's own manifests give them")
    func manifests() throws {
        let values = try FlagValues(
            [
                "--cert-dir=/tmp", "--secure-port=10250", "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
                "--kubelet-use-node-status-port", "--metric-resolution=15s",
            ], MetricsServerFlags.all)
        #expect(try MetricsServerOptions(values).notNeeded.isEmpty)
    }

    @Test("give a serving certificate that is made once, kept, and made anew when it ends")
    func certificate() throws {
        let folder = NSTemporaryDirectory() + "/updraft-certificates-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let logger = Logger(label: "test")
        let serving = ServingCertificate(folder: folder, isFolderGiven: true, addresses: ["127.0.0.1"], names: ["metrics"])
        let now = Timestamp(seconds: 1_795_000_000)
        let first = try serving.load(now: now, logger: logger)
        #expect(try serving.load(now: now + .seconds(3600), logger: logger) == first)
        let permissions = try FileManager.default.attributesOfItem(atPath: "\(folder)/apiserver.key")[.posixPermissions] as? Int
        #expect(permissions == 0o600)
        #expect(try serving.load(now: now + .seconds(400 * 86_400), logger: logger) != first)
        let unwritable = ServingCertificate(folder: "/proc/nothing", isFolderGiven: true, addresses: [], names: ["metrics"])
        #expect(throws: CommandFailure.self) { try unwritable.load(now: now, logger: logger) }
        let byDefault = ServingCertificate(folder: "/proc/nothing", isFolderGiven: false, addresses: [], names: ["metrics"])
        #expect(try byDefault.load(now: now, logger: logger).certificatePEM.contains("BEGIN CERTIFICATE"))
    }
}
