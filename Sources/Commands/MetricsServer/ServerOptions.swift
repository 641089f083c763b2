// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import DelegatedAccess
import Foundation
import Glibc
import KubeClient
import KubeModel
import KubePKI
import Logging
import MetricsAPI

/// What the flags ask for that metrics-server and prometheus-adapter have in common, checked as upstream checks it.
struct ServerOptions {
    let flags: FlagValues

    /// Of flags that do not fit each other, or have values that mean nothing.
    /// - Source: k8s.io/apiserver pkg/server/options
    var problems: [String] {
        var problems: [String] = []
        func require(_ holds: Bool, _ problem: String) { if !holds { problems.append(problem) } }
        require(
            (flags.path("tls-cert-file") == nil) == (flags.path("tls-private-key-file") == nil),
            "--tls-cert-file and --tls-private-key-file go together")
        require((1...65_535).contains(flags.int("secure-port")), "--secure-port is within 1 … 65535: without it nothing is served")
        require(
            (flags.path("audit-policy-file") == nil) == (flags.path("audit-log-path") == nil), "--audit-policy-file and --audit-log-path go together")
        require(
            ["blocking", "batch"].contains(flags.text("audit-log-mode")),
            "--audit-log-mode is blocking or batch: requests are not refused where the log cannot be written")
        require(["", "VersionTLS12", "VersionTLS13"].contains(flags.text("tls-min-version")), "--tls-min-version is VersionTLS12 or VersionTLS13")
        for suite in flags.list("tls-cipher-suites") where !CipherSuites.isMissing(suite) {
            require(
                CipherSuites.isKnown(suite), "--tls-cipher-suites: there is no \(suite) here; there are \(CipherSuites.names.joined(separator: ", "))"
            )
        }
        for name in ["http2-max-streams-per-connection", "audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize"] {
            require(flags.int(name) >= 0, "--\(name) is not negative")
        }
        for name in [
            "authentication-token-webhook-cache-ttl", "authorization-webhook-cache-authorized-ttl", "authorization-webhook-cache-unauthorized-ttl",
        ] {
            require(flags.duration(name) >= .zero, "--\(name) is not negative")
        }
        require(["text", "json"].contains(flags.text("logging-format")), "--logging-format is text or json")
        return problems
    }

    /// Flags that were given and change nothing, with the reason.
    var notNeeded: [(name: String, why: String)] {
        var told = flags.notNeeded
        let missing = flags.list("tls-cipher-suites").filter(CipherSuites.isMissing)
        if !missing.isEmpty {
            told.append(("tls-cipher-suites", "the TLS library has no \(missing.joined(separator: ", ")); the others named are offered"))
        }
        guard flags.path("requestheader-client-ca-file") == nil else { return told }
        let names = ["allowed-names", "username-headers", "uid-headers", "group-headers", "extra-headers-prefix"].map { "requestheader-\($0)" }
        let why = "it goes with --requestheader-client-ca-file; without that the ConfigMap extension-apiserver-authentication tells"
        return told + names.filter { flags.isGiven($0) }.map { (name: $0, why: why) }
    }

    var logLevel: Logger.Level { flags.int("v") >= 4 ? .debug : .info }

    /// - Parameter shared: A Secret's credential, in the place of one of files.
    /// - Throws: `CommandFailure` naming the flag and the file.
    func configuration(shared: Credential? = nil, now: @escaping @Sendable () -> Timestamp, logger: Logger) throws -> MetricsServerConfiguration {
        var configuration = MetricsServerConfiguration(
            addresses: [listenAddress], servingCredential: try shared ?? servingCredential(now: now(), logger: logger))
        configuration.authentication = try authentication()
        configuration.tokenCacheTime = flags.duration("authentication-token-webhook-cache-ttl")
        configuration.openPaths = flags.list("authorization-always-allow-paths")
        configuration.allowedCacheTime = flags.duration("authorization-webhook-cache-authorized-ttl")
        configuration.refusedCacheTime = flags.duration("authorization-webhook-cache-unauthorized-ttl")
        configuration.tls.requires13 = flags.text("tls-min-version") == "VersionTLS13"
        configuration.tls.cipherSuites = flags.list("tls-cipher-suites")
        configuration.tls.servesHTTP2 = !flags.bool("disable-http2-serving")
        let streams = flags.int("http2-max-streams-per-connection")
        configuration.concurrentStreams = streams > 0 ? streams : nil
        configuration.audit = try AuditFlags(
            policyFile: flags.path("audit-policy-file"), logPath: flags.path("audit-log-path"), maximumMegabytes: flags.int("audit-log-maxsize"),
            maximumBackups: flags.int("audit-log-maxbackup"), maximumDays: flags.int("audit-log-maxage")
        ).audit()?.settings(logger: logger, now: now)
        configuration.version = "v\(Version.text)"
        return configuration
    }

    /// 0.0.0.0 stands for all addresses, also of IPv6 where the kernel has it, as Go understands it: a cluster may have no others.
    /// In a lab's pod, whose address is one of loopback's, all addresses would be all pods' too.
    var listenAddress: APIServerConfiguration.ListenAddress {
        var host = flags.text("bind-address")
        if host == "0.0.0.0" || host == "::" {
            let podAddress = ProcessInfo.processInfo.environment["POD_IP"] ?? ""
            if podAddress.hasPrefix("127."), IPAddress.isValid(podAddress) {
                host = podAddress
            } else if Self.hasIPv6 {
                host = "::"
            }
        }
        return .init(host: host, port: flags.int("secure-port"))
    }

    /// Whether one can listen on all addresses of IPv6, and so of both families.
    private static var hasIPv6: Bool {
        let probe = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        var all = sockaddr_in6()
        all.sin6_family = sa_family_t(AF_INET6)
        return withUnsafePointer(to: &all) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(probe, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0 }
        }
    }

    func servingCredential(now: Timestamp, logger: Logger) throws -> Credential {
        if let certificate = flags.path("tls-cert-file"), let key = flags.path("tls-private-key-file") {
            return try CredentialFiles.read(certificate, key, flags: ("--tls-cert-file", "--tls-private-key-file"))
        }
        let host = ProcessInfo.processInfo.hostName
        let bound = listenAddress.host
        let addresses = bound == "0.0.0.0" || bound == "::" ? ["127.0.0.1"] : [bound]
        return try ServingCertificate(
            folder: flags.text("cert-dir"), isFolderGiven: flags.isGiven("cert-dir"), addresses: addresses, names: [host, "localhost"]
        ).load(now: now, logger: logger)
    }

    func authentication() throws -> DelegatedAuthenticationOptions {
        var options = DelegatedAuthenticationOptions()
        options.looksUp = !flags.bool("authentication-skip-lookup")
        if let path = flags.path("client-ca-file") { options.clientCAPEM = try CredentialFiles.read(path, "--client-ca-file") }
        if let path = flags.path("requestheader-client-ca-file") {
            let settings = RequestHeaderSettings(
                allowedNames: flags.list("requestheader-allowed-names"), usernameHeaders: flags.list("requestheader-username-headers"),
                uidHeaders: flags.list("requestheader-uid-headers"), groupHeaders: flags.list("requestheader-group-headers"),
                extraHeaderPrefixes: flags.list("requestheader-extra-headers-prefix"))
            options.requestHeader = RequestHeaderOptions(
                clientCAPEM: try CredentialFiles.read(path, "--requestheader-client-ca-file"), settings: settings)
        }
        return options
    }
}
