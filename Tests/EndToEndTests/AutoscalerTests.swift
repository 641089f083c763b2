// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import Testing

@testable import Commands

extension EndToEnd {
    /// Autoscalers of their users' making, with real kubectl, measured pods and no load: what an idle pod uses is above some targets, below others.
    @Suite("autoscalers in the lab", .serialized)
    struct AutoscalerTests {
        @Test("grow, shrink and are held by their behavior, and say as upstream what they cannot do")
        func lab() async throws {
            let program = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            try await withLab(offset: 5300, arguments: ["--horizontal-pod-autoscaler-downscale-stabilization=2s"]) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                try await scalesBothWays(kubectl)
                try await heldByBehavior(kubectl)
                try await withoutRequest(kubectl)
                try await matchingNothing(kubectl)
                try await deletedTarget(kubectl)
                try await metricsServerDown(kubectl)
            }
        }

        // MARK: What they do

        /// Of each type that measured pods have: a target that idling is above, then one that it is far below.
        private func scalesBothWays(_ kubectl: Kubectl) async throws {
            let types: [(name: String, low: String, high: String)] = [
                (
                    "resource", #"{"type":"Resource","resource":{"name":"memory","target":{"type":"AverageValue","averageValue":"1Mi"}}}"#,
                    #"{"type":"Resource","resource":{"name":"memory","target":{"type":"AverageValue","averageValue":"1Gi"}}}"#
                ),
                (
                    "container",
                    #"{"type":"ContainerResource","containerResource":{"name":"cpu","container":"podinfod","target":{"type":"Utilization","averageUtilization":40}}}"#,
                    #"{"type":"ContainerResource","containerResource":{"name":"memory","container":"podinfod","target":{"type":"AverageValue","averageValue":"1Gi"}}}"#
                ),
            ]
            for type in types {
                try await deploy(type.name, kubectl)
                try await autoscale(type.name, metric: type.low, kubectl)
                _ = try await kubectl.eventually("get", "deployment", type.name, "-o", "jsonpath={.spec.replicas}", seconds: 45) { $0.output == "4" }
                let patched = try await kubectl("patch", "hpa", type.name, "--type", "merge", "-p", "{\"spec\":{\"metrics\":[\(type.high)]}}")
                #expect(patched.status == 0, "\(patched.text)")
                _ = try await kubectl.eventually("get", "deployment", type.name, "-o", "jsonpath={.spec.replicas}", seconds: 45) { $0.output == "1" }
                try await remove(type.name, kubectl)
            }
        }

        private func heldByBehavior(_ kubectl: Kubectl) async throws {
            try await deploy("slow", kubectl)
            let behavior = #""behavior":{"scaleUp":{"policies":[{"type":"Pods","value":1,"periodSeconds":60}]}},"#
            try await autoscale("slow", metric: Self.cpu, behavior: behavior, kubectl)
            _ = try await kubectl.eventually("get", "deployment", "slow", "-o", "jsonpath={.spec.replicas}") { $0.output == "2" }
            let limited = try await kubectl.eventually("get", "hpa", "slow", "-o", Self.condition("ScalingLimited")) {
                $0.output.hasPrefix("True ScaleUpLimit")
            }
            #expect(limited.output == "True ScaleUpLimit the desired replica count is increasing faster than the maximum scale rate")
            try await Task.sleep(for: .seconds(4))
            #expect(try await kubectl("get", "deployment", "slow", "-o", "jsonpath={.spec.replicas}").output == "2", "one a minute")
            try await remove("slow", kubectl)
        }

        // MARK: What they cannot do

        private func withoutRequest(_ kubectl: Kubectl) async throws {
            try await deploy("free", requests: "{}", kubectl)
            try await autoscale("free", metric: Self.cpu, kubectl)
            let text = "failed to get cpu utilization: missing request for cpu in container podinfod of Pod free-"
            try await fails("free", reason: "FailedGetResourceMetric", text: text, kubectl)
            try await remove("free", kubectl)
        }

