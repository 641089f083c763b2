// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Reads a JSON tree as the typed object it stands for, and answers the tree that the typed object is written as: unknown
/// fields gone, nulls and empty values left out or spelled out as the field asks, quantities and times in their one form.
///
/// - Source: `sigs.k8s.io/json` and `encoding/json` on the types of k8s.io/api
package struct SchemaDecoder {
    package let schema: KubeSchema
    /// Paths of fields that the schema does not know: `spec.containers[0].imag`; the first hundred.
    /// - Source: `saveStrictError`, sigs.k8s.io/json internal/golang/encoding/json/kubernetes_patch.go
    package private(set) var unknownFields: [String] = []
    /// Where we are; pushed and popped on the way, so that a path costs nothing until it is told.
    private var steps: [Step] = []

    private enum Step {
        case field(String)
        case index(Int)
    }

    package init(schema: KubeSchema) { self.schema = schema }

    /// `json` as an object of `type`.
    package mutating func decode(_ json: JSONValue, as type: SchemaType) throws(SchemaDecodingError) -> JSONValue {
        switch json {
        case .object(let object): return .object(try decode(object, as: type))
        case .null: return .object(try decode(JSONObject(), as: type))
        default: throw SchemaDecodingError("json: cannot unmarshal \(json.goKind) into Go value of type \(type.goName)")
        }
    }

    private mutating func decode(_ object: JSONObject, as type: SchemaType) throws(SchemaDecodingError) -> JSONObject {
        var result: [JSONObject.Member] = []
        result.reserveCapacity(object.count)
        var place = 0
        let members = object.members
        // Both sides are in the order of their names.
        for field in type.fields {
            while place < members.count, members[place].key.utf8.lexicographicallyPrecedes(field.name.utf8) {
                noteUnknown(members[place].key)
                place += 1
            }
            var given: JSONValue?
            if place < members.count, members[place].key == field.name {
                given = members[place].value
                place += 1
            }
            steps.append(.field(field.name))
            let value = try decode(given, field, in: type)
            steps.removeLast()
            if let value { result.append(JSONObject.Member(field.name, value)) }
        }
        for member in members[place...] { noteUnknown(member.key) }
        return JSONObject(unsorted: result)
    }

    private mutating func noteUnknown(_ name: String) {
        guard unknownFields.count < 100 else { return }
        steps.append(.field(name))
        unknownFields.append(path)
        steps.removeLast()
    }

    /// What is written for the field; nil where nothing is.
    private mutating func decode(_ given: JSONValue?, _ field: SchemaField, in type: SchemaType) throws(SchemaDecodingError) -> JSONValue? {
        guard let given, !given.isNull else { return field.isPointer ? nil : try zero(of: field, in: type) }
        let value = try self.value(given, field.type, in: type)
        if field.isPointer || field.isAlwaysWritten { return value }
        if case .map = field.type, value.object?.isEmpty ?? false { return nil }
        return value.isGoEmpty ? nil : value
    }

    /// What a field that is not given is written as, unless it is a pointer.
    private mutating func zero(of field: SchemaField, in type: SchemaType) throws(SchemaDecodingError) -> JSONValue? {
        // A struct is never empty for Go's encoder.
        if case .message(let id) = field.type { return .object(try decode(JSONObject(), as: schema[id])) }
        return field.type.plainZero(isAlwaysWritten: field.isAlwaysWritten, inObjectMeta: type.name == "meta/v1.ObjectMeta")
    }

    private mutating func value(_ json: JSONValue, _ fieldType: FieldType, in type: SchemaType) throws(SchemaDecodingError) -> JSONValue {
        switch fieldType {
        case .any: return json
        case .message(let id):
            guard case .object(let object) = json else { throw mismatch(json, fieldType, type) }
            return .object(try decode(object, as: schema[id]))
        case .list(let element), .wrapped(let element):
            guard case .array(let elements) = json else { throw mismatch(json, fieldType, type) }
            return .array(try list(elements, element, in: type))
        case .map(let element):
            guard case .object(let object) = json else { throw mismatch(json, fieldType, type) }
            var members: [JSONObject.Member] = []
            members.reserveCapacity(object.count)
            for member in object { members.append(JSONObject.Member(member.key, try self.element(member.value, element, in: type))) }
            return .object(JSONObject(unsorted: members))
        case .string:
            guard case .string = json else { throw mismatch(json, fieldType, type) }
            return json
        case .bool:
            guard case .bool = json else { throw mismatch(json, fieldType, type) }
            return json
        case .int32, .int64: return try integer(json, fieldType, type)
        case .float64:
            guard json.double != nil else { throw mismatch(json, fieldType, type) }
            return json
        default: return try special(json, fieldType, type)
        }
    }

    private mutating func list(_ elements: [JSONValue], _ element: FieldType, in type: SchemaType) throws(SchemaDecodingError) -> [JSONValue] {
        var result: [JSONValue] = []
        result.reserveCapacity(elements.count)
        for (index, json) in elements.enumerated() {
            steps.append(.index(index))
            result.append(try self.element(json, element, in: type))
            steps.removeLast()
        }
        return result
    }

    /// A null in a list or map is the zero value.
    private mutating func element(_ json: JSONValue, _ element: FieldType, in type: SchemaType) throws(SchemaDecodingError) -> JSONValue {
        guard json.isNull else { return try value(json, element, in: type) }
        var field = SchemaField(name: "", type: element)
        field.isAlwaysWritten = true
        return try zero(of: field, in: type) ?? .null
    }

    private func integer(_ json: JSONValue, _ fieldType: FieldType, _ type: SchemaType) throws(SchemaDecodingError) -> JSONValue {
        guard case .integer(let value) = json, fieldType == .int64 || Int32(exactly: value) != nil else { throw mismatch(json, fieldType, type) }
        return json
    }

    // MARK: Errors

    private func mismatch(_ json: JSONValue, _ fieldType: FieldType, _ type: SchemaType) -> SchemaDecodingError {
        SchemaDecodingError(
            "json: cannot unmarshal \(json.goKind(for: fieldType)) into Go struct field \(context(in: type)) of type \(fieldType.goName(in: schema))")
    }

    /// `DeploymentSpec.spec.replicas`, as Go names a field: without places in lists.
    func context(in type: SchemaType) -> String {
        let names = steps.compactMap { if case .field(let name) = $0 { name } else { nil } }
        return ([type.shortName] + names).joined(separator: ".")
    }

    private var path: String {
        var path = ""
        for step in steps {
            switch step {
            case .field(let name): path += path.isEmpty ? name : ".\(name)"
            case .index(let index): path += "[\(index)]"
            }
        }
        return path
    }
}

extension FieldType {
    /// What Go's encoder writes for a field that is no message and no pointer and was not given; nil where it writes nothing.
    /// - Parameter inObjectMeta: There, a zero time is left out.
    func plainZero(isAlwaysWritten: Bool, inObjectMeta: Bool) -> JSONValue? {
        switch self {
        case .time, .microTime: inObjectMeta ? nil : .null
        case .quantity: "0"
        case .intOrString: 0
        case .duration: "0s"
        case _ where !isAlwaysWritten: nil
        case .string: ""
        case .bool: false
        case .int32, .int64, .float64: 0
        case .list, .map, .wrapped, .any, .bytes, .message: .null
        }
    }
}

/// The text that Go's decoder gives, for the answer's message.
package struct SchemaDecodingError: Error, Sendable, Hashable {
    package var message: String

    init(_ message: String) { self.message = message }
}

extension JSONValue {
    /// What `omitempty` leaves out; an object may be a struct, which is never empty.
    fileprivate var isGoEmpty: Bool {
        switch self {
        case .string(let text): text.isEmpty
        case .bool(let value): !value
        case .integer(let value): value == 0
        case .number(let value): value == 0
        case .array(let elements): elements.isEmpty
        case .null: true
        case .object: false
        }
    }
}
