// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension StructuralSchema {
    /// A custom resource without the fields that its schema does not know, and where those stood.
    ///
    /// `apiVersion`, `kind` and `metadata` always stay; metadata keeps the fields of ObjectMeta, written as upstream writes them. A field
    /// of metadata that cannot be read is dropped without a word: `metadata(_:)` tells of it beforehand.
    ///
    /// - Returns: `unknown` in the order of the fields: `spec.containers[0].imag`.
    /// - Source: `PruneWithOptions`, k8s.io/apiextensions-apiserver pkg/apiserver/schema/pruning/algorithm.go; `CoerceWithOptions`, objectmeta
    package func pruned(_ object: JSONObject) -> (JSONObject, unknown: [String]) {
        var pruner = Pruner()
        let result = pruner.pruned(.object(object), self, isResource: true)
        return (result.object ?? object, pruner.unknown)
    }

    /// The same for a definition that preserves unknown fields: only metadata and embedded resources are looked at.
    package static func prunedPreservingUnknownFields(_ object: JSONObject, schema: StructuralSchema?) -> (JSONObject, unknown: [String]) {
        var pruner = Pruner()
        pruner.preservesAll = true
        let result = pruner.pruned(.object(object), schema ?? StructuralSchema(Facts()), isResource: true)
        return (result.object ?? object, pruner.unknown)
    }

    /// An object's metadata as ObjectMeta is written, and the names that ObjectMeta does not have.
    package static func metadata(_ json: JSONValue) throws(SchemaDecodingError) -> (JSONValue, unknown: [String]) {
        guard let type = KubeSchema.builtIn.type(named: "meta/v1.ObjectMeta") else { return (json, []) }
        var decoder = SchemaDecoder(schema: .builtIn)
        let result = try decoder.decode(json, as: type)
        return (result, decoder.unknownFields)
    }
}

struct Pruner {
    private(set) var unknown: [String] = []
    /// Nothing but metadata is pruned.
    var preservesAll = false
    private var path = SchemaTrail()

    /// - Parameter schema: Nil where nothing is known: then no member of an object stays.
    /// - Parameter preserving: What is not known stays; so it is for the elements of a list that preserves unknown fields.
    mutating func pruned(_ json: JSONValue, _ schema: StructuralSchema?, isResource: Bool, preserving: Bool = false) -> JSONValue {
        let preserving = preserving || schema?.preservesUnknownFields ?? false
        if preserving, schema == nil { return json }
        switch json {
        case .object(let object):
            return .object(pruned(object, schema, isResource: isResource || schema?.isEmbeddedResource ?? false, preserving: preserving))
        case .array(let elements):
            var result: [JSONValue] = []
            result.reserveCapacity(elements.count)
            for (index, element) in elements.enumerated() {
                path.push(index)
                result.append(pruned(element, schema?.items, isResource: false, preserving: preserving))
                path.pop()
            }
            return .array(result)
        default: return json
        }
    }

    private mutating func pruned(_ object: JSONObject, _ schema: StructuralSchema?, isResource: Bool, preserving: Bool) -> JSONObject {
        var result: [JSONObject.Member] = []
        result.reserveCapacity(object.count)
        for member in object {
            path.push(member.key)
            if let value = kept(member, schema, isResource, preserving) { result.append(.init(member.key, value)) }
            path.pop()
        }
        return JSONObject(unsorted: result)
    }

    /// The member's value as it stays; nil where it goes.
    private mutating func kept(_ member: JSONObject.Member, _ schema: StructuralSchema?, _ isResource: Bool, _ preserving: Bool) -> JSONValue? {
        if isResource, member.key == "metadata" { return metadata(member.value) }
        if isResource, member.key == "apiVersion" || member.key == "kind" { return member.value }
        if let property = schema?.child(named: member.key) { return pruned(member.value, property, isResource: false) }
        switch schema?.facts.additional {
        case .schema(let additional): return pruned(member.value, additional, isResource: false)
        case .any, .refused: return preservesAll ? member.value : pruned(member.value, nil, isResource: false)
        case nil:
            if preservesAll || preserving { return member.value }
            unknown.append(path.text)
            return nil
        }
    }

    private mutating func metadata(_ json: JSONValue) -> JSONValue? {
        if let (value, names) = try? StructuralSchema.metadata(json) {
            unknown += names.map { "\(path.text).\($0)" }
            return value
        }
        guard case .object(let object) = json else { return nil }
        // Field by field, what can be read.
        var result = JSONObject()
        for member in object {
            guard let (value, names) = try? StructuralSchema.metadata(.object([member.key: member.value])) else { continue }
            unknown += names.map { "\(path.text).\($0)" }
            if let kept = value[member.key] { result[member.key] = kept }
        }
        return .object(result)
    }
}
