// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization

/// An object as the metrics of it show it.
struct ListedObject: Sendable {
    var name: NamespacedName
    var labels: [String: String]
    /// Where a pod runs; empty where that is not known, and for nodes.
    var node: String
    /// JSON of its metadata up to the creation timestamp's text, and from behind it.
    var metadataStart: [UInt8]
    var metadataEnd: [UInt8]

    init(_ object: KubeObject) {
        self.init(object.namespacedName, labels: object.labels, node: object.value(at: "spec", "nodeName")?.string ?? "")
    }

    /// All of a pod that is looked at here: of thirty thousand, the rest would be most of the memory.
    static func fields(of pod: KubeObject) -> KubeObject {
        var kept = KubeObject(pod.groupVersionKind, namespace: pod.namespace, name: pod.name)
        for field in ["uid", "resourceVersion", "labels"] { kept.set(pod.value(at: "metadata", field), at: "metadata", field) }
        kept.set(pod.value(at: "spec", "nodeName"), at: "spec", "nodeName")
        return kept
    }

    init(_ name: NamespacedName, labels: [String: String], node: String = "") {
        self.name = name
        self.labels = labels
        self.node = node
        metadataStart = Array(#"{"name":"#.utf8)
        JSONValue.encode(name.name, into: &metadataStart)
        if !name.namespace.isEmpty {
            metadataStart += Array(#","namespace":"#.utf8)
            JSONValue.encode(name.namespace, into: &metadataStart)
        }
        metadataStart += Array(#","creationTimestamp":""#.utf8)
        metadataEnd = [UInt8(ascii: "\"")]
        if !labels.isEmpty {
            metadataEnd += Array(#","labels":"#.utf8)
            JSONValue(labels).encode(into: &metadataEnd)
        }
        metadataEnd.append(UInt8(ascii: "}"))
    }
}

/// The pods or nodes that there are, in the order in which they are listed; fed by an informer.
final class ObjectDirectory: Sendable {
    private struct State {
        var objects: [NamespacedName: ListedObject] = [:]
        /// Sorted by namespace and name; nil once an object came or went since.
        var sorted: [NamespacedName]?
    }

    private let state = Mutex(State())

    init() {}

    func update(_ old: KubeObject?, _ new: KubeObject?) {
        if let new { insert(ListedObject(new)) } else if let old { remove(old.namespacedName) }
    }

    func insert(_ object: ListedObject) {
        state.withLock { state in
            if state.objects.updateValue(object, forKey: object.name) == nil { state.sorted = nil }
        }
    }

    func remove(_ name: NamespacedName) {
        state.withLock { state in
            if state.objects.removeValue(forKey: name) != nil { state.sorted = nil }
        }
    }

    /// Whether a pod is known to run elsewhere than on `node`.
    func isElsewhere(_ name: NamespacedName, than node: String) -> Bool {
        state.withLock { state in
            guard let known = state.objects[name]?.node else { return false }
            return !known.isEmpty && known != node
        }
    }

    func get(_ name: NamespacedName) -> ListedObject? { state.withLock { $0.objects[name] } }

    /// - Parameter namespace: Empty for all.
    func list(namespace: String, where isIncluded: (ListedObject) -> Bool) -> [ListedObject] {
        state.withLock { state in
            let sorted = state.sorted ?? state.objects.keys.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
            state.sorted = sorted
            var result: [ListedObject] = []
            for name in sorted[Self.range(of: namespace, in: sorted)] {
                if let object = state.objects[name], isIncluded(object) { result.append(object) }
            }
            return result
        }
    }

    private static func range(of namespace: String, in sorted: [NamespacedName]) -> Range<Int> {
        guard !namespace.isEmpty else { return sorted.indices }
        let start = firstIndex(in: sorted) { $0.namespace >= namespace }
        return start..<firstIndex(in: sorted) { $0.namespace > namespace }
    }

    /// The first for which `isBeyond` holds, given that it does for all after it.
    private static func firstIndex(in sorted: [NamespacedName], where isBeyond: (NamespacedName) -> Bool) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(sorted[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
