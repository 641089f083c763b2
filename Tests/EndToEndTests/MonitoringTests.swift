// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

extension EndToEnd {
    /// The lab's Prometheus, and the operator's objects that it is made from.
    @Suite("the lab's Prometheus", .serialized)
    struct MonitoringTests {
        private static let offset = 8600
        private static var address: String { "http://127.0.0.1:\(9090 + offset)" }

        private static let monitor = """
            apiVersion: v1
            kind: Service
            metadata: {name: podinfo, labels: {app: podinfo}}
            spec: {selector: {app: podinfo}, ports: [{name: http, port: 9898}]}
            ---
            apiVersion: monitoring.coreos.com/v1
            kind: ServiceMonitor
            metadata: {name: podinfo}
            spec: {selector: {matchLabels: {app: podinfo}}, endpoints: [{port: http, interval: 1s}]}
            ---
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata: {name: good}
            spec: {groups: [{name: podinfo, rules: [{record: podinfo:up, expr: sum(up)}]}]}
            ---
            apiVersion: monitoring.coreos.com/v1
            kind: PrometheusRule
            metadata: {name: broken}
            spec: {groups: [{name: podinfo, rules: [{record: podinfo:down, expr: sum(up}]}]}
            """

        private func succeed(_ result: ToolResult) throws { try #require(result.status == 0, "\(result.text)") }

        /// What Prometheus answers; nil where it does not.
        private func ask(_ path: String) async -> JSONValue? {
            guard let answer = try? await Tool.run(Tool.curl ?? "curl", ["-s", "-m", "5", Self.address + path]) else { return nil }
            return try? JSONValue.parse(answer.output)["data"]
        }

        private func query(_ text: String) async -> [JSONValue] {
            let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            return await ask("/api/v1/query?query=\(encoded)")?["result"]?.array ?? []
        }

        private func eventually(_ what: String, seconds: Double = 30, _ isThere: () async throws -> Bool) async throws {
            let deadline = ContinuousClock.now + .seconds(seconds)
            while ContinuousClock.now < deadline {
                if try await isThere() { return }
                try await Task.sleep(for: .milliseconds(200))
            }
            throw LabFailure(message: "\(what): not within \(seconds) s")
        }

        private func targets(_ pool: String) async -> [JSONValue] {
            (await ask("/api/v1/targets")?["activeTargets"]?.array ?? []).filter { $0["scrapePool"]?.string?.hasPrefix(pool) == true }
        }

        @Test("monitors and rules are in effect within seconds, a broken rule costs itself, and annotated pods are scraped")
        func objects() async throws {
            let program = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            _ = try Tool.require(Tool.prometheus, "prometheus")
            try await withLab(offset: Self.offset) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                try succeed(try await kubectl("apply", "-f", "Sources/Commands/Demo/Manifests/podinfo-deployment.yaml"))
                try succeed(try await kubectl("apply", "-f", "-", input: Self.monitor))
                try await eventually("the monitor's targets") { await targets("serviceMonitor/default/podinfo/0").count == 2 }
                try await eventually("annotated pods") { await targets("kubernetes-pods").filter { $0["health"] == "up" }.count == 2 }
                for job in ["apiserver", "kubelet", "metrics-server"] {
                    try await eventually("the job \(job)") {
                        let found = await targets(job)
                        return !found.isEmpty && found.allSatisfy { $0["health"] == "up" }
                    }
                }
                try await eventually("the recorded series") { await !query("podinfo:up").isEmpty }
                let events = try await kubectl.eventually("get", "events", "--field-selector", "reason=InvalidConfiguration", "-o", "json") {
                    $0.output.contains("parse error")
                }
                #expect(events.output.contains(#""name": "broken""#) && !events.output.contains(#""name": "good""#), "\(events.output)")

                try await eventually("CPU of both pods") {
                    await query(#"rate(container_cpu_usage_seconds_total{container="podinfod"}[10s])"#).count == 2
                }
                try await agreement(kubectl)
                // The metrics come by the built-in rules.
                let custom = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/http_requests"
                _ = try await kubectl.eventually("get", "--raw", custom, seconds: 60) {
                    $0.status == 0 && (try? JSONValue.parse($0.output))?["items"]?.array?.count == 2
                }
                try succeed(try await kubectl("delete", "servicemonitor", "podinfo"))
                try await eventually("the monitor's end") { await targets("serviceMonitor").isEmpty }

                let status = try await Tool.run(Tool.updraft, ["status", "--data-dir", lab.directory])
                #expect(status.output.contains("Prometheus") && status.output.contains(Self.address), "\(status.text)")
            }
        }

        /// Under steady load, which the container's limit of 100m makes, Prometheus and the metrics server tell the same use.
        private func agreement(_ kubectl: Kubectl) async throws {
            let ab = try Tool.require(Tool.ab, "ab")
            let pod = try await kubectl("get", "pods", "-l", "app=podinfo", "-o", "jsonpath={.items[0].metadata.name} {.items[0].status.podIP}")
                .output
            let parts = pod.split(separator: " ").map(String.init)
            try #require(parts.count == 2, "\(pod)")
            let load = Task { try await Tool.run(ab, ["-q", "-t", "60", "-n", "1000000", "-c", "4", "http://\(parts[1]):9898/"], seconds: 90) }
            defer { load.cancel() }
            try await Task.sleep(for: .seconds(15))
            var told: [(prometheus: Double, metricsServer: Double)] = []
            for _ in 0..<10 {
                let value = await query(#"sum(rate(container_cpu_usage_seconds_total{pod="\#(parts[0])",container!=""}[10s]))"#).first?["value"]?
                    .array?.last
                let usage = try await kubectl("get", "--raw", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/\(parts[0])")
                let cpu = Quantity((try? JSONValue.parse(usage.output))?["containers"]?.array?.first?["usage"]?["cpu"])
                if let value = value?.string.flatMap(Double.init), let cpu { told.append((value * 1000, Double(cpu.nanoValue) / 1e6)) }
                try await Task.sleep(for: .milliseconds(500))
            }
            try #require(told.count >= 5, "\(told)")
            let prometheus = told.map(\.prometheus).sorted()[told.count / 2]
            let metricsServer = told.map(\.metricsServer).sorted()[told.count / 2]
            #expect(metricsServer > 50 && abs(prometheus - metricsServer) <= 0.2 * metricsServer, "millicores: \(told)")
        }

        @Test(
            "kube-prometheus of the guide's age applies in one pass, and its Prometheus and its adapter are what is served then",
            .enabled(if: ManifestSet.isThere, "no folder ../shared/manifests beside the project"))
        func kubePrometheus() async throws {
            let program = try Tool.require(Tool.kubectl("1.20"), "kubectl 1.20")
            _ = try Tool.require(Tool.prometheus, "prometheus")
            let path = "\(ManifestSet.folder)/kube-prometheus-0.29"
            try await withLab(offset: Self.offset) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                try succeed(try await kubectl("apply", "-f", "Sources/Commands/Demo/Manifests/podinfo-deployment.yaml"))
                _ = try await kubectl.eventually("top", "pods", seconds: 30) { $0.status == 0 && $0.output.contains("podinfo") }
                try succeed(try await kubectl("apply", "-f", path, seconds: 120))
                try await eventually("its own Prometheus at the lab's address") {
                    await targets("serviceMonitor/monitoring/prometheus").contains { $0["health"] == "up" }
                }
                try await eventually("kubelets") { await targets("serviceMonitor/monitoring/kubelet").filter { $0["health"] == "up" }.count == 6 }
                let pods = try await kubectl.eventually("-n", "monitoring", "describe", "pods", seconds: 60) {
                    $0.output.contains(#"no program of this machine stands for image "grafana/grafana:6.0.0-beta1""#)
                }
                #expect(pods.status == 0)
                let status = try await kubectl("-n", "monitoring", "get", "prometheus", "k8s")
                #expect(status.status == 0, "\(status.text)")
                let service = try await kubectl("get", "apiservice", "v1beta1.metrics.k8s.io", "-o", "jsonpath={.spec.service.name}")
                #expect(service.output == "prometheus-adapter")
                // By `pod_name`, of `prometheus-k8s.monitoring.svc`, with scrapes half a minute apart.
                let top = try await kubectl.eventually("top", "pods", seconds: 150) { $0.status == 0 && $0.output.contains("podinfo") }
                #expect(top.status == 0)
                try succeed(try await kubectl("delete", "-f", path, seconds: 120))
                _ = try await kubectl.eventually("top", "pods", seconds: 60) { $0.status == 0 && $0.output.contains("podinfo") }
                try await eventually("the lab's own server again") { await targets("kubernetes-pods").contains { $0["health"] == "up" } }
            }
        }
    }
}
