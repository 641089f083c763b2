// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What makes a schema structural: every place has one type, said outside of the logic (allOf, anyOf, oneOf, not).
///
/// - Source: `ValidateStructural`, k8s.io/apiextensions-apiserver pkg/apiserver/schema/validation.go and complete.go
struct StructureRules {
    private var errors = FieldErrors()

    private enum Level { case root, item, field }

    static func causes(_ schema: StructuralSchema, at path: String) -> [APIError.Cause] {
        var rules = StructureRules()
        rules.checkInvariants(schema, .root, path)
        rules.checkCompleteness(schema.facts.checks, schema, path, path)
        return rules.errors.causes.sorted { "\($0.field): \($0.message)" < "\($1.field): \($1.message)" }
    }

    private mutating func checkInvariants(_ schema: StructuralSchema, _ level: Level, _ path: String) {
        let facts = schema.facts
        if facts.type == "array", facts.items == nil { errors.required("\(path).items", "must be specified") }
        if let items = facts.items { checkInvariants(items, .item, "\(path).items") }
        for property in facts.properties { checkInvariants(property.schema, .field, "\(path).properties[\(property.name)]") }
        if facts.additional != nil {
            if level == .root { errors.forbidden("\(path).additionalProperties", "must not be used at the root") }
            if let additional = schema.additional { checkInvariants(additional, .field, "\(path).additionalProperties") }
        }
        checkExtensions(facts, path)
        checkNested(facts.checks, path, skippingAnyOf: isIntOrString(facts.checks.anyOf), skippingFirstOfAll: isIntOrStringInAllOf(facts.checks))
        checkType(facts, level, path)
        checkMetadata(schema, level, path)
        if facts.isEmbeddedResource, !facts.preservesUnknownFields, facts.properties.isEmpty {
            errors.required(
                "\(path).properties",
                "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields")
        }
    }

    private mutating func checkExtensions(_ facts: StructuralSchema.Facts, _ path: String) {
        guard facts.isIntOrString else { return }
        if facts.preservesUnknownFields {
            errors.invalid("\(path).x-kubernetes-preserve-unknown-fields", true, "must be false if x-kubernetes-int-or-string is true")
        }
        if facts.isEmbeddedResource {
            errors.invalid("\(path).x-kubernetes-embedded-resource", true, "must be false if x-kubernetes-int-or-string is true")
        }
    }

    private mutating func checkType(_ facts: StructuralSchema.Facts, _ level: Level, _ path: String) {
        if facts.isEmbeddedResource, facts.type != "object" {
            let why = "must be object if x-kubernetes-embedded-resource is true"
            if facts.type.isEmpty { errors.required("\(path).type", why) } else { errors.invalid("\(path).type", .string(facts.type), why) }
        } else if facts.type.isEmpty, !facts.isIntOrString, !facts.preservesUnknownFields {
            switch level {
            case .root: errors.required("\(path).type", "must not be empty at the root")
            case .item: errors.required("\(path).type", "must not be empty for specified array items")
            case .field: errors.required("\(path).type", "must not be empty for specified object fields")
            }
        }
        if facts.isEmbeddedResource, facts.additional != nil {
            errors.forbidden("\(path).additionalProperties", "must not be used if x-kubernetes-embedded-resource is set")
        }
        if level == .root, !facts.type.isEmpty, facts.type != "object" {
            errors.invalid("\(path).type", .string(facts.type), "must be object at the root")
        }
    }

    /// At the root, metadata may only restrict names.
    private mutating func checkMetadata(_ schema: StructuralSchema, _ level: Level, _ path: String) {
        guard level == .root || schema.isEmbeddedResource else { return }
        for name in ["kind", "apiVersion"] {
            if let field = schema.child(named: name), field.type != "string" {
                errors.invalid("\(path).properties[\(name)].type", .string(field.type), "must be string")
            }
        }
        guard let metadata = schema.child(named: "metadata") else { return }
        let metadataPath = "\(path).properties[metadata]"
        if metadata.type != "object" { errors.invalid("\(metadataPath).type", .string(metadata.type), "must be object") }
        guard level == .root else { return }
        let facts = metadata.facts
        let others = facts.properties.contains { $0.name != "name" && $0.name != "generateName" }
        let says = !facts.description.isEmpty || !facts.title.isEmpty || facts.isNullable || facts.items != nil || facts.additional != nil
        let extends =
            facts.preservesUnknownFields || facts.isEmbeddedResource || facts.isIntOrString || facts.listType != nil || !facts.mapType.isEmpty
            || !facts.listMapKeys.isEmpty || !facts.rules.isEmpty
        if others || says || extends || !facts.checks.isEmpty {
            errors.forbidden(
                metadataPath, "must not specify anything other than name and generateName, but metadata is implicitly specified")
        }
    }

    // MARK: Logic

