// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// How Prometheus is asked, and how often for its series, as prometheus-adapter names it.
enum PrometheusFlags {
    /// - Parameters:
    ///   - relistInterval: By default.
    ///   - maximumAge: By default; empty for the relist interval.
    static func all(relistInterval: String, maximumAge: String) -> [UpstreamFlag] {
        [
            .init("prometheus-ca-file", .string, "", "The authority that signed Prometheus' certificate; the system's if not given."),
            .init("prometheus-token-file", .string, "", "A file with the token to send to Prometheus, read again as it changes."),
            .init("prometheus-client-tls-cert-file", .string, "", "The certificate to show to Prometheus."),
            .init("prometheus-client-tls-key-file", .string, "", "The key of --prometheus-client-tls-cert-file."),
            .init("prometheus-header", .list, "", "Headers to send to Prometheus, as NAME=VALUE, such as X-Scope-OrgID=team-a."),
            .init("prometheus-verb", .string, "GET", "How Prometheus is asked: GET, or POST where queries are long."),
            .init(
                "metrics-relist-interval", .duration, relistInterval,
                "How often the rules' series are listed; besides, when something unknown is asked for."),
            .init(
                "metrics-max-age", .duration, maximumAge,
                "How old the last sample of a series may be" + (maximumAge.isEmpty ? "; --metrics-relist-interval if not given." : ".")),
            .init(
                "forward-metrics", .list, "",
                "Names of metrics that another adapter serves still, * for any text; they are asked for at --forward-metrics-to."),
            .init("forward-metrics-to", .string, "", "The other adapter, as in https://prometheus-adapter.monitoring.svc."),
            .init("forward-metrics-ca-file", .string, "", "The authority that signed the other adapter's certificate; the cluster's if not given."),
            .init(
                "rules-configmap-selector", .string, "",
                "Labels of ConfigMaps whose keys are rules too, each for its own namespace only, such as updraft.dev/metric-rules=true; none if empty."
            ),
        ]
    }

    static let names = all(relistInterval: "0s", maximumAge: "").map(\.name)
}
