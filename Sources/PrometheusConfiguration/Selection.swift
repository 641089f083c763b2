// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Which monitors and rules a Prometheus object takes.
struct Selection {
    /// By the objects' own labels.
    private let objects: LabelSelector
    /// By the labels of their namespaces; nil for the Prometheus object's own namespace.
    private let namespaces: LabelSelector?
    private let ownNamespace: String

    /// An absent selector takes nothing, and `{}` everything; an absent selector of namespaces takes the own one, and `{}` all.
    /// - Parameter prefix: `serviceMonitor` for `serviceMonitorSelector` and `serviceMonitorNamespaceSelector`.
    init(_ prefix: String, of spec: Fields, reading: inout ObjectReading) {
        ownNamespace = reading.name.namespace
        objects = reading.attempt { _ throws(FieldProblem) in try Self.selector("\(prefix)Selector", spec) } ?? .nothing
        let name = "\(prefix)NamespaceSelector"
        if spec.value(name) == nil {
            namespaces = nil
        } else {
            namespaces = reading.attempt { _ throws(FieldProblem) in try Self.selector(name, spec) } ?? .nothing
        }
    }

    private static func selector(_ name: String, _ spec: Fields) throws(FieldProblem) -> LabelSelector? {
        guard let fields = try spec.fields(name) else { return nil }
        return try fields.labelSelector()
    }

    /// Those that are selected, by namespace and name.
    func select(_ candidates: [KubeObject], in labels: [String: [String: String]]) -> [KubeObject] {
        let selected = candidates.filter { object in
            objects.matches(object.labels) && isSelected(object.namespace, labels[object.namespace] ?? [:])
        }
        return selected.sorted { $0.namespacedName.precedes($1.namespacedName) }
    }

    private func isSelected(_ namespace: String, _ labels: [String: String]) -> Bool {
        namespaces?.matches(labels) ?? (namespace == ownNamespace)
    }
}

extension Fields {
    /// The object as a selector of labels, strictly: a field of the wrong type selects nothing by accident, nor everything.
    func labelSelector() throws(FieldProblem) -> LabelSelector {
        _ = try stringMap("matchLabels")
        for expression in try fieldsList("matchExpressions") {
            _ = try expression.string("key")
            _ = try expression.string("operator")
            _ = try expression.strings("values")
        }
        do { return try LabelSelector(object: .object(members)) } catch {
            throw FieldProblem(path, "is no selector: \(error)", fix: "use matchLabels, or matchExpressions with In, NotIn, Exists or DoesNotExist")
        }
    }
}

extension NamespacedName {
    func precedes(_ other: NamespacedName) -> Bool { (namespace, name) < (other.namespace, other.name) }
}
