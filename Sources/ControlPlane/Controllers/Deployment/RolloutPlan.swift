// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The next step of a Deployment: what to write, as follows from the Deployment and its ReplicaSets alone.
///
/// A step is small, and the events of what it writes bring the next one.
/// - Source: `syncDeployment`, kubernetes pkg/controller/deployment/deployment_controller.go
struct RolloutPlan: Sendable, Hashable {
    struct Change: Sendable, Hashable {
        var replicaSet: ReplicaSet
        var replicas: Int64
        var annotations: [String: String]
        var minReadySeconds: Int64
    }

    /// The ReplicaSet to make, if there is none of the template.
    var created: KubeObject?
    var changes: [Change] = []
    /// Beyond the history that is kept.
    var deleted: [ReplicaSet] = []
    /// The one of the Deployment's template.
    var new: ReplicaSet?
    /// To be noted on the Deployment; nil where there is no ReplicaSet of its template yet.
    var revision: String?

    /// - Parameters:
    ///   - replicaSets: All that the Deployment controls.
    ///   - hasOldPods: Whether pods of old templates still run; a Deployment that recreates waits for their end.
    static func make(_ deployment: Deployment, replicaSets: [ReplicaSet], hasOldPods: Bool) -> Self {
        RolloutPlanner(deployment, replicaSets, hasOldPods: hasOldPods).plan()
    }
}

private struct RolloutPlanner {
    let deployment: Deployment
    /// The oldest first.
    let old: [ReplicaSet]
    let new: ReplicaSet?
    let hasOldPods: Bool
    let leeway: RolloutLeeway

    init(_ deployment: Deployment, _ replicaSets: [ReplicaSet], hasOldPods: Bool) {
        self.deployment = deployment
        self.hasOldPods = hasOldPods
        leeway = deployment.leeway
        let sorted = replicaSets.sorted(by: ReplicaSet.isOlder)
        let template = PodTemplateHash.bare(deployment.template)
        let new = sorted.first { PodTemplateHash.bare($0.template) == template }
        self.new = new
        old = sorted.filter { $0.uid != new?.uid }
    }

    func plan() -> RolloutPlan {
        var plan = RolloutPlan(new: new)
        plan.revision = new.map { revised($0)[DeploymentAnnotation.revision] ?? "" }
        guard !deployment.object.isBeingDeleted else { return plan }
        if deployment.isPaused || isRescaled {
            rescale(&plan)
            if deployment.isPaused { plan.deleted = surplusHistory }
        } else {
            deployment.isRecreated ? recreate(&plan) : roll(&plan)
        }
        return plan
    }

    // MARK: Steps

    private func roll(_ plan: inout RolloutPlan) {
        guard let new else {
            plan.created = replicaSet(replicas: newSize(of: 0))
            return
        }
        if change(new, to: newSize(of: new.replicas), &plan) { return }
        let sizes = RolloutRules.shrunk(old: old.map(size), new: size(new), desired: deployment.replicas, leeway: leeway)
        resize(old, sizes, &plan)
        if plan.changes.isEmpty { cleanUp(&plan) }
    }

    /// All old pods end before the first new one begins.
    private func recreate(_ plan: inout RolloutPlan) {
        if let new { _ = change(new, to: new.replicas, &plan) }
        resize(old, Dictionary(old.map { ($0.name, 0) }) { first, _ in first }, &plan)
        guard plan.changes.isEmpty, !hasOldPods else { return }
        guard let new else {
            plan.created = replicaSet(replicas: deployment.replicas)
            return
        }
        if !change(new, to: deployment.replicas, &plan) { cleanUp(&plan) }
    }

    /// Whether the Deployment was scaled since the ReplicaSets got their sizes.
    private var isRescaled: Bool {
        (old + (new.map { [$0] } ?? [])).contains { replicaSet in
            guard replicaSet.replicas > 0, let noted = replicaSet.annotation(DeploymentAnnotation.desiredReplicas) else { return false }
            return Int64(noted) != deployment.replicas
        }
    }

    private func rescale(_ plan: inout RolloutPlan) {
        let active = (old + (new.map { [$0] } ?? [])).filter { $0.replicas > 0 }.sorted { ReplicaSet.isOlder($1, $0) }
        if active.count <= 1 {
            if let only = active.first ?? new ?? old.last { _ = change(only, to: deployment.replicas, &plan, notesSize: true) }
        } else if let new, isSaturated(new) {
            resize(old, Dictionary(old.map { ($0.name, 0) }) { first, _ in first }, &plan)
        } else if !deployment.isRecreated {
            let sizes = RolloutRules.proportional(
                active: active.map(size), desired: deployment.replicas, leeway: leeway, current: deployment.object.status["replicas"]?.int ?? 0)
            for replicaSet in active { _ = change(replicaSet, to: sizes[replicaSet.name] ?? replicaSet.replicas, &plan, notesSize: true) }
        }
    }

    private func isSaturated(_ new: ReplicaSet) -> Bool {
        new.annotation(DeploymentAnnotation.desiredReplicas).flatMap { Int64($0) } == deployment.replicas && new.replicas == deployment.replicas
            && new.availableReplicas == deployment.replicas
    }

    private func resize(_ replicaSets: [ReplicaSet], _ sizes: RolloutRules.Sizes, _ plan: inout RolloutPlan) {
        for replicaSet in replicaSets {
            guard let size = sizes[replicaSet.name], size != replicaSet.replicas else { continue }
            _ = change(replicaSet, to: size, &plan)
        }
    }

