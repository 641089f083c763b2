// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

extension EndToEnd {
    /// Custom and external metrics of a real Prometheus, by prometheus-adapter's rules, behind the aggregation layer.
    @Suite("metrics by rules", .serialized)
    struct RuleMetricsTests {
        private static let rules = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: metric-rules, namespace: kube-system}
            data:
              config.yaml: |
                rules:
                - seriesQuery: 'http_requests_total{namespace!="",pod!=""}'
                  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}}}
                  name: {matches: "^(.*)_total$"}
                  metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[5s])) by (<<.GroupBy>>)
                - seriesQuery: 'http_requests_total'
                  name: {matches: "("}
                  metricsQuery: up
                externalRules:
                - seriesQuery: 'http_requests_total{namespace!=""}'
                  resources: {overrides: {namespace: {resource: namespace}}}
                  name: {as: all_requests}
                  metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[5s]))
            """

        private static let autoscaler = """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: podinfo}
            spec:
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: podinfo}
              minReplicas: 2
              maxReplicas: 6
              metrics:
              - {type: Pods, pods: {metric: {name: http_requests}, target: {type: AverageValue, averageValue: "6"}}}
              - {type: External, external: {metric: {name: all_requests}, target: {type: AverageValue, averageValue: "6"}}}
              behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
            """

        /// Once there are as many as wanted.
        private func replicas(_ kubectl: Kubectl, seconds: Double, _ isWanted: (Int) -> Bool) async throws -> Int {
            do {
                let result = try await kubectl.eventually("get", "deployment", "podinfo", "-o", "jsonpath={.spec.replicas}", seconds: seconds) {
                    Int($0.output).map(isWanted) ?? false
                }
                return Int(result.output) ?? 0
            } catch let failure as LabFailure {
                throw LabFailure(message: "\(failure.message)\n\(try await kubectl("describe", "hpa", "podinfo").text)")
            }
        }

        private func succeed(_ result: ToolResult) throws { try #require(result.status == 0, "\(result.text)") }

        @Test("an HPA scales on requests per second and an external metric and back; with Prometheus gone it holds, says why, and recovers")
        func scaling() async throws {
            let program = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            let prometheusProgram = try Tool.require(Tool.prometheus, "prometheus")
            let ab = try Tool.require(Tool.ab, "ab")
            try await withLab(offset: 8300, arguments: ["--without", "metrics-server", "--without", "prometheus"]) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                let folder = lab.directory + "/test-prometheus"
                var prometheus = try PrometheusProcess(program: prometheusProgram, folder: folder, port: 17_390)
                defer { prometheus.kill() }
                try succeed(try await kubectl("apply", "-f", "Sources/Commands/Demo/Manifests/podinfo-deployment.yaml"))
                try succeed(try await kubectl("apply", "-f", "-", input: Self.rules))
                let manifests = try await Tool.run(
                    Tool.updraft,
                    [
                        "manifests", "metrics-server", "--kubeconfig", lab.kubeconfig, "--rules", "metric-rules", "--prometheus-url",
                        "http://127.0.0.1:\(prometheus.port)",
                    ])
                try succeed(try await kubectl("apply", "-f", "-", input: manifests.output))
                try succeed(try await kubectl("rollout", "status", "deployment/podinfo", "--timeout=60s", seconds: 70))

                let scraping = Task {
                    while !Task.isCancelled {
                        let pods = try await kubectl("get", "pods", "-l", "app=podinfo", "-o", "json")
                        if let json = try? JSONValue.parse(pods.output) { try PrometheusProcess.scrape(json, folder: folder) }
                        try await Task.sleep(for: .seconds(1))
                    }
                }
                defer { scraping.cancel() }

                let custom = "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/*/http_requests"
                let values = try await kubectl.eventually("get", "--raw", custom, seconds: 90) {
                    $0.status == 0 && ((try? JSONValue.parse($0.output))?["items"]?.array?.count ?? 0) >= 2
                }
                #expect(values.output.contains(#""metricName":"http_requests""#), "\(values.text)")
                try succeed(try await kubectl("get", "--raw", custom.replacingOccurrences(of: "v1beta1", with: "v1beta2")))
                let external = try await kubectl.eventually("get", "--raw", "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/all_requests") {
                    $0.output.contains(#""metricName":"all_requests""#)
                }
                #expect(external.status == 0)
                let status = try await kubectl("logs", "-n", "kube-system", "deployment/updraft-metrics-server")
                #expect(status.output.contains("a metric rule is left out") && status.output.contains("rules[1].name.matches"), "\(status.text)")

                try succeed(try await kubectl("apply", "-f", "-", input: Self.autoscaler))
                let address = try await kubectl("get", "pods", "-l", "app=podinfo", "-o", "jsonpath={.items[0].status.podIP}").output
                let load = Task { try await Tool.run(ab, ["-q", "-t", "60", "-n", "1000000", "-c", "2", "http://\(address):9898/"], seconds: 90) }
                let grown = try await replicas(kubectl, seconds: 60) { $0 >= 4 }

                prometheus.kill()
                let broken = try await kubectl.eventually("get", "hpa", "podinfo", "-o", "json", seconds: 60) {
                    $0.output.contains("FailedGetPodsMetric") && $0.output.contains("nobody listens there")
                }
                #expect(broken.status == 0)
                _ = await load.result
                // A minute in all without Prometheus.
                try await Task.sleep(for: .seconds(60))
                let held = try await replicas(kubectl, seconds: 0) { _ in true }
                #expect(held >= grown, "nothing is scaled down unseen")

                prometheus = try PrometheusProcess(program: prometheusProgram, folder: folder, port: 17_390)
                _ = try await replicas(kubectl, seconds: 90) { $0 == 2 }
                let recovered = try await kubectl("get", "hpa", "podinfo", "-o", "json")
                #expect(!recovered.output.contains("FailedGet"), "\(recovered.output)")
            }
        }
    }
}
