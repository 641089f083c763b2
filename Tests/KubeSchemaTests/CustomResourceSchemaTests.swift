// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

/// Schemas and objects from short texts.
enum CustomResource {
    /// A root schema whose `spec` has these properties.
    static func root(_ properties: String) -> String {
        #"{"type":"object","properties":{"spec":{"type":"object","properties":{\#(properties)}}}}"#
    }

    static func schema(_ text: String) throws -> StructuralSchema {
        let (schema, causes) = StructuralSchema.parse(try JSONValue.parse(text), at: "root")
        #expect(causes.isEmpty, "\(lines(causes))")
        return try #require(schema)
    }

    static func object(_ text: String) throws -> JSONObject { try #require(try JSONValue.parse(text).object) }

    static func lines(_ causes: [APIError.Cause]) -> [String] { causes.map { "\($0.field): \($0.message)" } }

    /// What parsing complains of.
    static func faults(_ text: String) throws -> [String] {
        let (schema, causes) = StructuralSchema.parse(try JSONValue.parse(text), at: "s")
        #expect((schema == nil) == !causes.isEmpty)
        return lines(causes)
    }
}

@Suite("Structural schemas")
struct CustomResourceSchemaTests {
    @Test(
        "a schema that is not structural is refused in upstream's words",
        arguments: [
            ("{}", ["s.type: Required value: must not be empty at the root"]),
            (#"{"type":"array","items":{"type":"string"}}"#, [#"s.type: Invalid value: "array": must be object at the root"#]),
            (
                #"{"type":"object","properties":{"spec":{"properties":{"a":{"type":"string"}}}}}"#,
                ["s.properties[spec].type: Required value: must not be empty for specified object fields"]
            ),
            (
                #"{"type":"object","properties":{"a":{"type":"array","items":{}}}}"#,
                ["s.properties[a].items.type: Required value: must not be empty for specified array items"]
            ),
            (#"{"type":"object","properties":{"a":{"type":"array"}}}"#, ["s.properties[a].items: Required value: must be specified"]),
            (
                #"{"type":"object","additionalProperties":{"type":"string"}}"#,
                ["s.additionalProperties: Forbidden: must not be used at the root"]
            ),
            (
                #"{"type":"object","properties":{"a":{"type":"string","allOf":[{"type":"string","default":"x","description":"d"}]}}}"#,
                [
                    "s.properties[a].allOf[0].default: Forbidden: must be undefined to be structural",
                    "s.properties[a].allOf[0].description: Forbidden: must be empty to be structural",
                    "s.properties[a].allOf[0].type: Forbidden: must be empty to be structural",
                ]
            ),
            (
                #"{"type":"object","anyOf":[{"properties":{"b":{"minimum":1}}}]}"#,
                ["s.properties[b]: Required value: because it is defined in s.anyOf[0].properties[b]"]
            ),
            (
                #"{"type":"object","properties":{"metadata":{"type":"object","properties":{"labels":{"type":"object"}}}}}"#,
                [
                    "s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified"
                ]
            ),
            (#"{"type":"object","properties":{"kind":{"type":"integer"}}}"#, [#"s.properties[kind].type: Invalid value: "integer": must be string"#]),
            (
                #"{"type":"object","properties":{"a":{"x-kubernetes-embedded-resource":true}}}"#,
                [
                    "s.properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
                    "s.properties[a].type: Required value: must be object if x-kubernetes-embedded-resource is true",
                ]
            ),
            (
                #"{"type":"object","properties":{"a":{"x-kubernetes-int-or-string":true,"x-kubernetes-preserve-unknown-fields":true}}}"#,
                [
                    "s.properties[a].x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true"
                ]
            ),
        ] as [(String, [String])])
    func structure(text: String, expected: [String]) throws { #expect(try CustomResource.faults(text) == expected) }

    @Test(
        "keywords that definitions may not use are refused in upstream's words",
        arguments: [
            (
                #""a":{"type":"text"}"#,
                #"a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string""#
            ),
            (#""a":{"type":"string","$ref":"x"}"#, "a].$ref: Forbidden: $ref is not supported"),
            (#""a":{"type":"object","patternProperties":{"a":{}}}"#, "a].patternProperties: Forbidden: patternProperties is not supported"),
            (#""a":{"type":"object","definitions":{"a":{}}}"#, "a].definitions: Forbidden: definitions is not supported"),
            (#""a":{"type":"object","dependencies":{"a":["b"]}}"#, "a].dependencies: Forbidden: dependencies is not supported"),
            (#""a":{"type":"string","id":"x"}"#, "a].id: Forbidden: id is not supported"),
            (
                #""a":{"type":"array","items":{"type":"string"},"uniqueItems":true}"#,
                "a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
            ),
            (
                #""a":{"type":"object","properties":{"b":{"type":"string"}},"additionalProperties":{"type":"string"}}"#,
                "a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"
            ),
            (
                #""a":{"type":"object","x-kubernetes-preserve-unknown-fields":false}"#,
                "a].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined"
            ),
            (
                #""a":{"type":"object","x-kubernetes-map-type":"x"}"#,
                #"a].x-kubernetes-map-type: Unsupported value: "x": supported values: "atomic", "granular""#
            ),
            (
                #""a":{"type":"string","x-kubernetes-list-type":"set"}"#,
                #"a].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified"#
            ),
            (
                #""a":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"x"}"#,
                #"a].x-kubernetes-list-type: Unsupported value: "x": supported values: "atomic", "set", "map""#
            ),
            (
                #""a":{"type":"array","items":{"type":"object"},"x-kubernetes-list-type":"set"}"#,
                "a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set"
            ),
            (
                #""a":{"type":"array","items":{"type":"object"},"x-kubernetes-list-type":"map"}"#,
                "a].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"
            ),
            (
                #""a":{"type":"array","items":{"type":"object"},"x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"]}"#,
                #"a].x-kubernetes-list-map-keys: Invalid value: ["k"]: entries must all be names of item properties"#
            ),
            (
                #""a":{"type":"array","items":{"type":"object","properties":{"k":{"type":"string"}}},"x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"]}"#,
                "a].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            ),
            (
                #""a":{"type":"string","x-kubernetes-validations":[{"rule":" "}]}"#,
                "a].x-kubernetes-validations[0].rule: Required value: rule is not specified"
            ),
            (
                #""a":{"type":"string","pattern":"+"}"#,
                #"a].pattern: Invalid value: "+": must be a valid regular expression, but isn't: error parsing regexp: missing argument to repetition operator: `+`"#
            ),
            (#""a":{"type":"string","default":3}"#, #"a].default: Invalid value: "integer":  in body must be of type string: "integer""#),
            (
                #""a":{"type":"object","default":{"b":1},"properties":{"c":{"type":"string"}}}"#,
                #"a].default: Invalid value: {"b":1}: must not have unknown fields"#
            ),
            (#""a":{"type":"string","minLength":"x"}"#, #"a].minLength: Invalid value: "string": must be of type integer"#),
        ])
    func keywords(properties: String, expected: String) throws {
        #expect(try CustomResource.faults(CustomResource.root(properties)) == ["s.properties[spec].properties[" + expected])
    }

    @Test("the two shapes of integers or strings may name types")
    func intOrString() throws {
        _ = try CustomResource.schema(
            CustomResource.root(
                #""a":{"x-kubernetes-int-or-string":true},"b":{"x-kubernetes-int-or-string":true,"anyOf":[{"type":"integer"},{"type":"string"}]},"c":{"x-kubernetes-int-or-string":true,"allOf":[{"anyOf":[{"type":"integer"},{"type":"string"}]},{"pattern":"^a"}]}"#
            ))
    }

    @Test("defaults in the metadata of the object itself are refused")
    func metadataDefault() throws {
        #expect(
            try CustomResource.faults(
                #"{"type":"object","properties":{"metadata":{"type":"object","properties":{"name":{"type":"string","default":"x"}}}}}"#)
                == ["s.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata"])
    }

    @Test("depth is bounded, and a bound beyond doubles is no number at all")
    func hostileSchemas() throws {
        let deep =
            String(repeating: #"{"type":"object","properties":{"a":"#, count: 120) + #"{"type":"string"}"# + String(repeating: "}}", count: 120)
        #expect(try CustomResource.faults(deep).contains { $0.hasSuffix("nested deeper than 100 levels") })
        #expect(throws: JSONError.self) { try JSONValue.parse(#"{"minimum":1e400}"#) }
        #expect(try CustomResource.faults("[]").count == 1)
        #expect(
            try CustomResource.faults(#"{"type":"object","properties":[]}"#) == [#"s.properties: Invalid value: "array": must be of type object"#])
    }

    @Test("a walker finds how lists and maps are merged")
    func lookups() throws {
        let schema = try CustomResource.schema(
            CustomResource.root(
                #"""
                "ports":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],"items":{"type":"object","required":["name"],
                "properties":{"name":{"type":"string"}}}},"tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
                "ref":{"type":"object","x-kubernetes-map-type":"atomic","properties":{"b":{"type":"string","x-kubernetes-validations":[{"rule":"true"}]}}},
                "labels":{"type":"object","additionalProperties":{"type":"integer"}}
                """#))
        let spec = try #require(schema.child(named: "spec"))
        #expect(spec.child(named: "ports")?.listType == .map)
        #expect(spec.child(named: "ports")?.listMapKeys == ["name"])
        #expect(spec.child(named: "ports")?.items?.child(named: "name")?.type == "string")
        #expect(spec.child(named: "tags")?.listType == .set)
        #expect(spec.child(named: "ref")?.isAtomicMap == true)
        #expect(spec.child(named: "labels")?.member(named: "any")?.type == "integer")
        #expect(spec.child(named: "none") == nil)
        #expect(schema.hasRules)
        #expect(spec.child(named: "ref")?.child(named: "b")?.rules.map(\.rule) == ["true"])
        #expect(spec.child(named: "ports")?.hasRules == false)
    }
}
