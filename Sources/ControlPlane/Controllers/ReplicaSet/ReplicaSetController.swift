// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Keeps as many pods of a template as a ReplicaSet asks for.
///
/// Whether something is to be done is seen in the local copies; before it is done, the ReplicaSet and its pods are read
/// from the server. Copies lag behind by milliseconds, and a pod made twice is worse than one more request.
struct ReplicaSetController: Reconciler {
    let client: KubeClient
    let replicaSets: Informer
    let pods: Informer
    let recorder: EventRecorder
    let now: @Sendable () -> Timestamp

    private var control: PodControl { PodControl(client: client, recorder: recorder) }

    func reconcile(_ key: NamespacedName) async throws -> Requeue {
        guard let cached = replicaSets.get(key).map(ReplicaSet.init) else { return .never }
        var plan = ReplicaSetPlan.make(cached, pods: candidates(cached))
        guard !plan.isSettled else { return try await finish(cached, plan, failure: nil) }
        guard let fresh = try await client.current(cached.object, .replicaSets).map(ReplicaSet.init) else { return .never }
        let released = plan.released
        plan = ReplicaSetPlan.make(fresh, pods: try await selected(by: fresh))
        plan.released = fresh.object.isBeingDeleted ? [] : released
        do {
            try await carryOut(&plan, for: fresh)
        } catch let failure as PodControl.Failure {
            _ = try await finish(fresh, plan, failure: failure)
            throw failure.cause
        }
        return try await finish(fresh, plan, failure: nil)
    }

    private func candidates(_ replicaSet: ReplicaSet) -> [Pod] {
        let owned = pods.list(index: SharedInformers.byController, replicaSet.uid)
        guard !replicaSet.object.isBeingDeleted, let selector = replicaSet.selector else { return owned.map(Pod.init) }
        let orphans = pods.list(index: SharedInformers.byController, SharedInformers.noController(replicaSet.object.namespace))
        return (owned + orphans.filter { selector.matches($0.labels) }).map(Pod.init)
    }

    private func selected(by replicaSet: ReplicaSet) async throws -> [Pod] {
        guard let selector = replicaSet.selector else { return [] }
        return try await client.list(.pods, namespace: replicaSet.object.namespace, labelSelector: selector.description).items.map(Pod.init)
    }

    // MARK: Carrying out

    private func carryOut(_ plan: inout ReplicaSetPlan, for replicaSet: ReplicaSet) async throws {
        for pod in plan.adoptable { plan.owned.append(Pod(try await client.adopt(pod.object, for: replicaSet.object, .pods))) }
        for pod in plan.released { try await client.release(pod.object, from: replicaSet.object, .pods) }
        if plan.missing > 0 { try await create(plan.missing, for: replicaSet, &plan) }
        if plan.surplus > 0 { try await delete(plan.surplus, for: replicaSet, &plan) }
    }

    private func create(_ count: Int, for replicaSet: ReplicaSet, _ plan: inout ReplicaSetPlan) async throws {
        let pod = ReplicaSetPlan.pod(of: replicaSet)
        let outcome = await control.create(Array(repeating: pod, count: count), for: replicaSet.object)
        plan.owned += outcome.pods
        if let failure = outcome.failure { throw failure }
    }

    private func delete(_ count: Int, for replicaSet: ReplicaSet, _ plan: inout ReplicaSetPlan) async throws {
        let order = PodDeletionOrder(related: related(to: replicaSet) + plan.owned, now: now())
        let chosen = order.choose(count, of: plan.owned)
        let outcome = await control.delete(chosen, for: replicaSet.object)
        let gone = Set(outcome.pods.map(\.uid))
        plan.owned.removeAll { gone.contains($0.uid) }
        if let failure = outcome.failure { throw failure }
    }

    /// Pods of the other ReplicaSets of the same Deployment.
    private func related(to replicaSet: ReplicaSet) -> [Pod] {
        guard let owner = replicaSet.object.controller?.uid else { return [] }
        return replicaSets.list(index: SharedInformers.byController, owner).filter { $0.uid != replicaSet.uid }
            .flatMap { pods.list(index: SharedInformers.byController, $0.uid) }.map(Pod.init)
    }

    // MARK: Status

    private func finish(_ replicaSet: ReplicaSet, _ plan: ReplicaSetPlan, failure: PodControl.Failure?) async throws -> Requeue {
        let time = now()
        let status = ReplicaSetStatus(
            replicaSet, owned: plan.owned, failure: failure.map { ($0.reason, "\($0.cause)") }, now: time)
        do {
            try await client.writeStatus(status.patch, of: replicaSet.object, .replicaSets)
        } catch let error as APIError where error.reason == .notFound {
            return .never
        }
        return plan.owned.nextAvailability(minReadySeconds: replicaSet.minReadySeconds, after: time).map { .after($0) } ?? .never
    }
}
