// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The flags that servers built on k8s.io/apiserver have in common.
///
/// - Source: k8s.io/apiserver pkg/server/options, as metrics-server v0.9 docs/command-line-flags.txt shows them
enum ServerFlags {
    /// - Parameter port: By default.
    static func serving(port: Int) -> [UpstreamFlag] {
        [
            .init("bind-address", .address, "0.0.0.0", "Where to listen."),
            .init("secure-port", .int, "\(port)", "On which port."),
            .init(
                "cert-dir", .string, "apiserver.local.config/certificates",
                "Where a certificate that is made is kept, as apiserver.crt and apiserver.key."),
            .init("tls-cert-file", .string, "", "The certificate to serve with, and those between it and its authority; one is made if not given."),
            .init("tls-private-key-file", .string, "", "The key of --tls-cert-file."),
            .init("tls-min-version", .string, "", "VersionTLS12 or VersionTLS13; VersionTLS12 if not given."),
            .init("tls-cipher-suites", .list, "", "The suites of TLS 1.2, by their names at IANA; those of forward secrecy if not given."),
            .init(
                "tls-curve-preferences", .list, "", "Key exchanges.", .refused("the order of key exchanges is the TLS library's: X25519, then P-256")),
            .init(
                "tls-sni-cert-key", .list, "", "Further certificates by name.",
                .refused("one certificate serves every name; put all names into that of --tls-cert-file")),
            .init("disable-http2-serving", .bool, "false", "Serve HTTP/1.1 only."),
            .init("http2-max-streams-per-connection", .int, "", "How many requests a connection may carry at once; 250 if not given."),
            .init("permit-address-sharing", .bool, "false", "SO_REUSEADDR.", .notNeeded("the address can be taken again at once after a restart")),
            .init(
                "permit-port-sharing", .bool, "false", "SO_REUSEPORT.",
                .refused("two servers on one port would let any process of this user take requests; run two replicas")),
        ]
    }

    /// - Parameter cluster: The flag that names the cluster asked otherwise.
    static func authentication(cluster: String) -> [UpstreamFlag] {
        [
            .init("authentication-kubeconfig", .string, "", "The cluster that is asked who a token belongs to; that of --\(cluster) if not given."),
            .init("authentication-skip-lookup", .bool, "false", "Do not read the ConfigMap extension-apiserver-authentication."),
            .init("authentication-token-webhook-cache-ttl", .duration, "10s", "How long an answer on a token counts."),
            .init(
                "authentication-tolerate-lookup-failure", .bool, "false",
                "Serve also while that ConfigMap cannot be read; nobody's certificate counts then."),
            .init("client-ca-file", .string, "", "Authorities of clients' certificates; the ConfigMap's if not given."),
            .init("requestheader-client-ca-file", .string, "", "Authorities of front proxies' certificates; the ConfigMap's if not given."),
            .init("requestheader-allowed-names", .list, "", "Common names that front proxies may have; any if empty."),
            .init("requestheader-username-headers", .list, "x-remote-user", "Headers that name the user."),
            .init("requestheader-uid-headers", .list, "", "Headers that tell its uid."),
            .init("requestheader-group-headers", .list, "x-remote-group", "Headers that name its groups."),
            .init("requestheader-extra-headers-prefix", .list, "x-remote-extra-", "How headers begin that tell more of it."),
        ]
    }

    /// - Parameter cluster: The flag that names the cluster asked otherwise.
    static func authorization(cluster: String) -> [UpstreamFlag] {
        [
            .init("authorization-kubeconfig", .string, "", "The cluster that is asked what a user may do; that of --\(cluster) if not given."),
            .init("authorization-always-allow-paths", .list, "/healthz,/readyz,/livez", "Paths open to all; * at the end stands for any rest."),
            .init("authorization-webhook-cache-authorized-ttl", .duration, "10s", "How long an answer counts that lets a user."),
            .init("authorization-webhook-cache-unauthorized-ttl", .duration, "10s", "How long one counts that does not."),
        ]
    }

    /// - Parameter isFair: Whether priority and fairness is on by default.
    static func features(isFair: Bool) -> [UpstreamFlag] {
        [
            .init("contention-profiling", .bool, "false", "", .notNeeded("it is of Go's profiler")),
            .init("debug-socket-path", .string, "", "", .refused("there is no debugging socket")),
            .init("enable-priority-and-fairness", .bool, "\(isFair)", "", .notNeeded("how many requests are under way is bounded")),
            .init("profiling", .bool, "true", "", .notNeeded("it is of Go's profiler; use perf")),
        ]
    }

    static let logging: [UpstreamFlag] = {
        let line = "log lines are written at once, to the standard error"
        return [
            .init("v", short: "v", .int, "0", "How much the log says: 0 to 3 what operators need, 4 and more also what developers do."),
            .init("logging-format", .string, "text", "text or json."),
            .init("log-flush-frequency", .duration, "5s", "", .notNeeded(line)),
            .init("log-json-info-buffer-size", .string, "", "", .notNeeded(line)),
            .init("log-json-split-stream", .bool, "false", "", .onlyDefault(line)),
            .init("log-text-info-buffer-size", .string, "", "", .notNeeded(line)),
            .init("log-text-split-stream", .bool, "false", "", .onlyDefault(line)),
            .init("vmodule", .list, "", "", .notNeeded("--v counts for all")),
        ]
    }()
}