        private func matchingNothing(_ kubectl: Kubectl) async throws {
            try await deploy("empty", replicas: 0, kubectl)
            try await autoscale("empty", metric: Self.cpu, kubectl)
            let disabled = try await kubectl.eventually("get", "hpa", "empty", "-o", Self.condition("ScalingActive")) {
                !$0.output.isEmpty && $0.output != "  "
            }
            #expect(disabled.output == "False ScalingDisabled scaling is disabled since the replica count of the target is zero")
            try await remove("empty", kubectl)
            // Replicas are asked for, but there is no pod to bear the labels: its image is no program here, and nothing is measured.
            try await deploy("absent", image: "no/such:1", kubectl)
            try await autoscale("absent", metric: Self.cpu, kubectl)
            try await fails("absent", reason: "FailedGetResourceMetric", text: "no metrics returned from resource metrics API", kubectl)
            #expect(
                try await kubectl("get", "deployment", "absent", "-o", "jsonpath={.spec.replicas}").output == "1", "nothing follows from missing data"
            )
            try await remove("absent", kubectl)
        }

        private func deletedTarget(_ kubectl: Kubectl) async throws {
            try await deploy("gone", kubectl)
            try await autoscale("gone", metric: Self.cpu, kubectl)
            _ = try await kubectl.eventually("get", "hpa", "gone", "-o", Self.condition("AbleToScale")) { $0.output.hasPrefix("True") }
            _ = try await kubectl("delete", "deployment", "gone")
            let text = "the HPA controller was unable to get the target's current scale: deployments.apps \"gone\" not found"
            let condition = try await kubectl.eventually("get", "hpa", "gone", "-o", Self.condition("AbleToScale")) { $0.output.hasPrefix("False") }
            #expect(condition.output == "False FailedGetScale \(text)")
            try await hasEvent("FailedGetScale", of: "gone", text: "deployments.apps \"gone\" not found", kubectl)
            _ = try await kubectl("delete", "hpa", "gone")
        }

        private func metricsServerDown(_ kubectl: Kubectl) async throws {
            try await deploy("blind", replicas: 3, kubectl)
            let calm = #"{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":100000}}}"#
            let moved = try await kubectl(
                "patch", "apiservice", "v1beta1.metrics.k8s.io", "--type", "merge", "-p", #"{"spec":{"service":{"port":1}}}"#)
            #expect(moved.status == 0, "\(moved.text)")
            _ = try await kubectl.eventually("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes") { $0.status != 0 }
            try await autoscale("blind", metric: calm, kubectl)
            let text =
                "unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)"
            try await fails("blind", reason: "FailedGetResourceMetric", text: text, kubectl)
            try await Task.sleep(for: .seconds(4))
            #expect(try await kubectl("get", "deployment", "blind", "-o", "jsonpath={.spec.replicas}").output == "3", "never fewer without metrics")
            try await remove("blind", kubectl)
        }

        // MARK: Objects

        private static let cpu = #"{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":40}}}"#

        private func deploy(
            _ name: String, replicas: Int = 1, requests: String = #"{"cpu":"1m","memory":"32Mi"}"#, image: String = "stefanprodan/podinfo:0.0.1",
            _ kubectl: Kubectl
        ) async throws {
            let created = try await kubectl(
                "create", "-f", "-",
                input: """
                    {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"\(name)"},"spec":{"replicas":\(replicas),
                     "selector":{"matchLabels":{"app":"\(name)"}},"template":{"metadata":{"labels":{"app":"\(name)"}},"spec":{"terminationGracePeriodSeconds":1,
                     "containers":[{"name":"podinfod","image":"\(image)","command":["./podinfo","-port=9898"],
                     "readinessProbe":{"httpGet":{"path":"/readyz","port":9898},"periodSeconds":1},"resources":{"requests":\(requests)}}]}}}}
                    """)
            #expect(created.status == 0, "\(created.text)")
        }

        private func autoscale(_ name: String, metric: String, behavior: String = "", _ kubectl: Kubectl) async throws {
            let created = try await kubectl(
                "create", "-f", "-",
                input: """
                    {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"\(name)"},"spec":{\(behavior)"minReplicas":1,
                     "maxReplicas":4,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"\(name)"},"metrics":[\(metric)]}}
                    """)
            #expect(created.status == 0, "\(created.text)")
        }

        private func remove(_ name: String, _ kubectl: Kubectl) async throws {
            let deleted = try await kubectl("delete", "hpa,deployment", name)
            #expect(deleted.status == 0, "\(deleted.text)")
        }

        private static func condition(_ type: String) -> String {
            "jsonpath={range .status.conditions[?(@.type==\"\(type)\")]}{.status} {.reason} {.message}{end}"
        }

        private func fails(_ name: String, reason: String, text: String, _ kubectl: Kubectl) async throws {
            let condition = try await kubectl.eventually("get", "hpa", name, "-o", Self.condition("ScalingActive")) {
                $0.output.hasPrefix("False \(reason)") && $0.output.contains(text)
            }
            #expect(condition.output.contains("the HPA was unable to compute the replica count: "), "\(condition.output)")
            try await hasEvent(reason, of: name, text: text, kubectl)
            try await hasEvent(
                "FailedComputeMetricsReplicas", of: name,
                text: "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ", kubectl)
        }

        private func hasEvent(_ reason: String, of name: String, text: String, _ kubectl: Kubectl) async throws {
            _ = try await kubectl.eventually(
                "get", "events", "--field-selector", "involvedObject.name=\(name),involvedObject.kind=HorizontalPodAutoscaler"
            ) {
                $0.output.contains("Warning   \(reason)") && $0.output.contains(text)
            }
        }
    }
}
