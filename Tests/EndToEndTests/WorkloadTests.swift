// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

extension EndToEnd {
    /// StatefulSets and DaemonSets with real kubectl and real processes.
    @Suite("workloads in the lab", .serialized)
    struct WorkloadTests {
        private static let offset = 6100

        @Test("a StatefulSet and a DaemonSet roll out, scale, update, and survive the loss of their owners")
        func workloads() async throws {
            let program = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            try await withLab(offset: Self.offset, arguments: ["--nodes", "2"]) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                try await expect("created", kubectl("apply", "-f", "-", input: Self.statefulSet + "\n---\n" + Self.daemonSet))
                try await rolledOut(kubectl)
                try await shown(kubectl)
                try await scaled(kubectl)
                try await partitioned(kubectl)
                try await undone(kubectl)
                try await orphaned(kubectl)
                try await deleted(kubectl)
            }
        }

        @Test("each pod of a StatefulSet finds its own files again, until its claim is deleted")
        func claims() async throws {
            let program = try Tool.require(Tool.kubectl137, "kubectl 1.37")
            let directory = try LabProcess.temporaryDirectory()
            try "- {image: shell, command: [/bin/sh]}\n".write(toFile: "\(directory)/images.yaml", atomically: true, encoding: .utf8)
            try await withLab(offset: Self.offset + 100, directory: directory, arguments: ["--nodes", "2"]) { lab in
                let kubectl = Kubectl(program: program, kubeconfig: lab.kubeconfig)
                expect("created", try await kubectl("apply", "-f", "-", input: Self.store))
                expect("2 new pods", try await kubectl("rollout", "status", "sts/store", "--timeout", "60s"))
                let claims = try await kubectl("get", "pvc", "--no-headers").output
                #expect(claims.split(separator: "\n").filter { $0.hasPrefix("data-store-") && $0.contains("Bound") }.count == 2, "\(claims)")
                let path = try await kubectl("get", "pv", "-o", "jsonpath={.items[?(@.spec.claimRef.name==\"data-store-1\")].spec.hostPath.path}")
                    .output
                #expect(path.hasPrefix(lab.directory), "\(path)")
                func lines() -> [Substring] { ((try? String(contentsOfFile: path + "/inner/names", encoding: .utf8)) ?? "").split(separator: "\n") }
                #expect(lines() == ["store-1"])
                expect("deleted", try await kubectl("delete", "pod", "store-1"))
                expect("2 new pods", try await kubectl("rollout", "status", "sts/store", "--timeout", "60s"))
                _ = try await kubectl.eventually("get", "pod", "store-1", "-o", "jsonpath={.status.phase}") {
                    $0.output == "Running" && lines().count == 2
                }
                #expect(lines() == ["store-1", "store-1"], "the pod that took its place adds to the same file")
                expect("deleted", try await kubectl("delete", "sts", "store"))
                _ = try await kubectl.eventually("get", "pods") { $0.text.contains("No resources found") }
                #expect(lines().count == 2, "the claim and its files stay")
                expect("deleted", try await kubectl("delete", "pvc", "--all"))
                _ = try await kubectl.eventually("get", "pv") { $0.text.contains("No resources found") }
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }

        private func expect(_ text: String, _ result: ToolResult, sourceLocation: SourceLocation = #_sourceLocation) {
            #expect(result.status == 0 && result.text.contains(text), "\(result.text)", sourceLocation: sourceLocation)
        }

        private func rolledOut(_ kubectl: Kubectl) async throws {
            try await expect("3 new pods have been updated", kubectl("rollout", "status", "sts/web", "--timeout", "60s"))
            try await expect("successfully rolled out", kubectl("rollout", "status", "ds/agent", "--timeout", "60s"))
        }

        private func shown(_ kubectl: Kubectl) async throws {
            let sets = try await kubectl("get", "sts,ds", "-o", "wide").output
            #expect(sets.contains("statefulset.apps/web   3/3"), "\(sets)")
            #expect(sets.contains("app=agent"), "\(sets)")
            let nodes = try await kubectl("get", "pods", "-l", "app=agent", "-o", "jsonpath={.items[*].spec.nodeName}").output
            #expect(Set(nodes.split(separator: " ")) == ["node-0", "node-1"])
            let name = try await kubectl("get", "--raw", "/api/v1/namespaces/default/pods/web-1").output
            #expect(name.contains(#""subdomain":"web""#) && name.contains(#""apps.kubernetes.io/pod-index":"1""#), "\(name)")
            // What the process itself is told.
            let log = try await kubectl.eventually("logs", "web-1") { !$0.output.isEmpty }
            #expect(log.status == 0)
        }

        private func scaled(_ kubectl: Kubectl) async throws {
            try await expect("scaled", kubectl("scale", "sts/web", "--replicas", "1"))
            _ = try await kubectl.eventually("get", "pods", "-l", "app=web", "-o", "name") { $0.output == "pod/web-0\n" }
            try await expect("autoscaled", kubectl("autoscale", "sts/web", "--min", "2", "--max", "3", "--cpu", "50%"))
            _ = try await kubectl.eventually("get", "pods", "-l", "app=web", "-o", "name") { $0.output == "pod/web-0\npod/web-1\n" }
            try await expect("deleted", kubectl("delete", "hpa", "web"))
            try await expect("scaled", kubectl("scale", "sts/web", "--replicas", "3"))
            try await rolledOut(kubectl)
        }

        private func partitioned(_ kubectl: Kubectl) async throws {
            let patch = #"{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}},"template":{"metadata":{"annotations":{"try":"1"}}}}}"#
            try await expect("patched", kubectl("patch", "sts", "web", "-p", patch))
            try await expect("partitioned roll out complete: 1 new pods", kubectl("rollout", "status", "sts/web", "--timeout", "60s"))
            let tried = try await kubectl("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].metadata.annotations.try}").output
            #expect(tried == "1", "the last pod only")
            try await expect("patched", kubectl("patch", "sts", "web", "-p", #"{"spec":{"updateStrategy":{"rollingUpdate":{"partition":0}}}}"#))
            try await rolledOut(kubectl)
        }

        private func undone(_ kubectl: Kubectl) async throws {
            try await expect("env updated", kubectl("set", "env", "ds/agent", "A=1"))
            try await rolledOut(kubectl)
            for kubectl in [kubectl, Tool.kubectl132.map { Kubectl(program: $0, kubeconfig: kubectl.kubeconfig) }].compactMap({ $0 }) {
                for set in ["sts/web", "ds/agent"] {
                    let history = try await kubectl("rollout", "history", set)
                    expect("CHANGE-CAUSE", history)
                    expect("rolled back", try await kubectl("rollout", "undo", set))
                }
                try await rolledOut(kubectl)
            }
            let history = try await kubectl("rollout", "history", "ds/agent").output
            #expect(
                history.contains("\n3 ") && history.contains("\n4 ") && !history.contains("\n1 "),
                "revisions that come back are numbered anew: \(history)")
            expect("restarted", try await kubectl("rollout", "restart", "sts/web"))
            try await rolledOut(kubectl)
        }

        /// The owners go and come back; the pods stay the same.
        private func orphaned(_ kubectl: Kubectl) async throws {
            func pods() async throws -> [Substring] {
                try await kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.uid}").output.split(separator: " ").sorted()
            }
            let exported = try await kubectl("get", "sts/web", "ds/agent", "-o", "json").output
            let before = try await pods()
            expect("deleted", try await kubectl("delete", "sts/web", "ds/agent", "--cascade=orphan"))
            let owners = try await kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.ownerReferences}").output
            #expect(owners.isEmpty)
            expect("created", try await kubectl("create", "-f", "-", input: exported))
            try await rolledOut(kubectl)
            _ = try await kubectl.eventually("get", "pods", "-o", "jsonpath={.items[*].metadata.ownerReferences[0].kind}") {
                $0.output.split(separator: " ").count == before.count
            }
            #expect(try await pods() == before)
        }

