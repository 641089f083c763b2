// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

@Suite("The next step of a StatefulSet")
struct StatefulSetPlanTests {
    private let old = SetSamples.revision("web-old", 1, image: "podinfo:1")
    private let new = SetSamples.revision("web-new", 2, image: "podinfo:2")

    private func pod(_ ordinal: Int, _ revision: String = "web-new", _ change: (inout KubeObject) -> Void = { _ in }) -> Pod {
        let labels = [
            "controller-revision-hash": revision, "statefulset.kubernetes.io/pod-name": "web-\(ordinal)",
            "apps.kubernetes.io/pod-index": "\(ordinal)",
        ]
        return SetSamples.pod("web-\(ordinal)", owner: "web", labels: labels, change)
    }

    private func plan(_ set: StatefulSet, _ pods: [Pod]) -> StatefulSetPlan {
        StatefulSetPlan.make(set, current: old, update: new, pods: pods, now: SetSamples.now)
    }

    private func created(_ set: StatefulSet, _ pods: [Pod]) -> [String] { plan(set, pods).created.map(\.pod.name) }
    private func deleted(_ set: StatefulSet, _ pods: [Pod]) -> [String] { plan(set, pods).deleted.map(\.name) }

    // MARK: Growing

    @Test("pods are made one after the other, each once all before it are available")
    func ordered() {
        let set = SetSamples.statefulSet(3)
        #expect(created(set, []) == ["web-0"])
        #expect(created(set, [pod(0, "web-new", SetSamples.unready)]) == [])
        #expect(created(set, [pod(0)]) == ["web-1"])
        #expect(created(set, [pod(0), pod(2)]) == ["web-1"], "a gap is filled")
        #expect(plan(set, [pod(0), pod(1), pod(2)]).isSettled)
    }

    @Test("in parallel all missing pods are made at once, and no more than a batch")
    func parallel() {
        let parallel: (inout KubeObject) -> Void = { $0.set("Parallel", at: "spec", "podManagementPolicy") }
        #expect(created(SetSamples.statefulSet(4, parallel), [pod(1, "web-new", SetSamples.unready)]) == ["web-0", "web-2", "web-3"])
        #expect(created(SetSamples.statefulSet(5000, parallel), []).count == StatefulSetPlan.burst)
    }

    @Test("the next pod waits until the one before has been ready for long enough")
    func minReadySeconds() {
        let set = SetSamples.statefulSet(2) { $0.set(30, at: "spec", "minReadySeconds") }
        let young = pod(0) { $0.set(SetSamples.ready("True", since: 10), at: "status", "conditions") }
        #expect(created(set, [young]) == [])
        #expect(created(set, [pod(0)]) == ["web-1"])
        #expect([young].nextAvailability(minReadySeconds: 30, after: SetSamples.now) == .seconds(20))
    }

    @Test("ordinals begin where the set says, and pods below it go")
    func start() {
        let set = SetSamples.statefulSet(2) { $0.set(5, at: "spec", "ordinals", "start") }
        #expect(created(set, []) == ["web-5"])
        #expect(plan(set, []).created.first?.pod.labels["apps.kubernetes.io/pod-index"] == "5")
        #expect(deleted(set, [pod(0), pod(5), pod(6)]) == ["web-0"])
    }

