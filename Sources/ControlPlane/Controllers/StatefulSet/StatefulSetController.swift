// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Keeps the numbered pods of a StatefulSet, each with its own name and claims, one step at a time.
///
/// As with ReplicaSets: what is to be done is seen in the local copies, and decided anew from the server's before it is done.
struct StatefulSetController: Reconciler {
    let client: KubeClient
    let sets: Informer
    let pods: Informer
    let claims: Informer
    let history: RevisionHistory
    let recorder: EventRecorder
    let now: @Sendable () -> Timestamp

    func reconcile(_ key: NamespacedName) async throws -> Requeue {
        guard let cached = sets.get(key).map(StatefulSet.init), let owner = Self.owner(cached) else { return .never }
        let known = members(of: cached, among: candidates(cached))
        if known.isSettled, let revisions = history.settled(owner) {
            let step = step(cached, revisions, known.owned)
            if isSettled(step) { return try await finish(step) }
        }
        guard let set = try await client.current(cached.object, .statefulSets).map(StatefulSet.init), !set.object.isBeingDeleted,
            let owner = Self.owner(set)
        else { return .never }
        let revisions = try await history.settle(owner)
        var members = members(of: set, among: try await selected(by: set))
        for pod in members.adoptable { members.owned.append(Pod(try await client.adopt(pod.object, for: set.object, .pods))) }
        for pod in known.released { try await client.release(pod.object, from: set.object, .pods) }
        let step = step(set, revisions, members.owned)
        do {
            try await carryOut(step.plan, for: set)
            try await history.delete(step.surplus)
        } catch {
            _ = try await finish(step)
            throw error
        }
        return try await finish(step)
    }

    // MARK: Gathering

    private static func owner(_ set: StatefulSet) -> RevisionHistory.Owner? {
        set.selector.map { selector in
            RevisionHistory.Owner(
                object: set.object, template: set.template, selector: selector, hashLabel: "controller.kubernetes.io/hash",
                collisions: set.collisionCount)
        }
    }

    private func candidates(_ set: StatefulSet) -> [Pod] {
        let orphans = pods.list(index: SharedInformers.byController, SharedInformers.noController(set.object.namespace))
        return (pods.list(index: SharedInformers.byController, set.uid) + orphans).map(Pod.init)
    }

    private func selected(by set: StatefulSet) async throws -> [Pod] {
        guard let selector = set.selector else { return [] }
        return try await client.list(.pods, namespace: set.object.namespace, labelSelector: selector.description).items.map(Pod.init)
    }

    /// Of pods that it selects, only those of its own names are a set's.
    private func members(of set: StatefulSet, among pods: [Pod]) -> PodClaims {
        PodClaims(pods, of: set.object, selector: set.selector) { set.ordinal(of: $0.name) != nil }
    }

    // MARK: Deciding

    private struct Step {
        var set: StatefulSet
        var current: Revision
        var revisions: RevisionHistory.Current
        var pods: [Pod]
        var plan: StatefulSetPlan
        /// Revisions beyond the history that is kept.
        var surplus: [Revision]
        var time: Timestamp
    }

    private func step(_ set: StatefulSet, _ revisions: RevisionHistory.Current, _ pods: [Pod]) -> Step {
        let time = now()
        let current = revisions.all.first { $0.name == set.currentRevision } ?? revisions.revision
        let plan = StatefulSetPlan.make(set, current: current, update: revisions.revision, pods: pods, claim: claims.get, now: time)
        let inUse = Set([current.name, revisions.revision.name] + pods.map(StatefulSetPod.revision))
        let surplus = set.object.isBeingDeleted ? [] : RevisionRules.surplus(revisions.all, inUse: inUse, limit: set.historyLimit)
        return Step(set: set, current: current, revisions: revisions, pods: pods, plan: plan, surplus: surplus, time: time)
    }

    private func isSettled(_ step: Step) -> Bool {
        step.plan.isSettled && step.surplus.isEmpty && step.plan.pending.allSatisfy { missingClaims($0, of: step.set).isEmpty }
    }

