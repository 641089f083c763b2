// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Brings the ReplicaSets of a Deployment to its template and size, step by step.
struct DeploymentController: Reconciler {
    let client: KubeClient
    let deployments: Informer
    let replicaSets: Informer
    let pods: Informer
    let recorder: EventRecorder
    let now: @Sendable () -> Timestamp

    func reconcile(_ key: NamespacedName) async throws -> Requeue {
        guard let deployment = deployments.get(key).map(Deployment.init), deployment.selector != nil else { return .never }
        guard let owned = try await claim(for: deployment) else { return .never }
        let plan = RolloutPlan.make(deployment, replicaSets: owned, hasOldPods: deployment.isRecreated && hasOldPods(deployment, owned))
        var step = Step(deployment: deployment, all: owned, new: plan.new, status: DeploymentStatus(deployment.object.status))
        RolloutProgress.judgePause(&step.status, deployment, now: now())
        do {
            try await carryOut(plan, &step)
        } catch let error as APIError where error.reason == .notFound {
            // A ReplicaSet or the Deployment is gone; its event brings us back.
            return .never
        }
        return try await finish(step, revision: step.revision ?? plan.revision)
    }

    /// What has become of the Deployment so far in this reconciliation.
    private struct Step {
        var deployment: Deployment
        var all: [ReplicaSet]
        var new: ReplicaSet?
        var status: DeploymentStatus
        var revision: String?
    }

    // MARK: Gathering

    /// The ReplicaSets that the Deployment controls; those without a controller that it selects are taken on.
    /// nil where the Deployment turns out to be going.
    private func claim(for deployment: Deployment) async throws -> [ReplicaSet]? {
        var owned = replicaSets.list(index: SharedInformers.byController, deployment.uid).map(ReplicaSet.init)
        guard !deployment.object.isBeingDeleted, let selector = deployment.selector else { return owned }
        let orphans = replicaSets.list(index: SharedInformers.byController, SharedInformers.noController(deployment.object.namespace))
            .filter { !$0.isBeingDeleted && selector.matches($0.labels) }
        // It may have been freed because the Deployment goes: the local copy could be too old to tell.
        guard !orphans.isEmpty else { return owned }
        guard let fresh = try await client.current(deployment.object, .deployments), !fresh.isBeingDeleted else { return nil }
        for orphan in orphans { owned.append(ReplicaSet(try await client.adopt(orphan, for: fresh, .replicaSets))) }
        return owned
    }

    private func hasOldPods(_ deployment: Deployment, _ replicaSets: [ReplicaSet]) -> Bool {
        let template = PodTemplateHash.bare(deployment.template)
        return replicaSets.contains { replicaSet in
            PodTemplateHash.bare(replicaSet.template) != template
                && pods.list(index: SharedInformers.byController, replicaSet.uid).contains { !Pod($0).isTerminal }
        }
    }

    // MARK: Carrying out

    private func carryOut(_ plan: RolloutPlan, _ step: inout Step) async throws {
        for change in plan.changes {
            let changed = try await apply(change, step.deployment)
            step.all = step.all.map { $0.uid == changed.uid ? changed : $0 }
            if step.new?.uid == changed.uid { step.new = changed }
        }
        for old in plan.deleted {
            try await client.delete(.replicaSets, old.object, propagation: .background, isUnchanged: true)
            step.all.removeAll { $0.uid == old.uid }
        }
        if let created = plan.created {
            try await create(created, &step)
        } else if let new = step.new, step.status.condition(RolloutProgress.type) == nil, step.deployment.progressDeadline != nil {
            step.status.set(RolloutProgress.type, "True", RolloutProgress.Reason.found, "Found new replica set \"\(new.name)\"", now())
        }
    }

    private func apply(_ change: RolloutPlan.Change, _ deployment: Deployment) async throws -> ReplicaSet {
        let old = change.replicaSet
        let patch: JSONValue = [
            "metadata": [
                "uid": .string(old.uid), "resourceVersion": .string(old.object.resourceVersion), "annotations": JSONValue(change.annotations),
            ],
            "spec": [
                "replicas": .integer(change.replicas),
                "minReadySeconds": change.minReadySeconds == 0 ? .null : .integer(change.minReadySeconds),
            ],
        ]
        let changed = ReplicaSet(try await client.patch(.replicaSets, namespace: old.object.namespace, name: old.name, .merge(patch)))
        if old.replicas != change.replicas { recordScaling(deployment, old.name, from: old.replicas, to: change.replicas) }
        return changed
    }

    private func recordScaling(_ deployment: Deployment, _ name: String, from: Int64, to: Int64) {
        recorder.record(
            deployment.object, .normal, reason: "ScalingReplicaSet",
            message: "Scaled \(to > from ? "up" : "down") replica set \(name) from \(from) to \(to)")
    }

    private func create(_ object: KubeObject, _ step: inout Step) async throws {
        let made: ReplicaSet
        do {
            made = ReplicaSet(try await client.create(.replicaSets, object))
            if made.replicas > 0 { recordScaling(step.deployment, made.name, from: 0, to: made.replicas) }
            if step.deployment.progressDeadline != nil {
                step.status.set(RolloutProgress.type, "True", RolloutProgress.Reason.created, "Created new replica set \"\(made.name)\"", now())
            }
        } catch let error as APIError where error.reason == .alreadyExists {
            made = try await existing(object, step)
        } catch let error as APIError where error.isNamespaceTerminating {
            return
        } catch {
            if step.deployment.progressDeadline != nil {
                step.status.set(
                    RolloutProgress.type, "False", RolloutProgress.Reason.creationFailed,
                    "Failed to create new replica set \"\(object.name)\": \(error)",
                    now())
                try await client.writeStatus(step.status.patch, of: step.deployment.object, .deployments)
            }
            throw error
        }
        step.all.append(made)
        step.new = made
        step.revision = made.annotation(DeploymentAnnotation.revision)
    }

    /// The ReplicaSet that has the name already: ours, not yet seen, or another's, and then the next name is another.
    private func existing(_ object: KubeObject, _ step: Step) async throws -> ReplicaSet {
        let found = ReplicaSet(try await client.get(.replicaSets, namespace: object.namespace, name: object.name))
        let isOurs = found.object.controller?.uid == step.deployment.uid
        if isOurs, PodTemplateHash.bare(found.template) == PodTemplateHash.bare(step.deployment.template) { return found }
        var status = step.status
        status.collisionCount &+= 1
        try await client.writeStatus(status.patch, of: step.deployment.object, .deployments)
        throw APIError.conflict(
            GroupVersionResource.replicaSets.groupResource, object.name, "the name is taken by another ReplicaSet; trying the next one")
    }

    // MARK: Status

    private func finish(_ step: Step, revision: String?) async throws -> Requeue {
        let time = now()
        let old = DeploymentStatus(step.deployment.object.status)
        var status = DeploymentStatus(step.deployment, old: step.status, all: step.all, new: step.new, now: time)
        if !step.deployment.isPaused, !step.deployment.object.isBeingDeleted {
            RolloutProgress.judge(&status, old: old, step.deployment, new: step.new, all: step.all, now: time)
        }
        do {
            try await client.writeStatus(
                status.patch, annotations: revision.map { [DeploymentAnnotation.revision: $0] } ?? [:], of: step.deployment.object, .deployments)
        } catch let error as APIError where error.reason == .notFound {
            return .never
        }
        return RolloutProgress.wait(status, step.deployment, now: time).map { .after($0) } ?? .never
    }
}
