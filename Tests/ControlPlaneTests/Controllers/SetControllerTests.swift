// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Testing

@testable import ControlPlane

@Suite("The controllers of StatefulSets and DaemonSets, over TLS against the API server", .timeLimit(.minutes(5)))
struct SetControllerTests {
    private func object(_ cluster: ControlledCluster, _ kind: String, _ name: String, _ spec: JSONObject = [:]) -> KubeObject {
        var json = SetKindTests.set(name, spec)
        json["apiVersion"] = "apps/v1"
        json["kind"] = .string(kind)
        return cluster.object(json)
    }

    private func isComplete(_ sets: [KubeObject], replicas: Int64) -> Bool {
        guard let set = sets.first(where: { $0.name == "web" }) else { return false }
        return set.status["observedGeneration"] == .integer(set.generation)
            && ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas"].allSatisfy { set.status[$0]?.int ?? 0 == replicas }
            && set.status["currentRevision"] == set.status["updateRevision"]
    }

    private func isComplete(_ sets: [KubeObject], nodes: Int64) -> Bool {
        guard let set = sets.first(where: { $0.name == "agent" }) else { return false }
        return set.status["observedGeneration"] == .integer(set.generation)
            && ["desiredNumberScheduled", "currentNumberScheduled", "numberReady", "numberAvailable", "updatedNumberScheduled"]
                .allSatisfy { set.status[$0]?.int ?? 0 == nodes }
            && set.status["numberMisscheduled"] == 0
    }

    private let newTemplate: JSONValue = ["spec": ["template": ["metadata": ["labels": ["version": "2"]]]]]

    @Test("a StatefulSet grows in order, shrinks from the top, and goes with its pods and revisions")
    func statefulSet() async throws {
        try await ControlledCluster.run { cluster in
            try await cluster.admin.create(.statefulSets, object(cluster, "StatefulSet", "web", ["replicas": 3]))
            try await cluster.eventually("in order", .pods) { pods in
                #expect(pods.map(\.name).sorted() == (0..<pods.count).map { "web-\($0)" })
                return pods.count == 3
            }
            try await cluster.eventually("complete", .statefulSets) { isComplete($0, replicas: 3) }
            let revisions = try await cluster.admin.list(.controllerRevisions, namespace: "default").items
            #expect(revisions.count == 1 && revisions[0]["revision"] == 1)
            let last = try await cluster.admin.get(.pods, namespace: "default", name: "web-2")
            try await cluster.admin.delete(.pods, last)
            try await cluster.eventually("made again, of the same name", .pods) { pods in
                pods.contains { $0.name == "web-2" && $0.uid != last.uid && Pod($0).isReady }
            }
            try await cluster.patch(.statefulSets, "web", ["spec": ["replicas": 1]])
            try await cluster.eventually("shrunk", .pods) { $0.map(\.name) == ["web-0"] }
            try await cluster.eventually("complete", .statefulSets) { isComplete($0, replicas: 1) }
            let events = try await cluster.eventually("told", .events) { events in
                events.contains { $0["message"] == "delete Pod web-1 in StatefulSet web successful" && $0["reason"] == "SuccessfulDelete" }
            }
            #expect(events.contains { $0["message"] == "create Pod web-0 in StatefulSet web successful" && $0["reason"] == "SuccessfulCreate" })
            try await cluster.admin.delete(.statefulSets, namespace: "default", name: "web")
            try await cluster.eventually("no pods", .pods) { $0.isEmpty }
            try await cluster.eventually("no revisions", .controllerRevisions) { $0.isEmpty }
        }
    }