        private func deleted(_ kubectl: Kubectl) async throws {
            expect("deleted", try await kubectl("delete", "sts/web", "ds/agent"))
            _ = try await kubectl.eventually("get", "pods,controllerrevisions") { $0.text.contains("No resources found") }
        }

        private static let statefulSet = """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec: {clusterIP: None, selector: {app: web}, ports: [{port: 9898}]}
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: web}
            spec:
              serviceName: web
              replicas: 3
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: podinfo
                    image: stefanprodan/podinfo:0.0.1
                    readinessProbe: {httpGet: {path: /readyz, port: 9898}, periodSeconds: 1}
            """

        private static let store = """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: store}
            spec:
              serviceName: store
              replicas: 2
              selector: {matchLabels: {app: store}}
              template:
                metadata: {labels: {app: store}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: shell
                    image: shell
                    args: [-c, 'echo $HOSTNAME >> /data/names; exec sleep 1000']
                    volumeMounts: [{name: data, mountPath: /data, subPath: inner}]
              volumeClaimTemplates:
              - metadata: {name: data}
                spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            """

        private static let daemonSet = """
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: agent}
            spec:
              selector: {matchLabels: {app: agent}}
              template:
                metadata: {labels: {app: agent}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - {name: podinfo, image: 'stefanprodan/podinfo:0.0.1'}
            """
    }
}
