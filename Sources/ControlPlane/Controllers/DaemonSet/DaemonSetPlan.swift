// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a DaemonSet has to do, as follows from it, the nodes and its pods alone.
///
/// - Source: `podsShouldBeOnNode`, `manage`, kubernetes pkg/controller/daemon/daemon_controller.go; `rollingUpdate`, update.go
struct DaemonSetPlan: Sendable, Hashable {
    struct Deletion: Sendable, Hashable {
        enum Reason: Sendable { case failed, succeeded, surplus }

        var pod: Pod
        var node: String
        var reason: Reason
    }

    /// The nodes to make a pod for.
    var created: [String] = []
    var deleted: [Deletion] = []
    /// The nodes whose failed pods stay until their back-off is over.
    var heldNodes: [String] = []

    var isSettled: Bool { created.isEmpty && deleted.isEmpty }

    /// - Parameters:
    ///   - pods: All of the set's.
    ///   - hash: Of the set's template.
    ///   - held: The nodes where a pod failed a short while ago.
    static func make(_ set: DaemonSet, nodes: [KubeObject], pods: [Pod], hash: String, held: Set<String>, now: Timestamp) -> Self {
        guard !set.object.isBeingDeleted else { return Self() }
        let planner = DaemonSetPlanner(set, nodes, pods, hash: hash, now: now)
        let plan = planner.manage(held: held)
        // Templates change only where every node has what it should.
        guard plan.isSettled, !set.updatesOnDelete else { return plan }
        var update = planner.update()
        update.heldNodes = plan.heldNodes
        return update
    }
}

private struct DaemonSetPlanner {
    let set: DaemonSet
    let hash: String
    let now: Timestamp
    let pods: DaemonPods
    /// By name.
    let nodes: [String]
    let placements: [String: DaemonPlacement]
    let leeway: RolloutLeeway

    init(_ set: DaemonSet, _ nodes: [KubeObject], _ pods: [Pod], hash: String, now: Timestamp) {
        (self.set, self.hash, self.now) = (set, hash, now)
        self.pods = DaemonPods(pods)
        self.nodes = nodes.map(\.name).sorted()
        let placements = Dictionary(nodes.map { ($0.name, DaemonPlacement(set, on: $0)) }) { first, _ in first }
        self.placements = placements
        leeway = set.leeway(nodes: placements.count { $0.value.shouldRun })
    }

    private func shouldRun(_ node: String) -> Bool { placements[node]?.shouldRun ?? false }
    private func isAvailable(_ pod: Pod) -> Bool { pod.isAvailable(minReadySeconds: set.minReadySeconds, at: now) }
    private func isUpdated(_ pod: Pod) -> Bool { DaemonPod.isUpdated(pod, hash: hash, of: set) }

    // MARK: One pod on each node

    func manage(held: Set<String>) -> DaemonSetPlan {
        var plan = DaemonSetPlan()
        for node in nodes { manage(node, isHeld: held.contains(node), &plan) }
        // Those for nodes that are gone are placed nowhere, and nothing else removes them.
        for node in pods.nodes.sorted() where placements[node] == nil {
            for pod in pods[node] where pod.nodeName.isEmpty && !pod.object.isBeingDeleted { plan.delete(pod, node) }
        }
        return plan
    }

    private func manage(_ node: String, isHeld: Bool, _ plan: inout DaemonSetPlan) {
        let found = pods[node]
        guard let placement = placements[node] else { return }
        if placement.shouldRun, found.isEmpty {
            plan.created.append(node)
        } else if placement.mayStay {
            let running = replaceEnded(found, node, isHeld: isHeld, &plan)
            if set.surges {
                thin(running, node, &plan)
                if running.isEmpty, placement.shouldRun { plan.created.append(node) }
            } else {
                for pod in running.dropFirst() { plan.delete(pod, node) }
            }
        } else {
            for pod in found where !pod.object.isBeingDeleted { plan.delete(pod, node) }
        }
    }

