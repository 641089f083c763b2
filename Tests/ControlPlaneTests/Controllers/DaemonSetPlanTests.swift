// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

@Suite("What a DaemonSet does")
struct DaemonSetPlanTests {
    private let nodes = ["a", "b", "c", "d"].map { SetSamples.node($0) }

    private func pod(_ node: String, _ hash: String = "new", name: String? = nil, _ change: (inout KubeObject) -> Void = { _ in }) -> Pod {
        SetSamples.pod(name ?? "agent-\(node)", owner: "agent", labels: ["controller-revision-hash": hash]) {
            $0.set(.string(node), at: "spec", "nodeName")
            change(&$0)
        }
    }

    private func plan(_ set: DaemonSet, _ pods: [Pod], nodes: [KubeObject]? = nil, held: Set<String> = []) -> DaemonSetPlan {
        DaemonSetPlan.make(set, nodes: nodes ?? self.nodes, pods: pods, hash: "new", held: held, now: SetSamples.now)
    }

    private func deleted(_ set: DaemonSet, _ pods: [Pod], nodes: [KubeObject]? = nil) -> [String] {
        plan(set, pods, nodes: nodes).deleted.map(\.pod.name)
    }

    private func surging(_ surge: JSONValue) -> DaemonSet {
        SetSamples.daemonSet { $0.set(["maxUnavailable": 0, "maxSurge": surge], at: "spec", "updateStrategy", "rollingUpdate") }
    }

    // MARK: One on each node

    @Test("there is a pod for each node that has none")
    func create() {
        #expect(plan(SetSamples.daemonSet(), [pod("b")]).created == ["a", "c", "d"])
        let waiting = SetSamples.pod("agent-x", owner: "agent", labels: ["controller-revision-hash": "new"]) {
            $0.set(NodeAffinity.pinned(nil, to: "c"), at: "spec", "affinity")
            $0["status"] = ["phase": "Pending"]
        }
        #expect(plan(SetSamples.daemonSet(), [pod("a"), pod("b"), pod("d"), waiting]).isSettled, "one that is to be placed there counts")
    }

