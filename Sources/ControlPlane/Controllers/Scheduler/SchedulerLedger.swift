// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization

/// Who runs where, kept up to date with each event, so that placing a pod doesn't count all pods anew.
///
/// A pod counts on its node from the moment it is placed, before the server has heard of it: two pods placed in one breath
/// don't take the same room.
final class SchedulerLedger: Sendable {
    fileprivate struct Entry {
        var node: String
        var requests: ResourceAmounts
        var owner: String
        /// Placed by us, not yet seen in the pod itself.
        var isAssumed: Bool
    }

    fileprivate struct State {
        var entries: [String: Entry] = [:]
        var loads: [String: NodeLoad] = [:]
        var unplaced: Set<NamespacedName> = []
    }

    private let state = Mutex(State())

    /// Takes note of a pod's new state; nil stands for its end.
    /// - Returns: Whether room was freed.
    func observe(old: KubeObject?, new: KubeObject?) -> Bool {
        state.withLock { state in
            guard let new, !Pod(new).isTerminal else {
                guard let last = new ?? old else { return false }
                state.unplaced.remove(last.namespacedName)
                return state.remove(last.uid)
            }
            let node = Pod(new).nodeName
            guard !node.isEmpty else { return false }
            state.unplaced.remove(new.namespacedName)
            let known = state.entries[new.uid]
            guard known?.node != node else {
                state.entries[new.uid]?.isAssumed = false
                return false
            }
            let isMoved = state.remove(new.uid)
            state.add(new, to: node, isAssumed: false)
            return isMoved
        }
    }

    /// Notes that a pod is about to be placed. To be called before the nodes are read: what changes from then on tries it again.
    func begin(_ pod: KubeObject) { state.withLock { _ = $0.unplaced.insert(pod.namespacedName) } }

    /// Chooses a node, and counts the pod there at once.
    func place(_ pod: KubeObject, among nodes: [KubeObject]) -> Placement {
        state.withLock { state in
            let placement = Placement.choose(for: pod, among: nodes, loads: state.loads)
            switch placement {
            case .node(let node):
                state.unplaced.remove(pod.namespacedName)
                _ = state.remove(pod.uid)
                state.add(pod, to: node, isAssumed: true)
            case .none: break
            }
            return placement
        }
    }

    /// The server refused what `place` chose.
    func withdraw(_ pod: KubeObject) {
        state.withLock { state in if state.entries[pod.uid]?.isAssumed == true { _ = state.remove(pod.uid) } }
    }

    /// Whether a pod has been placed and only its event is missing.
    func isPlaced(_ pod: KubeObject) -> Bool { state.withLock { $0.entries[pod.uid] != nil } }

    /// The pods that fit nowhere when last tried.
    var unplaced: [NamespacedName] { state.withLock { Array($0.unplaced) } }
}

extension SchedulerLedger.State {
    fileprivate mutating func add(_ pod: KubeObject, to node: String, isAssumed: Bool) {
        let entry = SchedulerLedger.Entry(node: node, requests: .requests(of: pod.spec), owner: pod.controller?.uid ?? "", isAssumed: isAssumed)
        entries[pod.uid] = entry
        var load = loads[node] ?? NodeLoad()
        load.requests = load.requests + entry.requests
        load.pods += 1
        if !entry.owner.isEmpty { load.siblings[entry.owner, default: 0] += 1 }
        loads[node] = load
    }

    fileprivate mutating func remove(_ uid: String) -> Bool {
        guard let entry = entries.removeValue(forKey: uid), var load = loads[entry.node] else { return false }
        load.requests = load.requests - entry.requests
        load.pods -= 1
        if let count = load.siblings[entry.owner] { load.siblings[entry.owner] = count > 1 ? count - 1 : nil }
        loads[entry.node] = load.pods > 0 ? load : nil
        return true
    }
}