    /// Plans what differs, if anything, and tells whether it did.
    /// - Parameter notesSize: Also where only the note of the Deployment's size is out of date.
    private func change(_ replicaSet: ReplicaSet, to replicas: Int64, _ plan: inout RolloutPlan, notesSize: Bool = false) -> Bool {
        let isNew = replicaSet.uid == new?.uid
        var annotations = isNew ? revised(replicaSet) : replicaSet.object.annotations
        if replicas != replicaSet.replicas || notesSize { annotations.merge(sizeNotes) { $1 } }
        let minReadySeconds = isNew ? deployment.minReadySeconds : replicaSet.minReadySeconds
        guard replicas != replicaSet.replicas || annotations != replicaSet.object.annotations || minReadySeconds != replicaSet.minReadySeconds else {
            return false
        }
        plan.changes.append(
            RolloutPlan.Change(replicaSet: replicaSet, replicas: replicas, annotations: annotations, minReadySeconds: minReadySeconds))
        return true
    }

    private func newSize(of current: Int64) -> Int64 {
        let all = old.reduce(current) { $0 &+ $1.replicas }
        return RolloutRules.newSize(of: current, all: all, desired: deployment.replicas, leeway: leeway, isRecreated: deployment.isRecreated)
    }

    /// A pod that a ReplicaSet no longer asks for is about to go, also while its status still counts it: a shrink on top of
    /// one that is under way would take the same pod as spare twice.
    private func size(_ replicaSet: ReplicaSet) -> RolloutRules.Size {
        RolloutRules.Size(
            name: replicaSet.name, replicas: replicaSet.replicas, available: min(replicaSet.availableReplicas, replicaSet.replicas),
            maxReplicas: replicaSet.annotation(DeploymentAnnotation.maxReplicas).flatMap { Int64($0) } ?? 0)
    }

    private var sizeNotes: [String: String] {
        [
            DeploymentAnnotation.desiredReplicas: String(deployment.replicas),
            DeploymentAnnotation.maxReplicas: String(deployment.replicas &+ leeway.surge),
        ]
    }

    // MARK: Revisions

    private static func revision(_ replicaSet: ReplicaSet) -> Int64 {
        replicaSet.annotation(DeploymentAnnotation.revision).flatMap { Int64($0) } ?? 0
    }

    private var nextRevision: Int64 { (old.map(Self.revision).max() ?? 0) &+ 1 }

    /// The annotations of the newest ReplicaSet: the Deployment's own, and a revision above all others'. One that comes back
    /// by `kubectl rollout undo` gets a new revision and keeps its former ones as history.
    private func revised(_ replicaSet: ReplicaSet) -> [String: String] {
        var annotations = replicaSet.object.annotations
        for (key, value) in deployment.object.annotations where !DeploymentAnnotation.ownedByDeployment.contains(key) { annotations[key] = value }
        let current = Self.revision(replicaSet)
        guard current < nextRevision else { return annotations }
        annotations[DeploymentAnnotation.revision] = String(nextRevision)
        if current > 0 {
            let history = annotations[DeploymentAnnotation.revisionHistory].map { "\($0),\(current)" } ?? "\(current)"
            annotations[DeploymentAnnotation.revisionHistory] = history
        }
        return annotations
    }

    private func cleanUp(_ plan: inout RolloutPlan) {
        let status = DeploymentStatus(deployment.object.status)
        if status.isComplete(deployment) { plan.deleted = surplusHistory }
    }

    /// The oldest revisions without pods, beyond what is to be kept.
    private var surplusHistory: [ReplicaSet] {
        guard let limit = deployment.historyLimit else { return [] }
        let alive = old.filter { !$0.object.isBeingDeleted }
        let surplus = alive.count - Int(clamping: limit)
        guard surplus > 0 else { return [] }
        return alive.sorted { Self.revision($0) < Self.revision($1) }.prefix(surplus).filter {
            $0.replicas == 0 && $0.currentReplicas == 0 && $0.observedGeneration >= $0.object.generation
        }
    }

    // MARK: A new ReplicaSet

    private func replicaSet(replicas: Int64) -> KubeObject {
        let hash = PodTemplateHash.hash(of: PodTemplateHash.bare(deployment.template), collisions: deployment.collisionCount)
        var template = deployment.template.object ?? [:]
        template.set(.string(hash), at: "metadata", "labels", PodTemplateHash.label)
        var selector = deployment.object.spec["selector"]?.object ?? [:]
        selector.set(.string(hash), at: "matchLabels", PodTemplateHash.label)
        var object = KubeObject(ReplicaSet.kind, namespace: deployment.object.namespace, name: "\(deployment.name)-\(hash)")
        object.labels = JSONValue.object(template).value(at: "metadata", "labels")?.stringMap ?? [:]
        object.annotations = revised(ReplicaSet(object)).merging(sizeNotes) { $1 }
        object.set([OwnerReference(controller: deployment.object).json], at: "metadata", "ownerReferences")
        var spec: JSONObject = ["replicas": .integer(replicas), "selector": .object(selector), "template": .object(template)]
        if deployment.minReadySeconds > 0 { spec["minReadySeconds"] = .integer(deployment.minReadySeconds) }
        object["spec"] = .object(spec)
        return object
    }
}
