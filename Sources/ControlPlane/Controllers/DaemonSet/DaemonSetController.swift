// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Synchronization

/// Keeps a pod of a DaemonSet on every node that it is meant for.
///
/// As with ReplicaSets: what is to be done is seen in the local copies, and decided anew from the server's before it is done. The
/// scheduler binds the pods, each to the node that its affinity names.
final class DaemonSetController: Reconciler {
    private let client: KubeClient
    private let sets: Informer
    private let pods: Informer
    private let nodes: Informer
    private let history: RevisionHistory
    private let recorder: EventRecorder
    private let control: PodControl
    private let now: @Sendable () -> Timestamp
    private let backOff = Mutex(FailedPodBackOff())

    init(
        client: KubeClient, sets: Informer, pods: Informer, nodes: Informer, history: RevisionHistory, recorder: EventRecorder,
        now: @escaping @Sendable () -> Timestamp
    ) {
        (self.client, self.sets, self.pods, self.nodes, self.history, self.recorder) = (client, sets, pods, nodes, history, recorder)
        control = PodControl(client: client, recorder: recorder)
        self.now = now
    }

    /// The most pods made or deleted in one go.
    private static let burst = 250

    func reconcile(_ key: NamespacedName) async throws -> Requeue {
        guard let cached = sets.get(key).map(DaemonSet.init), let owner = Self.owner(cached) else { return .never }
        let known = PodClaims(candidates(cached), of: cached.object, selector: cached.selector)
        if known.isSettled, let revisions = history.settled(owner) {
            let step = step(cached, revisions, known.owned)
            if step.plan.isSettled, step.surplus.isEmpty { return try await finish(step) }
        }
        guard let set = try await client.current(cached.object, .daemonSets).map(DaemonSet.init), !set.object.isBeingDeleted,
            let owner = Self.owner(set)
        else { return .never }
        let revisions = try await history.settle(owner)
        var claims = PodClaims(try await selected(by: set), of: set.object, selector: set.selector)
        for pod in claims.adoptable { claims.owned.append(Pod(try await client.adopt(pod.object, for: set.object, .pods))) }
        for pod in known.released { try await client.release(pod.object, from: set.object, .pods) }
        var step = step(set, revisions, claims.owned)
        do {
            try await carryOut(&step)
            try await history.delete(step.surplus)
        } catch {
            _ = try await finish(step)
            throw error
        }
        return try await finish(step)
    }

    /// A set that is gone.
    func forget(_ set: KubeObject) { backOff.withLock { $0.forget(set: set.uid) } }

    // MARK: Gathering

    private static func owner(_ set: DaemonSet) -> RevisionHistory.Owner? {
        set.selector.map { selector in
            RevisionHistory.Owner(
                object: set.object, template: set.template, selector: selector, hashLabel: DaemonPod.hashLabel, collisions: set.collisionCount)
        }
    }

    private func candidates(_ set: DaemonSet) -> [Pod] {
        let orphans = pods.list(index: SharedInformers.byController, SharedInformers.noController(set.object.namespace))
        return (pods.list(index: SharedInformers.byController, set.uid) + orphans).map(Pod.init)
    }

    private func selected(by set: DaemonSet) async throws -> [Pod] {
        guard let selector = set.selector else { return [] }
        return try await client.list(.pods, namespace: set.object.namespace, labelSelector: selector.description).items.map(Pod.init)
    }

    // MARK: Deciding

    private struct Step {
        var set: DaemonSet
        var hash: String
        var collisions: Int64
        var nodes: [KubeObject]
        var pods: [Pod]
        var plan: DaemonSetPlan
        /// Revisions beyond the history that is kept.
        var surplus: [Revision]
        var time: Timestamp
    }

    private func step(_ set: DaemonSet, _ revisions: RevisionHistory.Current, _ owned: [Pod]) -> Step {
        let time = now()
        let nodes = nodes.list()
        let hash = Self.hash(of: revisions.revision)
        let held = backOff.withLock { $0.held(set: set.uid, now: time) }
        let plan = DaemonSetPlan.make(set, nodes: nodes, pods: owned, hash: hash, held: held, now: time)
        let hashesInUse = Set([hash] + owned.compactMap { $0.object.labels[DaemonPod.hashLabel] })
        let inUse = Set(revisions.all.filter { hashesInUse.contains(Self.hash(of: $0)) }.map(\.name))
        let surplus = set.object.isBeingDeleted ? [] : RevisionRules.surplus(revisions.all, inUse: inUse, limit: set.historyLimit)
        return Step(
            set: set, hash: hash, collisions: revisions.collisions, nodes: nodes, pods: owned, plan: plan, surplus: surplus, time: time)
    }

    private static func hash(of revision: Revision) -> String { revision.object.labels[DaemonPod.hashLabel] ?? revision.name }

    // MARK: Carrying out

    private func carryOut(_ step: inout Step) async throws {
        let set = step.set
        let wanted = step.plan.created.prefix(Self.burst).map { DaemonPod.make(of: set, on: $0, hash: step.hash) }
        let made = await control.create(wanted, for: set.object)
        step.pods += made.pods
        if let failure = made.failure { throw failure.cause }
        let deletions = step.plan.deleted.prefix(Self.burst)
        for deletion in deletions { report(deletion, of: set, at: step.time) }
        let gone = await control.delete(deletions.map(\.pod), for: set.object)
        if let failure = gone.failure { throw failure.cause }
    }

    private func report(_ deletion: DaemonSetPlan.Deletion, of set: DaemonSet, at time: Timestamp) {
        let pod = deletion.pod.object.namespacedName
        switch deletion.reason {
        case .failed:
            backOff.withLock { $0.note(set: set.uid, node: deletion.node, now: time) }
            recorder.record(
                set.object, .warning, reason: "FailedDaemonPod",
                message: "Found failed daemon pod \(pod) on node \(deletion.node), will try to kill it")
        case .succeeded:
            recorder.record(
                set.object, .normal, reason: "SucceededDaemonPod",
                message: "Found succeeded daemon pod \(pod) on node \(deletion.node), will try to delete it")
        case .surplus: break
        }
    }

    // MARK: Status

    private func finish(_ step: Step) async throws -> Requeue {
        let status = DaemonSetStatus(
            step.set, nodes: step.nodes, pods: step.pods, hash: step.hash, collisions: step.collisions, now: step.time)
        do {
            try await client.writeStatus(status.patch, of: step.set.object, .daemonSets)
        } catch let error as APIError where error.reason == .notFound {
            return .never
        }
        let waits = backOff.withLock { backOff in
            step.plan.heldNodes.compactMap { backOff.wait(set: step.set.uid, node: $0, now: step.time) }
        }
        let available = step.pods.nextAvailability(minReadySeconds: step.set.minReadySeconds, after: step.time)
        return (waits + (available.map { [$0] } ?? [])).min().map { .after($0) } ?? .never
    }
}