    @Test("a new template reaches the pods above the partition, and all once there is none; history is kept to its limit")
    func partition() async throws {
        try await ControlledCluster.run { cluster in
            let strategy: JSONValue = ["type": "RollingUpdate", "rollingUpdate": ["partition": 2]]
            let set = object(cluster, "StatefulSet", "web", ["replicas": 3, "updateStrategy": strategy, "revisionHistoryLimit": 1])
            try await cluster.admin.create(.statefulSets, set)
            try await cluster.eventually("complete", .statefulSets) { isComplete($0, replicas: 3) }
            try await cluster.patch(.statefulSets, "web", newTemplate)
            try await cluster.eventually("the last pod only", .pods) { pods in
                let updated = pods.filter { $0.labels["version"] == "2" }.map(\.name)
                #expect(updated.isEmpty || updated == ["web-2"])
                return updated == ["web-2"] && pods.count == 3 && pods.allSatisfy { Pod($0).isReady }
            }
            try await cluster.eventually("counted", .statefulSets) { sets in
                sets[0].status["updatedReplicas"] == 1 && sets[0].status["currentReplicas"] == 2
                    && sets[0].status["currentRevision"] != sets[0].status["updateRevision"]
            }
            try await cluster.patch(.statefulSets, "web", ["spec": ["updateStrategy": ["rollingUpdate": ["partition": 0]]]])
            try await cluster.eventually("complete", .statefulSets) { isComplete($0, replicas: 3) }
            for version in ["3", "4"] {
                try await cluster.patch(.statefulSets, "web", ["spec": ["template": ["metadata": ["labels": ["version": .string(version)]]]]])
                try await cluster.eventually("of version \(version)", .pods) { pods in
                    pods.count == 3 && pods.allSatisfy { $0.labels["version"] == version }
                }
            }
            try await cluster.eventually("the current one and one more", .controllerRevisions) {
                $0.map { $0["revision"]?.int ?? 0 }.sorted() == [3, 4]
            }
        }
    }

    @Test("orphaned pods and revisions are taken on by a set of the same template, and no pod is made anew")
    func adoption() async throws {
        try await ControlledCluster.run { cluster in
            func check(
                _ resource: GroupVersionResource, _ made: KubeObject, isComplete: ([KubeObject]) -> Bool
            ) async throws {
                try await cluster.admin.create(resource, made)
                try await cluster.eventually("complete", resource, isComplete)
                let before = try await cluster.admin.list(.pods, namespace: "default", labelSelector: "app=\(made.name)").items
                let stored = try await cluster.admin.get(resource, namespace: "default", name: made.name)
                try await cluster.admin.delete(resource, stored, propagation: .orphan)
                try await cluster.eventually("gone", resource) { $0.isEmpty }
                try await cluster.eventually("free", .pods) { pods in
                    pods.filter { $0.labels["app"] == made.name }.allSatisfy { $0.ownerReferences.isEmpty }
                }
                try await cluster.admin.create(resource, made)
                try await cluster.eventually("complete again", resource, isComplete)
                let after = try await cluster.admin.list(.pods, namespace: "default", labelSelector: "app=\(made.name)").items
                #expect(Set(after.map(\.uid)) == Set(before.map(\.uid)))
                #expect(after.allSatisfy { $0.controller?.kind == made.kind })
                let revisions = try await cluster.admin.list(.controllerRevisions, namespace: "default", labelSelector: "app=\(made.name)").items
                #expect(revisions.count == 1 && revisions[0].controller?.kind == made.kind)
            }
            try await check(.statefulSets, object(cluster, "StatefulSet", "web", ["replicas": 2])) { isComplete($0, replicas: 2) }
            try await check(.daemonSets, object(cluster, "DaemonSet", "agent")) { isComplete($0, nodes: 3) }
        }
    }

    @Test("pods of a set that no longer match it are let go, and others take their places")
    func release() async throws {
        try await ControlledCluster.run { cluster in
            try await cluster.admin.create(.daemonSets, object(cluster, "DaemonSet", "agent"))
            try await cluster.eventually("complete", .daemonSets) { isComplete($0, nodes: 3) }
            let pod = try await cluster.admin.list(.pods, namespace: "default").items[0]
            try await cluster.patch(.pods, pod.name, ["metadata": ["labels": ["app": "free"]]])
            try await cluster.eventually("replaced", .pods) { pods in
                pods.count == 4 && pods.first { $0.uid == pod.uid }?.ownerReferences.isEmpty == true
            }
        }
    }

