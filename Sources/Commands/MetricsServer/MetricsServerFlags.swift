// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The flags of metrics-server 0.9, with its defaults, and after them our own.
///
/// - Source: metrics-server v0.9 docs/command-line-flags.txt
enum MetricsServerFlags {
    static let all = UpstreamFlags(
        groups: [
            .init(title: "Metrics server", flags: metricsServer), .init(title: "Kubelets", flags: kubelet), .init(title: "Serving", flags: serving),
            .init(title: "Authentication", flags: authentication), .init(title: "Authorization", flags: authorization),
            .init(title: "Audit log", flags: auditLog), .init(title: "Generic", flags: generic), .init(title: "Logging", flags: logging),
            .init(title: ownTitle, flags: own),
        ],
        removed: removed)

    private static let noGates = "nothing here is behind a gate"

    private static let metricsServer: [UpstreamFlag] = [
        .init(
            "kubeconfig", .string, "", "The cluster, as a user who may do what the metrics server does; the cluster that this runs in if not given."),
        .init("metric-resolution", .duration, "1m0s", "How often every node is scraped, at least 10s."),
        .init("version", .bool, "false", "Print the version and end."),
        .init("node-selector", short: "l", .string, "", "Nodes that are scraped and served, by their labels; all if empty."),
    ]

    private static let kubelet: [UpstreamFlag] = [
        .init(
            "kubelet-certificate-authority", .string, "",
            "Authorities that kubelets' serving certificates are verified by; the system's, and in a cluster its own, if not given."),
        .init("kubelet-client-certificate", .string, "", "The certificate shown to kubelets; the cluster's credentials if not given."),
        .init("kubelet-client-key", .string, "", "The key of --kubelet-client-certificate."),
        .init("kubelet-insecure-tls", .bool, "false", "Believe whoever answers at a kubelet's address. For tests."),
        .init("kubelet-port", .int, "10250", "The port of kubelets."),
        .init(
            "kubelet-preferred-address-types", .list, "Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP",
            "The address of a node is the first of these types that it has."),
        .init("kubelet-request-timeout", .duration, "10s", "How long a kubelet may take to answer."),
        .init("kubelet-use-node-status-port", .bool, "false", "Take the port from the node's status where it tells one."),
        .init(
            "deprecated-kubelet-completely-insecure", .bool, "false",
            "Plain HTTP to kubelets, without credentials: anyone on the way can make up usage."),
    ]

