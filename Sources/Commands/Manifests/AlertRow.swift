// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// One alert.
struct AlertRow: Sendable {
    enum Group: String, CaseIterable, Sendable {
        case interface = "updraft-metrics-api"
        case usage = "updraft-usage"
        case rules = "updraft-metric-rules"
        case autoscalers = "updraft-autoscalers"
    }

    enum Severity: String, Sendable { case critical, warning, info }

    var group: Group
    var name: String
    var expression: String
    /// For how long it has to be so.
    var duration: String
    var severity: Severity
    /// Prometheus' templates, as `advice` is.
    var summary: String
    var advice: String

    /// `aggregator_…` is kube-apiserver's, `kube_…` kube-state-metrics', `up` Prometheus' own; the others are on the metrics server's `/metrics`.
    static let all = [
        AlertRow(
            group: .interface, name: "MetricsAPIUnavailable",
            expression: #"max by (name) (aggregator_unavailable_apiservice{name=~".*\\.metrics\\.k8s\\.io"}) == 1"#, duration: "5m",
            severity: .critical, summary: "The API {{ $labels.name }} is not available, and autoscalers that need it hold their replicas.",
            advice: "kubectl get apiservice {{ $labels.name }} -o yaml has the reason; docs/operations.md, By symptom."),
        AlertRow(
            group: .interface, name: "MetricsServerDown", expression: #"max by (job) (up{job=~".*(updraft|metrics-server).*"}) == 0"#,
            duration: "5m", severity: .critical, summary: "No replica of {{ $labels.job }} can be scraped.",
            advice: "Do its pods run and are they ready? May Prometheus read /metrics?"),
        AlertRow(
            group: .usage, name: "MetricsServerNoUsage", expression: #"max by (job) (metrics_server_storage_points{type="node"}) == 0"#,
            duration: "5m", severity: .critical, summary: "{{ $labels.job }} has no node's usage.",
            advice: "Its log names the kubelets and why they do not answer; docs/kubelet-tls.md."),
        AlertRow(
            group: .usage, name: "MetricsServerKubeletErrors",
            expression: #"sum by (job) (rate(metrics_server_kubelet_request_total{success="false"}[5m])) "#
                + "/ sum by (job) (rate(metrics_server_kubelet_request_total[5m])) > 0.05",
            duration: "15m", severity: .warning, summary: "{{ $value | humanizePercentage }} of the requests to kubelets fail.",
            advice: "Pods of such a node have no usage. The log of {{ $labels.job }} names each node and its reason."),
        AlertRow(
            group: .usage, name: "MetricsServerStale",
            expression: "histogram_quantile(0.99, sum by (job, le) (rate(metrics_server_api_metric_freshness_seconds_bucket[5m]))) > 60",
            duration: "15m", severity: .warning, summary: "Usage is served that is {{ $value | humanizeDuration }} old.",
            advice: "Kubelets that do not answer, or a server without CPU; docs/operations.md, Sizing."),
        AlertRow(
            group: .usage, name: "MetricsServerSlow",
            expression: "histogram_quantile(0.99, sum by (job, le) (rate(metrics_server_manager_tick_duration_seconds_bucket[5m]))) > 13",
            duration: "15m", severity: .warning, summary: "A scrape of all nodes takes {{ $value | humanizeDuration }} of the 15 s it has.",
            advice: "Give the server more CPU; docs/operations.md, Sizing."),
        AlertRow(
            group: .rules, name: "MetricRuleFailing", expression: "max by (job, rule) (updraft_metric_rule_failing) == 1", duration: "10m",
            severity: .warning, summary: "The metric rule {{ $labels.rule }} cannot be used, or its series cannot be listed.",
            advice: "The server's log and its /debug/rules say why; updraft rules check tries it against Prometheus."),
        AlertRow(
            group: .rules, name: "MetricRuleWithoutMetrics", expression: "max by (job, rule) (updraft_metric_rule_metrics) == 0", duration: "30m",
            severity: .info, summary: "The metric rule {{ $labels.rule }} makes no metric: Prometheus has no series for it.",
            advice: "Is what it names still scraped? updraft rules check says what the rule finds."),
        AlertRow(
            group: .autoscalers, name: "AutoscalerWithoutMetrics",
            // Whoever sets replicas to 0 turns the autoscaler off, and means it.
            expression: #"kube_horizontalpodautoscaler_status_condition{condition="ScalingActive",status="false"} == 1 "#
                + "unless on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_status_desired_replicas == 0",
            duration: "15m", severity: .warning,
            summary: "The autoscaler {{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} does not see what it scales on.",
            advice: "kubectl describe hpa -n {{ $labels.namespace }} {{ $labels.horizontalpodautoscaler }} has the reason."),
        AlertRow(
            group: .autoscalers, name: "AutoscalerAtMaximum",
            expression: "kube_horizontalpodautoscaler_status_desired_replicas "
                + ">= on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_max_replicas "
                + "> on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_spec_min_replicas",
            duration: "30m", severity: .warning,
            summary: "The autoscaler {{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} has been at its maximum for half an hour.",
            advice: "It may want more than maxReplicas allows; kubectl get hpa shows how far the metrics are from their targets."),
    ]
}
