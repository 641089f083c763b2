// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization

/// Who owns whom among all objects, by uid, as the watches tell it.
final class OwnerGraph: Sendable {
    struct Node: Sendable, Hashable {
        var resource: GroupVersionResource
        var name: NamespacedName
        var uid: String
        var owners: [OwnerReference]
        /// Being deleted, but only once its dependents are gone.
        var waitsForDependents: Bool

        init(_ object: KubeObject, _ resource: GroupVersionResource) {
            self.resource = resource
            name = object.namespacedName
            uid = object.uid
            owners = object.ownerReferences
            waitsForDependents = object.waitsForDependents
        }
    }

    fileprivate struct State {
        var nodes: [String: Node] = [:]
        var dependents: [String: Set<String>] = [:]
    }

    private let state = Mutex(State())

    /// Takes note of an object's new state; nil stands for its end.
    /// - Returns: The uids of those that may have to go because of it.
    func observe(old: KubeObject?, new: KubeObject?, _ resource: GroupVersionResource) -> [String] {
        state.withLock { state in
            if let new {
                let node = Node(new, resource)
                state.insert(node)
                return node.waitsForDependents || !state.hasAllOwners(node) ? [node.uid] : []
            }
            guard let uid = old?.uid, let node = state.remove(uid) else { return [] }
            let waiting = node.owners.map(\.uid).filter { state.nodes[$0]?.waitsForDependents == true }
            return Array(state.dependents[uid] ?? []) + waiting
        }
    }

    func node(_ uid: String) -> Node? { state.withLock { $0.nodes[uid] } }
    func dependents(of uid: String) -> [Node] { state.withLock { state in (state.dependents[uid] ?? []).compactMap { state.nodes[$0] } } }

    /// Whether every owner is there and none waits for its dependents to go.
    func isHeld(_ node: Node) -> Bool { state.withLock { $0.hasAllOwners(node) } }
}

extension OwnerGraph.State {
    fileprivate mutating func insert(_ node: OwnerGraph.Node) {
        for owner in nodes[node.uid]?.owners ?? [] { unlink(node.uid, from: owner.uid) }
        nodes[node.uid] = node
        for owner in node.owners { dependents[owner.uid, default: []].insert(node.uid) }
    }

    fileprivate mutating func remove(_ uid: String) -> OwnerGraph.Node? {
        guard let node = nodes.removeValue(forKey: uid) else { return nil }
        for owner in node.owners { unlink(uid, from: owner.uid) }
        return node
    }

    private mutating func unlink(_ dependent: String, from owner: String) {
        dependents[owner]?.remove(dependent)
        if dependents[owner]?.isEmpty == true { dependents[owner] = nil }
    }

    fileprivate func hasAllOwners(_ node: OwnerGraph.Node) -> Bool {
        node.owners.allSatisfy { nodes[$0.uid].map { !$0.waitsForDependents } ?? false }
    }
}

extension KubeObject {
    static let foregroundFinalizer = "foregroundDeletion"

    /// Whether it is being deleted in the foreground: dependents first.
    var waitsForDependents: Bool { isBeingDeleted && finalizers.contains(Self.foregroundFinalizer) }
}
