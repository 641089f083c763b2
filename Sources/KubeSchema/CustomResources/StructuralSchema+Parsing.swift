// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension StructuralSchema {
    /// Deeper schemas are refused, so that no walk over one exhausts the stack.
    static let maximumDepth = 100

    /// Reads an `openAPIV3Schema`, and tells what is wrong with it; there is a schema only where nothing is.
    ///
    /// - Parameter path: Where it stands, for the errors: `spec.versions[0].schema.openAPIV3Schema`.
    /// - Parameter requiresStructure: Whether the schema has to be structural; a v1beta1 definition that preserves unknown fields may do without.
    /// - Source: `validateCustomResourceDefinitionValidation`, k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go
    package static func parse(
        _ openAPIV3Schema: JSONValue, at path: String, requiresStructure: Bool = true
    ) -> (StructuralSchema?, [APIError.Cause]) {
        var parser = SchemaParser()
        let schema = parser.schema(openAPIV3Schema, at: path, depth: 0)
        guard parser.errors.causes.isEmpty else { return (nil, parser.errors.causes) }
        var errors = FieldErrors()
        if requiresStructure {
            let structure = StructureRules.causes(schema, at: path)
            errors.append(structure.isEmpty ? DefaultRules.causes(schema, at: path) : structure)
        }
        var rules = OpenAPISchemaRules()
        rules.check(openAPIV3Schema.object ?? [:], at: path, scope: .init(isRoot: true))
        errors.append(rules.errors)
        return (errors.causes.isEmpty ? schema : nil, errors.causes)
    }
}

/// From JSON to a schema. Members of a wrong type are errors; upstream's typed decoding refuses them before any rule is looked at.
struct SchemaParser {
    private(set) var errors = FieldErrors()

    mutating func schema(_ json: JSONValue, at path: String, depth: Int) -> StructuralSchema {
        var facts = StructuralSchema.Facts()
        guard depth < StructuralSchema.maximumDepth else {
            errors.invalid(path, "", "nested deeper than \(StructuralSchema.maximumDepth) levels")
            return StructuralSchema(facts)
        }
        guard case .object(let object) = json else {
            errors.typeInvalid(path, .string(json.goKind), "must be a schema object")
            return StructuralSchema(facts)
        }
        readGenerics(object, path, &facts)
        readExtensions(object, path, &facts)
        readStructure(object, path, depth, &facts)
        facts.checks = checks(object, path, depth)
        return StructuralSchema(facts)
    }

    private mutating func readGenerics(_ object: JSONObject, _ path: String, _ facts: inout StructuralSchema.Facts) {
        facts.type = text("type", object, path)
        facts.description = text("description", object, path)
        facts.title = text("title", object, path)
        facts.isNullable = flag("nullable", object, path)
        // A null default is no default, as upstream's pointer to JSON has it.
        if let value = object["default"], !value.isNull { facts.defaultValue = value }
    }

    private mutating func readExtensions(_ object: JSONObject, _ path: String, _ facts: inout StructuralSchema.Facts) {
        facts.preservesUnknownFields = flag("x-kubernetes-preserve-unknown-fields", object, path)
        facts.isEmbeddedResource = flag("x-kubernetes-embedded-resource", object, path)
        facts.isIntOrString = flag("x-kubernetes-int-or-string", object, path)
        facts.listType = SchemaField.ListType(rawValue: text("x-kubernetes-list-type", object, path))
        facts.listMapKeys = texts("x-kubernetes-list-map-keys", object, path)
        facts.mapType = text("x-kubernetes-map-type", object, path)
        for rule in list("x-kubernetes-validations", object, path) {
            facts.rules.append(.init(rule: rule["rule"]?.string ?? "", message: rule["message"]?.string ?? "", json: rule))
        }
    }

    private mutating func readStructure(_ object: JSONObject, _ path: String, _ depth: Int, _ facts: inout StructuralSchema.Facts) {
        if let properties = value("properties", object) {
            if case .object(let members) = properties {
                for member in members {
                    let schema = schema(member.value, at: "\(path).properties[\(member.key)]", depth: depth + 1)
                    facts.properties.append(.init(name: member.key, schema: schema))
                }
            } else {
                mistyped("properties", properties, "object", path)
            }
        }
        // A list of schemas is told of by the OpenAPI rules.
        if let items = value("items", object), items.array == nil { facts.items = schema(items, at: "\(path).items", depth: depth + 1) }
        switch value("additionalProperties", object) {
        case nil: break
        case .bool(let allows): facts.additional = allows ? .any : .refused
        case .some(let json): facts.additional = .schema(schema(json, at: "\(path).additionalProperties", depth: depth + 1))
        }
    }

