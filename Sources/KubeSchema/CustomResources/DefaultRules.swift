// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Defaults have to be valid values of their schema, without unknown fields.
///
/// - Source: `ValidateDefaults`, k8s.io/apiextensions-apiserver pkg/apiserver/schema/defaulting/validation.go
struct DefaultRules {
    private var errors = FieldErrors()

    static func causes(_ schema: StructuralSchema, at path: String) -> [APIError.Cause] {
        var rules = DefaultRules()
        rules.check(schema, path, isResource: true, isInsideMetadata: false)
        return rules.errors.causes
    }

    private mutating func check(_ schema: StructuralSchema, _ path: String, isResource: Bool, isInsideMetadata: Bool) {
        let isResource = isResource || schema.isEmbeddedResource
        let isInsideMetadata = isInsideMetadata && !isResource
        if let value = schema.defaultValue {
            let place = "\(path).default"
            var pruner = Pruner()
            _ = pruner.pruned(value, schema, isResource: schema.isEmbeddedResource)
            if !isInsideMetadata, !pruner.unknown.isEmpty { errors.invalid(place, value, "must not have unknown fields") }
            errors.append(schema.causes(value, at: place))
        }
        // Defaults inside of additionalProperties are not looked at: an element that is there has its own value.
        if let items = schema.items { check(items, "\(path).items", isResource: false, isInsideMetadata: isInsideMetadata) }
        for property in schema.facts.properties {
            let isMetadata = isResource && ["metadata", "apiVersion", "kind"].contains(property.name)
            check(
                property.schema, "\(path).properties[\(property.name)]", isResource: false, isInsideMetadata: isInsideMetadata || isMetadata)
        }
    }
}