    @Test("a pod has the set's name and number, labels, host name, domain and claims")
    func identity() throws {
        let set = SetSamples.statefulSet(1) {
            $0.set([["metadata": ["name": "data"], "spec": ["accessModes": ["ReadWriteOnce"]]]], at: "spec", "volumeClaimTemplates")
        }
        let made = try #require(plan(set, []).created.first?.pod)
        #expect(made.namespacedName == NamespacedName(namespace: "shop", name: "web-0"))
        #expect(made.controller?.uid == "uid-web")
        #expect(
            made.labels == [
                "app": "web", "controller-revision-hash": "web-new", "statefulset.kubernetes.io/pod-name": "web-0",
                "apps.kubernetes.io/pod-index": "0",
            ])
        #expect(made.spec["hostname"] == "web-0")
        #expect(made.spec["subdomain"] == "peers")
        #expect(made.spec["volumes"] == [["name": "data", "persistentVolumeClaim": ["claimName": "data-web-0"]]])
        let claim = try #require(StatefulSetPod.claims(0, of: set).first)
        #expect(claim.namespacedName == NamespacedName(namespace: "shop", name: "data-web-0"))
        #expect(claim.labels == ["app": "web"])
    }

    // MARK: Shrinking

    @Test("the highest goes first, one at a time, and only while all others are well")
    func shrink() {
        let set = SetSamples.statefulSet(1)
        #expect(deleted(set, [pod(0), pod(1), pod(2)]) == ["web-2"])
        #expect(deleted(set, [pod(0), pod(1), pod(2, "web-new", SetSamples.going)]) == [])
        #expect(deleted(set, [pod(0, "web-new", SetSamples.unready), pod(1)]) == [], "the pods that stay come first")
        #expect(deleted(set, [pod(0), pod(1, "web-new", SetSamples.unready), pod(2)]) == ["web-2"])
        #expect(deleted(set, [pod(0), pod(1, "web-new", SetSamples.unready)]) == ["web-1"], "the unhealthy one itself may go")
        #expect(
            deleted(set, [pod(0), pod(1, "web-new", SetSamples.unready), pod(2, "web-new", SetSamples.unready)]) == [],
            "of two the lower has to be well first")
    }

    @Test("pods that ended don't keep those above them from going")
    func shrinkEnded() {
        #expect(
            deleted(SetSamples.statefulSet(1), [pod(0), pod(1, "web-new", SetSamples.failed), pod(2, "web-new", SetSamples.failed)]) == ["web-2"])
    }

    @Test("in parallel all that are too many go at once")
    func shrinkParallel() {
        let set = SetSamples.statefulSet(1) { $0.set("Parallel", at: "spec", "podManagementPolicy") }
        #expect(deleted(set, [pod(0), pod(1, "web-new", SetSamples.unready), pod(2)]) == ["web-2", "web-1"])
    }

    // MARK: Repair

    @Test("a pod that ended is deleted, and made again once it is gone", arguments: ["Failed", "Succeeded"])
    func ended(phase: String) {
        let set = SetSamples.statefulSet(2)
        let ended: (inout KubeObject) -> Void = { $0["status"] = ["phase": .string(phase)] }
        #expect(deleted(set, [pod(0, "web-new", ended), pod(1)]) == ["web-0"])
        let going = pod(0) {
            ended(&$0)
            SetSamples.going(&$0)
        }
        #expect(plan(set, [going, pod(1)]).isSettled)
    }

    @Test("labels taken from a pod are put back")
    func relabel() {
        let bare = SetSamples.pod("web-0", owner: "web", labels: ["controller-revision-hash": "web-new"])
        let plan = plan(SetSamples.statefulSet(1), [bare])
        let labels = ["statefulset.kubernetes.io/pod-name": "web-0", "apps.kubernetes.io/pod-index": "0"]
        #expect(plan.relabelled == [.init(pod: bare, labels: labels)])
    }

    @Test("a set that is going leaves its pods alone")
    func going() { #expect(plan(SetSamples.statefulSet(3, SetSamples.going), [pod(0, "web-old")]).isSettled) }

    // MARK: Updates

    @Test("old pods are replaced from the highest down, each after the one above it is available again")
    func rolling() {
        let set = SetSamples.statefulSet(3)
        #expect(deleted(set, [pod(0, "web-old"), pod(1, "web-old"), pod(2, "web-old")]) == ["web-2"])
        #expect(plan(set, [pod(0, "web-old"), pod(1, "web-old"), pod(2, "web-old")]).updated == 1)
        #expect(created(set, [pod(0, "web-old"), pod(1, "web-old")]) == ["web-2"])
        #expect(deleted(set, [pod(0, "web-old"), pod(1, "web-old"), pod(2, "web-new", SetSamples.unready)]) == [])
        #expect(deleted(set, [pod(0, "web-old"), pod(1, "web-old"), pod(2)]) == ["web-1"])
        #expect(deleted(set, [pod(0, "web-old"), pod(1, "web-old"), pod(2, "web-old", SetSamples.going)]) == [])
    }

    @Test("pods below the partition keep the current revision, also when they are made again")
    func partition() {
        let set = SetSamples.statefulSet(3) { $0.set(2, at: "spec", "updateStrategy", "rollingUpdate", "partition") }
        #expect(deleted(set, [pod(0, "web-old"), pod(1, "web-old"), pod(2, "web-old")]) == ["web-2"])
        #expect(plan(set, [pod(0, "web-old"), pod(1, "web-old"), pod(2)]).isSettled)
        let again = plan(set, [pod(0, "web-old"), pod(2)]).created.first?.pod
        #expect(again?.labels["controller-revision-hash"] == "web-old")
        #expect(again?.spec["containers"] == [["name": "main", "image": "podinfo:1"]])
        #expect(plan(set, [pod(0, "web-old"), pod(1, "web-old")]).created.first?.pod.labels["controller-revision-hash"] == "web-new")
    }

    @Test("on deletion only: nothing is replaced, and what is made again is of the template")
    func onDelete() {
        let set = SetSamples.statefulSet(2) { $0.set(["type": "OnDelete"], at: "spec", "updateStrategy") }
        #expect(plan(set, [pod(0, "web-old"), pod(1, "web-old")]).isSettled)
        #expect(plan(set, [pod(0, "web-old")]).created.first?.pod.labels["controller-revision-hash"] == "web-new")
    }

    @Test("as many are replaced at once as may be unavailable", arguments: [(JSONValue(2), 2), ("50%", 2), ("1%", 1)])
    func maxUnavailable(value: JSONValue, count: Int) {
        let set = SetSamples.statefulSet(4) { $0.set(value, at: "spec", "updateStrategy", "rollingUpdate", "maxUnavailable") }
        let pods = (0..<4).map { pod($0, "web-old") }
        #expect(deleted(set, pods) == ["web-3", "web-2"].prefix(count).map { $0 })
    }

    @Test("old pods that are unavailable anyway are replaced besides")
    func brokenPods() {
        let set = SetSamples.statefulSet(4) {
            $0.set("Parallel", at: "spec", "podManagementPolicy")
            $0.set(1, at: "spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
        }
        let broken = [0, 3].map { pod($0, "web-old", SetSamples.unready) }
        #expect(deleted(set, broken + [pod(1, "web-old"), pod(2, "web-old")]) == ["web-3", "web-0"])
    }

    // MARK: Status

    private func status(_ set: StatefulSet, _ pods: [Pod], replaced: Int64 = 0) -> StatefulSetStatus {
        StatefulSetStatus(set, current: old, update: new, collisions: 0, pods: pods, replaced: replaced, now: SetSamples.now)
    }

    @Test("the status counts pods by revision, and leaves out those that go")
    func counts() {
        let pods = [pod(0, "web-old"), pod(1, "web-new", SetSamples.unready), pod(2, "web-old", SetSamples.going)]
        let status = status(SetSamples.statefulSet(3), pods)
        #expect([status.replicas, status.ready, status.available, status.current, status.updated] == [3, 2, 2, 1, 1])
        #expect([status.currentRevision, status.updateRevision] == ["web-old", "web-new"])
        #expect(status.observedGeneration == 3)
    }

    @Test("the update is the current revision once every pod is of it and ready")
    func complete() {
        let set = SetSamples.statefulSet(2)
        #expect(status(set, [pod(0), pod(1)]).currentRevision == "web-new")
        #expect(status(set, [pod(0), pod(1)]).current == 2)
        #expect(status(set, [pod(0), pod(1, "web-new", SetSamples.unready)]).currentRevision == "web-old")
        let onDelete = SetSamples.statefulSet(2) { $0.set(["type": "OnDelete"], at: "spec", "updateStrategy") }
        #expect(status(onDelete, [pod(0), pod(1)]).currentRevision == "web-old")
    }

    @Test(
        "only pods of the set's own names are its",
        arguments: [("web-0", 0), ("web-12", 12), ("web-01", nil), ("web-", nil), ("web-x", nil), ("other-0", nil)])
    func ordinal(name: String, ordinal: Int64?) { #expect(SetSamples.statefulSet().ordinal(of: name) == ordinal) }
}
