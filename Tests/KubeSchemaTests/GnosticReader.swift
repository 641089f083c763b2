// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

@testable import KubeSchema

/// Reads `openapi.v2` messages back into the JSON they were written from. Its numbers are written down anew, from OpenAPIv2.proto.
enum GnosticReader {
    static func document(_ bytes: [UInt8]) throws -> JSONValue {
        try message(bytes) { number, value in
            switch number {
            case 1: ("swagger", try text(value))
            case 2: ("info", try message(value.bytes) { $0 == 1 ? ("title", try text($1)) : ("version", try text($1)) })
            case 8: ("paths", try map(value.bytes, at: 2, pathItem))
            case 9: ("definitions", try map(value.bytes, at: 1, schema))
            default: throw Unknown(message: "Document", number: number)
            }
        }
    }

    struct Unknown: Error {
        var message: String
        var number: Int
    }

    struct Value {
        var integer: UInt64 = 0
        var bytes: [UInt8] = []
    }

    private static let methods = [2: "get", 3: "put", 4: "post", 5: "delete", 8: "patch"]

    private static func pathItem(_ bytes: [UInt8]) throws -> JSONValue {
        try message(bytes, lists: ["parameters"]) { number, value in
            if let method = methods[number] { return (method, try operation(value.bytes)) }
            guard number == 9 else { throw Unknown(message: "PathItem", number: number) }
            return ("parameters", try parameter(value.bytes))
        }
    }

    private static func operation(_ bytes: [UInt8]) throws -> JSONValue {
        try message(bytes, lists: ["tags", "produces", "consumes", "schemes", "parameters"]) { number, value in
            switch number {
            case 1: ("tags", try text(value))
            case 5: ("operationId", try text(value))
            case 6: ("produces", try text(value))
            case 7: ("consumes", try text(value))
            case 8: ("parameters", try parameter(value.bytes))
            case 9: ("responses", try map(value.bytes, at: 1) { try response(try only($0, 1)) })
            case 10: ("schemes", try text(value))
            case 13: try named(value.bytes, any)
            default: throw Unknown(message: "Operation", number: number)
            }
        }
    }

    private static func response(_ bytes: [UInt8]) throws -> JSONValue {
        try message(bytes) { number, value in
            number == 1 ? ("description", try text(value)) : ("schema", try schema(try only(value.bytes, 1)))
        }
    }

    /// `ParametersItem`, `Parameter` and `NonBodyParameter` are alternatives, one in another.
    private static func parameter(_ bytes: [UInt8]) throws -> JSONValue {
        let parameter = try only(bytes, 1)
        if let body = try? only(parameter, 1) {
            return try message(body) { number, value in
                switch number {
                case 2: ("name", try text(value))
                case 3: ("in", try text(value))
                case 4: ("required", .bool(value.integer == 1))
                case 5: ("schema", try schema(value.bytes))
                default: throw Unknown(message: "BodyParameter", number: number)
                }
            }
        }
        let plain = try only(parameter, 2)
        let isQuery = (try? only(plain, 3)) != nil
        return try message(try only(plain, isQuery ? 3 : 4)) { number, value in
            switch (number, isQuery) {
            case (1, _): ("required", .bool(value.integer == 1))
            case (2, _): ("in", try text(value))
            case (4, _): ("name", try text(value))
            case (6, true), (5, false): ("type", try text(value))
            case (20, true), (19, false): ("uniqueItems", .bool(value.integer == 1))
            default: throw Unknown(message: "NonBodyParameter", number: number)
            }
        }
    }

    private static func schema(_ bytes: [UInt8]) throws -> JSONValue {
        try message(bytes, lists: ["required", "enum"]) { number, value in
            switch number {
            case 1: ("$ref", try text(value))
            case 2: ("format", try text(value))
            case 4: ("description", try text(value))
            case 7: ("maximum", double(value))
            case 9: ("minimum", double(value))
            case 11: ("maxLength", .integer(Int64(value.integer)))
            case 13: ("pattern", try text(value))
            case 19: ("required", try text(value))
            case 20: ("enum", try any(value.bytes))
            case 21:
                if let boolean = try? fields(value.bytes).first(where: { $0.number == 2 }) {
                    ("additionalProperties", .bool(boolean.value.integer == 1))
                } else {
                    ("additionalProperties", try schema(try only(value.bytes, 1)))
                }
            case 22: ("type", try text(Value(bytes: try only(value.bytes, 1))))
            case 23: ("items", try schema(try only(value.bytes, 1)))
            case 25: ("properties", try map(value.bytes, at: 1, schema))
            case 31: try named(value.bytes, any)
            default: throw Unknown(message: "Schema", number: number)
            }
        }
    }

    private static func double(_ value: Value) -> JSONValue {
        let double = Double(bitPattern: value.integer)
        return Int64(exactly: double).map { .integer($0) } ?? .number(double)
    }

    // MARK: The wire

    private static func any(_ bytes: [UInt8]) throws -> JSONValue { try JSONValue.parse(try only(bytes, 2)) }

    private static func text(_ value: Value) throws -> JSONValue { .string(String(decoding: value.bytes, as: UTF8.self)) }

    private static func named(_ bytes: [UInt8], _ read: ([UInt8]) throws -> JSONValue) throws -> (String, JSONValue) {
        let pair = try fields(bytes)
        let name = pair.first { $0.number == 1 }.map { String(decoding: $0.value.bytes, as: UTF8.self) } ?? ""
        return (name, try read(pair.first { $0.number == 2 }?.value.bytes ?? []))
    }

    private static func map(_ bytes: [UInt8], at place: Int, _ read: ([UInt8]) throws -> JSONValue) throws -> JSONValue {
        .object(JSONObject(try fields(bytes).filter { $0.number == place }.map { try named($0.value.bytes, read) }))
    }

    private static func only(_ bytes: [UInt8], _ number: Int) throws -> [UInt8] {
        guard let field = try fields(bytes).first(where: { $0.number == number }) else { throw Unknown(message: "alternatives", number: number) }
        return field.value.bytes
    }

    private static func message(
        _ bytes: [UInt8], lists: Set<String> = [], _ member: (Int, Value) throws -> (String, JSONValue)
    ) throws -> JSONValue {
        var object = JSONObject()
        for name in lists where name == "parameters" && lists.count == 1 { object[name] = [] }
        for field in try fields(bytes) {
            let (name, value) = try member(field.number, field.value)
            object[name] = lists.contains(name) ? .array((object[name]?.array ?? []) + [value]) : value
        }
        return .object(object)
    }

    private static func fields(_ bytes: [UInt8]) throws -> [(number: Int, value: Value)] {
        var reader = ProtobufReader(bytes)
        var fields: [(number: Int, value: Value)] = []
        while !reader.isAtEnd {
            let (number, wire) = try reader.tag(of: "openapi.v2")
            switch wire {
            case .varint: fields.append((number, Value(integer: try reader.varint())))
            case .fixed64: fields.append((number, Value(integer: try reader.fixed64())))
            default: fields.append((number, Value(bytes: Array(try reader.delimited()))))
            }
        }
        return fields
    }
}