    @Test("a pod is labelled with its template, tolerates what daemons do, and can be on its node only")
    func make() {
        let set = SetSamples.daemonSet {
            $0.annotations = ["deprecated.daemonset.template.generation": "4"]
            let mine: JSONValue = ["key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 9]
            $0.set([mine, ["operator": "Exists", "key": "mine"]], at: "spec", "template", "spec", "tolerations")
            $0.set(["podAntiAffinity": [:]], at: "spec", "template", "spec", "affinity")
        }
        let made = DaemonPod.make(of: set, on: "b", hash: "new")
        #expect(made.labels == ["app": "agent", "controller-revision-hash": "new", "pod-template-generation": "4"])
        #expect(made.value(at: "metadata", "generateName") == "agent-")
        let tolerations = made.spec["tolerations"]?.array ?? []
        #expect(
            tolerations.compactMap { $0["key"]?.string } == ["mine"]
                + ["not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map { "node.kubernetes.io/\($0)" }
        )
        #expect(tolerations.allSatisfy { $0["tolerationSeconds"] == nil })
        #expect(NodeAffinity.nodeName(made.spec) == "b")
        #expect(made.spec.value(at: "affinity", "podAntiAffinity") == [:])
        #expect(NodeAffinity(made.spec).matches(nodes[1]) && !NodeAffinity(made.spec).matches(nodes[0]))
    }

    @Test("nodes that the template does not select, or that have taints, are left out; what is there may stay")
    func placement() {
        let set = SetSamples.daemonSet { $0.set(["disk": "ssd"], at: "spec", "template", "spec", "nodeSelector") }
        func placement(_ node: KubeObject) -> [Bool] {
            let placement = DaemonPlacement(set, on: node)
            return [placement.shouldRun, placement.mayStay]
        }
        func node(_ change: (inout KubeObject) -> Void) -> KubeObject { SetSamples.node("n", labels: ["disk": "ssd"], change) }
        func tainted(_ effect: String) -> KubeObject { node { $0.set([["key": "k", "effect": .string(effect)]], at: "spec", "taints") } }
        #expect(placement(node { _ in }) == [true, true])
        #expect(placement(SetSamples.node("n")) == [false, false])
        #expect(placement(tainted("NoSchedule")) == [false, true])
        #expect(placement(tainted("NoExecute")) == [false, false])
        #expect(placement(tainted("PreferNoSchedule")) == [true, true])
        #expect(placement(node { $0.set(true, at: "spec", "unschedulable") }) == [true, true])
        #expect(placement(node { $0["status"] = ["conditions": [["type": "Ready", "status": "False"]]] }) == [false, true])
    }

    @Test("pods go off nodes that they should not be on, and of two on a node the younger goes")
    func surplus() {
        let set = SetSamples.daemonSet { $0.set(["disk": "ssd"], at: "spec", "template", "spec", "nodeSelector") }
        let selected = SetSamples.node("a", labels: ["disk": "ssd"])
        #expect(deleted(set, [pod("a"), pod("b")], nodes: [selected, SetSamples.node("b")]) == ["agent-b"])
        let young = pod("a", "new", name: "agent-0") { $0.set(.string(SetSamples.now.description), at: "metadata", "creationTimestamp") }
        #expect(deleted(set, [young, pod("a")], nodes: [selected]) == ["agent-0"])
        let lost = SetSamples.pod("agent-lost", owner: "agent") { $0.set(NodeAffinity.pinned(nil, to: "gone"), at: "spec", "affinity") }
        #expect(deleted(set, [pod("a"), lost], nodes: [selected]) == ["agent-lost"], "its node is gone before it got there")
    }

    @Test("a pod that ended is replaced; one that failed a short while ago stays for now")
    func ended() {
        let all = [pod("a", "new", SetSamples.failed), pod("b"), pod("c"), pod("d") { $0["status"] = ["phase": "Succeeded"] }]
        #expect(plan(SetSamples.daemonSet(), all).deleted.map(\.reason) == [.failed, .succeeded])
        let held = plan(SetSamples.daemonSet(), all, held: ["a"])
        #expect(held.deleted.map(\.node) == ["d"])
        #expect(held.heldNodes == ["a"])
        let gone = pod("a") {
            SetSamples.failed(&$0)
            SetSamples.going(&$0)
        }
        #expect(plan(SetSamples.daemonSet(), [gone, pod("b"), pod("c"), pod("d")]).created == ["a"], "only its finalizers hold it")
    }

    @Test("the wait of a failed pod doubles with each failure, up to a quarter of an hour, and ends with quiet")
    func backOff() {
        var backOff = FailedPodBackOff()
        var now = SetSamples.now
        #expect(backOff.wait(set: "s", node: "a", now: now) == nil)
        for seconds in [1, 2, 4, 8] {
            backOff.note(set: "s", node: "a", now: now)
            #expect(backOff.wait(set: "s", node: "a", now: now) == .seconds(seconds))
        }
        #expect(backOff.held(set: "s", now: now) == ["a"])
        #expect(backOff.held(set: "other", now: now).isEmpty)
        for _ in 0..<20 { backOff.note(set: "s", node: "a", now: now) }
        #expect(backOff.wait(set: "s", node: "a", now: now) == .seconds(900))
        now = now + .seconds(1801)
        #expect(backOff.held(set: "s", now: now).isEmpty)
        backOff.note(set: "s", node: "a", now: now)
        #expect(backOff.wait(set: "s", node: "a", now: now) == .seconds(1))
        backOff.forget(set: "s")
        #expect(backOff.wait(set: "s", node: "a", now: now) == nil)
    }

    // MARK: Updates

    @Test("old pods are replaced, no more at once than may be unavailable", arguments: [(JSONValue(1), 1), ("50%", 2), ("10%", 1)])
    func rolling(maximum: JSONValue, count: Int) {
        let set = SetSamples.daemonSet { $0.set(maximum, at: "spec", "updateStrategy", "rollingUpdate", "maxUnavailable") }
        let old = ["a", "b", "c", "d"].map { pod($0, "old") }
        #expect(deleted(set, old) == ["agent-a", "agent-b"].prefix(count).map { $0 })
        #expect(deleted(set, [pod("a", "new", SetSamples.unready)] + old.dropFirst()).count == count - 1)
    }

    @Test("old pods that are not available are replaced at once")
    func unavailable() {
        let set = SetSamples.daemonSet()
        let pods = [pod("a", "old", SetSamples.unready), pod("b", "old", SetSamples.unready), pod("c", "old"), pod("d")]
        #expect(deleted(set, pods) == ["agent-a", "agent-b", "agent-c"])
    }

    @Test("templates wait until every node has its pod")
    func manageFirst() {
        let plan = plan(SetSamples.daemonSet(), [pod("a", "old"), pod("b", "old"), pod("c", "old")])
        #expect(plan.created == ["d"])
        #expect(plan.deleted.isEmpty)
    }

    @Test("on deletion only: nothing is replaced")
    func onDelete() {
        let set = SetSamples.daemonSet { $0.set(["type": "OnDelete"], at: "spec", "updateStrategy") }
        #expect(plan(set, ["a", "b", "c", "d"].map { pod($0, "old") }).isSettled)
    }

    @Test("with a surge, new pods come first, and old ones go once those are available")
    func surge() {
        let set = surging(2)
        let old = ["a", "b", "c", "d"].map { pod($0, "old") }
        #expect(plan(set, old).created == ["a", "b"])
        let coming = ["a", "b"].map { pod($0, "new", name: "new-\($0)", SetSamples.unready) }
        #expect(plan(set, old + coming).isSettled)
        let there = ["a", "b"].map { pod($0, "new", name: "new-\($0)") }
        #expect(deleted(set, old + there) == ["agent-a", "agent-b"])
        let broken = [pod("a", "old", SetSamples.unready)] + old.dropFirst()
        #expect(plan(surging(1), broken).created == ["a", "b"], "beside one that isn't available there is always room")
    }

    @Test("with a surge, a pod on a node that no longer counts stays until there are enough elsewhere")
    func surgeOffNode() {
        let closed = SetSamples.node("a") { $0.set([["key": "k", "effect": "NoSchedule"]], at: "spec", "taints") }
        let nodes = [closed, SetSamples.node("b")]
        #expect(deleted(surging(1), [pod("a", "old"), pod("b", "new", SetSamples.unready)], nodes: nodes) == [])
        #expect(deleted(surging(1), [pod("a", "old"), pod("b")], nodes: nodes) == ["agent-a"])
    }

    // MARK: Status

    @Test("the status counts nodes by what their oldest pods are")
    func status() {
        let set = SetSamples.daemonSet { $0.set(["disk": "ssd"], at: "spec", "template", "spec", "nodeSelector") }
        let nodes = ["a", "b", "c"].map { SetSamples.node($0, labels: ["disk": "ssd"]) } + [SetSamples.node("d")]
        let pods = [pod("a"), pod("b", "old", SetSamples.unready), pod("d")]
        let status = DaemonSetStatus(set, nodes: nodes, pods: pods, hash: "new", collisions: 0, now: SetSamples.now)
        #expect([status.desired, status.current, status.ready, status.available, status.updated, status.misscheduled] == [3, 2, 1, 1, 1, 1])
        #expect(status.patch["numberUnavailable"] == 2)
        #expect(status.observedGeneration == 3)
    }
}