    private mutating func checkNested(_ checks: StructuralSchema.Checks, _ path: String, skippingAnyOf: Bool, skippingFirstOfAll: Bool) {
        if !skippingAnyOf {
            for (index, schema) in checks.anyOf.enumerated() { checkNested(schema, "\(path).anyOf[\(index)]") }
        }
        for (index, schema) in checks.allOf.enumerated() {
            checkNested(schema, "\(path).allOf[\(index)]", skippingAnyOf: skippingFirstOfAll && index == 0)
        }
        for (index, schema) in checks.oneOf.enumerated() { checkNested(schema, "\(path).oneOf[\(index)]") }
        if let not = checks.not { checkNested(not, "\(path).not") }
    }

    private mutating func checkNested(_ schema: StructuralSchema, _ path: String, skippingAnyOf: Bool = false) {
        let facts = schema.facts
        checkNested(facts.checks, path, skippingAnyOf: skippingAnyOf, skippingFirstOfAll: false)
        if let items = facts.items { checkNested(items, "\(path).items") }
        for property in facts.properties { checkNested(property.schema, "\(path).properties[\(property.name)]") }
        let faults: [(Bool, String, String)] = [
            (!facts.type.isEmpty, "type", "must be empty to be structural"),
            (facts.additional != nil, "additionalProperties", "must be undefined to be structural"),
            (facts.defaultValue != nil, "default", "must be undefined to be structural"),
            (!facts.title.isEmpty, "title", "must be empty to be structural"),
            (!facts.description.isEmpty, "description", "must be empty to be structural"),
            (facts.isNullable, "nullable", "must be false to be structural"),
            (facts.preservesUnknownFields, "x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
            (facts.isEmbeddedResource, "x-kubernetes-embedded-resource", "must be false to be structural"),
            (facts.isIntOrString, "x-kubernetes-int-or-string", "must be false to be structural"),
            (!facts.listMapKeys.isEmpty, "x-kubernetes-list-map-keys", "must be empty to be structural"),
            (facts.listType != nil, "x-kubernetes-list-type", "must be undefined to be structural"),
            (!facts.mapType.isEmpty, "x-kubernetes-map-type", "must be undefined to be structural"),
            (!facts.rules.isEmpty, "x-kubernetes-validations", "must be empty to be structural"),
        ]
        for (isFault, name, why) in faults where isFault { errors.forbidden("\(path).\(name)", why) }
        if schema.child(named: "metadata") != nil {
            errors.forbidden("\(path).properties[metadata]", "must not be specified in a nested context")
        }
    }

    /// `anyOf` of an integer and a string, which may name types.
    private func isIntOrString(_ schemas: [StructuralSchema]) -> Bool {
        schemas.count == 2 && schemas[0].isMerely("integer") && schemas[1].isMerely("string")
    }

    private func isIntOrStringInAllOf(_ checks: StructuralSchema.Checks) -> Bool {
        checks.allOf.first.map { isIntOrString($0.facts.checks.anyOf) } ?? false
    }

    // MARK: Completeness

    /// Each field that the logic names has to be declared outside of it.
    private mutating func checkCompleteness(_ checks: StructuralSchema.Checks, _ schema: StructuralSchema, _ path: String, _ logic: String) {
        if let not = checks.not { checkCompleteness(not, schema, path, "\(logic).not") }
        for (name, schemas) in [("allOf", checks.allOf), ("anyOf", checks.anyOf), ("oneOf", checks.oneOf)] {
            for (index, nested) in schemas.enumerated() { checkCompleteness(nested, schema, path, "\(logic).\(name)[\(index)]") }
        }
    }

    private mutating func checkCompleteness(_ nested: StructuralSchema, _ schema: StructuralSchema?, _ path: String, _ logic: String) {
        guard let schema else { return errors.required(path, "because it is defined in \(logic)") }
        checkCompleteness(nested.facts.checks, schema, path, logic)
        if let items = nested.items { checkCompleteness(items, schema.items, "\(path).items", "\(logic).items") }
        for property in nested.facts.properties {
            let step = ".properties[\(property.name)]"
            checkCompleteness(property.schema, schema.child(named: property.name), path + step, logic + step)
        }
    }
}

extension StructuralSchema {
    /// Says nothing but its type.
    fileprivate func isMerely(_ type: String) -> Bool {
        facts.type == type && facts.properties.isEmpty && facts.items == nil && facts.additional == nil && facts.checks.isEmpty
            && facts.description.isEmpty && facts.title.isEmpty && facts.defaultValue == nil && !facts.isNullable
    }
}

extension StructuralSchema.Checks {
    var isEmpty: Bool {
        format.isEmpty && minimum == nil && maximum == nil && multipleOf == nil && minLength == nil && maxLength == nil && pattern == nil
            && minItems == nil && maxItems == nil && !itemsAreUnique && minProperties == nil && maxProperties == nil && required.isEmpty
            && allowed.isEmpty && allOf.isEmpty && anyOf.isEmpty && oneOf.isEmpty && not == nil
    }
}
