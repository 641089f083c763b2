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

/// What a metrics server's command line asks for, checked as metrics-server checks it.
struct MetricsServerOptions {
    let flags: FlagValues

    /// - Throws: `CommandFailure` naming the flags that do not fit each other.
    /// - Source: metrics-server v0.9 cmd/metrics-server/app/options/{options,kubelet_client}.go
    init(_ flags: FlagValues) throws {
        self.flags = flags
        var problems: [String] = []
        func require(_ holds: Bool, _ problem: String) { if !holds { problems.append(problem) } }
        let resolution = flags.duration("metric-resolution")
        let timeout = flags.duration("kubelet-request-timeout")
        require(resolution >= .seconds(10), "--metric-resolution is at least 10s: kubelets measure no more often")
        require(timeout > .zero, "--kubelet-request-timeout is more than 0")
        require(flags.duration("request-timeout") > .zero, "--request-timeout is more than 0")
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
        for (first, second) in [("kubelet-client-certificate", "kubelet-client-key"), ("tls-cert-file", "tls-private-key-file")] {
            require((flags.path(first) == nil) == (flags.path(second) == nil), "--\(first) and --\(second) go together")
        }
        require((1...65_535).contains(flags.int("kubelet-port")), "--kubelet-port is within 1 … 65535")
        require((1...65_535).contains(flags.int("secure-port")), "--secure-port is within 1 … 65535: without it nothing is served")
        require(
            (flags.path("audit-policy-file") == nil) == (flags.path("audit-log-path") == nil), "--audit-policy-file and --audit-log-path go together")
        require(
            ["blocking", "batch"].contains(flags.text("audit-log-mode")),
            "--audit-log-mode is blocking or batch: requests are not refused where the log cannot be written")
        require(["", "VersionTLS12", "VersionTLS13"].contains(flags.text("tls-min-version")), "--tls-min-version is VersionTLS12 or VersionTLS13")
        for suite in flags.list("tls-cipher-suites") {
            require(
                CipherSuites.isKnown(suite), "--tls-cipher-suites: there is no \(suite) here; there are \(CipherSuites.names.joined(separator: ", "))"
            )
        }
        for name in ["max-requests-inflight", "http2-max-streams-per-connection", "audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize"] {
            require(flags.int(name) >= 0, "--\(name) is not negative")
        }
        for name in [
            "shutdown-delay-duration", "authentication-token-webhook-cache-ttl", "authorization-webhook-cache-authorized-ttl",
            "authorization-webhook-cache-unauthorized-ttl",
        ] {
            require(flags.duration(name) >= .zero, "--\(name) is not negative")
        }
        require(["text", "json"].contains(flags.text("logging-format")), "--logging-format is text or json")
        let types = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"]
        for type in flags.list("kubelet-preferred-address-types") {
            require(types.contains(type), "--kubelet-preferred-address-types: there is no type \(type); there are \(types.joined(separator: ", "))")
        }
        do { _ = try LabelSelector(parsing: flags.text("node-selector")) } catch { problems.append("--node-selector: \(error.message)") }
        problems += ServingSecretFlags.problems(flags)
        problems += RulesFlags.problems(flags)
        guard problems.isEmpty else { throw CommandFailure(.usage, problems.joined(separator: "\n       ")) }
    }

    /// Flags that were given and change nothing, with the reason.
    var notNeeded: [(name: String, why: String)] {
        guard flags.path("requestheader-client-ca-file") == nil else { return flags.notNeeded }
        let names = ["allowed-names", "username-headers", "uid-headers", "group-headers", "extra-headers-prefix"].map { "requestheader-\($0)" }
        let why = "it goes with --requestheader-client-ca-file; without that the ConfigMap extension-apiserver-authentication tells"
        return flags.notNeeded + names.filter { flags.isGiven($0) }.map { (name: $0, why: why) }
    }

    var logLevel: Logger.Level { flags.int("v") >= 4 ? .debug : .info }

    /// - Parameters:
    ///   - cluster: How the API server is reached, which is also how kubelets are unless flags say otherwise.
    ///   - shared: The Secret's credential, in the place of one of files.
    /// - Throws: `CommandFailure` naming the flag and the file.
    func configuration(
        cluster: ClientConfiguration, shared: Credential? = nil, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) throws -> MetricsServerConfiguration {
        var configuration = MetricsServerConfiguration(
            addresses: [listenAddress], servingCredential: try shared ?? servingCredential(now: now(), logger: logger), kubelet: try kubelet(cluster))
        configuration.metricResolution = flags.duration("metric-resolution")
        configuration.nodeSelector = flags.text("node-selector")
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
        let requests = flags.int("max-requests-inflight")
        configuration.requestsUnderWay = requests > 0 ? requests : nil
        configuration.answerTime = flags.duration("request-timeout")
        configuration.shutdownDelay = flags.duration("shutdown-delay-duration")
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
