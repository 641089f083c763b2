// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import UsageWindow

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

        func includes(_ object: ListedObject) -> Bool {
            guard labels.isEmpty || labels.matches(object.labels) else { return false }
            return fields.isEmpty
                || fields.matches { field in
                    switch field {
                    case "metadata.name": object.name.name
                    case "metadata.namespace": object.name.namespace
                    default: nil
                    }
                }
        }
    }

    /// Sorted by namespace and name; what has no usage is left out.
    func list(_ resource: Resource, _ selection: Selection) -> [MeasuredObject] {
        let listed = directory(resource).list(namespace: selection.namespace, where: selection.includes)
        return store.read { table in
            var measured: [MeasuredObject] = []
            measured.reserveCapacity(listed.count)
            for object in listed { if let one = Self.measure(resource, object, table) { measured.append(one) } }
            return measured
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
