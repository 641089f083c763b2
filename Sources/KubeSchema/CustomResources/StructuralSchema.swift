// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The `openAPIV3Schema` of one version of a custom resource, parsed once when its definition is accepted.
///
/// A value tree; copies share what lies below. Rules in CEL (`x-kubernetes-validations`) are kept but not enforced: see `hasRules`.
package struct StructuralSchema: Sendable {
    let content: Content

    init(_ facts: Facts) { content = Content(facts) }

    var facts: Facts { content.facts }

    /// Shared by copies of a schema, so that passing one on costs one count.
    final class Content: Sendable {
        let facts: Facts
        init(_ facts: Facts) { self.facts = facts }
    }

    struct Facts: Sendable {
        /// `object`, `array`, `string`, `integer`, `number`, `boolean`; empty where not said.
        var type = ""
        var description = ""
        var title = ""
        var isNullable = false
        var defaultValue: JSONValue?
        /// In the byte order of their names.
        var properties: [Property] = []
        var items: StructuralSchema?
        var additional: Additional?
        var preservesUnknownFields = false
        var isEmbeddedResource = false
        var isIntOrString = false
        var listType: SchemaField.ListType?
        var listMapKeys: [String] = []
        /// `atomic` or `granular`; empty where not said.
        var mapType = ""
        var rules: [ValidationRule] = []
        var checks = Checks()
    }

    struct Property: Sendable {
        var name: String
        var schema: StructuralSchema
    }

    enum Additional: Sendable {
        case any, refused
        case schema(StructuralSchema)
    }

    /// What values must hold beyond their type.
    struct Checks: Sendable {
        var format = ""
        var minimum: JSONValue?
        var isMinimumExclusive = false
        var maximum: JSONValue?
        var isMaximumExclusive = false
        var multipleOf: JSONValue?
        /// In characters.
        var minLength: Int64?
        var maxLength: Int64?
        var pattern: TextPattern?
        var minItems: Int64?
        var maxItems: Int64?
        var itemsAreUnique = false
        var minProperties: Int64?
        var maxProperties: Int64?
        var required: [String] = []
        var allowed: [JSONValue] = []
        var allOf: [StructuralSchema] = []
        var anyOf: [StructuralSchema] = []
        var oneOf: [StructuralSchema] = []
        var not: StructuralSchema?
    }

    /// One of `x-kubernetes-validations`. Parsed and kept; nothing here evaluates CEL.
    package struct ValidationRule: Sendable, Hashable {
        package var rule: String
        package var message: String
        package var json: JSONValue
    }
}

/// What walkers over an object (merges, server-side apply, tables) ask of the schema at a place.
extension StructuralSchema {
    package var type: String { facts.type }
    package var description: String { facts.description }
    package var isNullable: Bool { facts.isNullable }
    package var defaultValue: JSONValue? { facts.defaultValue }
    package var isIntOrString: Bool { facts.isIntOrString }
    package var isEmbeddedResource: Bool { facts.isEmbeddedResource }
    package var preservesUnknownFields: Bool { facts.preservesUnknownFields }
    package var propertyNames: [String] { facts.properties.map(\.name) }

    /// The schema of a declared field.
    package func child(named name: String) -> StructuralSchema? {
        let properties = facts.properties
        var low = 0
        var high = properties.count
        while low < high {
            let middle = (low + high) / 2
            if properties[middle].name.utf8.lexicographicallyPrecedes(name.utf8) { low = middle + 1 } else { high = middle }
        }
        guard low < properties.count, properties[low].name.utf8.elementsEqual(name.utf8) else { return nil }
        return properties[low].schema
    }

    /// The schema of a member, declared or not.
    package func member(named name: String) -> StructuralSchema? { child(named: name) ?? additional }

    package var items: StructuralSchema? { facts.items }
    /// The schema of members that are not declared; nil where they have none.
    package var additional: StructuralSchema? { if case .schema(let schema) = facts.additional { schema } else { nil } }
    /// Nil stands for `atomic`.
    package var listType: SchemaField.ListType? { facts.listType }
    package var listMapKeys: [String] { facts.listMapKeys }
    /// Replaced as a whole by server-side apply.
    package var isAtomicMap: Bool { facts.mapType == "atomic" }
    /// The rules of this very place.
    package var rules: [ValidationRule] { facts.rules }

    /// Whether there are rules in CEL anywhere below. They are not enforced, of which a server should warn.
    package var hasRules: Bool {
        !facts.rules.isEmpty || facts.items?.hasRules ?? false || additional?.hasRules ?? false || facts.properties.contains { $0.schema.hasRules }
    }
}
