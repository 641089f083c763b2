// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The flags of metrics-server 0.9, with its defaults, and after them our own.
///
/// - Source: metrics-server v0.9 docs/command-line-flags.txt
enum MetricsServerFlags {
    static let all = UpstreamFlags(
        groups: [
            .init(title: "Metrics server", flags: metricsServer), .init(title: "Kubelets", flags: kubelet),
            .init(title: "Serving", flags: ServerFlags.serving(port: 443)),
            .init(title: "Authentication", flags: ServerFlags.authentication(cluster: "kubeconfig")),
            .init(title: "Authorization", flags: ServerFlags.authorization(cluster: "kubeconfig")),
            .init(title: "Audit log", flags: ServerFlags.auditLog), .init(title: "Generic", flags: generic + ServerFlags.features(isFair: true)),
            .init(title: "Logging", flags: ServerFlags.logging),
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
    ]

    static let ownTitle = "Not of metrics-server"
    private static let own: [UpstreamFlag] = ofServing + ofRules + PrometheusFlags.all(relistInterval: "30s", maximumAge: "10m0s")

    private static let ofServing: [UpstreamFlag] = [
        .init(
            "serving-secret", .string, "",
            "NAMESPACE/NAME of the Secret that all replicas take the serving certificate from; one is made there if it is empty, and renewed."),
        .init(
            "serving-service", .string, "",
            "NAMESPACE/NAME of the Service that the certificate is for; metrics-server in the Secret's namespace if not given."),
        .init(
            "patch-api-services", .bool, "true",
            "With --serving-secret: tell the APIServices that point to the Service what to verify it by. Those of others are left alone."),
    ]

    private static let ofRules: [UpstreamFlag] = [
        .init(
            "rules", .string, "",
            "prometheus-adapter's configuration file, or the ConfigMap that holds it: serves custom.metrics.k8s.io and external.metrics.k8s.io by it."
        ),
        .init(
            "usage-source", .string, "kubelets",
            "With --rules: kubelets, or prometheus, which is asked by the file's resourceRules for what nodes and pods use; kubelets then are not."),
        .init("prometheus-url", .string, "", "With --rules: the Prometheus server, such as http://prometheus-k8s.monitoring.svc:9090."),
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
