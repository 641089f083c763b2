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
            fields.isEmpty
                || fields.matches { field in
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
        directory(resource).list(
            namespace: selection.namespace, where: { labels in selection.labels.isEmpty || selection.labels.matches { labels[$0] } },
            named: selection.includes)
    }

    /// Hands those of `objects` over that have a usage, while all usage stands still: short work only.
    func measure(_ resource: Resource, _ objects: some Sequence<ListedObject>, _ body: (MeasuredObject) -> Void) {
        store.read { table in
            for object in objects { if let measured = Self.measure(resource, object, table) { body(measured) } }
        }
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
        case .nodes: table.usage(node: object.name.name).map { MeasuredObject(object: object, measurement: .node($0)) }
        case .pods: table.usage(pod: object.name, on: object.node).map { MeasuredObject(object: object, measurement: .pod($0)) }
        }
    }
}
