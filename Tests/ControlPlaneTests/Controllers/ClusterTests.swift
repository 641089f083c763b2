// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Testing

@testable import ControlPlane

@Suite("The controllers, over TLS against the API server", .timeLimit(.minutes(5)))
struct ClusterTests {
    private func isRolledOut(_ deployments: [KubeObject], replicas: Int64) -> Bool {
        guard let deployment = deployments.first else { return false }
        let status = DeploymentStatus(deployment.status)
        return status.isComplete(Deployment(deployment)) && status.available == replicas
            && status.condition("Progressing")?.reason == "NewReplicaSetAvailable"
    }

    @Test("a Deployment becomes running pods on all nodes, grows, shrinks, and goes with all that it made")
    func deployment() async throws {
        try await ControlledCluster.run { cluster in
            try await cluster.admin.create(.deployments, cluster.object(Manifests.deployment("web", replicas: 3)))
            let deployments = try await cluster.eventually("rolled out", .deployments) { isRolledOut($0, replicas: 3) }
            #expect(deployments[0].annotations["deployment.kubernetes.io/revision"] == "1")
            #expect(deployments[0].generation == 1)
            let pods = try await cluster.admin.list(.pods, namespace: "default").items
            #expect(Set(pods.map { $0.spec["nodeName"]?.string ?? "" }) == ["node-0", "node-1", "node-2"])
            try await cluster.patch(.deployments, "web", ["spec": ["replicas": 8]])
            try await cluster.eventually("grown", .deployments) { isRolledOut($0, replicas: 8) }
            #expect(try await cluster.admin.list(.pods, namespace: "default").items.count == 8)
            try await cluster.patch(.deployments, "web", ["spec": ["replicas": 2]])
            try await cluster.eventually("shrunk", .pods) { $0.count == 2 }
            let events = try await cluster.eventually("told", .events) { $0.filter { $0["reason"] == "ScalingReplicaSet" }.count == 3 }
            let name = try await cluster.admin.list(.replicaSets, namespace: "default").items[0].name
            let messages = events.filter { $0["reason"] == "ScalingReplicaSet" }.compactMap { $0["message"]?.string }
            #expect(
                Set(messages) == [
                    "Scaled up replica set \(name) from 0 to 3", "Scaled up replica set \(name) from 3 to 8",
                    "Scaled down replica set \(name) from 8 to 2",
                ])
            #expect(events.filter { $0["reason"] == "SuccessfulCreate" }.count == 8)
            try await cluster.admin.delete(.deployments, namespace: "default", name: "web")
            try await cluster.eventually("no ReplicaSet", .replicaSets) { $0.isEmpty }
            try await cluster.eventually("no pod", .pods) { $0.isEmpty }
        }
    }

    @Test("a new template rolls out without losing availability, and an older one comes back under a new revision")
    func rollout() async throws {
        try await ControlledCluster.run { cluster in
            try await cluster.admin.create(.deployments, cluster.object(Manifests.deployment("web", replicas: 4)))
            try await cluster.eventually("rolled out", .deployments) { isRolledOut($0, replicas: 4) }
            let first = try await cluster.admin.get(.deployments, namespace: "default", name: "web").spec["template"]
            try await cluster.patch(.deployments, "web", ["spec": ["template": ["metadata": ["labels": ["version": "2"]]]]])
            try await cluster.eventually("never below three, never above five", .pods) { pods in
                let active = pods.map(Pod.init).filter(\.isActive)
                #expect(active.count <= 5 && active.count(where: \.isReady) >= 3)
                return active.count == 4 && active.allSatisfy { $0.isReady && $0.object.labels["version"] == "2" }
            }
            try await cluster.eventually("rolled on", .deployments) {
                $0[0].annotations["deployment.kubernetes.io/revision"] == "2" && isRolledOut($0, replicas: 4)
            }
            var sets = try await cluster.admin.list(.replicaSets, namespace: "default").items
            #expect(sets.count == 2)
            #expect(sets.map { $0.spec["replicas"]?.int ?? -1 }.sorted() == [0, 4])
            try await cluster.patch(.deployments, "web", ["spec": ["template": ["metadata": ["labels": ["version": .null]]]]])
            #expect(try await cluster.admin.get(.deployments, namespace: "default", name: "web").spec["template"] == first)
            try await cluster.eventually("rolled back", .deployments) {
                $0[0].annotations["deployment.kubernetes.io/revision"] == "3" && isRolledOut($0, replicas: 4)
            }
            sets = try await cluster.admin.list(.replicaSets, namespace: "default").items
            #expect(sets.count == 2)
            #expect(sets.contains { $0.annotations["deployment.kubernetes.io/revision-history"] == "1" })
        }
    }

    @Test("from a scale to created pods, and from a ready pod to its endpoint, it takes milliseconds")
    func latency() async throws {
        try await ControlledCluster.run { cluster in
            var service = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Service"), namespace: "default", name: "web")
            service["spec"] = ["selector": ["app": "web"], "ports": [["port": 80, "targetPort": 9898]]]
            try await cluster.admin.create(.services, service)
            try await cluster.admin.create(.deployments, cluster.object(Manifests.deployment("web", replicas: 1)))
            try await cluster.eventually("rolled out", .deployments) { isRolledOut($0, replicas: 1) }
            var times: [Duration] = []
            for replicas in Int64(2)...6 {
                let start = ContinuousClock.now
                try await cluster.patch(.deployments, "web", ["spec": ["replicas": .integer(replicas)]])
                try await cluster.eventually("created", .pods) { $0.count == replicas }
                times.append(ContinuousClock.now - start)
                try await cluster.eventually("in the slice", .endpointSlices) { slices in
                    slices.filter { $0.labels[ServiceEndpoints.serviceLabel] == "web" }.reduce(0) { $0 + ($1["endpoints"]?.array?.count ?? 0) }
                        == replicas
                }
                times.append(ContinuousClock.now - start)
            }
            print("scale to created, to endpoint: \(times)")
            let slices = try await cluster.admin.list(.endpointSlices, namespace: "default", labelSelector: "kubernetes.io/service-name=web").items
            #expect(slices.count == 1)
            let endpoints = try await cluster.eventually("endpoints", .endpoints) {
                $0.contains { $0.name == "web" && ($0["subsets"]?.array?.first?["addresses"]?.array?.count ?? 0) == 6 }
            }
            #expect(endpoints.first { $0.name == "web" }?["subsets"]?.array?.first?["ports"] == [["port": 9898, "protocol": "TCP"]])
            try await cluster.admin.delete(.services, namespace: "default", name: "web")
            try await cluster.eventually("no slice", .endpointSlices) { $0.allSatisfy { $0.labels[ServiceEndpoints.serviceLabel] != "web" } }
        }
    }

    @Test("pods that fit nowhere wait, say why, and are placed once there is room")
    func unschedulable() async throws {
        try await ControlledCluster.run(nodes: 2) { cluster in
            var manifest = Manifests.deployment("big", replicas: 3)
            manifest["spec"]?["template"]?["spec"]?["containers"] = [
                ["name": "main", "image": "podinfo", "resources": ["requests": ["cpu": "600m"]]]
            ]
            try await cluster.admin.create(.deployments, cluster.object(manifest))
            let pods = try await cluster.eventually("one pending", .pods) { pods in
                pods.count == 3 && pods.count { $0.status["phase"] == "Running" } == 2
                    && pods.contains { $0.condition("PodScheduled")?["status"] == "False" }
            }
            let waiting = pods.first { $0.status["phase"] == "Pending" }?.condition("PodScheduled")
            #expect(waiting?["message"]?.string == "0/2 nodes are available: 2 Insufficient cpu.")
            #expect(waiting?["reason"]?.string == "Unschedulable")
            let running = pods.first { $0.status["phase"] == "Running" }
            try await cluster.patch(.deployments, "big", ["spec": ["replicas": 2]])
            try await cluster.eventually("the pending one is given up first", .pods) { pods in
                pods.count == 2 && pods.allSatisfy { $0.status["phase"] == "Running" } && pods.contains { $0.uid == running?.uid }
            }
            try await cluster.patch(.deployments, "big", ["spec": ["replicas": 3]])
            try await cluster.eventually("one pending again", .pods) { $0.contains { $0.condition("PodScheduled")?["status"] == "False" } }
            try await cluster.admin.patch(.nodes, name: "node-0", subresource: "status", .merge(["status": ["allocatable": ["cpu": "4"]]]))
            try await cluster.eventually("placed", .deployments) { isRolledOut($0, replicas: 3) }
        }
    }

    @Test("a deleted namespace is emptied and goes")
    func namespace() async throws {
        try await ControlledCluster.run { cluster in
            try await cluster.admin.create(.namespaces, KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Namespace"), name: "shop"))
            var deployment = cluster.object(Manifests.deployment("web", replicas: 2))
            deployment.set("shop", at: "metadata", "namespace")
            try await cluster.admin.create(.deployments, deployment)
            try await cluster.eventually("rolled out", .deployments, namespace: "shop") { isRolledOut($0, replicas: 2) }
            try await cluster.admin.delete(.namespaces, name: "shop")
            try await cluster.eventually("gone", .namespaces, namespace: "") { $0.allSatisfy { $0.name != "shop" } }
            #expect(try await cluster.admin.list(.pods).items.isEmpty)
        }
    }

    @Test("a Deployment that recreates ends all old pods before it starts new ones")
    func recreate() async throws {
        try await ControlledCluster.run { cluster in
            var manifest = Manifests.deployment("web", replicas: 2)
            manifest["spec"]?["strategy"] = ["type": "Recreate"]
            try await cluster.admin.create(.deployments, cluster.object(manifest))
            try await cluster.eventually("rolled out", .deployments) { isRolledOut($0, replicas: 2) }
            try await cluster.patch(.deployments, "web", ["spec": ["template": ["metadata": ["labels": ["version": "2"]]]]])
            try await cluster.eventually("never both", .pods) { pods in
                let versions = Set(pods.map { $0.labels["version"] ?? "" })
                #expect(versions.count <= 1)
                return versions == ["2"] && pods.count == 2 && pods.allSatisfy { $0.status["phase"] == "Running" }
            }
            try await cluster.eventually("rolled out again", .deployments) { isRolledOut($0, replicas: 2) }
        }
    }

    @Test("deleted in the foreground, a Deployment goes last; orphaned, its ReplicaSet stays, and a new Deployment takes it on")
    func propagation() async throws {
        try await ControlledCluster.run { cluster in
            try await cluster.admin.create(.deployments, cluster.object(Manifests.deployment("web", replicas: 2)))
            try await cluster.eventually("rolled out", .deployments) { isRolledOut($0, replicas: 2) }
            let set = try await cluster.admin.list(.replicaSets, namespace: "default").items[0]
            let deployment = try await cluster.admin.get(.deployments, namespace: "default", name: "web")
            try await cluster.admin.delete(.deployments, deployment, propagation: .orphan)
            try await cluster.eventually("gone", .deployments) { $0.isEmpty }
            try await cluster.eventually("orphaned", .replicaSets) { $0.count == 1 && $0[0].controller == nil }
            try await cluster.admin.create(.deployments, cluster.object(Manifests.deployment("web", replicas: 2)))
            try await cluster.eventually("taken on", .deployments) { isRolledOut($0, replicas: 2) }
            let again = try await cluster.admin.list(.replicaSets, namespace: "default").items
            #expect(again.map(\.uid) == [set.uid])
            #expect(again[0].controller?.kind == "Deployment")
            #expect(try await cluster.admin.list(.pods, namespace: "default").items.count == 2)
            let second = try await cluster.admin.get(.deployments, namespace: "default", name: "web")
            try await cluster.admin.delete(.deployments, second, propagation: .foreground)
            try await cluster.eventually("gone last", .deployments) { $0.isEmpty }
            #expect(try await cluster.admin.list(.replicaSets, namespace: "default").items.isEmpty)
            #expect(try await cluster.admin.list(.pods, namespace: "default").items.isEmpty)
        }
    }

    @Test("a pod that is deleted or relabelled is replaced, an orphan that fits is taken on instead")
    func replacement() async throws {
        try await ControlledCluster.run { cluster in
            try await cluster.admin.create(.deployments, cluster.object(Manifests.deployment("web", replicas: 2)))
            let pods = try await cluster.eventually("running", .pods) { $0.count == 2 && $0.allSatisfy { $0.status["phase"] == "Running" } }
            try await cluster.patch(.pods, pods[0].name, ["metadata": ["labels": ["app": "debug"]]])
            try await cluster.admin.delete(.pods, pods[1])
            try await cluster.eventually("replaced", .pods) { now in
                let web = now.filter { $0.labels["app"] == "web" && $0.status["phase"] == "Running" }
                return web.count == 2 && now.count == 3 && web.allSatisfy { pod in !pods.contains { $0.uid == pod.uid } }
            }
            let released = try await cluster.admin.get(.pods, namespace: "default", name: pods[0].name)
            #expect(released.ownerReferences.isEmpty)
            try await cluster.patch(
                .pods, pods[0].name,
                ["metadata": ["labels": ["app": "web", "pod-template-hash": .string(pods[0].labels["pod-template-hash"] ?? "")]]])
            try await cluster.eventually("one too many", .pods) { $0.count == 2 }
        }
    }

    @Test("at rest nobody writes anything")
    func rest() async throws {
        try await ControlledCluster.run { cluster in
            var service = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Service"), namespace: "default", name: "web")
            service["spec"] = ["selector": ["app": "web"], "ports": [["port": 80, "targetPort": 9898]]]
            try await cluster.admin.create(.services, service)
            try await cluster.admin.create(.deployments, cluster.object(Manifests.deployment("web", replicas: 5)))
            try await cluster.eventually("rolled out", .deployments) { isRolledOut($0, replicas: 5) }
            try await cluster.eventually("endpoints", .endpoints) { $0.contains { $0["subsets"]?.array?.first?["addresses"]?.array?.count == 5 } }
            try await Task.sleep(for: .milliseconds(300))
            let before = try await cluster.admin.list(.pods).resourceVersion
            try await Task.sleep(for: .milliseconds(700))
            #expect(try await cluster.admin.list(.pods).resourceVersion == before)
        }
    }

    @Test("controllers that start over a cluster in the middle of a change finish it, and make nothing twice")
    func restart() async throws {
        try await ServedPlane.run { served in
            for round in Int64(1)...3 {
                try await ControlledCluster.run(on: served, nodes: round == 1 ? 3 : 0) { cluster in
                    if round == 1 { try await cluster.admin.create(.deployments, cluster.object(Manifests.deployment("web", replicas: 3))) }
                    try await cluster.patch(.deployments, "web", ["spec": ["replicas": .integer(round * 3)]])
                    if round < 3 { try await cluster.eventually("begun", .pods) { !$0.isEmpty } }
                }
            }
            try await ControlledCluster.run(on: served, nodes: 0) { cluster in
                try await cluster.eventually("finished", .deployments) { isRolledOut($0, replicas: 9) }
                #expect(try await cluster.admin.list(.pods, namespace: "default").items.count == 9)
                #expect(try await cluster.admin.list(.replicaSets, namespace: "default").items.count == 1)
            }
        }
    }
}