    @Test("a DaemonSet has a pod on each node, follows nodes that come, are closed, tainted and labelled, and rolls")
    func daemonSet() async throws {
        try await ControlledCluster.run(nodes: 2) { cluster in
            try await cluster.admin.create(.daemonSets, object(cluster, "DaemonSet", "agent"))
            try await cluster.eventually("complete", .daemonSets) { isComplete($0, nodes: 2) }
            let pods = try await cluster.admin.list(.pods, namespace: "default").items
            #expect(Set(pods.map { Pod($0).nodeName }) == ["node-0", "node-1"])
            var third = try await cluster.admin.get(.nodes, name: "node-0")
            third = KubeObject(["apiVersion": "v1", "kind": "Node", "metadata": ["name": "node-2"], "status": third.status])
            third.set(true, at: "spec", "unschedulable")
            try await cluster.admin.create(.nodes, third)
            try await cluster.eventually("also on a closed node", .daemonSets) { isComplete($0, nodes: 3) }
            try await cluster.admin.patch(.nodes, name: "node-2", .merge(["spec": ["taints": [["key": "k", "effect": "NoExecute"]]]]))
            try await cluster.eventually("off the tainted one", .pods) { $0.count == 2 }
            try await cluster.eventually("counted", .daemonSets) { isComplete($0, nodes: 2) }
            try await cluster.patch(.daemonSets, "agent", newTemplate)
            try await cluster.eventually("rolled, one node at a time", .pods) { pods in
                #expect(pods.count(where: { Pod($0).isReady && !$0.isBeingDeleted }) >= 1)
                return pods.count == 2 && pods.allSatisfy { $0.labels["version"] == "2" && Pod($0).isReady }
            }
            try await cluster.eventually("complete", .daemonSets) { isComplete($0, nodes: 2) }
            try await cluster.admin.patch(.nodes, name: "node-1", .merge(["metadata": ["labels": ["disk": "ssd"]]]))
            try await cluster.patch(.daemonSets, "agent", ["spec": ["template": ["spec": ["nodeSelector": ["disk": "ssd"]]]]])
            try await cluster.eventually("on the labelled node only", .pods) { $0.map { Pod($0).nodeName } == ["node-1"] }
            try await cluster.eventually("complete", .daemonSets) { isComplete($0, nodes: 1) }
            let events = try await cluster.admin.list(.events, namespace: "default").items.filter {
                $0["source"]?["component"] == "daemonset-controller"
            }
            #expect(events.contains { $0["reason"] == "SuccessfulCreate" && $0["message"]?.string?.hasPrefix("Created pod: agent-") == true })
            try await cluster.admin.delete(.daemonSets, namespace: "default", name: "agent")
            try await cluster.eventually("no pods", .pods) { $0.isEmpty }
        }
    }

