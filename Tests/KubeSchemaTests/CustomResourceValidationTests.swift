// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("Custom resources' fields")
struct CustomResourceValidationTests {
    /// One property `a`, and its value.
    @Test(
        "a field is checked in upstream's words",
        arguments: [
            (#"{"type":"string"}"#, "3", [#"spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer""#]),
            (#"{"type":"string"}"#, "null", [#"spec.a: Invalid value: "null": spec.a in body must be of type string: "null""#]),
            (#"{"type":"string","nullable":true}"#, "null", []),
            (#"{"type":"integer"}"#, "1.0", []),
            (#"{"type":"integer"}"#, "1.5", [#"spec.a: Invalid value: "number": spec.a in body must be of type integer: "number""#]),
            (#"{"type":"integer"}"#, "1e300", [#"spec.a: Invalid value: "number": spec.a in body must be of type integer: "number""#]),
            (#"{"type":"integer"}"#, "9223372036854775807", []), (#"{"type":"number"}"#, "1", []),
            (#"{"type":"boolean"}"#, #""true""#, [#"spec.a: Invalid value: "string": spec.a in body must be of type boolean: "string""#]),
            (
                #"{"x-kubernetes-int-or-string":true}"#, "true",
                [#"spec.a: Invalid value: "boolean": spec.a in body must be of type integer,string: "boolean""#]
            ),
            (#"{"x-kubernetes-int-or-string":true}"#, #""50%""#, []),
            // int32 and int64 are but documentation to upstream, too.
            (#"{"type":"integer","format":"int32"}"#, "3000000000", []),
            (#"{"type":"string","enum":["x","y"]}"#, #""z""#, [#"spec.a: Unsupported value: "z": supported values: "x", "y""#]),
            (#"{"type":"integer","enum":[1,2]}"#, "2.0", []),
            (#"{"type":"integer","enum":[1,2]}"#, "3", [#"spec.a: Unsupported value: 3: supported values: "1", "2""#]),
            (#"{"type":"string","nullable":true,"enum":["x"]}"#, "null", [#"spec.a: Unsupported value: "null": supported values: "x""#]),
            (#"{"type":"integer","minimum":1}"#, "0", ["spec.a: Invalid value: 0: spec.a in body should be greater than or equal to 1"]),
            (#"{"type":"integer","minimum":1,"exclusiveMinimum":true}"#, "1", ["spec.a: Invalid value: 1: spec.a in body should be greater than 1"]),
            (#"{"type":"integer","maximum":10}"#, "11", ["spec.a: Invalid value: 11: spec.a in body should be less than or equal to 10"]),
            (#"{"type":"integer","maximum":10,"exclusiveMaximum":true}"#, "10", ["spec.a: Invalid value: 10: spec.a in body should be less than 10"]),
            (#"{"type":"number","maximum":0.5}"#, "0.75", ["spec.a: Invalid value: 0.75: spec.a in body should be less than or equal to 0.5"]),
            (#"{"type":"integer","minimum":0.5}"#, "0", ["spec.a: Invalid value: 0: spec.a in body should be greater than or equal to 0.5"]),
            (
                #"{"type":"integer","maximum":9223372036854775806}"#, "9223372036854775807",
                ["spec.a: Invalid value: 9223372036854775807: spec.a in body should be less than or equal to 9223372036854775806"]
            ),
            (#"{"type":"integer","minimum":-1e300,"maximum":1e300}"#, "-9223372036854775808", []),
            (#"{"type":"integer","multipleOf":3}"#, "7", ["spec.a: Invalid value: 7: spec.a in body should be a multiple of 3"]),
            (#"{"type":"number","multipleOf":0.1}"#, "0.3", []), (#"{"type":"integer","multipleOf":0.5}"#, "7", []),
            (#"{"type":"integer","multipleOf":0}"#, "7", ["spec.a: Invalid value: 0: factor MultipleOf declared for spec.a must be positive: 0"]),
            (#"{"type":"string","maxLength":2}"#, #""abc""#, ["spec.a: Too long: may not be more than 2 bytes"]),
            (#"{"type":"string","maxLength":2}"#, #""äö""#, []),
            (#"{"type":"string","maxLength":1}"#, "\"e\u{301}\"", ["spec.a: Too long: may not be more than 1 bytes"]),
            (#"{"type":"string","minLength":2}"#, #""a""#, [#"spec.a: Invalid value: "a": spec.a in body should be at least 2 chars long"#]),
            (#"{"type":"string","pattern":"^b+$"}"#, #""a""#, [#"spec.a: Invalid value: "a": spec.a in body should match '^b+$'"#]),
            (
                #"{"type":"array","items":{"type":"string"},"minItems":1}"#, "[]",
                ["spec.a: Invalid value: 0: spec.a in body should have at least 1 items"]
            ),
            (#"{"type":"array","items":{"type":"string"},"maxItems":1}"#, #"["x","y"]"#, ["spec.a: Too many: 2: must have at most 1 item"]),
            (
                #"{"type":"array","items":{"type":"string"}}"#, #"["x",1]"#,
                [#"spec.a[1]: Invalid value: "integer": spec.a[1] in body must be of type string: "integer""#]
            ),
            (#"{"type":"object","minProperties":1}"#, "{}", ["spec.a: Invalid value: 0: spec.a in body should have at least 1 properties"]),
            (
                #"{"type":"object","maxProperties":2,"additionalProperties":{"type":"string"}}"#, #"{"x":"","y":"","z":""}"#,
                ["spec.a: Too many: 3: must have at most 2 items"]
            ),
            (
                #"{"type":"object","additionalProperties":{"type":"string"}}"#, #"{"x":1}"#,
                [#"spec.a.x: Invalid value: "integer": spec.a.x in body must be of type string: "integer""#]
            ),
            (
                #"{"type":"object","additionalProperties":false}"#, #"{"x":1}"#,
                [#"spec.a: Invalid value: "x": spec.a.x in body is a forbidden property"#]
            ),
            (
                #"{"type":"object","required":["b","c"],"properties":{"b":{"type":"string"},"c":{"type":"string"}}}"#, #"{"c":""}"#,
                ["spec.a.b: Required value"]
            ),
            (
                #"{"type":"string","format":"date-time"}"#, #""yesterday""#,
                [#"spec.a: Invalid value: "yesterday": spec.a in body must be of type date-time: "yesterday""#]
            ),
            (#"{"type":"string","format":"date-time"}"#, #""2026-11-27T02:00:00Z""#, []),
            (
                #"{"type":"string","format":"date-time"}"#, "3",
                [#"spec.a: Invalid value: "int64": spec.a in body must be of type date-time: "int64""#]
            ),
            (
                #"{"type":"integer","anyOf":[{"maximum":1},{"minimum":5}]}"#, "3",
                [
                    #"<nil>: Invalid value: "": "spec.a" must validate at least one schema (anyOf)"#,
                    "spec.a: Invalid value: 3: spec.a in body should be less than or equal to 1",
                ]
            ),
            (#"{"type":"integer","anyOf":[{"maximum":1},{"minimum":5}]}"#, "7", []),
            (
                #"{"type":"integer","oneOf":[{"maximum":4},{"minimum":2}]}"#, "3",
                [#"<nil>: Invalid value: "": "spec.a" must validate one and only one schema (oneOf). Found 2 valid alternatives"#]
            ),
            (
                #"{"type":"object","properties":{"x":{"type":"string"},"y":{"type":"string"}},"oneOf":[{"required":["x"]},{"required":["y"]}]}"#,
                "{}",
                [#"<nil>: Invalid value: "": "spec.a" must validate one and only one schema (oneOf). Found none valid"#, "spec.a.x: Required value"]
            ),
            (
                #"{"type":"integer","allOf":[{"maximum":4},{"minimum":2}]}"#, "5",
                [
                    "spec.a: Invalid value: 5: spec.a in body should be less than or equal to 4",
                    #"<nil>: Invalid value: "": "spec.a" must validate all the schemas (allOf)"#,
                ]
            ),
            (#"{"type":"integer","not":{"minimum":2}}"#, "5", [#"<nil>: Invalid value: "": "spec.a" must not validate the schema (not)"#]),
            (
                #"{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}"#, #"["x","y","x","x"]"#,
                [#"spec.a[2]: Duplicate value: "x""#]
            ),
            (
                #"{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{"type":"object","required":["k"],"properties":{"k":{"type":"string"}}}}"#,
                #"[{"k":"x"},{"k":"y"},{"k":"x"}]"#, [#"spec.a[2]: Duplicate value: {"k":"x"}"#]
            ),
            (
                #"{"type":"object","x-kubernetes-embedded-resource":true,"x-kubernetes-preserve-unknown-fields":true}"#, #"{"kind":"Pod"}"#,
                ["spec.a.apiVersion: Required value: must not be empty"]
            ),
            (
                #"{"type":"object","x-kubernetes-embedded-resource":true,"x-kubernetes-preserve-unknown-fields":true}"#,
                #"{"kind":"","apiVersion":"v1"}"#,
                [#"spec.a.kind: Invalid value: "": must not be empty"#]
            ),
        ] as [(String, String, [String])])
    func field(schema: String, value: String, expected: [String]) throws {
        let schema = try CustomResource.schema(CustomResource.root("\"a\":\(schema)"))
        let causes = schema.validate(try CustomResource.object(#"{"spec":{"a":\#(value)}}"#))
        #expect(CustomResource.lines(causes) == expected)
    }

    @Test("causes have upstream's reasons")
    func reasons() throws {
        let schema = try CustomResource.schema(
            #"{"type":"object","required":["spec"],"properties":{"spec":{"type":"string"},"l":{"type":"string","maxLength":1},"e":{"type":"string","enum":["x"]},"m":{"type":"array","maxItems":0,"items":{"type":"string"}},"n":{"type":"string"}}}"#
        )
        let causes = schema.validate(try CustomResource.object(#"{"l":"ab","e":"y","m":["x"],"n":1}"#))
        #expect(
            causes.map { "\($0.field) \($0.reason)" } == [
                "e FieldValueNotSupported", "l FieldValueTooLong", "m FieldValueTooMany", "n FieldValueTypeInvalid", "spec FieldValueRequired",
            ])
    }

    @Test("unknown fields are no fault, and missing ones only where they are required")
    func unknown() throws {
        let schema = try CustomResource.schema(CustomResource.root(#""a":{"type":"string"}"#))
        #expect(schema.validate(try CustomResource.object(#"{"spec":{"b":1},"x":2}"#)).isEmpty)
        #expect(schema.validate([:]).isEmpty)
    }

    @Test("long lists are compared by hash, and nested alternatives cost no more than their size", .timeLimit(.minutes(1)))
    func bounds() throws {
        let schema = try CustomResource.schema(
            CustomResource.root(#""a":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"integer"}}"#))
        let many: JSONObject = ["spec": ["a": .array((0..<50_000).map { .integer($0) })]]
        #expect(schema.validate(many).isEmpty)
        var nested = #"{"minimum":1}"#
        for _ in 0..<40 { nested = #"{"anyOf":[\#(nested),{"minimum":2}]}"# }
        let deep = try CustomResource.schema(CustomResource.root(#""a":{"type":"integer","anyOf":[\#(nested)]}"#))
        #expect(!deep.validate(["spec": ["a": 0]]).isEmpty)
        #expect(deep.validate(["spec": ["a": 1]]).isEmpty)
    }

    @Test(
        "formats of text",
        arguments: [
            ("date", "2026-02-28", "2026-02-30"), ("byte", "aGVsbG8=", "aGVsbG8"), ("duration", "1h30m", "soon"), ("duration", "5 days", "5 moons"),
            ("ipv4", "10.0.0.1", "10.0.0.256"), ("ipv6", "fe80::1", "fe80:::1"), ("ipv6", "::ffff:10.0.0.1", "1:2:3:4:5:6:7"),
            ("cidr", "10.0.0.0/8", "10.0.0.0/33"), ("mac", "01:23:45:67:89:ab", "01:23:45:67:89"), ("uri", "https://example.com/a", "example"),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
            ("uuid4", "123e4567-e89b-42d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000"),
            ("email", "a@example.com", "a@b@c"), ("hostname", "example.com", "-a.com"), ("hexcolor", "#FFaa00", "#FFaa0"),
            ("ssn", "123-45-6789", "12"),
            ("isbn", "978-3-16-148410-0", "978-3-16-148410-1"), ("creditcard", "4111 1111 1111 1111", "4111 1111 1111 1112"),
            ("bsonobjectid", "507f1f77bcf86cd799439011", "5"),
            ("rgbcolor", "rgb(1, 2,255)", "rgb(1,2,256)"), ("k8s-short-name", "web-0", "web.0"),
        ])
    func formats(format: String, good: String, bad: String) {
        #expect(StringFormat.isKnown(format))
        #expect(StringFormat.accepts(good, format: format))
        #expect(!StringFormat.accepts(bad, format: format))
    }

    @Test(
        "numbers in messages are printed as Go prints them",
        arguments: [(0.5, "0.5"), (1e6, "1e+06"), (1.5e-7, "1.5e-07"), (-20.25, "-20.25"), (123456, "123456")])
    func numbers(value: Double, expected: String) { #expect(JSONValue.number(value).goText(beside: .number(0.1)) == expected) }
}
