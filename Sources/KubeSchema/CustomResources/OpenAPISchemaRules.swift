// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a definition's schema may say, as JSON: keywords that are refused, lists and maps that are told how to be merged.
///
/// - Source: `ValidateCustomResourceDefinitionOpenAPISchema`, k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go
struct OpenAPISchemaRules {
    private(set) var errors = FieldErrors()

    /// What the places above say about this one.
    struct Scope {
        var isRoot = false
        var isInsideMetadata = false
        /// Why no default may stand here; nil where one may.
        var forbiddenDefaults: String?

        var child: Scope { Scope(isInsideMetadata: isInsideMetadata, forbiddenDefaults: forbiddenDefaults) }
    }

    private static let types = ["array", "boolean", "integer", "number", "object", "string"]

    /// - Parameter schema: Known to have members of the right types, and to be of bounded depth.
    mutating func check(_ schema: JSONObject, at path: String, scope: Scope) {
        checkKeywords(schema, path, scope)
        if schema["uniqueItems"] == true {
            errors.forbidden("\(path).uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic")
        }
        checkProperties(schema, path, scope)
        if let not = schema["not"]?.object { check(not, at: "\(path).not", scope: scope.child) }
        for name in ["allOf", "oneOf", "anyOf"] {
            for (index, json) in (schema[name]?.array ?? []).enumerated() {
                check(json.object ?? [:], at: "\(path).\(name)[\(index)]", scope: scope.child)
            }
        }
        if let items = schema["items"]?.object { check(items, at: "\(path).items", scope: scope.child) }
        if schema["x-kubernetes-preserve-unknown-fields"] == false {
            errors.invalid("\(path).x-kubernetes-preserve-unknown-fields", false, "must be true or undefined")
        }
        var merging = MergeRules(schema: schema, path: path)
        merging.check()
        errors.append(merging.errors)
        checkRules(schema, path)
    }

    private mutating func checkKeywords(_ schema: JSONObject, _ path: String, _ scope: Scope) {
        let type = schema["type"]?.string ?? ""
        if !type.isEmpty, !Self.types.contains(type) { errors.unsupported("\(path).type", .string(type), supported: Self.types) }
        if let reason = scope.forbiddenDefaults, let value = schema["default"], !value.isNull {
            errors.forbidden("\(path).default", "must not be set \(reason)")
        }
        if !(schema["id"]?.string ?? "").isEmpty { errors.forbidden("\(path).id", "id is not supported") }
        for name in ["additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] {
            guard let value = schema[name], !value.isNull, value.object?.isEmpty != true || name == "additionalItems" else { continue }
            errors.forbidden("\(path).\(name)", "\(name) is not supported")
        }
        if type == "null" { errors.forbidden("\(path).type", "type cannot be set to null, use nullable as an alternative") }
        if schema["items"]?.array != nil { errors.forbidden("\(path).items", "items must be a schema object and not an array") }
        if scope.isRoot, schema["nullable"] == true { errors.forbidden("\(path).nullable", "nullable cannot be true at the root") }
        if scope.isInsideMetadata, schema["x-kubernetes-embedded-resource"] == true {
            errors.forbidden("\(path).x-kubernetes-embedded-resource", "must not be used inside of resource meta")
        }
    }

    private mutating func checkProperties(_ schema: JSONObject, _ path: String, _ scope: Scope) {
        let properties = schema["properties"]?.object ?? [:]
        if let additional = schema["additionalProperties"], !additional.isNull {
            if !properties.isEmpty, additional != true {
                errors.forbidden("\(path).additionalProperties", "additionalProperties and properties are mutual exclusive")
            }
            var inner = scope.child
            if scope.isInsideMetadata { inner.forbiddenDefaults = "inside additionalProperties applying to object metadata" }
            if let object = additional.object { check(object, at: "\(path).additionalProperties", scope: inner) }
        }
        let isResource = scope.isRoot || schema["x-kubernetes-embedded-resource"] == true
        for property in properties {
            var inner = scope.child
            if isResource, ["metadata", "kind", "apiVersion"].contains(property.key) {
                inner.isInsideMetadata = true
                if scope.isRoot { inner.forbiddenDefaults = "in top-level \(property.key)" }
            }
            check(property.value.object ?? [:], at: "\(path).properties[\(property.key)]", scope: inner)
        }
    }

    /// The shape of rules in CEL; what they say is not looked at.
    private mutating func checkRules(_ schema: JSONObject, _ path: String) {
        for (index, rule) in (schema["x-kubernetes-validations"]?.array ?? []).enumerated() {
            let place = "\(path).x-kubernetes-validations[\(index)]"
            let text = rule["rule"]?.string ?? ""
            let message = rule["message"]?.string ?? ""
            if text.allSatisfy(\.isWhitespace) {
                errors.required("\(place).rule", "rule is not specified")
            } else if !message.isEmpty, message.allSatisfy(\.isWhitespace) {
                errors.invalid("\(place).message", .string(message), "message must be non-empty if specified")
            } else if message.contains(where: \.isNewline) {
                errors.invalid("\(place).message", .string(message), "message must not contain line breaks")
            } else if text.contains(where: \.isNewline), message.isEmpty {
                errors.required("\(place).message", "message must be specified if rule contains line breaks")
            }
        }
    }
}