    @Test("with a surge, a node has its new pod before the old one goes")
    func surge() async throws {
        try await ControlledCluster.run(nodes: 2) { cluster in
            let strategy: JSONValue = ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1, "maxUnavailable": 0]]
            try await cluster.admin.create(.daemonSets, object(cluster, "DaemonSet", "agent", ["updateStrategy": strategy]))
            try await cluster.eventually("complete", .daemonSets) { isComplete($0, nodes: 2) }
            try await cluster.patch(.daemonSets, "agent", newTemplate)
            try await cluster.eventually("every node always has a ready pod", .pods) { pods in
                let ready = Set(pods.map(Pod.init).filter(\.isReady).map(\.nodeName))
                #expect(ready == ["node-0", "node-1"])
                #expect(pods.count <= 3 + pods.count(where: \.isBeingDeleted))
                return pods.count == 2 && pods.allSatisfy { $0.labels["version"] == "2" }
            }
            try await cluster.eventually("complete", .daemonSets) { isComplete($0, nodes: 2) }
        }
    }

    @Test("controllers that start over sets in the middle of a change finish it, make nothing twice, and then leave it alone")
    func restart() async throws {
        try await ServedPlane.run { served in
            for round in Int64(1)...3 {
                try await ControlledCluster.run(on: served, nodes: round == 1 ? 3 : 0) { cluster in
                    if round == 1 {
                        try await cluster.admin.create(.statefulSets, object(cluster, "StatefulSet", "web", ["podManagementPolicy": "Parallel"]))
                        try await cluster.admin.create(.daemonSets, object(cluster, "DaemonSet", "agent"))
                    }
                    let template: JSONValue = ["metadata": ["labels": ["version": .string("\(round)")]]]
                    try await cluster.patch(.statefulSets, "web", ["spec": ["replicas": .integer(round * 2), "template": template]])
                    try await cluster.patch(.daemonSets, "agent", ["spec": ["template": template]])
                    if round < 3 { try await cluster.eventually("begun", .pods) { !$0.isEmpty } }
                }
            }
            try await ControlledCluster.run(on: served, nodes: 0) { cluster in
                try await cluster.eventually("finished", .statefulSets) { isComplete($0, replicas: 6) }
                try await cluster.eventually("finished", .daemonSets) { isComplete($0, nodes: 3) }
                let pods = try await cluster.admin.list(.pods, namespace: "default").items
                #expect(pods.count == 9 && pods.allSatisfy { $0.labels["version"] == "3" })
                let revisions = try await cluster.admin.list(.controllerRevisions, namespace: "default").items
                #expect(Set(revisions.map { "\($0.controller?.name ?? "") \($0["revision"]?.int ?? 0)" }).count == revisions.count)
                func versions() async throws -> [String] {
                    var versions: [String] = []
                    for resource in [GroupVersionResource.statefulSets, .daemonSets, .pods, .controllerRevisions] {
                        versions += try await cluster.admin.list(resource, namespace: "default").items.map(\.resourceVersion)
                    }
                    return versions
                }
                let before = try await versions()
                try await cluster.patch(.pods, pods[0].name, ["metadata": ["annotations": ["seen": "yes"]]])
                try await cluster.patch(.pods, pods[0].name, ["metadata": ["annotations": ["seen": .null]]])
                try await cluster.eventually("nothing but the pod that was touched changes", .pods) { $0.count == 9 }
                #expect(Set(try await versions()).subtracting(before).count == 1)
            }
        }
    }

    @Test("a failed pod of a DaemonSet is replaced, and said so; of a StatefulSet too")
    func failed() async throws {
        try await ControlledCluster.run(nodes: 1) { cluster in
            try await cluster.admin.create(.daemonSets, object(cluster, "DaemonSet", "agent"))
            try await cluster.admin.create(.statefulSets, object(cluster, "StatefulSet", "web", ["replicas": 1]))
            try await cluster.eventually("complete", .daemonSets) { isComplete($0, nodes: 1) }
            try await cluster.eventually("complete", .statefulSets) { isComplete($0, replicas: 1) }
            let before = try await cluster.admin.list(.pods, namespace: "default").items
            for pod in before {
                try await cluster.admin.patch(
                    .pods, namespace: "default", name: pod.name, subresource: "status", .merge(["status": ["phase": "Failed", "conditions": []]]))
            }
            try await cluster.eventually("replaced", .pods) { pods in
                pods.count == 2 && pods.allSatisfy { pod in Pod(pod).isReady && !before.contains { $0.uid == pod.uid } }
            }
            try await cluster.eventually("told", .events) { events in
                events.contains {
                    $0["reason"] == "FailedDaemonPod" && $0["message"]?.string?.contains("on node node-0, will try to kill it") == true
                }
            }
        }
    }
}
