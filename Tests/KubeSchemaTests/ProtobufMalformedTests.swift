// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
@testable import KubeSchema
import Testing

@Suite("Malformed protobuf")
struct ProtobufMalformedTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var message: [UInt8]
        var error: String

        init(_ name: String, _ message: [UInt8], _ error: String) { (self.name, self.message, self.error) = (name, message, error) }

        var testDescription: String { name }
    }

    private static func nested(_ levels: Int) -> [UInt8] {
        var message: [UInt8] = []
        for _ in 0..<levels { message = WireBytes.field(13, message) }
        return message
    }

    static let cases = [
        Case("a tag cut short", [0x80], "unexpected EOF"),
        Case("a number cut short", [0x20, 0x80], "unexpected EOF"),
        Case("a number without bytes", [0x20], "unexpected EOF"),
        Case("a number of eleven bytes", [0x20] + [UInt8](repeating: 0x80, count: 10) + [1], "proto: integer overflow"),
        Case("a double cut short", [0x29, 1, 2, 3], "unexpected EOF"),
        Case("a text cut short", [0x0A, 5, 0x61], "unexpected EOF"),
        Case("a text longer than memory", [0x0A] + WireBytes.varint(UInt64(Int64.max)), "unexpected EOF"),
        Case("a negative length", [0x0A] + WireBytes.varint(.max), "proto: negative length found during unmarshaling"),
        Case("a message longer than what holds it", [0x6A, 2, 0x0A, 1, 0x61], "unexpected EOF"),
        Case("field number 0", [0x00, 0], "proto: Every: illegal tag 0 (wire type 0)"),
        Case("a negative field number", WireBytes.varint(0x7_FFFF_FFF8) + [0], "proto: Every: illegal tag -1 (wire type 34359738360)"),
        Case("wire type 6", [0x0E], "proto: illegal wireType 6"),
        Case("wire type 7", [0xA7, 6], "proto: illegal wireType 7"),
        Case("a group's end without its start", [0xA4, 6], "proto: Every: wiretype end group for non-group"),
        Case("a group without its end", [0xA3, 6, 8, 1], "unexpected EOF"),
        Case("an unknown text cut short", [0xA2, 6, 9], "unexpected EOF"),
        Case("an unknown double cut short", [0xA1, 6, 1], "unexpected EOF"),
        Case("an unknown negative length", [0xA2, 6] + WireBytes.varint(.max), "proto: negative length found during unmarshaling"),
        Case("a number as a text", [0x22, 0], "proto: wrong wireType = 2 for field Int64"),
        Case("a text as a number", [0x08, 1], "proto: wrong wireType = 0 for field String"),
        Case("a message as a number", [0x68, 1], "proto: wrong wireType = 0 for field Next"),
        Case("a list's text as a number", [0x80, 1, 1], "proto: wrong wireType = 0 for field Strings"),
        Case("a map's entry as a number", [0xB0, 1, 1], "proto: wrong wireType = 0 for field Counts"),
        Case("a map's key as a number", [0xB2, 1, 2, 8, 1], "proto: wrong wireType = 0 for field Counts"),
        Case("a map's value as a text", [0xB2, 1, 2, 0x12, 0], "proto: wrong wireType = 2 for field Counts"),
        Case("a time's seconds as a text", [0x4A, 2, 0x0A, 0], "proto: wrong wireType = 2 for field 1 of Timestamp"),
        Case("a double as a number", [0x28, 1], "proto: wrong wireType = 0 for field Float64"),
        Case("text that is not UTF-8", [0x0A, 2, 0xC3, 0x28], "proto: field String contains invalid UTF-8"),
        Case("half a surrogate pair", [0x0A, 3, 0xED, 0xA0, 0x80], "proto: field String contains invalid UTF-8"),
        Case("a key that is not UTF-8", [0xB2, 1, 3, 0x0A, 1, 0xFF], "proto: field Counts contains invalid UTF-8"),
        Case("an empty quantity", [0x3A, 2, 0x0A, 0], QuantityError.format.message),
        Case("no quantity", [0x3A, 3, 0x0A, 1, 0x78], QuantityError.format.message),
        Case("neither integer nor text", [0x42, 2, 8, 2], "impossible IntOrString.Type 2"),
        Case("field number 0 in a time", [0x4A, 4, 8, 1, 0, 0], "proto: Timestamp: illegal tag 0 (wire type 0)"),
        Case("not a number", [0x29, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F], "json: unsupported value: nan"),
        Case("an infinite number", [0x29, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F], "json: unsupported value: inf"),
        Case("an object in protobuf within another", [0x62, 6, 0x0A, 4, 0x6B, 0x38, 0x73, 0], "an embedded object is in protobuf rather than JSON"),
        Case("messages 101 deep", nested(101), "proto: exceeded maximum recursion depth"),
        Case(
            "groups 101 deep", [UInt8](repeating: 0xA3, count: 202).enumerated().map { $0.offset % 2 == 0 ? 0xA3 : 6 },
            "proto: exceeded maximum recursion depth"),
    ]

    @Test("a malformed message is refused in upstream's words", arguments: cases)
    func messages(one: Case) {
        let error = #expect(throws: ProtobufError.self) { try EveryType.decode(one.message) }
        #expect(error?.code == .malformed)
        #expect(error?.message == one.error)
        let length = WireBytes.envelope("test/v1", "Every", one.message).count
        #expect(error?.offset.map { (0...length).contains($0) } ?? false)
    }

    @Test("times that no year of four digits holds are refused", arguments: [.max, .min, 253_402_300_800, -62_167_219_201] as [Int64])
    func times(seconds: Int64) {
        for field in [9, 10] as [UInt64] {
            let message = WireBytes.field(field, WireBytes.field(1, integer: UInt64(bitPattern: seconds)))
            let error = #expect(throws: ProtobufError.self) { try EveryType.decode(message) }
            #expect(error?.message == "Time.MarshalJSON: year outside of range [0,9999]")
        }
    }

    @Test("messages 100 deep are read and written, deeper ones are neither")
    func depth() throws {
        let object = try EveryType.decode(Self.nested(100))
        // The envelope takes a level, and the innermost object holds an inline message.
        #expect(throws: ProtobufError.self) { try EveryType.encode(object) }
        let shallower = try EveryType.decode(Self.nested(98))
        #expect(try EveryType.decode(EveryType.encode(shallower)) == shallower)
    }

    @Test(
        "a body that is no envelope is refused",
        arguments: [
            ([], "empty data"), ([0x7B, 0x7D], "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"),
            ([0x6B, 0x38, 0x73], "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"),
            ([0x6B, 0x38, 0x73, 0], "empty body"), ([0x6B, 0x38, 0x73, 0, 0x12, 5], "unexpected EOF"),
            ([0x6B, 0x38, 0x73, 0, 0x10, 5], "proto: wrong wireType = 0 for field 2 of Unknown"),
            ([0x6B, 0x38, 0x73, 0, 0x0A, 2, 8, 1], "proto: wrong wireType = 0 for field 1 of TypeMeta"),
            ([0x6B, 0x38, 0x73, 0, 0x12, 0], "Object 'Kind' is missing in protobuf data"),
            ([0x6B, 0x38, 0x73, 0, 0x0A, 3, 0x12, 1, 0x61], "Object 'apiVersion' is missing in protobuf data"),
        ] as [([UInt8], String)])
    func envelopes(body: [UInt8], message: String) {
        let error = #expect(throws: ProtobufError.self) { try ProtobufCaptureTests.transcoder.decode(body, expected: nil) }
        #expect(error?.message == message)
    }

    @Test("what the envelope leaves open is expected to be the kind of the request")
    func expectedKind() throws {
        let pod = GroupVersionKind(apiVersion: "v1", kind: "Pod")
        let transcoder = ProtobufCaptureTests.transcoder
        let raw = WireBytes.field(1, WireBytes.field(1, "a"))
        #expect(try transcoder.decode([0x6B, 0x38, 0x73, 0] + WireBytes.field(2, raw), expected: pod)["kind"] == "Pod")
        #expect(try transcoder.decode(WireBytes.envelope("", "Namespace", raw), expected: pod)["kind"] == "Namespace")
        #expect(try transcoder.decode(WireBytes.envelope("apps/v1", "Deployment", raw), expected: pod)["apiVersion"] == "apps/v1")
    }

    @Test(
        "trees that are not of their kind's form are not encoded",
        arguments: [
            ("string", 1, "Every.string"), ("bool", "true", "Every.bool"), ("int32", 2_147_483_648, "Every.int32"), ("int64", 0.5, "Every.int64"),
            ("float64", "1", "Every.float64"), ("bytes", "A", "Every.bytes"), ("bytes", "A===", "Every.bytes"), ("bytes", "AA==AA==", "Every.bytes"),
            ("quantity", true, "Every.quantity"), ("intOrString", 0.5, "Every.intOrString"), ("time", "yesterday", "Every.time"),
            ("duration", "1", "Every.duration"), ("next", [], "Every.next"), ("strings", "a", "Every.strings"), ("strings", [1], "Every.strings"),
            ("counts", [], "Every.counts"), ("counts", ["a": "b"], "Every.counts"), ("wrapped", "a", "Every.wrapped"), ("inner", 1, "Inner.inner"),
        ] as [(String, JSONValue, String)])
    func unencodable(member: String, json: JSONValue, place: String) {
        let error = #expect(throws: ProtobufError.self) { try EveryType.encode([member: json] as JSONObject) }
        #expect(error?.code == .unencodable)
        #expect(error?.message.hasSuffix("as the field \(place)") ?? false, "\(error?.message ?? "")")
    }
}
