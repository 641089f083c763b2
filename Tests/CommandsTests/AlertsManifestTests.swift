// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import KubeCoding
import KubeModel
import Testing

@testable import Commands

@Suite("The alerts")
struct AlertsManifestTests {
    private static let chartFile = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../charts/updraft/files/alerts.yaml").standardizedFileURL.path

    private static let header = """
        # SPDX-FileCopyrightText: The Updraft authors
        # SPDX-License-Identifier: Apache-2.0

        # As `updraft manifests alerts` prints them; UPDATE_SNAPSHOTS=1 writes this file anew.

        """

    @Test("are rules that Prometheus takes")
    func check() throws {
        guard let result = try PromtoolRules.run("check", ["rules.yaml": YAML.text(of: AlertsManifest.groups)], "rules.yaml") else { return }
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains("SUCCESS: \(AlertRow.all.count) rules found"), "\(result.output)")
    }

    /// Series of a minute's steps, for an hour, with what each of them is to set off.
    private struct Case {
        var series: [String: String]
        var alerts: [String]
    }

    private static let autoscaler = #"namespace="shop",horizontalpodautoscaler="web""#
    private static let cases = [
        Case(series: [#"aggregator_unavailable_apiservice{name="v1beta1.metrics.k8s.io"}"#: "1x60"], alerts: ["MetricsAPIUnavailable"]),
        Case(series: [#"aggregator_unavailable_apiservice{name="v1beta1.custom.metrics.k8s.io"}"#: "1x60"], alerts: ["MetricsAPIUnavailable"]),
        Case(series: [#"aggregator_unavailable_apiservice{name="v1.example.com"}"#: "1x60"], alerts: []),
        Case(series: [#"up{job="updraft-metrics-server"}"#: "0x60"], alerts: ["MetricsServerDown"]),
        Case(series: [#"up{job="updraft-metrics-server",pod="a"}"#: "0x60", #"up{job="updraft-metrics-server",pod="b"}"#: "1x60"], alerts: []),
        Case(series: [#"up{job="web"}"#: "0x60"], alerts: []),
        Case(series: [#"metrics_server_storage_points{type="node"}"#: "0x60"], alerts: ["MetricsServerNoUsage"]),
        Case(
            series: [
                #"metrics_server_kubelet_request_total{success="false"}"#: "0+10x60",
                #"metrics_server_kubelet_request_total{success="true"}"#: "0+90x60",
            ], alerts: ["MetricsServerKubeletErrors"]),
        Case(
            series: [
                #"metrics_server_kubelet_request_total{success="false"}"#: "0+1x60",
                #"metrics_server_kubelet_request_total{success="true"}"#: "0+99x60",
            ], alerts: []),
        Case(
            series: [
                #"metrics_server_api_metric_freshness_seconds_bucket{le="30"}"#: "0x60",
                #"metrics_server_api_metric_freshness_seconds_bucket{le="90"}"#: "0+100x60",
                #"metrics_server_api_metric_freshness_seconds_bucket{le="+Inf"}"#: "0+100x60",
            ], alerts: ["MetricsServerStale"]),
        Case(
            series: [
                #"metrics_server_manager_tick_duration_seconds_bucket{le="10"}"#: "0x60",
                #"metrics_server_manager_tick_duration_seconds_bucket{le="15"}"#: "0+4x60",
                #"metrics_server_manager_tick_duration_seconds_bucket{le="+Inf"}"#: "0+4x60",
            ], alerts: ["MetricsServerSlow"]),
        Case(
            series: [
                #"updraft_metric_rule_failing{rule="rules[0]"}"#: "1x60", #"updraft_metric_rule_failing{rule="rules[1]"}"#: "0x60",
                #"updraft_metric_rule_metrics{rule="rules[0]"}"#: "3x60",
            ], alerts: ["MetricRuleFailing"]),
        Case(series: [#"updraft_metric_rule_metrics{rule="rules[0]"}"#: "0x60"], alerts: ["MetricRuleWithoutMetrics"]),
        Case(
            series: [
                "kube_horizontalpodautoscaler_status_condition{\(autoscaler),condition=\"ScalingActive\",status=\"false\"}": "1x60",
                "kube_horizontalpodautoscaler_status_desired_replicas{\(autoscaler)}": "2x60",
            ], alerts: ["AutoscalerWithoutMetrics"]),
        Case(
            series: [
                "kube_horizontalpodautoscaler_status_condition{\(autoscaler),condition=\"ScalingActive\",status=\"false\"}": "1x60",
                "kube_horizontalpodautoscaler_status_desired_replicas{\(autoscaler)}": "0x60",
            ], alerts: []),
        Case(series: replicas(desired: 5, minimum: 2, maximum: 5), alerts: ["AutoscalerAtMaximum"]),
        Case(series: replicas(desired: 4, minimum: 2, maximum: 5), alerts: []),
        Case(series: replicas(desired: 5, minimum: 5, maximum: 5), alerts: []),
    ]

    private static func replicas(desired: Int, minimum: Int, maximum: Int) -> [String: String] {
        [
            "kube_horizontalpodautoscaler_status_desired_replicas{\(autoscaler)}": "\(desired)x60",
            "kube_horizontalpodautoscaler_spec_min_replicas{\(autoscaler)}": "\(minimum)x60",
            "kube_horizontalpodautoscaler_spec_max_replicas{\(autoscaler)}": "\(maximum)x60",
        ]
    }

    @Test("each is set off by what it is for, and by nothing less")
    func fire() throws {
        #expect(Set(Self.cases.flatMap(\.alerts)) == Set(AlertRow.all.map(\.name)))
        let tests = Self.cases.map { one -> JSONValue in
            let samples = one.alerts.map { name -> JSONValue in ["labels": .string("{alertname=\"\(name)\"}"), "value": 1] }
            return [
                "interval": "1m", "input_series": .array(one.series.map { ["series": .string($0.key), "values": .string($0.value)] }),
                "promql_expr_test": [
                    ["expr": #"count by (alertname) (ALERTS{alertstate="firing"})"#, "eval_time": "50m", "exp_samples": .array(samples)]
                ],
            ]
        }
        let test: JSONValue = ["rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": .array(tests)]
        let files = ["rules.yaml": YAML.text(of: AlertsManifest.groups), "test.yaml": YAML.text(of: test)]
        guard let result = try PromtoolRules.run("test", files, "test.yaml") else { return }
        #expect(result.status == 0, "\(result.output)")
    }

    @Test("are in the chart as they are printed")
    func chart() throws {
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] != nil {
            try (Self.header + "\n" + YAML.text(of: AlertsManifest.groups)).write(toFile: Self.chartFile, atomically: true, encoding: .utf8)
        }
        let text = try String(contentsOfFile: Self.chartFile, encoding: .utf8)
        #expect(try YAML.documents(in: text) == [AlertsManifest.groups])
    }

    @Test("have the labels by which Prometheus selects them")
    func labels() throws {
        let command = try AlertsManifestsCommand.parse(["-n", "monitoring", "--label", "role=alert-rules", "--label", "prometheus=k8s"])
        try command.validate()
        #expect(command.namespace == "monitoring" && command.label.count == 2)
        let object = AlertsManifest(namespace: "monitoring", labels: ["role": "alert-rules"]).object
        #expect(object.labels["role"] == "alert-rules" && object.namespace == "monitoring")
        for wrong in ["role", "=x", "role=a b"] {
            #expect(throws: (any Error).self) { try AlertsManifestsCommand.parse(["--label", wrong]) }
        }
    }
}