    /// Has pods that ended deleted, so that others follow.
    /// - Returns: The others.
    private func replaceEnded(_ found: [Pod], _ node: String, isHeld: Bool, _ plan: inout DaemonSetPlan) -> [Pod] {
        var running: [Pod] = []
        for pod in found where !pod.object.isBeingDeleted {
            switch pod.phase {
            case "Failed":
                if isHeld { plan.heldNodes.append(node) } else { plan.delete(pod, node, .failed) }
            case "Succeeded": plan.delete(pod, node, .succeeded)
            default: running.append(pod)
            }
        }
        return running
    }

    /// Of several pods on a node the oldest of either template stay: the old one for as long as the new one isn't available and it itself
    /// is ready.
    private func thin(_ running: [Pod], _ node: String, _ plan: inout DaemonSetPlan) {
        guard running.count > 1 else { return }
        // By hash alone: one that is only known by its count of templates is replaced.
        let isNew: (Pod) -> Bool = { $0.object.labels[DaemonPod.hashLabel] == hash }
        let (new, old) = (running.first(where: isNew), running.first { !isNew($0) })
        for pod in running where pod != new && pod != old { plan.delete(pod, node) }
        if let new, let old, !old.isReady || isAvailable(new) { plan.delete(old, node) }
    }

    // MARK: Updates

    func update() -> DaemonSetPlan { leeway.surge > 0 ? surge() : replace() }

    /// The pods of a node: of the set's template and of another; nil where there are more than one of either.
    private func pair(_ node: String) -> (new: Pod?, old: Pod?)? {
        let there = pods[node].filter { !$0.object.isBeingDeleted }
        let (new, old) = (there.filter(isUpdated), there.filter { !isUpdated($0) })
        return new.count > 1 || old.count > 1 ? nil : (new.first, old.first)
    }

    /// The nodes that have a pod or are to have one.
    private var involved: [String] { nodes.filter { shouldRun($0) || !pods[$0].isEmpty } }

    /// Old pods that aren't available go; of the others, as many as may be missing.
    private func replace() -> DaemonSetPlan {
        var plan = DaemonSetPlan()
        var unavailable: Int64 = 0
        var candidates: [(pod: Pod, node: String)] = []
        for node in involved {
            switch pair(node) {
            case (let new?, nil)?: if !isAvailable(new) { unavailable += 1 }
            case (nil, let old?)?: if isAvailable(old) { candidates.append((old, node)) } else { plan.delete(old, node) }
            default: unavailable += 1
            }
        }
        for (pod, node) in candidates.prefix(Int(clamping: max(0, leeway.unavailable - unavailable))) { plan.delete(pod, node) }
        return plan
    }

    /// New pods come beside old ones, as many as there may be too many, and beside every old one that isn't available; an old one goes
    /// once the new one is available. Off nodes that no longer count, pods go once there are enough elsewhere.
    private func surge() -> DaemonSetPlan {
        var plan = DaemonSetPlan()
        var surged: Int64 = 0
        var available = 0
        var candidates: [String] = []
        var misplaced: [(pod: Pod, node: String)] = []
        for node in involved {
            guard let pair = pair(node) else {
                surged += 1
                continue
            }
            if let counted = pair.old ?? pair.new, isAvailable(counted) { available += 1 }
            switch pair {
            case (nil, let old?):
                switch (isAvailable(old), shouldRun(node)) {
                case (true, true): candidates.append(node)
                case (true, false): misplaced.append((old, node))
                case (false, true): plan.created.append(node)
                case (false, false): plan.delete(old, node)
                }
            case (let new?, let old?): if isAvailable(new) { plan.delete(old, node) } else { surged += 1 }
            default: continue
            }
        }
        plan.created += candidates.prefix(Int(clamping: max(0, leeway.surge - surged)))
        let spare = max(0, available - placements.count { $0.value.shouldRun })
        for (pod, node) in misplaced.prefix(spare) { plan.delete(pod, node) }
        return plan
    }
}

extension DaemonSetPlan {
    fileprivate mutating func delete(_ pod: Pod, _ node: String, _ reason: Deletion.Reason = .surplus) {
        deleted.append(Deletion(pod: pod, node: node, reason: reason))
    }
}
