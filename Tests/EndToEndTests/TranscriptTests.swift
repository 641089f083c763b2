// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel
import Testing

@testable import Commands

extension EndToEnd {
    /// A user's session at a lab, with the guide's own files, by each kubectl that users have.
    @Suite("kubectl works as on a real cluster", .serialized)
    struct TranscriptTests {
        @Test("kubectl 1.20 gets through the guide")
        func kubectl120() async throws {
            try await transcript(program: try Tool.require(Tool.kubectl120, "kubectl 1.20"), offset: 2200)
        }

        @Test("kubectl 1.32 gets through the guide")
        func kubectl132() async throws {
            try await transcript(program: try Tool.require(Tool.kubectl132, "kubectl 1.32"), offset: 3200)
        }

        @Test("kubectl 1.37 gets through the guide")
        func kubectl137() async throws {
            try await transcript(program: try Tool.require(Tool.kubectl137, "kubectl 1.37"), offset: 3700)
        }

        private func transcript(program: String, offset: Int) async throws {
            try await withLab(offset: offset) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                let files = lab.directory + "-manifests"
                try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(atPath: files) }
                try GuideManifests.deploymentText.write(toFile: files + "/podinfo-deployment.yaml", atomically: true, encoding: .utf8)
                try GuideManifests.autoscalerText.write(toFile: files + "/podinfo-hpa.yaml", atomically: true, encoding: .utf8)

