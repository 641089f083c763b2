// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A definition a type, with all that it refers to.
struct OpenAPIComponents {
    let schema: KubeSchema
    let dialect: OpenAPIDialect
    private let descriptions = FieldDescriptions.builtIn

    init(schema: KubeSchema, dialect: OpenAPIDialect) {
        self.schema = schema
        self.dialect = dialect
    }

    func definitions(for resources: [OpenAPIResource]) -> JSONObject {
        var definitions: [JSONObject.Member] = dialect.sharedDefinitions.map { JSONObject.Member($0.name, $0.definition) }
        var pending = ["DeleteOptions", "ListMeta", "ObjectMeta", "Status"].compactMap { schema.id(named: "meta/v1.\($0)") }
        for resource in resources {
            if case .custom(let custom) = resource.definition {
                definitions += CustomResourceDefinitions(dialect: dialect, resource: resource, schema: custom).members
            } else if let id = schema.id(of: resource.kind) {
                pending.append(id)
                if let list = list(of: resource, schema[id]) { definitions.append(list) }
            }
            pending += resource.subresources.compactMap { schema.id(of: $0.kind) }
        }
        var seen = Set(pending)
        while let id = pending.popLast() {
            let type = schema[id]
            definitions.append(JSONObject.Member(OpenAPINames.definition(of: type, in: schema), definition(of: type)))
            for field in type.fields {
                if let child = Self.message(in: field.type), seen.insert(child).inserted { pending.append(child) }
            }
        }
        return JSONObject(unsorted: definitions)
    }

    private static func message(in type: FieldType) -> SchemaType.ID? {
        switch type {
        case .message(let id): id
        case .list(let element), .map(let element), .wrapped(let element): message(in: element)
        default: nil
        }
    }

    /// Lists are not in the schema: all are alike.
    private func list(of resource: OpenAPIResource, _ type: SchemaType) -> JSONObject.Member? {
        guard let listKind = resource.listKind else { return nil }
        let name = OpenAPINames.prefix(package: type.package, in: schema) + listKind
        return JSONObject.Member(name, Self.list(of: OpenAPINames.definition(of: type, in: schema), listKind, resource.kind, dialect))
    }

    static func list(of name: String, _ listKind: String, _ kind: GroupVersionKind, _ dialect: OpenAPIDialect) -> JSONValue {
        [
            "type": "object", "required": ["items"],
            "properties": [
                "apiVersion": ["type": "string"], "kind": ["type": "string"], "metadata": dialect.property(OpenAPINames.meta + "ListMeta"),
                "items": ["type": "array", "items": dialect.reference(name)],
            ],
            "x-kubernetes-group-version-kind": [GroupVersionKind(group: kind.group, version: kind.version, kind: listKind).openAPI],
        ]
    }

    private func definition(of type: SchemaType) -> JSONValue {
        var properties: [JSONObject.Member] = []
        for field in type.fields {
            var property = property(field)
            if let text = descriptions.text(of: field, in: type) { property["description"] = .string(text) }
            properties.append(JSONObject.Member(field.name, property))
        }
        var definition: JSONObject = ["type": "object", "properties": .object(JSONObject(unsorted: properties))]
        if let text = descriptions.text(of: type) { definition["description"] = .string(text) }
        let required = type.fields.filter { $0.isAlwaysWritten && !$0.isOptional }.map { JSONValue.string($0.name) }
        if !required.isEmpty { definition["required"] = .array(required) }
        if let kind = schema.groupVersionKind(of: type) { definition["x-kubernetes-group-version-kind"] = [kind.openAPI] }
        return .object(definition)
    }

    private func property(_ field: SchemaField) -> JSONValue {
        var property = type(field.type, isItem: false, isPointer: field.isPointer)
        if !field.enumValues.isEmpty {
            let values = JSONValue.array(field.enumValues.map { .string($0) })
            if case .list = field.type { property["items"]?["enum"] = values } else { property["enum"] = values }
        }
        if dialect.tellsDefaults {
            if let value = field.defaultValue {
                property["default"] = value
            } else if field.isAlwaysWritten, !field.isPointer, let zero = Self.zero(field.type) {
                property["default"] = zero
            }
        }
        if let listType = field.listType { property["x-kubernetes-list-type"] = .string(listType.rawValue) }
        if !field.listMapKeys.isEmpty { property["x-kubernetes-list-map-keys"] = JSONValue(field.listMapKeys) }
        if field.isAtomicMap { property["x-kubernetes-map-type"] = "atomic" }
        if let strategy = field.patch.text { property["x-kubernetes-patch-strategy"] = .string(strategy) }
        if let key = field.patchMergeKey { property["x-kubernetes-patch-merge-key"] = .string(key) }
        return property
    }

    private static func zero(_ type: FieldType) -> JSONValue? {
        switch type {
        case .string: ""
        case .int32, .int64, .float64: 0
        case .bool: false
        default: nil
        }
    }

    private func type(_ type: FieldType, isItem: Bool, isPointer: Bool) -> JSONValue {
        switch type {
        case .string: ["type": "string"]
        case .bool: ["type": "boolean"]
        case .int32: ["type": "integer", "format": "int32"]
        case .int64: ["type": "integer", "format": "int64"]
        case .float64: ["type": "number", "format": "double"]
        case .bytes: ["type": "string", "format": "byte"]
        case .duration: reference(OpenAPINames.meta + "Duration", isItem: isItem)
        case .quantity: reference(OpenAPINames.quantity, isItem: isItem)
        case .intOrString: reference(OpenAPINames.intOrString, isItem: isItem)
        case .time: reference(OpenAPINames.meta + "Time", isItem: isItem)
        case .microTime: reference(OpenAPINames.meta + "MicroTime", isItem: isItem)
        case .any: ["type": "object"]
        case .message(let id): reference(OpenAPINames.definition(of: schema[id], in: schema), isItem: isItem, default: isPointer ? nil : [:])
        case .list(let element), .wrapped(let element): ["type": "array", "items": self.type(element, isItem: true, isPointer: false)]
        case .map(let element): ["type": "object", "additionalProperties": self.type(element, isItem: true, isPointer: false)]
        }
    }

    private func reference(_ name: String, isItem: Bool, default value: JSONValue? = nil) -> JSONValue {
        if isItem { return dialect.reference(name) }
        var property = dialect.property(name)
        if let value, dialect.tellsDefaults { property["default"] = value }
        return property
    }
}

extension SchemaField.PatchStrategy {
    fileprivate var text: String? {
        let words = [merges ? "merge" : nil, retainsKeys ? "retainKeys" : nil, replaces ? "replace" : nil].compactMap { $0 }
        return words.isEmpty ? nil : words.joined(separator: ",")
    }
}

extension GroupVersionKind {
    /// As `x-kubernetes-group-version-kind` has it.
    var openAPI: JSONValue { ["group": .string(group), "version": .string(version), "kind": .string(kind)] }
}