    private mutating func checks(_ object: JSONObject, _ path: String, _ depth: Int) -> StructuralSchema.Checks {
        var checks = StructuralSchema.Checks()
        checks.format = text("format", object, path)
        (checks.minimum, checks.maximum) = (number("minimum", object, path), number("maximum", object, path))
        checks.isMinimumExclusive = flag("exclusiveMinimum", object, path)
        checks.isMaximumExclusive = flag("exclusiveMaximum", object, path)
        checks.multipleOf = number("multipleOf", object, path)
        (checks.minLength, checks.maxLength) = (count("minLength", object, path), count("maxLength", object, path))
        (checks.minItems, checks.maxItems) = (count("minItems", object, path), count("maxItems", object, path))
        (checks.minProperties, checks.maxProperties) = (count("minProperties", object, path), count("maxProperties", object, path))
        checks.itemsAreUnique = flag("uniqueItems", object, path)
        checks.required = texts("required", object, path)
        checks.allowed = list("enum", object, path)
        checks.pattern = pattern(object, path)
        checks.allOf = schemas("allOf", object, path, depth)
        checks.anyOf = schemas("anyOf", object, path, depth)
        checks.oneOf = schemas("oneOf", object, path, depth)
        if let not = value("not", object) { checks.not = schema(not, at: "\(path).not", depth: depth + 1) }
        return checks
    }

    private mutating func pattern(_ object: JSONObject, _ path: String) -> TextPattern? {
        let text = text("pattern", object, path)
        guard !text.isEmpty else { return nil }
        do throws(TextPatternError) {
            return try TextPattern(text)
        } catch {
            errors.invalid("\(path).pattern", .string(text), "must be a valid regular expression, but isn't: \(error.message)")
            return nil
        }
    }

    // MARK: Members by type

    private func value(_ name: String, _ object: JSONObject) -> JSONValue? { object[name].flatMap { $0.isNull ? nil : $0 } }

    private mutating func mistyped(_ name: String, _ value: JSONValue, _ type: String, _ path: String) {
        errors.typeInvalid("\(path).\(name)", .string(value.goKind), "must be of type \(type)")
    }

    private mutating func text(_ name: String, _ object: JSONObject, _ path: String) -> String {
        guard let value = value(name, object) else { return "" }
        if value.string == nil { mistyped(name, value, "string", path) }
        return value.string ?? ""
    }

    private mutating func flag(_ name: String, _ object: JSONObject, _ path: String) -> Bool {
        guard let value = value(name, object) else { return false }
        if value.bool == nil { mistyped(name, value, "boolean", path) }
        return value.bool ?? false
    }

    private mutating func number(_ name: String, _ object: JSONObject, _ path: String) -> JSONValue? {
        guard let value = value(name, object) else { return nil }
        guard value.double != nil else {
            mistyped(name, value, "number", path)
            return nil
        }
        return value
    }

    private mutating func count(_ name: String, _ object: JSONObject, _ path: String) -> Int64? {
        guard let value = value(name, object) else { return nil }
        guard let count = value.int else {
            mistyped(name, value, "integer", path)
            return nil
        }
        return count
    }

    private mutating func list(_ name: String, _ object: JSONObject, _ path: String) -> [JSONValue] {
        guard let value = value(name, object) else { return [] }
        if value.array == nil { mistyped(name, value, "array", path) }
        return value.array ?? []
    }

    private mutating func texts(_ name: String, _ object: JSONObject, _ path: String) -> [String] {
        let elements = list(name, object, path)
        for element in elements where element.string == nil { mistyped(name, element, "string", path) }
        return elements.compactMap(\.string)
    }

    private mutating func schemas(_ name: String, _ object: JSONObject, _ path: String, _ depth: Int) -> [StructuralSchema] {
        var schemas: [StructuralSchema] = []
        for (index, json) in list(name, object, path).enumerated() {
            schemas.append(schema(json, at: "\(path).\(name)[\(index)]", depth: depth + 1))
        }
        return schemas
    }
}
