// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// JSON as Go writes a typed value: members in the order of the type's declaration, `<`, `>` and `&` escaped.
///
/// Annotations that upstream fills with such text then read the same, byte for byte.
struct GoText {
    let schema: KubeSchema
    private(set) var bytes: [UInt8] = []

    init(schema: KubeSchema) { self.schema = schema }

    static func text(of value: JSONValue, type: FieldType, schema: KubeSchema) -> String {
        var writer = GoText(schema: schema)
        writer.write(value, type)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private mutating func write(_ value: JSONValue, _ type: FieldType) {
        switch (value, type) {
        case (.object(let object), .message(let id)): write(declaredOrder(object, schema[id]))
        case (.object(let object), .map(let element)): write(object.members.map { ($0.key, $0.value, element) })
        case (.array(let elements), .list(let element)), (.array(let elements), .wrapped(let element)):
            bytes.append(UInt8(ascii: "["))
            for (place, value) in elements.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                write(value, element)
            }
            bytes.append(UInt8(ascii: "]"))
        case (.string(let text), _): write(text)
        default: value.encode(into: &bytes)
        }
    }

    private func declaredOrder(_ object: JSONObject, _ type: SchemaType) -> [(String, JSONValue, FieldType)] {
        type.declared.flatMap { field -> [(String, JSONValue, FieldType)] in
            if field.isInline, case .message(let id) = field.type { return declaredOrder(object, schema[id]) }
            return object[field.name].map { [(field.name, $0, field.type)] } ?? []
        }
    }

    private mutating func write(_ members: [(String, JSONValue, FieldType)]) {
        bytes.append(UInt8(ascii: "{"))
        for (place, member) in members.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            write(member.0)
            bytes.append(UInt8(ascii: ":"))
            write(member.1, member.2)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(_ text: String) {
        var plain: [UInt8] = []
        JSONValue.encode(text, into: &plain)
        for byte in plain {
            switch byte {
            case UInt8(ascii: "<"): bytes += #"\u003c"#.utf8
            case UInt8(ascii: ">"): bytes += #"\u003e"#.utf8
            case UInt8(ascii: "&"): bytes += #"\u0026"#.utf8
            default: bytes.append(byte)
            }
        }
    }
}
