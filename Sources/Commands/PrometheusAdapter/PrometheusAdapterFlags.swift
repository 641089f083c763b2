// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The flags of prometheus-adapter 0.12, with its defaults, and those of klog that earlier versions had.
///
/// - Source: prometheus-adapter v0.12 cmd/adapter/adapter.go, custom-metrics-apiserver v1.30 pkg/cmd/builder.go
enum PrometheusAdapterFlags {
    static let all = UpstreamFlags(groups: [
        .init(title: "Adapter", flags: adapter),
        .init(title: "Prometheus", flags: prometheus + PrometheusFlags.all(relistInterval: "10m0s", maximumAge: "")),
        .init(title: "Cluster", flags: cluster), .init(title: "Serving", flags: ServerFlags.serving(port: 6443) + serving),
        .init(title: "Authentication", flags: ServerFlags.authentication(cluster: clusterFlag)),
        .init(title: "Authorization", flags: ServerFlags.authorization(cluster: clusterFlag)),
        .init(title: "Audit log", flags: ServerFlags.auditLog), .init(title: "Features", flags: ServerFlags.features(isFair: false)),
        .init(title: "Logging", flags: ServerFlags.logging + klog),
    ])

    static let clusterFlag = "lister-kubeconfig"

    private static let adapter: [UpstreamFlag] = [
        .init(
            "config", .string, "",
            "The rules: a file, or the ConfigMap that holds it. resourceRules serve metrics.k8s.io, rules custom.metrics.k8s.io, and"
                + " externalRules external.metrics.k8s.io.")
    ]

    private static let prometheus: [UpstreamFlag] = [
        .init("prometheus-url", .string, "https://localhost", "The Prometheus server; its address may have a path and parameters."),
        .init("prometheus-auth-incluster", .bool, "false", "Ask Prometheus as the service account of the pod that this runs in."),
        .init("prometheus-auth-config", .string, "", "Ask Prometheus as the user of this kubeconfig."),
    ]

    private static let cluster: [UpstreamFlag] = {
        let limit = "requests to the API server are not limited here; its priority and fairness does that"
        return [
            .init(clusterFlag, .string, "", "The cluster whose objects are listed; the one that this runs in if not given."),
            .init(
                "discovery-interval", .duration, "", "How often the cluster's kinds are read.", .notNeeded("kinds are read at the start, as upstream")
            ),
            .init("client-qps", .float, "5", "Requests to the API server, a second.", .notNeeded(limit)),
            .init("client-burst", .int, "10", "Requests to the API server at once.", .notNeeded(limit)),
        ]
    }()

    private static let serving: [UpstreamFlag] = [.init("disable-http2", .bool, "false", "Serve HTTP/1.1 only.")]

    private static let klog: [UpstreamFlag] = {
        let line = "the log goes to the standard error"
        let head = "each line begins with its time and level"
        return [
            .init("logtostderr", .bool, "true", "Log to the standard error.", .onlyDefault(line)),
            .init("alsologtostderr", .bool, "false", "Log there too.", .notNeeded(line)),
            .init("stderrthreshold", .string, "", "What goes there.", .notNeeded("all of the log goes to the standard error")),
            .init("log-dir", .string, "", "A folder for the log.", .refused(line)),
            .init("log-file", .string, "", "A file for the log.", .refused(line)),
            .init("log-file-max-size", .int, "", "Its size.", .notNeeded(line)),
            .init("one-output", .bool, "false", "Lines once.", .notNeeded("there is one log")),
            .init("add-dir-header", .bool, "false", "Files' folders.", .notNeeded(head)),
            .init("skip-headers", .bool, "false", "No heads of lines.", .notNeeded(head)),
            .init("skip-log-headers", .bool, "false", "No heads of files.", .notNeeded(head)),
            .init("log-backtrace-at", .string, "", "Traces.", .notNeeded("there are no traces of Go")),
        ]
    }()
}
