// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization
import UsageWindow

/// A node or pod as far as its metrics show it.
final class ListedObject: Sendable {
    let name: NamespacedName
    let labels: LabelSet
    /// Where a pod runs; empty where that is not known, and for nodes.
    let node: String
    /// Whether namespace and name stand in JSON as they are.
    let isPlain: Bool
    private let place = Mutex<PodPlace?>(nil)

    init(name: NamespacedName, labels: LabelSet, node: String) {
        self.name = name
        self.labels = labels
        self.node = node
        isPlain = JSONValue.isPlain(name.name) && JSONValue.isPlain(name.namespace)
    }

    /// Where a pod's usage was found last.
    var lastPlace: PodPlace? {
        get { place.withLock { $0 } }
        set { place.withLock { $0 = newValue } }
    }
}

/// The pods or nodes that there are, in the order in which they are listed; what of them nobody asks for is not kept.
final class ObjectDirectory: Sendable {
    private struct Shelf {
        let namespace: String
        var objects: [String: ListedObject] = [:]
        /// By name; nil once an object came, went or changed since.
        var sorted: [ListedObject]?
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
                nodes = Set(shelves.values.lazy.flatMap { $0.objects.values.lazy.map(\.node) })
                nodeLimit = max(1024, 2 * nodes.count)
            }
            nodes.insert(node)
            return node
        }

        mutating func sortedShelf(_ namespace: String) -> [ListedObject] {
            guard let shelf = shelves[namespace] else { return [] }
            if let sorted = shelf.sorted { return sorted }
            let sorted = shelf.objects.values.sorted { $0.name.name < $1.name.name }
            shelves[namespace]?.sorted = sorted
            return sorted
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
            let labels = state.labelSets.take(labels)
            let node = state.shared(node: node)
            if state.shelves[name.namespace] == nil { state.namespaces = nil }
            var shelf = state.shelves.removeValue(forKey: name.namespace) ?? Shelf(namespace: name.namespace)
            // All of a namespace share its text.
            let object = ListedObject(name: NamespacedName(namespace: shelf.namespace, name: name.name), labels: labels, node: node)
            let old = shelf.objects.updateValue(object, forKey: name.name)
            if let old { state.labelSets.giveBack(old.labels) }
            shelf.sorted = nil
            state.shelves[name.namespace] = shelf
        }
    }

    func remove(_ name: NamespacedName) {
        state.withLock { state in
            guard let old = state.shelves[name.namespace]?.objects.removeValue(forKey: name.name) else { return }
            state.labelSets.giveBack(old.labels)
            state.shelves[name.namespace]?.sorted = nil
            guard state.shelves[name.namespace]?.objects.isEmpty == true else { return }
            state.shelves[name.namespace] = nil
            state.namespaces = nil
        }
    }

    /// All but those that `isKept` names.
    func removeAll(except isKept: (NamespacedName) -> Bool) {
        let names = state.withLock { state in state.shelves.values.flatMap { $0.objects.values.map(\.name) } }
        for name in names where !isKept(name) { remove(name) }
    }

    /// Whether a pod is known to run elsewhere than on `node`.
    func isElsewhere(_ name: NamespacedName, than node: String) -> Bool {
        guard let known = get(name)?.node else { return false }
        return !known.isEmpty && known != node
    }

    var count: Int { state.withLock { $0.shelves.values.reduce(0) { $0 + $1.objects.count } } }

    func get(_ name: NamespacedName) -> ListedObject? { state.withLock { $0.shelves[name.namespace]?.objects[name.name] } }

    /// - Parameters:
    ///   - namespace: Empty for all.
    ///   - hasLabels: Asked once for each label set, however many objects share it; nil for any.
    ///   - isIncluded: nil for any.
    func list(namespace: String, where hasLabels: ((LabelSet) -> Bool)? = nil, named isIncluded: ((NamespacedName) -> Bool)? = nil) -> [ListedObject]
    {
        let objects = sorted(namespace)
        guard hasLabels != nil || isIncluded != nil else { return objects }
        var answers: [ObjectIdentifier: Bool] = [:]
        func isMeant(_ labels: LabelSet) -> Bool {
            guard let hasLabels else { return true }
            let set = ObjectIdentifier(labels)
            if let known = answers[set] { return known }
            let isMeant = hasLabels(labels)
            answers[set] = isMeant
            return isMeant
        }
        return objects.filter { isMeant($0.labels) && isIncluded?($0.name) ?? true }
    }

    private func sorted(_ namespace: String) -> [ListedObject] {
        state.withLock { state in
            guard namespace.isEmpty else { return state.sortedShelf(namespace) }
            let namespaces = state.namespaces ?? state.shelves.keys.sorted()
            state.namespaces = namespaces
            var result: [ListedObject] = []
            result.reserveCapacity(state.shelves.values.reduce(0) { $0 + $1.objects.count })
            for namespace in namespaces { result += state.sortedShelf(namespace) }
            return result
        }
    }
}
