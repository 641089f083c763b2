// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

@Suite("The next step of a Deployment")
struct RolloutPlanTests {
    private func deployment(_ change: (inout KubeObject) -> Void = { _ in }) -> Deployment {
        var object = KubeObject(Manifests.deployment("web", replicas: 4).object ?? [:])
        object.set("shop", at: "metadata", "namespace")
        object.set("d-1", at: "metadata", "uid")
        object.set(["kubectl.kubernetes.io/last-applied-configuration": "{}", "team": "blue"], at: "metadata", "annotations")
        change(&object)
        return Deployment(object)
    }

    /// A ReplicaSet of `deployment`, of its own template or one of another version.
    private func set(
        _ name: String, _ replicas: Int64, available: Int64? = nil, version: String? = nil, revision: Int? = nil, age: Int64,
        of deployment: Deployment,
        desired: Int64? = 4
    ) -> ReplicaSet {
        var object = KubeObject(ReplicaSet.kind, namespace: "shop", name: name)
        object.set(.string("uid-\(name)"), at: "metadata", "uid")
        object.set(.string(Timestamp(seconds: 1_800_000_000 - age).description), at: "metadata", "creationTimestamp")
        var template = deployment.template
        if let version { template["metadata"]?["labels"]?["version"] = .string(version) }
        template["metadata"]?["labels"]?["pod-template-hash"] = .string(name)
        object["spec"] = ["replicas": .integer(replicas), "template": template]
        object["status"] = ["replicas": .integer(replicas), "availableReplicas": .integer(available ?? replicas)]
        var annotations: [String: String] = ["team": "blue"]
        annotations[DeploymentAnnotation.revision] = revision.map(String.init)
        annotations[DeploymentAnnotation.desiredReplicas] = desired.map(String.init)
        annotations[DeploymentAnnotation.maxReplicas] = desired.map { String($0 + 1) }
        object.annotations = annotations
        return ReplicaSet(object)
    }

    private func plan(_ deployment: Deployment, _ sets: [ReplicaSet], hasOldPods: Bool = false) -> RolloutPlan {
        RolloutPlan.make(deployment, replicaSets: sets, hasOldPods: hasOldPods)
    }

