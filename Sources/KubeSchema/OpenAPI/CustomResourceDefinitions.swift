// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What OpenAPI documents tell of a custom resource: the schema of its definition with what every object has, and its list.
///
/// - Source: `buildKubeNative`, kubernetes staging/src/k8s.io/apiextensions-apiserver/pkg/controller/openapi/builder/builder.go
struct CustomResourceDefinitions {
    let dialect: OpenAPIDialect
    let resource: OpenAPIResource
    /// Nil where the definition gives none.
    let schema: JSONValue?

    var members: [JSONObject.Member] {
        let prefix = OpenAPINames.prefix(resource.kind.groupVersion)
        let name = prefix + resource.kind.kind
        var members = [JSONObject.Member(name, definition)]
        if let listKind = resource.listKind {
            members.append(JSONObject.Member(prefix + listKind, OpenAPIComponents.list(of: name, listKind, resource.kind, dialect)))
        }
        return members
    }

    private var definition: JSONValue {
        var definition: JSONValue
        // Whoever checks by v2 takes what isn't described for unknown; so of a kind with unknown fields nothing is described.
        if let schema, dialect == .v3 || !Self.preservesUnknownFields(schema) {
            definition = embedded(dialect == .v2 ? Self.simplified(schema) : schema)
            addObjectFields(to: &definition)
        } else {
            definition = ["type": "object"]
        }
        definition["x-kubernetes-group-version-kind"] = [resource.kind.openAPI]
        return definition
    }

    private static func preservesUnknownFields(_ schema: JSONValue) -> Bool { schema["x-kubernetes-preserve-unknown-fields"]?.bool == true }

    // MARK: Objects

    private func addObjectFields(to definition: inout JSONValue) {
        var properties = definition["properties"]?.object ?? JSONObject()
        let texts = FieldDescriptions.builtIn
        for name in ["apiVersion", "kind"] { properties[name] = Self.described(["type": "string"], texts.envelopeText(of: name)) }
        properties["metadata"] = Self.described(dialect.property(OpenAPINames.meta + "ObjectMeta"), texts.envelopeText(of: "metadata"))
        definition["properties"] = .object(properties)
    }

    private static func described(_ property: JSONValue, _ text: String?) -> JSONValue {
        var property = property
        property["description"] = text.map { .string($0) }
        return property
    }

    /// Objects within the object (`x-kubernetes-embedded-resource`) are given their fields too.
    private func embedded(_ schema: JSONValue) -> JSONValue {
        var schema = Self.mapChildren(schema) { embedded($0) }
        guard schema["x-kubernetes-embedded-resource"]?.bool == true, dialect == .v3 || !Self.preservesUnknownFields(schema) else { return schema }
        addObjectFields(to: &schema)
        return schema
    }

    private static func mapChildren(_ schema: JSONValue, _ transform: (JSONValue) -> JSONValue) -> JSONValue {
        guard var members = schema.object else { return schema }
        if let properties = members["properties"]?.object {
            members["properties"] = .object(JSONObject(unsorted: properties.map { JSONObject.Member($0.key, transform($0.value)) }))
        }
        for key in ["items", "additionalProperties"] { if let child = members[key], child.object != nil { members[key] = transform(child) } }
        return .object(members)
    }

    // MARK: v2

    /// A structural schema as v2 can say it: without alternatives and `nullable`, and without a type where kubectl would refuse what
    /// is valid.
    ///
    /// - Source: `ToStructuralOpenAPIV2`, kubernetes staging/src/k8s.io/apiextensions-apiserver/pkg/controller/openapi/v2/conversion.go
    static func simplified(_ schema: JSONValue) -> JSONValue {
        guard var members = schema.object else { return schema }
        for key in ["allOf", "anyOf", "oneOf", "not"] { members[key] = nil }
        let isNullable = members["nullable"]?.bool == true
        let isOpen = preservesUnknownFields(schema)
        members["nullable"] = nil
        if isNullable || isOpen {
            members["items"] = nil
            members["properties"] = nil
        }
        let type = members["type"]?.string
        if isNullable || type == "array" && members["items"] == nil || type == "object" && isOpen { members["type"] = nil }
        removeNullable(from: &members)
        return mapChildren(.object(members), simplified)
    }

    /// What may be null is not required.
    private static func removeNullable(from members: inout JSONObject) {
        if members["additionalProperties"]?["nullable"]?.bool == true { members["required"] = nil }
        guard let required = members["required"]?.array else { return }
        let kept = required.filter { name in members["properties"]?[name.string ?? ""]?["nullable"]?.bool != true }
        members["required"] = kept.isEmpty ? nil : .array(kept)
    }
}
