// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("Custom resources' pruning and defaults")
struct CustomResourcePruningTests {
    @Test(
        "what a schema does not know is dropped and named",
        arguments: [
            (#""a":{"type":"string"}"#, #"{"spec":{"a":"x","b":1},"c":2}"#, #"{"spec":{"a":"x"}}"#, ["c", "spec.b"]),
            (
                #""a":{"type":"array","items":{"type":"object","properties":{"x":{"type":"string"}}}}"#, #"{"spec":{"a":[{"x":"1","y":2},{"z":3}]}}"#,
                #"{"spec":{"a":[{"x":"1"},{}]}}"#, ["spec.a[0].y", "spec.a[1].z"]
            ),
            (
                #""a":{"type":"object","additionalProperties":{"type":"object","properties":{"x":{"type":"string"}}}}"#,
                #"{"spec":{"a":{"k":{"x":"1","y":2}}}}"#, #"{"spec":{"a":{"k":{"x":"1"}}}}"#, ["spec.a.k.y"]
            ),
            // Members of any kind stay, but nothing is known of what is in them.
            (
                #""a":{"type":"object","additionalProperties":true}"#, #"{"spec":{"a":{"k":1,"o":{"x":2}}}}"#, #"{"spec":{"a":{"k":1,"o":{}}}}"#,
                ["spec.a.o.x"]
            ),
            (
                #""a":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"p":{"type":"object"}}}"#,
                #"{"spec":{"a":{"b":{"c":1},"p":{"q":1}}}}"#, #"{"spec":{"a":{"b":{"c":1},"p":{}}}}"#, ["spec.a.p.q"]
            ),
            (
                #""a":{"type":"array","x-kubernetes-preserve-unknown-fields":true,"items":{"type":"object","properties":{"p":{"type":"object"}}}}"#,
                #"{"spec":{"a":[{"b":1,"p":{"q":1}}]}}"#, #"{"spec":{"a":[{"b":1,"p":{}}]}}"#, ["spec.a[0].p.q"]
            ),
            (
                #""a":{"type":"object","x-kubernetes-embedded-resource":true,"properties":{"spec":{"type":"object"}}}"#,
                #"{"spec":{"a":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","foo":1},"spec":{"y":1},"z":1}}}"#,
                #"{"spec":{"a":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{}}}}"#,
                ["spec.a.metadata.foo", "spec.a.spec.y", "spec.a.z"]
            ),
            (#""a":{"x-kubernetes-int-or-string":true}"#, #"{"spec":{"a":"5%"}}"#, #"{"spec":{"a":"5%"}}"#, []),
        ] as [(String, String, String, [String])])
    func pruned(properties: String, object: String, expected: String, unknown: [String]) throws {
        let schema = try CustomResource.schema(CustomResource.root(properties))
        let (result, names) = schema.pruned(try CustomResource.object(object))
        #expect(JSONValue.object(result).encodedText == expected)
        #expect(names == unknown)
        #expect(schema.pruned(result).0 == result)
    }

    @Test("the envelope stays whatever the schema says, with metadata as ObjectMeta is")
    func envelope() throws {
        let schema = try CustomResource.schema(#"{"type":"object"}"#)
        let object = try CustomResource.object(
            #"{"apiVersion":"a/v1","kind":"K","metadata":{"name":"n","labels":{"a":"b"},"creationTimestamp":null,"nope":1},"spec":{}}"#)
        let (result, unknown) = schema.pruned(object)
        #expect(JSONValue.object(result).encodedText == #"{"apiVersion":"a/v1","kind":"K","metadata":{"labels":{"a":"b"},"name":"n"}}"#)
        #expect(unknown == ["metadata.nope", "spec"])
    }

    @Test("metadata that cannot be read is told of, and read as far as it can be")
    func malformedMetadata() throws {
        let schema = try CustomResource.schema(#"{"type":"object"}"#)
        let metadata = try JSONValue.parse(#"{"name":"n","labels":{"a":1},"generation":"x"}"#)
        #expect(throws: SchemaDecodingError.self) { try StructuralSchema.metadata(metadata) }
        #expect(schema.pruned(["metadata": metadata]).0 == ["metadata": ["name": "n"]])
    }

    @Test(
        "defaults are set where the object around them is",
        arguments: [
            (#""a":{"type":"integer","default":1}"#, #"{"spec":{}}"#, #"{"spec":{"a":1}}"#), (#""a":{"type":"integer","default":1}"#, "{}", "{}"),
            (#""a":{"type":"integer","default":1}"#, #"{"spec":{"a":2}}"#, #"{"spec":{"a":2}}"#),
            (#""a":{"type":"integer","default":1}"#, #"{"spec":{"a":null}}"#, #"{"spec":{"a":1}}"#),
            (#""a":{"type":"integer","default":1,"nullable":true}"#, #"{"spec":{"a":null}}"#, #"{"spec":{"a":null}}"#),
            (#""a":{"type":"integer"}"#, #"{"spec":{"a":null}}"#, #"{"spec":{}}"#),
            (
                #""a":{"type":"object","default":{},"properties":{"b":{"type":"string","default":"x"}}}"#, #"{"spec":{}}"#,
                #"{"spec":{"a":{"b":"x"}}}"#
            ),
            (
                #""a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"string","default":"x"}}}}"#,
                #"{"spec":{"a":[{},{"b":"y"}]}}"#,
                #"{"spec":{"a":[{"b":"x"},{"b":"y"}]}}"#
            ),
            (
                #""a":{"type":"object","additionalProperties":{"type":"integer","default":7}}"#, #"{"spec":{"a":{"k":null}}}"#,
                #"{"spec":{"a":{"k":7}}}"#
            ),
            (
                #""a":{"type":"object","additionalProperties":{"type":"object","properties":{"b":{"type":"string","default":"x"}}}}"#,
                #"{"spec":{"a":{"k":{}}}}"#, #"{"spec":{"a":{"k":{"b":"x"}}}}"#
            ),
            (#""a":{"type":"array","items":{"type":"integer","default":7}}"#, #"{"spec":{"a":[null,1]}}"#, #"{"spec":{"a":[7,1]}}"#),
        ])
    func defaulted(properties: String, object: String, expected: String) throws {
        let schema = try CustomResource.schema(CustomResource.root(properties))
        let result = schema.defaulted(try CustomResource.object(object))
        #expect(JSONValue.object(result).encodedText == expected)
        #expect(schema.defaulted(result) == result)
    }

    @Test("the deepest objects that can be read are walked on any thread")
    func deepObjects() async throws {
        let text = #"{"spec":{"a":"# + String(repeating: #"[{"b":"#, count: 250) + "1" + String(repeating: "}]", count: 250) + "}}"
        var inner = #"{"type":"integer"}"#
        for _ in 0..<45 { inner = #"{"type":"array","items":{"type":"object","properties":{"b":\#(inner)}}}"# }
        let schemas = try [
            CustomResource.schema(CustomResource.root("\"a\":\(inner)")),
            CustomResource.schema(
                CustomResource.root(#""a":{"type":"array","x-kubernetes-preserve-unknown-fields":true,"items":{"type":"object"}}"#)),
        ]
        let object = try CustomResource.object(text)
        let counts = await Task.detached { schemas.map { $0.validate($0.defaulted($0.pruned(object).0)).count } }.value
        #expect(counts == [1, 0])
    }

    @Test("pruning and defaulting are idempotent, commute, and leave a valid object valid", arguments: UInt64(0)..<200)
    func properties(seed: UInt64) throws {
        var generator = CaseGenerator(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
        let text = JSONValue.object(["type": "object", "properties": .object(generator.properties(depth: 0))]).encodedText
        let schema = try CustomResource.schema(text)
        for _ in 0..<20 {
            let object = try #require(generator.value(schema, depth: 0).object)
            let pruned = schema.pruned(object).0
            #expect(schema.pruned(pruned).0 == pruned)
            #expect(schema.pruned(pruned).unknown.isEmpty)
            let defaulted = schema.defaulted(pruned)
            #expect(schema.defaulted(defaulted) == defaulted)
            #expect(schema.pruned(defaulted).0 == defaulted)
            #expect(schema.defaulted(schema.pruned(object).0) == schema.pruned(schema.defaulted(object)).0)
            if schema.validate(object).isEmpty { #expect(schema.validate(pruned).isEmpty) }
            #expect(schema.validate(object) == schema.validate(object))
        }
    }
}

/// Random schemas, and values that mostly fit them.
private struct CaseGenerator {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    mutating func properties(depth: Int) -> JSONObject {
        JSONObject((0..<next(4) + 1).map { ("p\($0)", schema(depth: depth + 1)) })
    }

    private mutating func schema(depth: Int) -> JSONValue {
        var schema: JSONObject = [:]
        switch next(depth < 4 ? 8 : 5) {
        case 0: schema = ["type": "string", "maxLength": 3]
        case 1: schema = ["type": "string", "default": "d"]
        case 2: schema = ["type": "integer", "minimum": .integer(Int64(next(3)))]
        case 3: schema = ["type": "boolean", "default": true]
        case 4: schema = ["x-kubernetes-int-or-string": true]
        case 5: schema = ["type": "array", "items": self.schema(depth: depth + 1)]
        case 6: schema = ["type": "object", "additionalProperties": self.schema(depth: depth + 1)]
        default:
            schema = ["type": "object", "properties": .object(properties(depth: depth))]
            if next(3) == 0 { schema["x-kubernetes-preserve-unknown-fields"] = true }
            if next(3) == 0 { schema["required"] = ["p0"] }
            if next(4) == 0 { schema["default"] = schema["required"] == nil ? [:] : nil }
        }
        if next(5) == 0 { schema["nullable"] = true }
        return .object(schema)
    }

    mutating func value(_ schema: StructuralSchema?, depth: Int) -> JSONValue {
        if depth > 0, next(12) == 0 { return .null }
        switch schema?.type {
        case "string": return .string(String(repeating: "x", count: next(5)))
        case "integer": return .integer(Int64(next(4)))
        case "boolean": return .bool(next(2) == 0)
        case "array": return .array((0..<next(3)).map { _ in value(schema?.items, depth: depth + 1) })
        case "object":
            var object = JSONObject()
            for name in schema?.propertyNames ?? [] where next(4) > 0 { object[name] = value(schema?.child(named: name), depth: depth + 1) }
            if let additional = schema?.additional { for index in 0..<next(3) { object["k\(index)"] = value(additional, depth: depth + 1) } }
            if next(4) == 0 { object["unknown"] = ["u": .integer(Int64(next(9)))] }
            return .object(object)
        default: return next(2) == 0 ? .integer(1) : "s"
        }
    }
}
