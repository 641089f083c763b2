// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization

/// A node or pod as far as its metrics show it.
struct ListedObject: Sendable {
    var name: NamespacedName
    var labels: LabelSet
    /// Where a pod runs; empty where that is not known, and for nodes.
    var node: String
}

/// The pods or nodes that there are, in the order in which they are listed; what of them nobody asks for is not kept.
final class ObjectDirectory: Sendable {
    private struct Entry {
        var labels: LabelSet
        var node: String
    }

    private struct Shelf {
        var entries: [String: Entry] = [:]
        /// By name; nil once an object came, went or changed since.
        var sorted: [(name: String, entry: Entry)]?
    }

    private struct State {
        /// By namespace.
        var shelves: [String: Shelf] = [:]
        var namespaces: [String]?
        var labelSets = LabelSets()
        /// The names of nodes, so that all pods of one share its text.
        var nodes: Set<String> = []
        /// How many there may be before those are looked for that no pod runs on any more.
        var nodeLimit = 1024

        mutating func shared(node: String) -> String {
            if let index = nodes.firstIndex(of: node) { return nodes[index] }
            if nodes.count >= nodeLimit {
                nodes = Set(shelves.values.lazy.flatMap { $0.entries.values.lazy.map(\.node) })
                nodeLimit = max(1024, 2 * nodes.count)
            }
            nodes.insert(node)
            return node
        }
    }

    private let state = Mutex(State())

    init() {}

    func update(_ old: KubeObject?, _ new: KubeObject?) {
        if let new { insert(new) } else if let old { remove(old.namespacedName) }
    }

    func insert(_ object: KubeObject) {
        insert(object.namespacedName, labels: object.labels, node: object.value(at: "spec", "nodeName")?.string ?? "")
    }

    func insert(_ name: NamespacedName, labels: [String: String], node: String = "") {
        state.withLock { state in
            let entry = Entry(labels: state.labelSets.take(labels), node: state.shared(node: node))
            if state.shelves[name.namespace] == nil { state.namespaces = nil }
            let old = state.shelves[name.namespace, default: Shelf()].entries.updateValue(entry, forKey: name.name)
            if let old { state.labelSets.giveBack(old.labels) }
            state.shelves[name.namespace]?.sorted = nil
        }
    }

    func remove(_ name: NamespacedName) {
        state.withLock { state in
            guard let old = state.shelves[name.namespace]?.entries.removeValue(forKey: name.name) else { return }
            state.labelSets.giveBack(old.labels)
            state.shelves[name.namespace]?.sorted = nil
            guard state.shelves[name.namespace]?.entries.isEmpty == true else { return }
            state.shelves[name.namespace] = nil
            state.namespaces = nil
        }
    }

    /// All but those that `isKept` names.
    func removeAll(except isKept: (NamespacedName) -> Bool) {
        let names = state.withLock { state in
            state.shelves.flatMap { namespace, shelf in shelf.entries.keys.map { NamespacedName(namespace: namespace, name: $0) } }
        }
        for name in names where !isKept(name) { remove(name) }
    }

    /// Whether a pod is known to run elsewhere than on `node`.
    func isElsewhere(_ name: NamespacedName, than node: String) -> Bool {
        state.withLock { state in
            guard let known = state.shelves[name.namespace]?.entries[name.name]?.node else { return false }
            return !known.isEmpty && known != node
        }
    }

    var count: Int { state.withLock { $0.shelves.values.reduce(0) { $0 + $1.entries.count } } }

    func get(_ name: NamespacedName) -> ListedObject? {
        state.withLock { state in
            state.shelves[name.namespace]?.entries[name.name].map { ListedObject(name: name, labels: $0.labels, node: $0.node) }
        }
    }

    /// - Parameters:
    ///   - namespace: Empty for all.
    ///   - hasLabels: Asked once for each label set, however many objects share it.
    func list(namespace: String, where hasLabels: (LabelSet) -> Bool, named isIncluded: (NamespacedName) -> Bool = { _ in true }) -> [ListedObject] {
        state.withLock { state in
            let namespaces = namespace.isEmpty ? state.namespaces ?? state.shelves.keys.sorted() : [namespace]
            if namespace.isEmpty { state.namespaces = namespaces }
            var answers: [ObjectIdentifier: Bool] = [:]
            var result: [ListedObject] = []
            if namespace.isEmpty { result.reserveCapacity(state.shelves.values.reduce(0) { $0 + $1.entries.count }) }
            for namespace in namespaces {
                guard let shelf = state.shelves[namespace] else { continue }
                let sorted = shelf.sorted ?? shelf.entries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
                if shelf.sorted == nil { state.shelves[namespace]?.sorted = sorted }
                for (name, entry) in sorted {
                    let set = ObjectIdentifier(entry.labels)
                    let isMeant: Bool
                    if let known = answers[set] {
                        isMeant = known
                    } else {
                        isMeant = hasLabels(entry.labels)
                        answers[set] = isMeant
                    }
                    let full = NamespacedName(namespace: namespace, name: name)
                    if isMeant, isIncluded(full) { result.append(ListedObject(name: full, labels: entry.labels, node: entry.node)) }
                }
            }
            return result
        }
    }
}
