// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Writes an OpenAPI v2 document as the messages of gnostic's `openapi.v2`, which kubectl of old reads.
///
/// Members that the messages don't have are left out, but for those whose names begin with `x-`: these travel as YAML text, of
/// which JSON is a part.
/// - Source: github.com/google/gnostic openapiv2/OpenAPIv2.proto
package struct OpenAPIV2Encoder {
    private var writer = ProtobufEncoder(layouts: noLayouts)
    /// These messages are no objects.
    private static let noLayouts = ProtobufLayouts(schema: KubeSchema())

    package static func encode(_ document: JSONValue) -> [UInt8] {
        var encoder = OpenAPIV2Encoder()
        encoder.members(of: document, OpenAPIV2Messages.document)
        return encoder.writer.bytes
    }

    // MARK: Messages

    private mutating func members(of value: JSONValue, _ message: OpenAPIV2Messages.Message) {
        guard let object = value.object else { return }
        for field in message.fields {
            if field.name == OpenAPIV2Messages.extensions {
                for member in object where member.key.hasPrefix("x-") { named(member, field.number) { $0.yaml($1, number: 2) } }
            } else if field.name == OpenAPIV2Messages.rest {
                for member in object where !member.key.hasPrefix("x-") { named(member, field.number) { $0.write($1, field.type, number: 2) } }
            } else if let value = object[field.name] {
                write(value, field.type, number: field.number)
            }
        }
    }

    /// A message in another one.
    private mutating func nested(_ number: Int, _ body: (inout Self) -> Void) {
        writer.tag(number, .delimited)
        var inner = Self()
        body(&inner)
        writer.varint(UInt64(inner.writer.bytes.count))
        writer.append(inner.writer.bytes)
    }

    private mutating func write(_ value: JSONValue, _ type: OpenAPIV2Messages.FieldType, number: Int) {
        switch type {
        case .string: if let text = value.string, !text.isEmpty { writer.text(text, number: number) }
        case .bool: if value.bool == true { writer.integer(1, number: number) }
        case .integer: if let integer = value.int, integer != 0 { writer.integer(integer, number: number) }
        case .double: if let double = value.double, double != 0 { writer.fixed64(double.bitPattern, number: number) }
        case .any: yaml(value, number: number)
        case .list(let element): for one in value.array ?? [] { write(one, element, number: number) }
        case .message(let name):
            let message = OpenAPIV2Messages.message(name)
            nested(number) { $0.members(of: value, message) }
        case .map(let element):
            nested(number) { map in for member in value.object ?? [:] { map.named(member, 1) { $0.write($1, element, number: 2) } } }
        case .choice(let choice): self.choice(value, choice, number: number)
        }
    }

    /// A pair of a name and a value.
    private mutating func named(_ member: JSONObject.Member, _ number: Int, _ value: (inout Self, JSONValue) -> Void) {
        nested(number) { pair in
            pair.writer.text(member.key, number: 1)
            value(&pair, member.value)
        }
    }

    private mutating func yaml(_ value: JSONValue, number: Int) {
        nested(number) { $0.writer.text(value.encodedText + "\n", number: 2) }
    }

    // MARK: Values of one form or another

    private mutating func choice(_ value: JSONValue, _ choice: OpenAPIV2Messages.Choice, number: Int) {
        nested(number) { chosen in
            switch choice {
            case .typeNames, .schemas:
                // One, or a list of them; either is a list on the wire.
                for one in value.array ?? [value] { chosen.write(one, choice == .schemas ? .message("Schema") : .string, number: 1) }
            case .schemaOrBool:
                if let flag = value.bool {
                    chosen.writer.integer(flag ? 1 : 0, number: 2)
                } else {
                    chosen.write(value, .message("Schema"), number: 1)
                }
            case .parameterOrReference:
                if value["$ref"] != nil {
                    chosen.write(value, .message("JsonReference"), number: 2)
                } else {
                    chosen.write(value, .choice(.parameter), number: 1)
                }
            case .parameter:
                switch value["in"]?.string {
                case "body": chosen.write(value, .message("BodyParameter"), number: 1)
                case let place: chosen.nested(2) { $0.plainParameter(value, place) }
                }
            case .responseOrReference:
                if value["$ref"] != nil {
                    chosen.write(value, .message("JsonReference"), number: 2)
                } else {
                    chosen.write(value, .message("Response"), number: 1)
                }
            case .responseSchema: chosen.write(value, .message("Schema"), number: 1)
            }
        }
    }

    private mutating func plainParameter(_ value: JSONValue, _ place: String?) {
        switch place {
        case "header": write(value, .message("HeaderParameter"), number: 1)
        case "formData": write(value, .message("QueryParameter"), number: 2)
        case "path": write(value, .message("HeaderParameter"), number: 4)
        default: write(value, .message("QueryParameter"), number: 3)
        }
    }
}
