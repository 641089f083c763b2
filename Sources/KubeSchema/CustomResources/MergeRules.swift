// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a schema says about merging (`x-kubernetes-list-type`, `x-kubernetes-list-map-keys`, `x-kubernetes-map-type`) has to fit its types.
///
/// - Source: `ValidateCustomResourceDefinitionOpenAPISchema`, `validateMapListKeysMapSet`, k8s.io/apiextensions-apiserver
struct MergeRules {
    let schema: JSONObject
    let path: String
    private(set) var errors = FieldErrors()

    init(schema: JSONObject, path: String) {
        self.schema = schema
        self.path = path
    }

    private var type: String { schema["type"]?.string ?? "" }
    private var listType: String? { schema["x-kubernetes-list-type"]?.string }
    private var keys: [String] { schema["x-kubernetes-list-map-keys"]?.array?.compactMap(\.string) ?? [] }
    private var items: JSONObject? { schema["items"]?.object }

    mutating func check() {
        if let mapType = schema["x-kubernetes-map-type"]?.string {
            checkType("object", "must be object if x-kubernetes-map-type is specified")
            if mapType != "atomic", mapType != "granular" {
                errors.unsupported("\(path).x-kubernetes-map-type", .string(mapType), supported: ["atomic", "granular"])
            }
        }
        if let listType {
            checkType("array", "must be array if x-kubernetes-list-type is specified")
            if type == "array", listType == "set" { checkItemsOfSet() }
            if !["atomic", "set", "map"].contains(listType) {
                errors.unsupported("\(path).x-kubernetes-list-type", .string(listType), supported: ["atomic", "set", "map"])
            }
        }
        if !keys.isEmpty, listType != "map" {
            let why = "must be map if x-kubernetes-list-map-keys is non-empty"
            let place = "\(path).x-kubernetes-list-type"
            if let listType { errors.invalid(place, .string(listType), why) } else { errors.required(place, why) }
        }
        if listType == "map" { checkMap() }
        if listType == "set" || listType == "map" { checkIdentity() }
    }

    private mutating func checkType(_ wanted: String, _ why: String) {
        if type.isEmpty {
            errors.required("\(path).type", why)
        } else if type != wanted {
            errors.invalid("\(path).type", .string(type), why)
        }
    }

    /// What a set holds is compared as a whole.
    private mutating func checkItemsOfSet() {
        guard let items else { return }
        let why = "must be atomic as item of a list with x-kubernetes-list-type=set"
        let (list, map) = (items["x-kubernetes-list-type"]?.string, items["x-kubernetes-map-type"]?.string)
        switch items["type"]?.string {
        case "array":
            if let list, list != "atomic" { errors.invalid("\(path).items.x-kubernetes-list-type", .string(list), why) }
        case "object":
            if map != "atomic" { errors.invalid("\(path).items.x-kubernetes-map-type", map.map { .string($0) }, why) }
        default: break
        }
    }

    private mutating func checkMap() {
        if keys.isEmpty { errors.required("\(path).x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map") }
        guard let items else {
            if schema["items"]?.array == nil { errors.required("\(path).items", "must have a schema if x-kubernetes-list-type is map") }
            return
        }
        let itemType = items["type"]?.string ?? ""
        guard itemType == "object" else {
            return errors.invalid("\(path).items.type", .string(itemType), "must be object if parent array's x-kubernetes-list-type is map")
        }
        var seen: Set<String> = []
        for key in keys {
            if let property = items["properties"]?[key] {
                if ["array", "object"].contains(property["type"]?.string) {
                    errors.invalid(
                        "\(path).items.properties[\(key)].type", .string(itemType),
                        "must be a scalar type if parent array's x-kubernetes-list-type is map")
                }
            } else {
                errors.invalid("\(path).x-kubernetes-list-map-keys", JSONValue(keys), "entries must all be names of item properties")
            }
            if !seen.insert(key).inserted {
                errors.invalid("\(path).x-kubernetes-list-map-keys", JSONValue(keys), "must not contain duplicate entries")
            }
        }
    }

    /// Elements of sets and maps are there, and their keys are known.
    private mutating func checkIdentity() {
        guard let items, let listType else { return }
        if items["nullable"] == true {
            errors.forbidden("\(path).items.nullable", "cannot be nullable when x-kubernetes-list-type is \(listType)")
        }
        guard listType == "map" else { return }
        let required = Set(items["required"]?.array?.compactMap(\.string) ?? [])
        for key in keys {
            guard let property = items["properties"]?[key] else { continue }
            let place = "\(path).items.properties[\(key)]"
            if !required.contains(key), property["default"]?.isNull ?? true {
                errors.required(
                    "\(place).default",
                    "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property")
            }
            if property["nullable"] == true {
                errors.forbidden("\(place).nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable")
            }
        }
    }
}
