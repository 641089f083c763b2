// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

/// Which objects of a kind a list or watch is about, by label and by field.
struct Selection: Sendable {
    private let labels: LabelSelector?
    private let fields: [FieldRequirement]

    private struct FieldRequirement: Sendable {
        var field: SelectableField
        var value: String
        var isNegated: Bool
    }

    /// - Throws: 400 for a selector that doesn't parse or names a field that the kind can't be selected by.
    init(query: Query, _ definition: ResourceDefinition) throws(APIError) {
        labels = try Self.labels(query["labelSelector"])
        fields = try Self.fields(query["fieldSelector"], definition)
    }

    /// Whether nothing is left out.
    var selectsAll: Bool { labels == nil && fields.isEmpty }

    func matches(_ object: KubeObject) -> Bool {
        for requirement in fields where (requirement.field.value(object) == requirement.value) == requirement.isNegated { return false }
        return labels?.matches(object.labels) ?? true
    }

    private static func labels(_ text: String?) throws(APIError) -> LabelSelector? {
        guard let text, !text.isEmpty else { return nil }
        do {
            return try LabelSelector(parsing: text)
        } catch {
            throw .badRequest("\(error)")
        }
    }

    private static func fields(_ text: String?, _ definition: ResourceDefinition) throws(APIError) -> [FieldRequirement] {
        guard let text, !text.isEmpty else { return [] }
        let selector: FieldSelector
        do {
            selector = try FieldSelector(parsing: text)
        } catch {
            throw .badRequest("\(error)")
        }
        var requirements: [FieldRequirement] = []
        for requirement in selector.requirements {
            let field = try field(requirement.field, definition)
            requirements.append(FieldRequirement(field: field, value: requirement.value, isNegated: !requirement.isEqual))
        }
        return requirements
    }

    private static func field(_ name: String, _ definition: ResourceDefinition) throws(APIError) -> SelectableField {
        if name == "metadata.name" { return SelectableField(name) { $0.name } }
        if name == "metadata.namespace", definition.isNamespaced { return SelectableField(name) { $0.namespace } }
        if let field = definition.selectableFields.first(where: { $0.name == name }) { return field }
        // Kinds with fields of their own have another message upstream than those without.
        guard definition.selectableFields.isEmpty else { throw .badRequest("field label not supported: \(name)") }
        throw .badRequest("\"\(name)\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
    }
}
