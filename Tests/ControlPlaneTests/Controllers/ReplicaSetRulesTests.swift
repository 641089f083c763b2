// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

@Suite("A ReplicaSet's pods")
struct ReplicaSetRulesTests {
    private static let now = Timestamp(seconds: 1_800_000_000)

    private static func pod(_ name: String, _ change: (inout KubeObject) -> Void = { _ in }) -> Pod {
        var pod = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Pod"), namespace: "shop", name: name)
        pod.set(.string("uid-\(name)"), at: "metadata", "uid")
        pod.set(.string((now - .seconds(1000)).description), at: "metadata", "creationTimestamp")
        pod.labels = ["app": "web"]
        pod.set("n1", at: "spec", "nodeName")
        pod["status"] = [
            "phase": "Running",
            "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": .string((now - .seconds(900)).description)]],
        ]
        change(&pod)
        return Pod(pod)
    }

    struct Pair: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var first: Pod
        var second: Pod
        var related: [Pod] = []
    }

    private static func ready(since seconds: Int64) -> JSONValue {
        [["type": "Ready", "status": "True", "lastTransitionTime": .string((now - .seconds(seconds)).description)]]
    }

    @Test(
        "go in upstream's order when there are too many",
        arguments: [
            Pair(
                testDescription: "unassigned before assigned", first: pod("a") { $0.set(nil, at: "spec", "nodeName") },
                second: pod("b") { $0.set("Pending", at: "status", "phase") }),
            Pair(
                testDescription: "pending before running", first: pod("a") { $0.set("Pending", at: "status", "phase") },
                second: pod("b") { $0.set([], at: "status", "conditions") }),
            Pair(testDescription: "unknown before running", first: pod("a") { $0.set("Unknown", at: "status", "phase") }, second: pod("b")),
            Pair(
                testDescription: "unready before ready", first: pod("a") { $0.set([], at: "status", "conditions") },
                second: pod("b") { $0.annotations = ["controller.kubernetes.io/pod-deletion-cost": "-5"] }),
            Pair(
                testDescription: "cheap before dear", first: pod("a") { $0.annotations = ["controller.kubernetes.io/pod-deletion-cost": "-5"] },
                second: pod("b")),
            Pair(
                testDescription: "on a crowded node before alone", first: pod("a"), second: pod("b") { $0.set("n2", at: "spec", "nodeName") },
                related: [pod("c")]),
            Pair(
                testDescription: "ready for shorter before longer", first: pod("a") { $0.set(ready(since: 10), at: "status", "conditions") },
                second: pod("b")),
            Pair(
                testDescription: "by chance where both have been ready about as long",
                first: pod("a") { $0.set(ready(since: 900), at: "status", "conditions") },
                second: pod("b") { $0.set(ready(since: 800), at: "status", "conditions") }),
            Pair(
                testDescription: "often restarted before never", first: pod("a") { $0.set([["restartCount": 3]], at: "status", "containerStatuses") },
                second: pod("b")),
            Pair(
                testDescription: "young before old",
                first: pod("b") { $0.set(.string((now - .seconds(5)).description), at: "metadata", "creationTimestamp") }, second: pod("a")),
        ])
    func order(_ pair: Pair) {
        let order = PodDeletionOrder(related: [pair.first, pair.second] + pair.related, now: Self.now)
        #expect(order.goesFirst(pair.first, pair.second))
        #expect(!order.goesFirst(pair.second, pair.first))
        #expect(order.choose(1, of: [pair.second, pair.first]).map(\.name) == [pair.first.name])
    }

    private func replicaSet(_ replicas: Int64, _ change: (inout KubeObject) -> Void = { _ in }) -> ReplicaSet {
        var object = KubeObject(ReplicaSet.kind, namespace: "shop", name: "web-1")
        object.set("rs-1", at: "metadata", "uid")
        object["spec"] = [
            "replicas": .integer(replicas), "selector": ["matchLabels": ["app": "web"]],
            "template": ["metadata": ["labels": ["app": "web"], "annotations": ["a": "b"]], "spec": ["containers": [["name": "main"]]]],
        ]
        change(&object)
        return ReplicaSet(object)
    }

    private func owned(_ name: String, by uid: String = "rs-1", _ change: (inout KubeObject) -> Void = { _ in }) -> Pod {
        Self.pod(name) { pod in
            pod.set(
                [["uid": .string(uid), "controller": true, "kind": "ReplicaSet", "name": "x", "apiVersion": "apps/v1"]], at: "metadata",
                "ownerReferences")
            change(&pod)
        }
    }

    @Test("count if owned, selected, running and not about to end")
    func plan() {
        let pods = [
            owned("a"), owned("failed") { $0.set("Failed", at: "status", "phase") }, owned("done") { $0.set("Succeeded", at: "status", "phase") },
            owned("ending") { $0.set("2026-11-24T12:00:00Z", at: "metadata", "deletionTimestamp") }, owned("foreign", by: "rs-2"), Self.pod("orphan"),
            Self.pod("stranger") { $0.labels = ["app": "db"] }, owned("relabelled") { $0.labels = ["app": "db"] },
        ]
        let plan = ReplicaSetPlan.make(replicaSet(5), pods: pods)
        #expect(plan.owned.map(\.name) == ["a"])
        #expect(plan.adoptable.map(\.name) == ["orphan"])
        #expect(plan.released.map(\.name) == ["relabelled"])
        #expect((plan.missing, plan.surplus) == (3, 0))
        let settled = ReplicaSetPlan.make(replicaSet(1), pods: [owned("a")])
        #expect(settled.isSettled)
    }

    @Test("are neither made nor deleted by a ReplicaSet that is being deleted, and at most 500 at once")
    func limits() {
        let deleted = replicaSet(5) { $0.set("2026-11-24T12:00:00Z", at: "metadata", "deletionTimestamp") }
        #expect(ReplicaSetPlan.make(deleted, pods: [owned("a"), Self.pod("orphan")]).isSettled)
        #expect(ReplicaSetPlan.make(replicaSet(.max), pods: []).missing == 500)
        #expect(ReplicaSetPlan.make(replicaSet(0), pods: (0..<600).map { owned("p\($0)") }).surplus == 500)
    }

    @Test("are made of the template, controlled by the ReplicaSet, named by the server")
    func template() {
        let pod = ReplicaSetPlan.pod(of: replicaSet(1))
        #expect(pod["metadata"]?["generateName"] == "web-1-")
        #expect(pod.labels == ["app": "web"])
        #expect(pod.annotations == ["a": "b"])
        #expect(pod.spec == ["containers": [["name": "main"]]])
        #expect(pod.controller == OwnerReference(controller: replicaSet(1).object))
    }

    @Test("are available once ready for long enough")
    func status() {
        let set = replicaSet(3) { $0.set(60, at: "spec", "minReadySeconds") }
        let fresh = owned("fresh") { $0.set(Self.ready(since: 59), at: "status", "conditions") }
        let pods = [owned("old"), fresh, owned("unready") { $0.set([], at: "status", "conditions") }]
        let status = ReplicaSetStatus(set, owned: pods, failure: nil, now: Self.now)
        #expect((status.replicas, status.fullyLabeled, status.ready, status.available) == (3, 3, 2, 1))
        #expect(ReplicaSetStatus(set, owned: pods, failure: nil, now: Self.now + .seconds(1)).available == 2)
        #expect(status.patch["conditions"] == .null)
        let failed = ReplicaSetStatus(set, owned: [], failure: ("FailedCreate", "no room"), now: Self.now)
        #expect(failed.conditions.first?["reason"] == "FailedCreate")
    }
}
