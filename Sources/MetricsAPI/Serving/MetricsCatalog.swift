// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import UsageWindow

/// A node or pod with what it uses.
struct MeasuredObject {
    var object: ListedObject
    var measurement: Measurement

    enum Measurement {
        case node(Usage)
        case pod(PodUsage)

        /// Whose time and window stand for the whole; nil for a pod none of whose containers has a usage.
        var usage: Usage? {
            switch self {
            case .node(let usage): usage
            case .pod(let usage): usage.earliest
            }
        }
    }
}

/// What is served: the objects there are, with what is known of their use.
struct MetricsCatalog: Sendable {
    let nodes: ObjectDirectory
    let pods: ObjectDirectory
    let store: UsageStore

    enum Resource: String, Sendable {
        case nodes, pods

        var kind: String { self == .nodes ? "NodeMetrics" : "PodMetrics" }
        var isNamespaced: Bool { self == .pods }
    }

    struct Selection {
        var namespace = ""
        var labels = LabelSelector.everything
        var fields = FieldSelector.everything

        func includes(_ name: NamespacedName) -> Bool {
            fields.matches { field in
                switch field {
                case "metadata.name": name.name
                case "metadata.namespace": name.namespace
                default: nil
                }
            }
        }
    }

    /// Sorted by namespace and name, with or without usage.
    func select(_ resource: Resource, _ selection: Selection) -> [ListedObject] {
        let hasLabels: ((LabelSet) -> Bool)? =
            if selection.labels.isEmpty { nil } else { { labels in selection.labels.matches { labels[$0] } } }
        let isIncluded: ((NamespacedName) -> Bool)? = if selection.fields.isEmpty { nil } else { { selection.includes($0) } }
        return directory(resource).list(namespace: selection.namespace, where: hasLabels, named: isIncluded)
    }

    /// Hands those of `objects` over that have a usage, while all usage stands still: short work only.
    func measure(_ resource: Resource, _ objects: some Sequence<ListedObject>, _ body: (MeasuredObject) -> Void) {
        store.read { table in
            for object in objects { if let measured = Self.measure(resource, object, table) { body(measured) } }
        }
    }

    /// Hands those of `pods` over that have a usage, each with its piece of an answer and with when it was measured, while all usage stands
    /// still: short work only.
    func encoded(
        _ pods: some Sequence<ListedObject>, _ encoding: EncodedUsage.Encoding, encode: (PodUsage, inout [UInt8]) -> Void,
        _ body: (_ pod: ListedObject, _ piece: Span<UInt8>, _ time: Int64?) -> Void
    ) {
        store.readEncoded { table, usage in
            for pod in pods {
                guard let place = Self.place(pod, table) else { continue }
                usage.withPods(at: place, in: table, encoding, encode: encode) { encoded in
                    let range = encoded.range(Int(place.pod))
                    guard !range.isEmpty else { return }
                    body(pod, encoded.bytes.span.extracting(range), encoded.time(Int(place.pod)))
                }
            }
        }
    }

    private static func place(_ pod: ListedObject, _ table: borrowing UsageTable) -> PodPlace? {
        let last = pod.lastPlace
        let place = table.place(pod: pod.name, on: pod.node, guess: last)
        if place != last { pod.lastPlace = place }
        return place
    }

    /// - Throws: 404, which tells whether the object or its metrics are missing.
    func get(_ resource: Resource, _ name: NamespacedName) throws(APIError) -> MeasuredObject {
        guard let object = directory(resource).get(name) else {
            throw .notFound(GroupResource(group: "", resource: resource == .nodes ? "node" : "pods"), name.name)
        }
        guard let measured = store.read({ Self.measure(resource, object, $0) }) else {
            throw .notFound(GroupResource(group: "metrics.k8s.io", resource: resource.kind.lowercased()), name.description)
        }
        return measured
    }

    private func directory(_ resource: Resource) -> ObjectDirectory { resource == .nodes ? nodes : pods }

    private static func measure(_ resource: Resource, _ object: ListedObject, _ table: borrowing UsageTable) -> MeasuredObject? {
        switch resource {
        case .nodes: return table.usage(node: object.name.name).map { MeasuredObject(object: object, measurement: .node($0)) }
        case .pods:
            guard let place = place(object, table), let usage = table.usage(at: place) else { return nil }
            return MeasuredObject(object: object, measurement: .pod(usage))
        }
    }
}