    private func sizes(_ plan: RolloutPlan) -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: plan.changes.map { ($0.replicaSet.name, $0.replicas) })
    }

    @Test("makes the first ReplicaSet, named, labelled and selected by its template's hash, at full size")
    func first() throws {
        let deployment = deployment()
        let made = try #require(plan(deployment, []).created)
        let hash = try #require(made.labels["pod-template-hash"])
        #expect(made.name == "web-\(hash)")
        #expect(made.spec["replicas"] == 4)
        #expect(made.spec["selector"] == ["matchLabels": ["app": "web", "pod-template-hash": .string(hash)]])
        #expect(made.spec["template"]?["metadata"]?["labels"] == ["app": "web", "pod-template-hash": .string(hash)])
        #expect(made.controller?.uid == "d-1")
        #expect(
            made.annotations == [
                "team": "blue", "deployment.kubernetes.io/revision": "1", "deployment.kubernetes.io/desired-replicas": "4",
                "deployment.kubernetes.io/max-replicas": "5",
            ])
    }

    @Test("a taken name leads to another")
    func collision() {
        let again = deployment { $0.set(1, at: "status", "collisionCount") }
        #expect(plan(deployment(), []).created?.name != plan(again, []).created?.name)
    }

    @Test("a shrink that the old ReplicaSet's status does not show yet is not made on top of itself")
    func staleStatus() {
        let deployment = deployment()
        let new = set("b", 2, available: 1, revision: 2, age: 0, of: deployment)
        #expect(sizes(plan(deployment, [set("a", 3, available: 4, version: "1", revision: 1, age: 9, of: deployment), new])) == ["a": 2])
        #expect(sizes(plan(deployment, [set("a", 3, available: 3, version: "1", revision: 1, age: 9, of: deployment), new])) == ["a": 2])
    }

    @Test("does nothing where all is as it should be")
    func settled() {
        let deployment = deployment()
        let plan = plan(deployment, [set("a", 4, revision: 1, age: 0, of: deployment)])
        #expect(plan.created == nil && plan.changes.isEmpty && plan.deleted.isEmpty)
        #expect(plan.revision == "1")
    }

    @Test("begins a rollout with a new ReplicaSet of the surge's size")
    func begin() {
        let deployment = deployment()
        let plan = plan(deployment, [set("old", 4, version: "1", revision: 3, age: 9, of: deployment)])
        #expect(plan.created?.spec["replicas"] == 1)
        #expect(plan.created?.annotations["deployment.kubernetes.io/revision"] == "4")
        #expect(plan.changes.isEmpty)
    }

    @Test("shrinks the old and grows the new, one step at a time")
    func roll() {
        let deployment = deployment()
        let new = set("new", 1, revision: 2, age: 1, of: deployment)
        #expect(sizes(plan(deployment, [set("old", 4, version: "1", revision: 1, age: 9, of: deployment), new])) == ["old": 2])
        #expect(sizes(plan(deployment, [set("old", 2, version: "1", revision: 1, age: 9, of: deployment), new])) == ["new": 3])
    }

    @Test("an old template that comes back gets the next revision, keeps its former ones, and takes over annotations")
    func undo() {
        let deployment = deployment { $0.set("green", at: "metadata", "annotations", "team") }
        let sets = [set("a", 0, revision: 1, age: 9, of: deployment), set("b", 4, version: "2", revision: 2, age: 1, of: deployment)]
        let change = plan(deployment, sets).changes.first { $0.replicaSet.name == "a" }
        #expect(change?.annotations["deployment.kubernetes.io/revision"] == "3")
        #expect(change?.annotations["deployment.kubernetes.io/revision-history"] == "1")
        #expect(change?.annotations["team"] == "green")
        #expect(change?.replicas == 1)
        #expect(plan(deployment, sets).revision == "3")
    }

    @Test("follows a scale of the Deployment")
    func scale() {
        let deployment = deployment { $0.set(9, at: "spec", "replicas") }
        let plan = plan(deployment, [set("a", 4, revision: 1, age: 0, of: deployment)])
        #expect(sizes(plan) == ["a": 9])
        #expect(plan.changes.first?.annotations["deployment.kubernetes.io/desired-replicas"] == "9")
        #expect(plan.changes.first?.annotations["deployment.kubernetes.io/max-replicas"] == "12")
    }

    @Test("shares a scale in the middle of a rollout")
    func proportional() {
        let deployment = deployment { $0.set(8, at: "spec", "replicas") }
        let sets = [set("old", 3, version: "1", revision: 1, age: 9, of: deployment), set("new", 2, revision: 2, age: 1, of: deployment)]
        #expect(sizes(plan(deployment, sets)) == ["old": 6, "new": 4])
    }

    @Test("paused, it scales but neither rolls nor makes a ReplicaSet")
    func paused() {
        let paused = deployment {
            $0.set(true, at: "spec", "paused")
            $0.set(6, at: "spec", "replicas")
        }
        let old = set("old", 4, version: "1", revision: 1, age: 9, of: paused)
        let plan = plan(paused, [old])
        #expect(plan.created == nil)
        #expect(sizes(plan) == ["old": 6])
        #expect(plan.revision == nil)
    }

    @Test("recreating, the old pods end before the new ones begin")
    func recreate() {
        let deployment = deployment { $0.set("Recreate", at: "spec", "strategy", "type") }
        let running = set("old", 4, version: "1", revision: 1, age: 9, of: deployment)
        #expect(sizes(plan(deployment, [running], hasOldPods: true)) == ["old": 0])
        let ended = set("old", 0, version: "1", revision: 1, age: 9, of: deployment)
        let waiting = plan(deployment, [ended], hasOldPods: true)
        #expect(waiting.changes.isEmpty && waiting.created == nil)
        #expect(plan(deployment, [ended]).created?.spec["replicas"] == 4)
    }

    @Test(
        "forgets the oldest revisions beyond the history that is kept, once the rollout is complete",
        arguments: [
            (2, ["a"]), (0, ["a", "b", "c"]), (10, []), (nil, []),
        ] as [(Int64?, [String])])
    func history(_ limit: Int64?, _ deleted: [String]) {
        let deployment = deployment {
            $0.set(limit.map { .integer($0) }, at: "spec", "revisionHistoryLimit")
            $0["status"] = ["replicas": 4, "updatedReplicas": 4, "availableReplicas": 4]
        }
        let sets =
            [("c", 3), ("a", 1), ("b", 2)].map { set($0.0, 0, version: $0.0, revision: $0.1, age: Int64(10 - $0.1), of: deployment) }
            + [set("new", 4, revision: 4, age: 0, of: deployment)]
        #expect(plan(deployment, sets).deleted.map(\.name) == deleted)
        var busy = deployment
        busy.object.set(3, at: "status", "availableReplicas")
        #expect(plan(busy, sets).deleted.isEmpty)
    }

    @Test("one that is being deleted changes nothing any more")
    func deleted() {
        let deployment = deployment { $0.set("2026-11-24T12:00:00Z", at: "metadata", "deletionTimestamp") }
        let plan = plan(deployment, [set("old", 9, version: "1", revision: 1, age: 9, of: deployment)])
        #expect(plan.created == nil && plan.changes.isEmpty && plan.deleted.isEmpty)
    }

    // MARK: Conditions

    private let start = Timestamp(seconds: 1_800_000_000)

    private func judged(_ status: DeploymentStatus, old: DeploymentStatus, _ deployment: Deployment, after: Duration) -> DeploymentStatus {
        var status = status
        RolloutProgress.judge(&status, old: old, deployment, new: nil, all: [], now: start + after)
        return status
    }

    @Test("progress renews the deadline; none until then times it out; completion ends it")
    func progress() {
        let deployment = deployment { $0.set(600, at: "spec", "progressDeadlineSeconds") }
        var old = DeploymentStatus([:])
        var status = old
        (status.replicas, status.updated) = (4, 4)
        status = judged(status, old: old, deployment, after: .zero)
        #expect(status.condition("Progressing")?.reason == "ReplicaSetUpdated")
        #expect(RolloutProgress.wait(status, deployment, now: start) == .seconds(601))
        old = status
        status.ready = 2
        status = judged(status, old: old, deployment, after: .seconds(300))
        #expect(status.condition("Progressing")?.lastUpdate == start + .seconds(300))
        #expect(status.condition("Progressing")?.lastTransition == start)
        old = status
        status = judged(status, old: old, deployment, after: .seconds(901))
        #expect(status.condition("Progressing")?.reason == "ProgressDeadlineExceeded")
        #expect(status.condition("Progressing")?.message == "Deployment \"web\" has timed out progressing.")
        #expect(RolloutProgress.wait(status, deployment, now: start) == nil)
        old = status
        (status.ready, status.available) = (4, 4)
        status = judged(status, old: old, deployment, after: .seconds(1000))
        #expect(status.condition("Progressing")?.status == "True")
        #expect(status.condition("Progressing")?.message == "Deployment \"web\" has successfully progressed.")
    }

    @Test("the status counts what the ReplicaSets have, and says whether enough is available", arguments: [(4, "True"), (3, "True"), (2, "False")])
    func status(_ available: Int64, _ isAvailable: String) {
        let deployment = deployment()
        let sets = [set("a", 4, available: available, revision: 1, age: 0, of: deployment)]
        let status = DeploymentStatus(deployment, old: DeploymentStatus([:]), all: sets, new: sets[0], now: start)
        #expect(status.condition("Available")?.status == isAvailable)
        #expect((status.replicas, status.updated, status.available, status.unavailable) == (4, 4, available, 4 - available))
        #expect(DeploymentStatus(JSONValue.object([:]).mergePatched(with: status.patch)) == status)
    }
}
