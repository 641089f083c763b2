// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension EndToEnd {
    /// metrics-server's own manifests, unmodified, in labs without a metrics server: what the guide has its readers install, and what is installed today.
    @Suite(
        "metrics-server's manifests in the lab", .serialized, .enabled(if: ManifestSet.isThere, "no folder ../shared/manifests beside the project"))
    struct MetricsServerManifestTests {
        @Test("make the API available, and kubectl top answers; without the Deployment it is not, and autoscalers hold their replicas")
        func install() async throws {
            // Each waits for its second scrape, for up to a minute: all at once.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await guide() }
                group.addTask { try await today() }
                group.addTask { try await ordinaryUser() }
                try await group.waitForAll()
            }
        }

        /// No arguments: upstream's defaults, port 443 among them; its role lets only kubelets' summaries be read.
        private func guide() async throws {
            let kubectl120 = try Tool.require(Tool.kubectl120, "kubectl 1.20")
            try await withLab(offset: 7500, arguments: ["--without", "metrics-server"]) { lab in
                let kubectl = Kubectl(program: kubectl120, kubeconfig: lab.kubeconfig)
                try await apply("metrics-server-1.8+", kubectl)
                try await answers(kubectl, lab)
                let log = try await kubectl("logs", "-n", "kube-system", "deployment/metrics-server")
                #expect(log.output.contains("/stats/summary"), "\(log.text)")
            }
        }

        private func today() async throws {
            let kubectl132 = try Tool.require(Tool.kubectl132, "kubectl 1.32")
            try await withLab(offset: 7600, arguments: ["--without", "metrics-server"]) { lab in
                let kubectl = Kubectl(program: kubectl132, kubeconfig: lab.kubeconfig)
                try await apply("metrics-server-0.9-components.yaml", kubectl)
                let created = try await kubectl("apply", "-f", "-", input: Self.workload)
                #expect(created.status == 0, "\(created.text)")
                try await answers(kubectl, lab)
                try await outage(kubectl)
            }
        }

        private func ordinaryUser() async throws {
            // Root has no user namespace to try.
            guard getuid() == 0 else { return }
            let kubectl137 = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            let directory = try LabProcess.temporaryDirectory()
            try FileManager.default.setAttributes([.ownerAccountID: 65_534, .groupOwnerAccountID: 65_534], ofItemAtPath: directory)
            let copy = NSTemporaryDirectory() + "updraft-e2e-\(UUID().uuidString.prefix(8))"
            try FileManager.default.copyItem(atPath: Tool.updraft, toPath: copy)
            defer { try? FileManager.default.removeItem(atPath: copy) }
            let command = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy]
            try await withLab(offset: 7700, directory: directory, arguments: ["--without", "metrics-server"], command: command) { lab in
                let kubectl = Kubectl(program: kubectl137, kubeconfig: lab.kubeconfig)
                try await apply("metrics-server-0.9-components.yaml", kubectl)
                try await answers(kubectl, lab)
            }
        }

        private func apply(_ set: String, _ kubectl: Kubectl) async throws {
            let applied = try await kubectl("apply", "-f", "\(ManifestSet.folder)/\(set)")
            #expect(applied.status == 0, "\(applied.text)")
        }

        private static let condition = #"jsonpath={range .status.conditions[?(@.type=="Available")]}{.status} {.reason} {.message}{end}"#

        private func answers(_ kubectl: Kubectl, _ lab: LabProcess) async throws {
            let available = try await kubectl.eventually("get", "apiservice", "v1beta1.metrics.k8s.io", "-o", Self.condition, seconds: 120) {
                $0.output.hasPrefix("True")
            }
            if !available.output.hasPrefix("True Passed") { Issue.record("\(available.text)\n\(try await state(kubectl))") }
            let nodes = try await kubectl.eventually("top", "nodes", seconds: 150) { $0.status == 0 && !$0.output.contains("unknown") }
            if nodes.status != 0 || nodes.output.split(separator: "\n").count != 4 { Issue.record("\(nodes.text)\n\(try await state(kubectl))") }
            let pods = try await kubectl.eventually("top", "pods", "-n", "kube-system", seconds: 90) { $0.output.contains("metrics-server-") }
            #expect(pods.output.contains("metrics-server-"), "\(pods.text)")
            for program in try [
                Tool.require(Tool.kubectl120, "kubectl 1.20"), Tool.require(Tool.kubectl132, "kubectl 1.32"),
                Tool.require(Tool.kubectl137, "kubectl 1.37"),
            ] {
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                #expect(try await kubectl("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes").output.contains(#""kind":"NodeMetricsList""#))
                let metrics = try await kubectl("get", "podmetrics,nodemetrics", "-A")
                #expect(
                    metrics.status == 0 && metrics.output.contains("nodemetrics.metrics.k8s.io/") && metrics.output.contains("metrics-server-"),
                    "\(metrics.text)")
            }
        }

        private func state(_ kubectl: Kubectl) async throws -> String {
            let pods = try await kubectl("describe", "pods", "-n", "kube-system").text
            return pods + (try await kubectl("logs", "-n", "kube-system", "deployment/metrics-server").text)
        }

        private func outage(_ kubectl: Kubectl) async throws {
            let active = #"jsonpath={range .status.conditions[?(@.type=="ScalingActive")]}{.status} {.reason} {.message}{end}"#
            let scaling = try await kubectl.eventually("get", "hpa", "steady", "-o", active, seconds: 90) { $0.output.hasPrefix("True") }
            #expect(scaling.output.hasPrefix("True ValidMetricFound"), "\(scaling.text)")
            _ = try await kubectl.eventually("get", "deployment", "steady", "-o", "jsonpath={.spec.replicas}", seconds: 60) { $0.output == "5" }
            let deleted = try await kubectl("delete", "deployment", "-n", "kube-system", "metrics-server")
            #expect(deleted.status == 0, "\(deleted.text)")
            let lost = try await kubectl.eventually("get", "apiservice", "v1beta1.metrics.k8s.io", "-o", Self.condition, seconds: 90) {
                $0.output.hasPrefix("False MissingEndpoints")
            }
            #expect(
                lost.output
                    == #"False MissingEndpoints endpoints for service/metrics-server in "kube-system" have no addresses with port name "https""#)
            let blind = try await kubectl.eventually("get", "hpa", "steady", "-o", active, seconds: 60) { $0.output.hasPrefix("False") }
            #expect(
                blind.output.hasPrefix("False FailedGetResourceMetric")
                    && blind.output.contains("unable to handle the request (get pods.metrics.k8s.io)"),
                "\(blind.text)")
            #expect(try await kubectl("top", "nodes").text.contains("Metrics API not available"))
            try await Task.sleep(for: .seconds(5))
            #expect(try await kubectl("get", "deployment", "steady", "-o", "jsonpath={.spec.replicas}").output == "5", "never fewer without metrics")
        }

        /// Far above its target, and free to go down at once: only what is not known keeps its replicas.
        private static let workload = """
            {"apiVersion": "v1", "kind": "List", "items": [
             {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "steady"}, "spec": {"replicas": 2,
              "selector": {"matchLabels": {"app": "steady"}}, "template": {"metadata": {"labels": {"app": "steady"}}, "spec": {"terminationGracePeriodSeconds": 1,
              "containers": [{"name": "podinfod", "image": "stefanprodan/podinfo:0.0.1", "command": ["./podinfo", "-port=9898"],
              "resources": {"requests": {"cpu": "100m", "memory": "32Mi"}}}]}}}},
             {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "steady"}, "spec": {"minReplicas": 1, "maxReplicas": 5,
              "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "steady"},
              "behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}},
              "metrics": [{"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Mi"}}}]}}]}
            """
    }
}
