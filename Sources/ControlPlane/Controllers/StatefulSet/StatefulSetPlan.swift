// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The next step of a StatefulSet, as follows from it, its two revisions and its pods alone.
///
/// Where pods are managed in order there is at most one to make or to delete, and none before those ahead of it are available.
/// - Source: `updateStatefulSet`, kubernetes v1.36 pkg/controller/statefulset/stateful_set_control.go
struct StatefulSetPlan: Sendable, Hashable {
    /// The most pods made in one go.
    static let burst = 500

    struct Creation: Sendable, Hashable {
        var ordinal: Int64
        var pod: KubeObject
    }

    struct Relabelling: Sendable, Hashable {
        var pod: Pod
        var labels: [String: String]
    }

    struct Reowning: Sendable, Hashable {
        var claim: KubeObject
        var owners: [OwnerReference]
    }

    var created: [Creation] = []
    var deleted: [Pod] = []
    var relabelled: [Relabelling] = []
    /// Claims that are to go with something else than they say, before anything is deleted.
    var reowned: [Reowning] = []
    /// Those whose claims have to be there, besides the created ones: they wait to be scheduled.
    var pending: [Int64] = []
    /// How many of `deleted` still are of the current revision, and are to be replaced.
    var updated: Int64 = 0

    /// - Parameters:
    ///   - current: What pods below the partition are made of.
    ///   - update: The set's template.
    ///   - claim: That of a name; nil where there is none.
    static func make(
        _ set: StatefulSet, current: Revision, update: Revision, pods: [Pod], claim: (NamespacedName) -> KubeObject? = { _ in nil },
        now: Timestamp
    ) -> Self {
        guard !set.object.isBeingDeleted else { return Self() }
        var planner = StatefulSetPlanner(set: set, current: current, update: update, pods: pods, claim: claim, now: now)
        planner.plan()
        return planner.result
    }

    var isSettled: Bool { created.isEmpty && deleted.isEmpty && relabelled.isEmpty && reowned.isEmpty }
}

private struct StatefulSetPlanner {
    let set: StatefulSet
    let current: Revision
    let update: Revision
    let now: Timestamp
    /// Those asked for that are there, by ordinal.
    let replicas: [Int64: Pod]
    /// Those that are no longer asked for, the highest first.
    let condemned: [Pod]
    /// Those that there are, by their pod's name.
    let claims: [String: [KubeObject]]
    let retention: ClaimRetention
    var result = StatefulSetPlan()

    init(
        set: StatefulSet, current: Revision, update: Revision, pods: [Pod], claim: (NamespacedName) -> KubeObject?, now: Timestamp
    ) {
        (self.set, self.current, self.update, self.now) = (set, current, update, now)
        retention = ClaimRetention(set)
        let numbered = pods.compactMap { pod in set.ordinal(of: pod.name).map { (ordinal: $0, pod: pod) } }
        replicas = Dictionary(numbered.filter { set.ordinals.contains($0.ordinal) }.map { ($0.ordinal, $0.pod) }) { first, _ in first }
        condemned = numbered.filter { !set.ordinals.contains($0.ordinal) }.sorted { $0.ordinal > $1.ordinal }.map(\.pod)
        claims = Dictionary(
            numbered.map { ($0.pod.name, StatefulSetPod.claims($0.ordinal, of: set).compactMap { claim($0.namespacedName) }) }
        ) { first, _ in first }
    }

    mutating func plan() {
        for ordinal in set.ordinals { guard keep(ordinal) else { return } }
        for pod in condemned { guard giveUp(pod) else { return } }
        guard !set.updatesOnDelete else { return }
        if let maximum = set.maxUnavailable { replace(unavailable: maximum) } else { replaceNext() }
    }

    private func isAvailable(_ pod: Pod?) -> Bool {
        guard let pod, pod.phase == "Running", !pod.object.isBeingDeleted else { return false }
        return pod.isAvailable(minReadySeconds: set.minReadySeconds, at: now)
    }

    // MARK: The pods asked for

    /// Sees that there is such a pod.
    /// - Returns: Whether what comes after it may be looked at.
    private mutating func keep(_ ordinal: Int64) -> Bool {
        guard let pod = replicas[ordinal] else {
            result.created.append(.init(ordinal: ordinal, pod: StatefulSetPod.make(ordinal, of: set, revision(ofNew: ordinal))))
            return set.isParallel && result.created.count < StatefulSetPlan.burst
        }
        guard !pod.isTerminal else {
            // Made again once it is gone.
            if !pod.object.isBeingDeleted { result.deleted.append(pod) }
            return set.isParallel
        }
        if pod.phase == "Pending" { result.pending.append(ordinal) }
        guard set.isParallel || isAvailable(pod) else { return false }
        if let labels = StatefulSetPod.missingLabels(pod, ordinal, of: set) { result.relabelled.append(.init(pod: pod, labels: labels)) }
        retain(pod, isCondemned: false)
        return true
    }

    private mutating func retain(_ pod: Pod, isCondemned: Bool) {
        for claim in claims[pod.name] ?? [] {
            if let owners = retention.owners(of: claim, pod: pod.object, isCondemned: isCondemned) {
                result.reowned.append(.init(claim: claim, owners: owners))
            }
        }
    }

    private func revision(ofNew ordinal: Int64) -> Revision {
        guard !set.updatesOnDelete else { return update }
        return ordinal - set.start < set.partition ?? set.currentReplicas ? current : update
    }

    // MARK: The pods no longer asked for

    private mutating func giveUp(_ pod: Pod) -> Bool {
        guard !pod.object.isBeingDeleted else { return set.isParallel }
        // In order, only a healthy pod goes, or the one that keeps all else from going; and, other than upstream's, one that has ended, for
        // that will never be healthy again.
        guard set.isParallel || isAvailable(pod) || pod.isTerminal || pod == lowestUnavailable else { return false }
        retain(pod, isCondemned: true)
        result.deleted.append(pod)
        return set.isParallel
    }

    private var lowestUnavailable: Pod? {
        self.set.ordinals.lazy.compactMap { replicas[$0] }.first { !isAvailable($0) } ?? condemned.last { !isAvailable($0) }
    }

    // MARK: Updates

    private func isOld(_ pod: Pod) -> Bool { StatefulSetPod.revision(of: pod) != update.name && !pod.object.isBeingDeleted }

    /// From the highest down to the partition.
    private var updatable: [Int64] { self.set.ordinals.reversed().filter { $0 - set.start >= set.partition ?? 0 } }

    /// The highest pod of another revision, once those above it are available.
    private mutating func replaceNext() {
        for ordinal in updatable {
            if let pod = replicas[ordinal], isOld(pod) { return replace(pod) }
            guard isAvailable(replicas[ordinal]) else { return }
        }
    }

    /// As many as may be missing at once; those that are missing anyway, besides.
    private mutating func replace(unavailable maximum: Int64) {
        var room = maximum - Int64(set.ordinals.count { !isAvailable(replicas[$0]) })
        for ordinal in updatable {
            guard let pod = replicas[ordinal], isOld(pod) else { continue }
            if isAvailable(pod) {
                guard room > 0 else { continue }
                room -= 1
            }
            replace(pod)
        }
    }

    private mutating func replace(_ pod: Pod) {
        guard !result.deleted.contains(pod) else { return }
        result.deleted.append(pod)
        if StatefulSetPod.revision(of: pod) == current.name { result.updated += 1 }
    }
}
