// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One step on the way to a field.
package enum FieldPathElement: Sendable {
    /// A member of an object.
    case field(String)
    /// The element of a list whose key fields have these values.
    case key(JSONObject)
    /// The element of a set.
    case value(JSONValue)
    /// The element at a place. Read and kept, but no list of ours is owned by places.
    case index(Int)
}

extension FieldPathElement: Hashable, Comparable {
    package static func == (left: Self, right: Self) -> Bool { left.order(right) == 0 }
    package static func < (left: Self, right: Self) -> Bool { left.order(right) < 0 }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .field(let name): hasher.combine(name)
        case .key(let key): key.hashByValue(into: &hasher)
        case .value(let value): value.hashByValue(into: &hasher)
        case .index(let index): hasher.combine(index)
        }
    }

    /// Fields come first, then keys, values and places.
    ///
    /// - Source: `PathElement.Compare`, structured-merge-diff fieldpath/element.go
    func order(_ other: Self) -> Int {
        switch (self, other) {
        case (.field(let left), .field(let right)): left.byteOrder(right)
        case (.key(let left), .key(let right)): left.order(right)
        case (.value(let left), .value(let right)): left.order(right)
        case (.index(let left), .index(let right)): left < right ? -1 : left > right ? 1 : 0
        default: rank - other.rank
        }
    }

    private var rank: Int {
        switch self {
        case .field: 0
        case .key: 1
        case .value: 2
        case .index: 3
        }
    }
}

extension FieldPathElement: CustomStringConvertible {
    /// As conflicts name it: `.spec`, `[name="a"]`, `[="x"]`, `[3]`.
    package var description: String {
        switch self {
        case .field(let name): ".\(name)"
        case .key(let key): "[" + key.map { "\($0.key)=\($0.value.encodedText)" }.joined(separator: ",") + "]"
        case .value(let value): "[=\(value.encodedText)]"
        case .index(let index): "[\(index)]"
        }
    }
}

extension FieldPathElement {
    /// As it stands in `fieldsV1`: `f:spec`, `k:{"name":"a"}`, `v:"x"`, `i:3`.
    var fieldsV1Key: String {
        switch self {
        case .field(let name): "f:\(name)"
        case .key(let key): "k:\(JSONValue.object(key).encodedText)"
        case .value(let value): "v:\(value.encodedText)"
        case .index(let index): "i:\(index)"
        }
    }

    /// Reads a key of `fieldsV1`; nil for a kind of step that a later version may know.
    ///
    /// - Source: `DeserializePathElement`, structured-merge-diff fieldpath/serialize-pe.go
    static func parse(fieldsV1Key text: String) throws(FieldsV1Error) -> FieldPathElement? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 2 else { throw FieldsV1Error("key must be 2 characters long: \(text)") }
        guard bytes[1] == UInt8(ascii: ":") else { throw FieldsV1Error("missing colon: \(text)") }
        let rest = String(decoding: bytes.dropFirst(2), as: UTF8.self)
        switch bytes[0] {
        case UInt8(ascii: "f"): return .field(rest)
        case UInt8(ascii: "k"):
            guard case .object(let key) = try json(rest, in: text) else { throw FieldsV1Error("not an object: \(text)") }
            return .key(key)
        case UInt8(ascii: "v"): return .value(try json(rest, in: text))
        case UInt8(ascii: "i"):
            guard let index = Int(rest) else { throw FieldsV1Error("not a number: \(text)") }
            return .index(index)
        default: return nil
        }
    }

    private static func json(_ text: String, in key: String) throws(FieldsV1Error) -> JSONValue {
        do { return try JSONValue.parse(text) } catch { throw FieldsV1Error("\(error.message) at byte \(error.offset + 2): \(key)") }
    }
}

/// A `fieldsV1` that cannot be read.
package struct FieldsV1Error: Error, Sendable, Hashable {
    package var message: String

    init(_ message: String) { self.message = message }
}