    private static let serving: [UpstreamFlag] = [
        .init("bind-address", .address, "0.0.0.0", "Where to listen."),
        .init("secure-port", .int, "443", "On which port."),
        .init(
            "cert-dir", .string, "apiserver.local.config/certificates",
            "Where a certificate that is made is kept, as apiserver.crt and apiserver.key."),
        .init("tls-cert-file", .string, "", "The certificate to serve with, and those between it and its authority; one is made if not given."),
        .init("tls-private-key-file", .string, "", "The key of --tls-cert-file."),
        .init("tls-min-version", .string, "", "VersionTLS12 or VersionTLS13; VersionTLS12 if not given."),
        .init("tls-cipher-suites", .list, "", "The suites of TLS 1.2, by their names at IANA; those of forward secrecy if not given."),
        .init("tls-curve-preferences", .list, "", "Key exchanges.", .refused("the order of key exchanges is the TLS library's: X25519, then P-256")),
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

    private static let authentication: [UpstreamFlag] = [
        .init("authentication-kubeconfig", .string, "", "The cluster that is asked who a token belongs to; that of --kubeconfig if not given."),
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

    private static let authorization: [UpstreamFlag] = [
        .init("authorization-kubeconfig", .string, "", "The cluster that is asked what a user may do; that of --kubeconfig if not given."),
        .init("authorization-always-allow-paths", .list, "/healthz,/readyz,/livez", "Paths open to all; * at the end stands for any rest."),
        .init("authorization-webhook-cache-authorized-ttl", .duration, "10s", "How long an answer counts that lets a user."),
        .init("authorization-webhook-cache-unauthorized-ttl", .duration, "10s", "How long one counts that does not."),
    ]

    private static let auditLog: [UpstreamFlag] = {
        let webhook = "audit events go to a file; have them shipped from there"
        let batches = "lines are written as they come, without waiting for each other"
        return [
            .init("audit-log-path", .string, "", "The audit log, one JSON object a line; - for the standard output. None: no audit log."),
            .init("audit-policy-file", .string, "", "Which requests the audit log tells of: a Policy of audit.k8s.io/v1."),
            .init("audit-log-maxage", .int, "366", "Days for which audit logs that were put aside are kept; 0 keeps them."),
            .init("audit-log-maxbackup", .int, "100", "How many audit logs that were put aside are kept; 0 keeps all."),
            .init("audit-log-maxsize", .int, "100", "Megabytes at which the audit log is put aside and begun anew."),
            .init("audit-log-compress", .bool, "false", "", .onlyDefault("audit logs that were put aside are kept as they are")),
            .init("audit-log-format", .string, "json", "", .onlyDefault("events are JSON")),
            .init("audit-log-version", .string, "audit.k8s.io/v1", "", .onlyDefault("events are of audit.k8s.io/v1")),
            .init(
                "audit-log-mode", .string, "blocking", "",
                .notNeeded("requests never wait for the log; what it cannot take is counted and told in this one")),
            .init("audit-log-batch-buffer-size", .int, "10000", "", .notNeeded(batches)),
            .init("audit-log-batch-max-size", .int, "1", "", .notNeeded(batches)),
            .init("audit-log-batch-max-wait", .duration, "", "", .notNeeded(batches)),
            .init("audit-log-batch-throttle-burst", .int, "", "", .notNeeded(batches)),
            .init("audit-log-batch-throttle-enable", .bool, "false", "", .notNeeded(batches)),
            .init("audit-log-batch-throttle-qps", .float, "", "", .notNeeded(batches)),
            .init("audit-log-truncate-enabled", .bool, "false", "", .onlyDefault("events are written whole")),
            .init("audit-log-truncate-max-batch-size", .int, "10485760", "", .notNeeded("events are written whole")),
            .init("audit-log-truncate-max-event-size", .int, "102400", "", .notNeeded("events are written whole")),
            .init("audit-webhook-config-file", .string, "", "", .refused(webhook)),
            .init("audit-webhook-batch-buffer-size", .int, "10000", "", .refused(webhook)),
            .init("audit-webhook-batch-max-size", .int, "400", "", .refused(webhook)),
            .init("audit-webhook-batch-max-wait", .duration, "30s", "", .refused(webhook)),
            .init("audit-webhook-batch-throttle-burst", .int, "15", "", .refused(webhook)),
            .init("audit-webhook-batch-throttle-enable", .bool, "true", "", .refused(webhook)),
            .init("audit-webhook-batch-throttle-qps", .float, "10", "", .refused(webhook)),
            .init("audit-webhook-initial-backoff", .duration, "10s", "", .refused(webhook)),
            .init("audit-webhook-mode", .string, "batch", "", .refused(webhook)),
            .init("audit-webhook-truncate-enabled", .bool, "false", "", .refused(webhook)),
            .init("audit-webhook-truncate-max-batch-size", .int, "10485760", "", .refused(webhook)),
            .init("audit-webhook-truncate-max-event-size", .int, "102400", "", .refused(webhook)),
            .init("audit-webhook-version", .string, "audit.k8s.io/v1", "", .refused(webhook)),
        ]
    }()

    private static let generic: [UpstreamFlag] = [
        .init("advertise-address", .address, "", "", .notNeeded("nobody is told an address; the Service is what is registered")),
        .init("cors-allowed-origins", .list, "", "", .refused("browsers of other origins are not let in")),
        .init("emulated-version", .list, "", "", .notNeeded(noGates)),
        .init("emulation-forward-compatible", .bool, "false", "", .notNeeded(noGates)),
        .init("external-hostname", .string, "", "", .notNeeded("no document names the host")),
        .init("feature-gates", .list, "", "", .notNeeded(noGates)),
        .init("goaway-chance", .float, "", "", .notNeeded("clients are not sent elsewhere; a Service balances connections")),
        .init("livez-grace-period", .duration, "", "", .notNeeded("the server is alive as soon as it answers")),
        .init("max-mutating-requests-inflight", .int, "200", "", .notNeeded("there are no requests that write")),
        .init(
            "max-requests-inflight", .int, "400",
            "How many requests may be under way at once; further ones are told 429 and to come again; 0 is no limit."),
        .init("min-compatibility-version", .list, "", "", .notNeeded(noGates)),
        .init("min-request-timeout", .int, "1800", "", .notNeeded("it is for watches, which there are none of")),
        .init("request-timeout", .duration, "1m0s", "How long a request may take; then it is told 504, or cut off where its answer has begun."),
        .init("runtime-config-emulation-forward-compatible", .bool, "false", "", .notNeeded(noGates)),
        .init("shutdown-delay-duration", .duration, "0s", "How long to go on serving, no longer ready, after the signal to stop."),
        .init("shutdown-send-retry-after", .bool, "false", "", .notNeeded("clients are told to go elsewhere as the server stops")),
        .init("shutdown-watch-termination-grace-period", .duration, "", "", .notNeeded("it is for watches, which there are none of")),
        .init("storage-initialization-timeout", .duration, "1m0s", "", .notNeeded("there is no storage to wait for")),
        .init(
            "strict-transport-security-directives", .list, "", "",
            .refused("browsers are not the clients here, and no such header is sent")),
        .init("contention-profiling", .bool, "false", "", .notNeeded("it is of Go's profiler")),
        .init("debug-socket-path", .string, "", "", .refused("there is no debugging socket")),
        .init("enable-priority-and-fairness", .bool, "true", "", .notNeeded("--max-requests-inflight bounds what is under way")),
        .init("profiling", .bool, "true", "", .notNeeded("it is of Go's profiler; use perf")),
    ]

    private static let logging: [UpstreamFlag] = {
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

    static let ownTitle = "Not of metrics-server"
    private static let own: [UpstreamFlag] = [
        .init(
            "serving-secret", .string, "",
            "NAMESPACE/NAME of the Secret that all replicas take the serving certificate from; one is made there if it is empty, and renewed."),
        .init(
            "serving-service", .string, "",
            "NAMESPACE/NAME of the Service that the certificate is for; metrics-server in the Secret's namespace if not given."),
        .init(
            "patch-api-services", .bool, "true",
            "With --serving-secret: tell the APIServices that point to the Service what to verify it by. Those of others are left alone."),
        .init(
            "rules", .string, "",
            "prometheus-adapter's configuration file, or the ConfigMap that holds it: serves custom.metrics.k8s.io and external.metrics.k8s.io by it."
        ),
        .init(
            "usage-source", .string, "kubelets",
            "With --rules: kubelets, or prometheus, which is asked by the file's resourceRules for what nodes and pods use; kubelets then are not."),
        .init("prometheus-url", .string, "", "With --rules: the Prometheus server, such as http://prometheus-k8s.monitoring.svc:9090."),
        .init("prometheus-ca-file", .string, "", "The authority that signed Prometheus' certificate; the system's if not given."),
        .init("prometheus-token-file", .string, "", "A file with the token to send to Prometheus, read again as it changes."),
        .init("prometheus-client-tls-cert-file", .string, "", "The certificate to show to Prometheus."),
        .init("prometheus-client-tls-key-file", .string, "", "The key of --prometheus-client-tls-cert-file."),
        .init("prometheus-header", .list, "", "Headers to send to Prometheus, as NAME=VALUE, such as X-Scope-OrgID=team-a."),
        .init("prometheus-verb", .string, "GET", "How Prometheus is asked: GET, or POST where queries are long."),
        .init("metrics-relist-interval", .duration, "30s", "How often the rules' series are listed; besides, when something unknown is asked for."),
        .init("metrics-max-age", .duration, "10m0s", "How old the last sample of a series may be."),
    ]

    /// Of versions up to 0.3, and of klog.
    private static let removed = [
        "source": "metrics come from every node's kubelet; choose by --node-selector",
        "sink": "Heapster's sinks are gone; metrics are served, and Prometheus keeps them",
        "kubelet-read-only-port": "kubelets' read-only port is not used", "insecure-kubelet-tls": "it is --kubelet-insecure-tls",
        "rest-client-qps": "requests to the API server are not limited here; its priority and fairness does that",
        "rest-client-burst": "requests to the API server are not limited here; its priority and fairness does that",
        "logtostderr": "the log goes to the standard error", "alsologtostderr": "the log goes to the standard error",
        "stderrthreshold": "the log goes to the standard error", "log-dir": "the log goes to the standard error",
        "log-file": "the log goes to the standard error", "log-file-max-size": "the log goes to the standard error",
        "skip-headers": "each line begins with its time and level", "add-dir-header": "each line begins with its time and level",
        "skip-log-headers": "each line begins with its time and level", "log-backtrace-at": "there are no traces of Go",
        "one-output": "the log goes to the standard error",
    ]
}