    private func missingClaims(_ ordinal: Int64, of set: StatefulSet) -> [KubeObject] {
        StatefulSetPod.claims(ordinal, of: set).filter { claims.get($0.namespacedName) == nil }
    }

    // MARK: Carrying out

    private func carryOut(_ plan: StatefulSetPlan, for set: StatefulSet) async throws {
        for change in plan.relabelled { try await relabel(change, for: set) }
        for ordinal in plan.pending { try await makeClaims(ordinal, for: set) }
        for change in plan.reowned { try await client.setOwners(of: change.claim, change.owners, .persistentVolumeClaims) }
        let made = await Batches.slowStart(plan.created) { try await create($0, for: set) }
        if let error = made.failure, (error as? APIError)?.isNamespaceTerminating != true { throw error }
        let gone = await Batches.all(plan.deleted) { try await delete($0, for: set) }
        if let error = gone.failure { throw error }
    }

    private func create(_ creation: StatefulSetPlan.Creation, for set: StatefulSet) async throws {
        do {
            try await makeClaims(creation.ordinal, for: set)
            try await client.create(.pods, creation.pod)
            record("create", creation.pod.name, set)
        } catch let error as APIError where error.reason == .alreadyExists || error.isNamespaceTerminating {
            // Another's pod has the name, and has to go first.
            throw error
        } catch {
            record("create", creation.pod.name, set, failure: error)
            throw error
        }
    }

    private func makeClaims(_ ordinal: Int64, for set: StatefulSet) async throws {
        for claim in missingClaims(ordinal, of: set) {
            let (pod, reason) = (set.podName(ordinal), "Create")
            do {
                try await client.create(.persistentVolumeClaims, claim)
                recorder.record(
                    set.object, .normal, reason: "Successful\(reason)",
                    message: "create Claim \(claim.name) Pod \(pod) in StatefulSet \(set.name) success")
            } catch let error as APIError where error.reason == .alreadyExists {
                continue
            } catch {
                recorder.record(
                    set.object, .warning, reason: "Failed\(reason)",
                    message: "create Claim \(claim.name) for Pod \(pod) in StatefulSet \(set.name) failed error: \(error)")
                throw error
            }
        }
    }

    private func delete(_ pod: Pod, for set: StatefulSet) async throws {
        do {
            try await client.delete(.pods, pod.object)
            record("delete", pod.name, set)
        } catch let error as APIError where error.reason == .notFound {
        } catch {
            record("delete", pod.name, set, failure: error)
            throw error
        }
    }

    private func relabel(_ change: StatefulSetPlan.Relabelling, for set: StatefulSet) async throws {
        let pod = change.pod
        let metadata: JSONValue = ["uid": .string(pod.uid), "labels": JSONValue(change.labels)]
        do {
            try await client.patch(.pods, namespace: pod.object.namespace, name: pod.name, .merge(["metadata": metadata]))
            record("update", pod.name, set)
        } catch let error as APIError where error.reason == .notFound {}
    }

    private func record(_ verb: String, _ pod: String, _ set: StatefulSet, failure: (any Error)? = nil) {
        let name = verb.prefix(1).uppercased() + verb.dropFirst()
        if let failure {
            recorder.record(
                set.object, .warning, reason: "Failed\(name)", message: "\(verb) Pod \(pod) in StatefulSet \(set.name) failed error: \(failure)")
        } else {
            recorder.record(
                set.object, .normal, reason: "Successful\(name)", message: "\(verb) Pod \(pod) in StatefulSet \(set.name) successful")
        }
    }

    // MARK: Status

    private func finish(_ step: Step) async throws -> Requeue {
        let status = StatefulSetStatus(
            step.set, current: step.current, update: step.revisions.revision, collisions: step.revisions.collisions, pods: step.pods,
            replaced: step.plan.updated, now: step.time)
        do {
            try await client.writeStatus(status.patch, of: step.set.object, .statefulSets)
        } catch let error as APIError where error.reason == .notFound {
            return .never
        }
        return step.pods.nextAvailability(minReadySeconds: step.set.minReadySeconds, after: step.time).map { .after($0) } ?? .never
    }
}
