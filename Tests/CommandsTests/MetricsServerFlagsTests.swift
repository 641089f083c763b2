// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel
import KubePKI
import Logging
import Testing

@testable import Commands

@Suite("metrics-server's command line")
struct MetricsServerFlagsTests {
    private static func values(_ arguments: String...) throws -> FlagValues { try FlagValues(arguments, MetricsServerFlags.all) }

    private static func failure(_ arguments: String...) -> String {
        do {
            _ = try MetricsServerOptions(try FlagValues(arguments, MetricsServerFlags.all))
            return ""
        } catch let failure as CommandFailure {
            return failure.code == .usage ? failure.report : "not a usage error: \(failure.report)"
        } catch {
            return "\(error)"
        }
    }

    @Test("all flags of metrics-server 0.9 are known, each once, with a default of its kind")
    func table() {
        let flags = MetricsServerFlags.all.groups.flatMap(\.flags)
        #expect(flags.count == 103 && Set(flags.map(\.name)).count == 103, "\(flags.count)")
        for flag in flags where !flag.standard.isEmpty { #expect(flag.problem(flag.standard) == nil, "\(flag.name)") }
        let help = MetricsServerFlags.all.help(usage: "u", "about")
        #expect(help.contains("--kubelet-preferred-address-types strings") && help.contains("-l, --node-selector string"))
        #expect(!help.contains("audit-webhook") && help.contains("(default 10s)"))
    }

    @Test("values are read as pflag reads them")
    func reading() throws {
        let flags = try Self.values(
            "--secure-port=4443", "--cert-dir", "/tmp", "-l", "a=b", "-v=5", "--kubelet-insecure-tls", "--disable-http2-serving=false",
            "--kubelet-preferred-address-types=InternalIP,ExternalIP", "--kubelet_preferred_address_types", "Hostname", "--metric-resolution=15s")
        #expect(flags.int("secure-port") == 4443 && flags.text("cert-dir") == "/tmp" && flags.text("node-selector") == "a=b")
        #expect(flags.int("v") == 5 && flags.bool("kubelet-insecure-tls") && !flags.bool("disable-http2-serving"))
        #expect(flags.list("kubelet-preferred-address-types") == ["InternalIP", "ExternalIP", "Hostname"])
        #expect(flags.duration("metric-resolution") == .seconds(15) && flags.duration("kubelet-request-timeout") == .seconds(10))
        #expect(flags.list("authorization-always-allow-paths") == ["/healthz", "/readyz", "/livez"] && !flags.isGiven("bind-address"))
        #expect(try Self.values("-lapp=web").text("node-selector") == "app=web" && (try Self.values("--help")).asksForHelp)
    }

    @Test(
        "what does not fit is an error that names the flag and the way on",
        arguments: [
            (["--kublet-port=1"], "unknown flag: --kublet-port\n  fix: did you mean --kubelet-port?"),
            (["--frobnicate"], "unknown flag: --frobnicate"),
            (["--metric-resolution=5s"], "--metric-resolution is at least 10s"), (["--metric-resolution=often"], "\"often\" is no duration"),
            (["--metric-resolution=10s"], "more than nine tenths"), (["--kubelet-request-timeout=0s"], "more than 0"),
            (["--kubelet-insecure-tls", "--kubelet-certificate-authority=/ca"], "exclude each other"),
            (["--kubelet-client-key=/k"], "go together"), (["--tls-cert-file=/c"], "go together"), (["--secure-port=0"], "1 … 65535"),
            (["--secure-port"], "needs a value"), (["--bind-address=here"], "is no IP address"), (["--profiling=maybe"], "neither true nor false"),
            (["--deprecated-kubelet-completely-insecure"], "anyone on the way"), (["--audit-webhook-config-file=/w"], "audit events go to a file"),
            (["--audit-log-format=legacy"], "which means json"), (["--tls-cipher-suites=TLS_NULL"], "there is no TLS_NULL here"),
            (["--tls-min-version=VersionTLS10"], "VersionTLS12 or"), (["--source=kubernetes.summary_api:''"], "is no longer a flag"),
            (["serve"], "unexpected argument"), (["-z"], "unknown flag: -z"), (["--node-selector=a==="], "--node-selector"),
            (["--kubelet-preferred-address-types=IP"], "there is no type IP"), (["--tls-sni-cert-key=a,b"], "every name"),
        ])
    func mistakes(arguments: [String], expected: String) {
        let found: String
        do {
            _ = try MetricsServerOptions(try FlagValues(arguments, MetricsServerFlags.all))
            found = ""
        } catch {
            found = (error as? CommandFailure)?.report ?? "\(error)"
        }
        #expect(found.contains(expected), "\(found)")
    }

    @Test("upstream's own command lines are taken, and what changes nothing is told")
    func upstreams() throws {
        #expect(
            Self.failure(
                "--cert-dir=/tmp", "--secure-port=10250", "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
                "--kubelet-use-node-status-port", "--metric-resolution=15s") == "")
        #expect(Self.failure() == "" && Self.failure("--audit-log-mode=batch", "--profiling=false", "--audit-log-compress=false") == "")
        let told = try Self.values("--profiling=false", "--max-requests-inflight", "10", "--secure-port=1").notNeeded
        #expect(told.map(\.name) == ["max-requests-inflight", "profiling"] && told.allSatisfy { !$0.why.isEmpty })
    }

    @Test("a serving certificate is made once, kept, and made anew when it ends")
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
