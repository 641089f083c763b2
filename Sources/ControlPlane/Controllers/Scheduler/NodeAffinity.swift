// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Which nodes a pod can be on by its node selector and its required node affinity.
///
/// - Source: `RequiredNodeAffinity.Match`, k8s.io/component-helpers scheduling/corev1/nodeaffinity
struct NodeAffinity: Sendable {
    private let labels: [String: String]
    /// One of them has to match; nil where the pod names none.
    private let terms: [JSONValue]?

    /// - Parameter spec: Of a pod or of a template.
    init(_ spec: JSONValue) {
        labels = spec["nodeSelector"]?.stringMap ?? [:]
        let required = spec.value(at: "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        terms = required?.object == nil ? nil : required?["nodeSelectorTerms"]?.array ?? []
    }

    func matches(_ node: KubeObject) -> Bool {
        let known = node.labels
        guard labels.allSatisfy({ known[$0.key] == $0.value }) else { return false }
        return terms.map { $0.contains { Self.matches($0, node.name, known) } } ?? true
    }

    /// The name of the only node that a pod may be on, where its affinity says so by name.
    static func nodeName(_ spec: JSONValue) -> String? {
        let terms = spec.value(at: "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")?.array ?? []
        for term in terms {
            for field in term["matchFields"]?.array ?? [] where field["key"] == nameField && field["operator"] == "In" {
                if let values = field["values"]?.array, values.count == 1 { return values[0].string }
            }
        }
        return nil
    }

    /// The affinity that keeps a pod to one node, whatever else it said of nodes.
    static func pinned(_ affinity: JSONValue?, to node: String) -> JSONValue {
        var affinity = affinity ?? [:]
        if affinity.object == nil { affinity = [:] }
        var nodes = affinity["nodeAffinity"] ?? [:]
        if nodes.object == nil { nodes = [:] }
        nodes["requiredDuringSchedulingIgnoredDuringExecution"] = [
            "nodeSelectorTerms": [["matchFields": [["key": nameField, "operator": "In", "values": [.string(node)]]]]]
        ]
        affinity["nodeAffinity"] = nodes
        return affinity
    }

    private static let nameField: JSONValue = "metadata.name"

    /// A term that says nothing matches nothing.
    private static func matches(_ term: JSONValue, _ name: String, _ labels: [String: String]) -> Bool {
        let (expressions, fields) = (term["matchExpressions"]?.array ?? [], term["matchFields"]?.array ?? [])
        guard !expressions.isEmpty || !fields.isEmpty else { return false }
        return expressions.allSatisfy { matches($0, labels[$0["key"]?.string ?? ""]) }
            && fields.allSatisfy { $0["key"] == nameField && matches($0, name) }
    }

    private static func matches(_ requirement: JSONValue, _ value: String?) -> Bool {
        let values = requirement["values"]?.array?.compactMap(\.string) ?? []
        switch requirement["operator"]?.string {
        case "In": return value.map(values.contains) ?? false
        case "NotIn": return !(value.map(values.contains) ?? false)
        case "Exists": return value != nil
        case "DoesNotExist": return value == nil
        case "Gt": return isOrdered(value, values, >)
        case "Lt": return isOrdered(value, values, <)
        default: return false
        }
    }

    private static func isOrdered(_ value: String?, _ values: [String], _ order: (Int64, Int64) -> Bool) -> Bool {
        guard let value = value.flatMap({ Int64($0) }), values.count == 1, let bound = Int64(values[0]) else { return false }
        return order(value, bound)
    }
}
