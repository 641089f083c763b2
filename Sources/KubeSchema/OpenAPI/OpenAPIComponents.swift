// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A schema a type, with all that it refers to.
struct OpenAPIComponents {
    let schema: KubeSchema
    private let descriptions = FieldDescriptions.builtIn

    init(schema: KubeSchema) { self.schema = schema }

    func schemas(for kinds: [GroupVersionKind]) -> JSONObject {
        var schemas = JSONObject()
        var pending = kinds.compactMap { schema.id(of: $0) }
        var seen = Set(pending)
        for (name, definition) in Self.shared { schemas[name] = definition }
        while let id = pending.popLast() {
            let type = schema[id]
            schemas[OpenAPIV3.componentName(of: type, in: schema)] = definition(of: type)
            for field in type.fields {
                if let child = Self.message(in: field.type), seen.insert(child).inserted { pending.append(child) }
            }
        }
        return schemas
    }

    private static func message(in type: FieldType) -> SchemaType.ID? {
        switch type {
        case .message(let id): id
        case .list(let element), .map(let element), .wrapped(let element): message(in: element)
        default: nil
        }
    }

    private func definition(of type: SchemaType) -> JSONValue {
        var properties = JSONObject()
        for field in type.fields {
            var property = property(field)
            if let text = descriptions.text(of: field, in: type) { property["description"] = .string(text) }
            properties[field.name] = property
        }
        var definition: JSONObject = ["type": "object", "properties": .object(properties)]
        if let text = descriptions.text(of: type) { definition["description"] = .string(text) }
        let required = type.fields.filter { $0.isAlwaysWritten && !$0.isOptional }.map { JSONValue.string($0.name) }
        if !required.isEmpty { definition["required"] = .array(required) }
        if let kind = schema.groupVersionKind(of: type) {
            definition["x-kubernetes-group-version-kind"] = [
                ["group": .string(kind.group), "kind": .string(kind.kind), "version": .string(kind.version)]
            ]
        }
        return .object(definition)
    }

    private func property(_ field: SchemaField) -> JSONValue {
        var property = type(field.type, isItem: false, isPointer: field.isPointer)
        if !field.enumValues.isEmpty {
            let values = JSONValue.array(field.enumValues.map { .string($0) })
            if case .list = field.type { property["items"]?["enum"] = values } else { property["enum"] = values }
        }
        if let value = field.defaultValue {
            property["default"] = value
        } else if field.isAlwaysWritten, !field.isPointer, let zero = Self.zero(field.type) {
            property["default"] = zero
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

    /// A reference that has something beside it must stand in `allOf`.
    private func type(_ type: FieldType, isItem: Bool, isPointer: Bool) -> JSONValue {
        switch type {
        case .string: ["type": "string"]
        case .bool: ["type": "boolean"]
        case .int32: ["type": "integer", "format": "int32"]
        case .int64: ["type": "integer", "format": "int64"]
        case .float64: ["type": "number", "format": "double"]
        case .bytes: ["type": "string", "format": "byte"]
        case .duration: reference("io.k8s.apimachinery.pkg.apis.meta.v1.Duration", isItem: isItem, default: nil)
        case .quantity: reference("io.k8s.apimachinery.pkg.api.resource.Quantity", isItem: isItem, default: nil)
        case .intOrString: reference("io.k8s.apimachinery.pkg.util.intstr.IntOrString", isItem: isItem, default: nil)
        case .time: reference("io.k8s.apimachinery.pkg.apis.meta.v1.Time", isItem: isItem, default: nil)
        case .microTime: reference("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", isItem: isItem, default: nil)
        case .any: ["type": "object"]
        case .message(let id): reference(OpenAPIV3.componentName(of: schema[id], in: schema), isItem: isItem, default: isPointer ? nil : [:])
        case .list(let element), .wrapped(let element): ["type": "array", "items": self.type(element, isItem: true, isPointer: false)]
        case .map(let element): ["type": "object", "additionalProperties": self.type(element, isItem: true, isPointer: false)]
        }
    }

    private func reference(_ name: String, isItem: Bool, default value: JSONValue?) -> JSONValue {
        let reference: JSONValue = ["$ref": .string("#/components/schemas/\(name)")]
        if isItem { return reference }
        var property: JSONObject = ["allOf": [reference]]
        property["default"] = value
        return .object(property)
    }

    /// Types with a JSON form of their own.
    private static let shared: [(String, JSONValue)] = [
        ("io.k8s.apimachinery.pkg.api.resource.Quantity", ["oneOf": [["type": "string"], ["type": "number"]]]),
        ("io.k8s.apimachinery.pkg.util.intstr.IntOrString", ["format": "int-or-string", "oneOf": [["type": "integer"], ["type": "string"]]]),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", ["type": "string", "format": "date-time"]),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", ["type": "string", "format": "date-time"]),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.Duration", ["type": "string"]),
        ("io.k8s.apimachinery.pkg.apis.meta.v1.Patch", ["type": "object"]),
    ]
}

extension SchemaField.PatchStrategy {
    fileprivate var text: String? {
        let words = [merges ? "merge" : nil, retainsKeys ? "retainKeys" : nil, replaces ? "replace" : nil].compactMap { $0 }
        return words.isEmpty ? nil : words.joined(separator: ",")
    }
}