                try await nodes(kubectl)
                try await applyGuide(kubectl, files)
                try await metrics(kubectl)
                try await top(kubectl)
                try await autoscaler(kubectl)
                try await versions(kubectl)
                try await downwardVolume(kubectl, lab)
                try await logs(kubectl)
                try await objects(kubectl)
                try await rollout(kubectl, files)
                try await watch(kubectl)
                try await mistakes(kubectl)
                try await deletion(kubectl, files)
            }
        }

        private func nodes(_ kubectl: Kubectl) async throws {
            let nodes = try await kubectl("get", "nodes")
            #expect(nodes.status == 0)
            #expect(nodes.output.split(separator: "\n").filter { $0.contains(" Ready ") }.count == 3, "\(nodes.text)")
        }

        private func applyGuide(_ kubectl: Kubectl, _ files: String) async throws {
            let apply = try await kubectl("apply", "-f", "\(files)/podinfo-deployment.yaml", "-f", "\(files)/podinfo-hpa.yaml")
            #expect(apply.status == 0, "\(apply.text)")
            #expect(apply.output.contains("deployment.extensions/podinfo created"))
            #expect(apply.output.contains("horizontalpodautoscaler.autoscaling/podinfo created"))
            let again = try await kubectl("apply", "-f", "\(files)/podinfo-deployment.yaml", "-f", "\(files)/podinfo-hpa.yaml")
            #expect(again.status == 0, "\(again.text)")
            #expect(again.output.contains("horizontalpodautoscaler.autoscaling/podinfo unchanged"), "\(again.text)")
            let ready = try await kubectl.eventually("get", "deployment", "podinfo") { $0.output.contains(/podinfo +([2-9]|10)\/\1/) }
            #expect(ready.output.hasPrefix("NAME"))
            #expect(ready.output.contains("UP-TO-DATE"))
        }

        private func metrics(_ kubectl: Kubectl) async throws {
            let nodes = try await kubectl.eventually("get", "--raw", "/apis/metrics.k8s.io/v1beta1/nodes") { $0.output.contains("\"usage\"") }
            let list = try JSONValue.parse(nodes.output)
            #expect(list["kind"] == "NodeMetricsList")
            #expect(list["items"]?.array?.count == 3)
            let pods = try await kubectl.eventually("get", "--raw", "/apis/metrics.k8s.io/v1beta1/pods") { $0.output.contains("podinfod") }
            let first = try #require(try JSONValue.parse(pods.output)["items"]?.array?.first)
            #expect(first["metadata"]?["labels"]?["app"] == "podinfo")
            #expect(first["containers"]?.array?.first?["usage"]?["cpu"]?.string?.hasSuffix("n") == true)
        }

        private func top(_ kubectl: Kubectl) async throws {
            let nodes = try await kubectl.eventually("top", "nodes") { $0.status == 0 }
            #expect(nodes.output.contains("CPU(cores)"), "\(nodes.text)")
            let pods = try await kubectl.eventually("top", "pods", "-A", "--containers", "--sort-by=cpu") { $0.output.contains("podinfod") }
            #expect(pods.output.contains(/default +podinfo-[a-z0-9]+-[a-z0-9]{5} +podinfod +[0-9]+m +[0-9]+Mi/), "\(pods.text)")
        }

        private func autoscaler(_ kubectl: Kubectl) async throws {
            let table = try await kubectl.eventually("get", "hpa") { !$0.output.contains("unknown") && $0.output.contains("podinfo") }
            #expect(table.output.contains(/podinfo +Deployment\/podinfo +cpu: [0-9]+%\/80%, memory: [0-9]+[A-Za-z]*\/200Mi/), "\(table.text)")
            let described = try await kubectl("describe", "hpa", "podinfo")
            #expect(described.status == 0, "\(described.text)")
            for line in ["Reference:", "resource cpu on pods", "resource memory on pods", "AbleToScale", "ScalingActive", "ScalingLimited"] {
                #expect(described.output.contains(line), "\(line) in\n\(described.text)")
            }
            // Any use of a 1m request is at least 100 % of it, so the guide's HPA climbs with no load at all.
            _ = try await kubectl.eventually("get", "deployment", "podinfo", "-o", "jsonpath={.spec.replicas}") { (Int($0.output) ?? 0) > 2 }
            let events = try await kubectl("describe", "hpa", "podinfo")
            #expect(events.output.contains("SuccessfulRescale"), "\(events.text)")
        }

        private func versions(_ kubectl: Kubectl) async throws {
            for (version, marker) in [
                ("v1", "targetCPUUtilizationPercentage: 80"), ("v2beta1", "targetAverageUtilization: 80"), ("v2beta2", "averageUtilization: 80"),
                ("v2", "averageUtilization: 80"),
            ] {
                let object = try await kubectl("get", "horizontalpodautoscalers.\(version).autoscaling", "podinfo", "-o", "yaml")
                #expect(object.output.contains("apiVersion: autoscaling/\(version)"), "\(object.text)")
                #expect(object.output.contains(marker), "\(version): \(object.text)")
            }
        }

        private func downwardVolume(_ kubectl: Kubectl, _ lab: LabProcess) async throws {
            // The pod's own view of the file, through its mount namespace.
            let pods = podinfoProcesses(of: lab)
            #expect(pods.count >= 2)
            for pod in pods {
                let labels = try? String(contentsOfFile: "/proc/\(pod)/root/etc/podinfod/metadata/labels", encoding: .utf8)
                #expect(labels?.contains("app=\"podinfo\"") == true, "process \(pod) reads \(labels ?? "nothing")")
            }
        }

        private func podinfoProcesses(of lab: LabProcess) -> [Int32] {
            let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return processes.compactMap { Int32($0) }.filter { number in
                guard let command = try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8), command.contains("-port=9898") else {
                    return false
                }
                guard let parent = ProcessTree.ancestors(of: number)?.contains(lab.processID) else { return false }
                return parent
            }
        }

        private func logs(_ kubectl: Kubectl) async throws {
            let pod = try await kubectl("get", "pods", "-l", "app=podinfo", "-o", "jsonpath={.items[0].metadata.name}").output
            let logs = try await kubectl("logs", pod)
            #expect(logs.status == 0, "\(logs.text)")
            #expect(!logs.output.isEmpty)
            let none = try await kubectl("logs", "no-such-pod")
            #expect(none.status == 1)
            #expect(none.errors.contains("pods \"no-such-pod\" not found"))
        }

        private func objects(_ kubectl: Kubectl) async throws {
            let wide = try await kubectl("get", "pods", "-o", "wide")
            #expect(wide.output.contains("NOMINATED NODE"), "\(wide.text)")
            #expect(wide.output.contains(/podinfo-[a-z0-9]+-[a-z0-9]{5} +1\/1 +Running +0 +[0-9a-z]+ +127\.[0-9]+\.[0-9]+\.[0-9]+/), "\(wide.text)")
            let service = """
                {"apiVersion":"v1","kind":"Service","metadata":{"name":"podinfosvc"},
                 "spec":{"selector":{"app":"podinfo"},"ports":[{"port":9898,"targetPort":9898}]}}
                """
            let created = try await kubectl("create", "-f", "-", input: service)
            #expect(created.output.contains("service/podinfosvc created"), "\(created.text)")
            let many = try await kubectl("get", "deploy,rs,svc,events")
            #expect(many.status == 0, "\(many.text)")
            for kind in ["deployment.apps/podinfo", "replicaset.apps/podinfo-", "service/kubernetes", "service/podinfosvc"] {
                #expect(many.output.contains(kind), "\(many.text)")
            }
            #expect(many.output.contains("ScalingReplicaSet"))
            let address = try await kubectl("get", "service", "podinfosvc", "-o", "jsonpath={.spec.clusterIP}").output
            let ab = try Tool.require(Tool.ab, "ab")
            let load = try await Tool.run(ab, ["-c", "20", "-n", "200", "http://\(address):9898/index.html"])
            #expect(load.status == 0, "\(load.text)")
            #expect(load.output.contains(/Failed requests: +0/), "\(load.text)")
        }

        private func rollout(_ kubectl: Kubectl, _ files: String) async throws {
            let deployment = GuideManifests.deploymentText.replacingOccurrences(of: "name: podinfo\n", with: "name: rolling\n")
                .replacingOccurrences(of: "app: podinfo\n", with: "app: rolling\n")
            let created = try await kubectl("create", "-f", "-", input: deployment)
            #expect(created.status == 0, "\(created.text)")
            let first = try await kubectl("rollout", "status", "deployment/rolling", "--timeout=60s", seconds: 90)
            #expect(first.output.contains("successfully rolled out"), "\(first.text)")
            let scaled = try await kubectl("scale", "deployment/rolling", "--replicas=3")
            #expect(scaled.output.contains("scaled"), "\(scaled.text)")
            _ = try await kubectl.eventually("get", "deployment", "rolling", "-o", "jsonpath={.status.readyReplicas}") { $0.output == "3" }
            let patched = try await kubectl(
                "patch", "deployment", "rolling", "-p", #"{"spec":{"template":{"metadata":{"labels":{"release":"2"}}}}}"#)
            #expect(patched.status == 0, "\(patched.text)")
            let second = try await kubectl("rollout", "status", "deployment/rolling", "--timeout=60s", seconds: 90)
            #expect(second.output.contains("successfully rolled out"), "\(second.text)")
            let sets = try await kubectl("get", "rs", "-l", "app=rolling")
            #expect(sets.output.split(separator: "\n").count == 3, "two revisions:\n\(sets.text)")
        }

        private func watch(_ kubectl: Kubectl) async throws {
            // Ended by the time limit; what it printed until then counts.
            let watching = try await kubectl("get", "hpa", "-w", seconds: 5)
            #expect(watching.output.contains("REFERENCE"), "\(watching.text)")
            #expect(watching.output.contains("Deployment/podinfo"))
        }

        private func mistakes(_ kubectl: Kubectl) async throws {
            let malformed = try await kubectl("apply", "-f", "-", input: "apiVersion: v1\nkind: ConfigMap\n  name: [\n")
            #expect(malformed.status == 1)
            let unknownKind = try await kubectl("apply", "-f", "-", input: "apiVersion: v1\nkind: Gizmo\nmetadata: {name: x}\n")
            #expect(unknownKind.status == 1)
            #expect(unknownKind.errors.contains("no matches for kind \"Gizmo\" in version \"v1\""), "\(unknownKind.text)")
            let badQuantity = GuideManifests.deploymentText.replacingOccurrences(of: "name: podinfo\n", with: "name: bad\n")
                .replacingOccurrences(of: "\"32Mi\"", with: "\"32Moons\"")
            let quantity = try await kubectl("create", "-f", "-", input: badQuantity)
            #expect(quantity.status == 1)
            #expect(quantity.errors.contains("quantities must match the regular expression"), "\(quantity.text)")
            let unknownField = try await kubectl("create", "-f", "-", input: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndat: {a: b}\n")
            #expect(unknownField.status == 1)
            #expect(unknownField.errors.contains("unknown field \"dat\""), "\(unknownField.text)")
            let nothing = try await kubectl("get", "deployment,configmap", "bad", "x", "--ignore-not-found")
            #expect(nothing.output.isEmpty, "nothing half-written: \(nothing.text)")
        }

        private func deletion(_ kubectl: Kubectl, _ files: String) async throws {
            let deleted = try await kubectl("delete", "-f", "\(files)/podinfo-hpa.yaml", "-f", "\(files)/podinfo-deployment.yaml")
            #expect(deleted.status == 0, "\(deleted.text)")
            #expect(deleted.output.contains("\"podinfo\" deleted"))
            let more = try await kubectl("delete", "deployment", "rolling")
            #expect(more.status == 0, "\(more.text)")
            _ = try await kubectl.eventually("get", "pods,rs", seconds: 45) { $0.output.isEmpty }
        }
    }
}

enum ProcessTree {
    /// The parents of a process up to the first; nil where it does not run.
    static func ancestors(of process: Int32) -> [Int32]? {
        var chain: [Int32] = []
        var current = process
        while current > 1 {
            guard let stat = try? String(contentsOfFile: "/proc/\(current)/stat", encoding: .utf8),
                let afterName = stat.range(of: ") ", options: .backwards)?.upperBound
            else { return nil }
            let fields = stat[afterName...].split(separator: " ")
            guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
            chain.append(parent)
            current = parent
        }
        return chain
    }
}
