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

    func reconcile(_ key: NamespacedName) async throws -> Requeue {
        guard let cached = replicaSets.get(key).map(ReplicaSet.init) else { return .never }
        var plan = ReplicaSetPlan.make(cached, pods: candidates(cached))
        guard !plan.isSettled else { return try await finish(cached, plan, failure: nil) }
        guard let fresh = try await read(key), fresh.uid == cached.uid else { return .never }
        let released = plan.released
        plan = ReplicaSetPlan.make(fresh, pods: try await selected(by: fresh))
        plan.released = fresh.object.isBeingDeleted ? [] : released
        do {
            try await carryOut(&plan, for: fresh)
        } catch let failure as ReplicaFailure {
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

    private func read(_ key: NamespacedName) async throws -> ReplicaSet? {
        do {
            return ReplicaSet(try await client.get(.replicaSets, namespace: key.namespace, name: key.name))
        } catch let error as APIError where error.reason == .notFound {
            return nil
        }
    }

    // MARK: Carrying out

    private struct ReplicaFailure: Error {
        var reason: String
        var cause: any Error
    }

    private func carryOut(_ plan: inout ReplicaSetPlan, for replicaSet: ReplicaSet) async throws {
        for pod in plan.adoptable {
            plan.owned.append(Pod(try await setOwners(of: pod, pod.object.ownerReferences + [OwnerReference(controller: replicaSet.object)])))
        }
        for pod in plan.released { _ = try await setOwners(of: pod, pod.object.ownerReferences.filter { $0.uid != replicaSet.uid }) }
        if plan.missing > 0 { try await create(plan.missing, for: replicaSet, &plan) }
        if plan.surplus > 0 { try await delete(plan.surplus, for: replicaSet, &plan) }
    }

    private func setOwners(of pod: Pod, _ owners: [OwnerReference]) async throws -> KubeObject {
        let metadata: JSONValue = [
            "uid": .string(pod.uid), "resourceVersion": .string(pod.object.resourceVersion),
            "ownerReferences": owners.isEmpty ? .null : .array(owners.map(\.json)),
        ]
        return try await client.patch(.pods, namespace: pod.object.namespace, name: pod.name, .merge(["metadata": metadata]))
    }

    /// One pod first, then twice as many each time: where none can be made, few requests are wasted.
    private func create(_ count: Int, for replicaSet: ReplicaSet, _ plan: inout ReplicaSetPlan) async throws {
        let pod = ReplicaSetPlan.pod(of: replicaSet)
        var left = count
        var batch = 1
        while left > 0 {
            let results = await attempt(Array(repeating: pod, count: min(batch, left))) { try await client.create(.pods, $0) }
            left -= results.count
            batch *= 2
            for case .success(let made) in results {
                plan.owned.append(Pod(made))
                recorder.record(replicaSet.object, .normal, reason: "SuccessfulCreate", message: "Created pod: \(made.name)")
            }
            for case .failure(let error) in results {
                if (error as? APIError)?.isNamespaceTerminating == true { return }
                recorder.record(replicaSet.object, .warning, reason: "FailedCreate", message: "Error creating: \(error)")
                throw ReplicaFailure(reason: "FailedCreate", cause: error)
            }
        }
    }

    private func delete(_ count: Int, for replicaSet: ReplicaSet, _ plan: inout ReplicaSetPlan) async throws {
        let order = PodDeletionOrder(related: related(to: replicaSet) + plan.owned, now: now())
        let chosen = order.choose(count, of: plan.owned)
        let results = await attempt(chosen.map(\.object)) { pod in
            do {
                try await client.delete(.pods, pod)
            } catch let error as APIError where error.reason == .notFound {}
            return pod
        }
        for case .success(let gone) in results {
            plan.owned.removeAll { $0.uid == gone.uid }
            recorder.record(replicaSet.object, .normal, reason: "SuccessfulDelete", message: "Deleted pod: \(gone.name)")
        }
        for case .failure(let error) in results {
            recorder.record(replicaSet.object, .warning, reason: "FailedDelete", message: "Error deleting: \(error)")
            throw ReplicaFailure(reason: "FailedDelete", cause: error)
        }
    }

    /// Pods of the other ReplicaSets of the same Deployment.
    private func related(to replicaSet: ReplicaSet) -> [Pod] {
        guard let owner = replicaSet.object.controller?.uid else { return [] }
        return replicaSets.list(index: SharedInformers.byController, owner).filter { $0.uid != replicaSet.uid }
            .flatMap { pods.list(index: SharedInformers.byController, $0.uid) }.map(Pod.init)
    }

    /// All at once; each one's result, in any order.
    private func attempt(
        _ objects: [KubeObject], _ body: @escaping @Sendable (KubeObject) async throws -> KubeObject
    ) async -> [Result<KubeObject, any Error>] {
        await withTaskGroup(of: Result<KubeObject, any Error>.self) { group in
            for object in objects {
                group.addTask {
                    do { return .success(try await body(object)) } catch { return .failure(error) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    // MARK: Status

    private func finish(_ replicaSet: ReplicaSet, _ plan: ReplicaSetPlan, failure: ReplicaFailure?) async throws -> Requeue {
        let time = now()
        let status = ReplicaSetStatus(
            replicaSet, owned: plan.owned, failure: failure.map { ($0.reason, "\($0.cause)") }, now: time)
        do {
            try await client.writeStatus(status.patch, of: replicaSet.object, .replicaSets)
        } catch let error as APIError where error.reason == .notFound {
            return .never
        }
        return wait(replicaSet, plan.owned, at: time)
    }

    /// Nothing happens to a pod when it has been ready for long enough: then is the time to look again.
    private func wait(_ replicaSet: ReplicaSet, _ owned: [Pod], at time: Timestamp) -> Requeue {
        guard replicaSet.minReadySeconds > 0 else { return .never }
        let due = owned.compactMap { pod in pod.readySince.map { $0 + .seconds(replicaSet.minReadySeconds) } }.filter { $0 > time }.min()
        return due.map { .after($0 - time) } ?? .never
    }
}
