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
    /// What was scraped.
    let usage: any ServedUsage

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

    /// - Throws: 404 where there is no such object.
    func object(_ resource: Resource, _ name: NamespacedName) throws(APIError) -> ListedObject {
        guard let object = directory(resource).get(name) else {
            throw .notFound(GroupResource(group: "", resource: resource == .nodes ? "node" : "pods"), name.name)
        }
        return object
    }

    /// - Throws: 404 where the object has no usage.
    static func measured(_ resource: Resource, _ object: ListedObject, by usage: any ServedUsage) throws(APIError) -> MeasuredObject {
        var measured: MeasuredObject?
        usage.measure(resource, [object]) { measured = $0 }
        guard let measured else {
            throw .notFound(GroupResource(group: MetricsDocuments.group, resource: resource.kind.lowercased()), object.name.description)
        }
        return measured
    }

    private func directory(_ resource: Resource) -> ObjectDirectory { resource == .nodes ? nodes : pods }
}
