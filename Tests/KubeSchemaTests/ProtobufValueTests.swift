// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
@testable import KubeSchema
import Testing

@Suite("Protobuf values")
struct ProtobufValueTests {
    /// What Go prints of an object with nothing set.
    static let nothing: JSONObject = [
        "alwaysList": .null, "alwaysPointer": .null, "alwaysString": "", "duration": "0s", "intOrString": 0, "microTime": .null, "quantity": "0",
        "time": .null,
    ]
    /// What is written of it: every field that is no pointer, list or map, and no absent bytes.
    static let nothingWritten: [(number: UInt64, bytes: [UInt8])] = [
        (1, [0x0A, 0]), (2, [0x10, 0]), (3, [0x18, 0]), (4, [0x20, 0]), (5, [0x29, 0, 0, 0, 0, 0, 0, 0, 0]), (7, [0x3A, 3, 0x0A, 1, 0x30]),
        (8, [0x42, 6, 8, 0, 0x10, 0, 0x1A, 0]), (9, [0x4A, 0]), (10, [0x52, 0]), (11, [0x5A, 2, 8, 0]), (12, [0x62, 0]),
        (15, [0x7A, 2, 0x0A, 0]), (51, [0x9A, 3, 0]),
    ]

    struct Case: Sendable, CustomTestStringConvertible {
        var number: UInt64
        var member: String
        var json: JSONValue
        var bytes: [UInt8]

        init(_ number: UInt64, _ member: String, _ json: JSONValue, _ bytes: [UInt8]) {
            (self.number, self.member, self.json, self.bytes) = (number, member, json, bytes)
        }

        var testDescription: String { "\(member): \(json.encodedText.prefix(80))" }
    }

    private static let minusOne: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]

    static let cases: [Case] = [
        Case(1, "string", "é", [0x0A, 2, 0xC3, 0xA9]),
        Case(2, "bool", true, [0x10, 1]),
        Case(3, "int32", -1, [0x18] + minusOne),
        Case(3, "int32", 2_147_483_647, [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 7]),
        Case(3, "int32", -2_147_483_648, [0x18, 0x80, 0x80, 0x80, 0x80, 0xF8, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
        Case(4, "int64", .integer(.max), [0x20, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        Case(4, "int64", .integer(.min), [0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]),
        Case(5, "float64", 0.5, [0x29, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F]),
        Case(5, "float64", 2, [0x29, 0, 0, 0, 0, 0, 0, 0, 0x40]),
        Case(6, "bytes", "AP8=", [0x32, 2, 0, 0xFF]),
        Case(7, "quantity", "1500m", [0x3A, 7, 0x0A, 5] + Array("1500m".utf8)),
        Case(8, "intOrString", -1, [0x42, 15, 8, 0, 0x10] + minusOne + [0x1A, 0]),
        Case(8, "intOrString", "", [0x42, 6, 8, 1, 0x10, 0, 0x1A, 0]),
        Case(8, "intOrString", "25%", [0x42, 9, 8, 1, 0x10, 0, 0x1A, 3, 0x32, 0x35, 0x25]),
        Case(9, "time", "1970-01-01T00:00:00Z", [0x4A, 4, 8, 0, 0x10, 0]),
        Case(9, "time", "1969-12-31T23:59:59Z", [0x4A, 13, 8] + minusOne + [0x10, 0]),
        Case(10, "microTime", "1970-01-01T00:00:01.000001Z", [0x52, 5, 8, 1, 0x10, 0xE8, 7]),
        Case(11, "duration", "1m0s", [0x5A, 7, 8, 0x80, 0xB0, 0x9D, 0xC2, 0xDF, 1]),
        Case(11, "duration", "-1ns", [0x5A, 11, 8] + minusOne),
        Case(12, "raw", ["a": [1, .null]], [0x62, 16, 0x0A, 14] + Array(#"{"a":[1,null]}"#.utf8)),
        Case(15, "inner", "x", [0x7A, 3, 0x0A, 1, 0x78]),
        Case(16, "strings", ["a", ""], [0x82, 1, 1, 0x61, 0x82, 1, 0]),
        Case(17, "numbers", [0, -1], [0x88, 1, 0, 0x88, 1] + minusOne),
        Case(18, "doubles", [0.5], [0x91, 1, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F]),
        Case(19, "flags", [false, true], [0x98, 1, 0, 0x98, 1, 1]),
        Case(20, "moments", ["1970-01-01T00:00:00Z", .null], [0xA2, 1, 4, 8, 0, 0x10, 0, 0xA2, 1, 0]),
        Case(21, "sets", ["a": ["b"], "c": []], [0xAA, 1, 8, 0x0A, 1, 0x61, 0x12, 3, 0x0A, 1, 0x62, 0xAA, 1, 5, 0x0A, 1, 0x63, 0x12, 0]),
        Case(22, "counts", ["b": 1, "": 0], [0xB2, 1, 4, 0x0A, 0, 0x10, 0, 0xB2, 1, 5, 0x0A, 1, 0x62, 0x10, 1]),
        Case(23, "blobs", ["a": "", "b": "AA=="], [0xBA, 1, 5, 0x0A, 1, 0x61, 0x12, 0, 0xBA, 1, 6, 0x0A, 1, 0x62, 0x12, 1, 0]),
        Case(24, "inners", ["a": [:]], [0xC2, 1, 7, 0x0A, 1, 0x61, 0x12, 2, 0x0A, 0]),
        Case(25, "raws", [.null, 1], [0xCA, 1, 0, 0xCA, 1, 3, 0x0A, 1, 0x31]),
        Case(31, "pString", "", [0xFA, 1, 0]),
        Case(32, "pBool", false, [0x80, 2, 0]),
        Case(33, "pInt32", 0, [0x88, 2, 0]),
        Case(34, "pInt64", 0, [0x90, 2, 0]),
        Case(35, "pFloat64", 0, [0x99, 2, 0, 0, 0, 0, 0, 0, 0, 0]),
        Case(37, "pQuantity", "0", [0xAA, 2, 3, 0x0A, 1, 0x30]),
        Case(38, "pIntOrString", 0, [0xB2, 2, 6, 8, 0, 0x10, 0, 0x1A, 0]),
        Case(41, "pDuration", "0s", [0xCA, 2, 2, 8, 0]),
        Case(42, "pRaw", [:], [0xD2, 2, 4, 0x0A, 2, 0x7B, 0x7D]),
        Case(53, "alwaysPointer", [:], [0xAA, 3, 2, 0x0A, 0]),
    ]

    @Test("a value is written as upstream writes it, among the zeros of the other fields, and read back", arguments: cases)
    func values(one: Case) throws {
        var fields = Self.nothingWritten.filter { $0.number != one.number }
        fields.append((one.number, one.bytes))
        let message = fields.sorted { $0.number < $1.number }.flatMap(\.bytes)
        #expect(try EveryType.encode([one.member: one.json] as JSONObject) == message)
        var expected = Self.nothing
        expected[one.member] = one.json
        #expect(try EveryType.decode(message) == expected)
        #expect(try EveryType.decode(one.bytes) == expected)
    }

    @Test("zeros are written, but don't come back where Go leaves them out")
    func zeros() throws {
        let message = Self.nothingWritten.flatMap(\.bytes)
        #expect(try EveryType.encode([:]) == message)
        #expect(try EveryType.encode(Self.nothing) == message)
        #expect(try EveryType.decode(message) == Self.nothing)
        #expect(try EveryType.decode([]) == Self.nothing)
        // Empty bytes, which are written when they are given, and an empty wrapped list.
        #expect(try EveryType.decode([0x32, 0, 0x72, 0]) == Self.nothing)
    }

    @Test("a pointer to no time is null")
    func pointersToNothing() throws {
        var expected = Self.nothing
        (expected["pTime"], expected["pMicroTime"], expected["pRaw"]) = (.some(.null), .some(.null), .some(.null))
        #expect(try EveryType.decode([0xBA, 2, 0, 0xC2, 2, 0, 0xD2, 2, 0]) == expected)
    }

    @Test(
        "numbers are read as upstream reads them: cut to their width, whatever the length of their bytes",
        arguments: [
            ([0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F], "int32", JSONValue.integer(-1)), ([0x18, 0x85, 0x80, 0x00], "int32", 5),
            ([0x10, 0x80, 0x02], "bool", true), ([0x88, 1, 1, 0x8A, 1, 3, 2, 0xAC, 2, 0x88, 1, 4], "numbers", [1, 2, 300, 4]),
            ([0x92, 1, 8, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F], "doubles", [0.5]),
            ([0x52, 5, 8, 1, 0x10, 0xE7, 7], "microTime", "1970-01-01T00:00:01.000000Z"),
            ([0x4A, 5, 8, 1, 0x10, 0xE7, 7], "time", "1970-01-01T00:00:01Z"),
            ([0x52, 13, 8, 1, 0x10, 0x98, 0xF8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], "microTime", "1970-01-01T00:00:00.999999Z"),
        ] as [([UInt8], String, JSONValue)])
    func unusualNumbers(message: [UInt8], member: String, json: JSONValue) throws {
        #expect(try EveryType.decode(message)[member] == json)
    }

    @Test("of a repeated value the last counts, messages are merged, and fields may come in any order")
    func repeatedFields() throws {
        let object = try EveryType.decode(
            [
                0x20, 1, 0x0A, 1, 0x61, 0x20, 2, 0x6A, 2, 0x20, 7, 0x6A, 3, 0x0A, 1, 0x7A, 0xB2, 1, 5, 0x0A, 1, 0x62, 0x10, 1, 0xB2, 1, 5, 0x0A, 1,
                0x62, 0x10, 2,
            ])
        #expect(object["int64"] == 2 && object["string"] == "a" && object["counts"] == ["b": 2])
        #expect(object["next"]?["int64"] == 7 && object["next"]?["string"] == "z")
    }

    @Test("fields that are not known are passed over, groups among them")
    func unknownFields() throws {
        let unknown: [UInt8] =
            [0xA0, 6, 0xFF, 0xFF, 3] + [0xA1, 6, 1, 2, 3, 4, 5, 6, 7, 8] + [0xA5, 6, 1, 2, 3, 4] + [0xA2, 6, 2, 0xFF, 0xFF]
            + [0xA3, 6, 8, 1, 0x13, 0x12, 1, 0, 0x14, 0xA4, 6] + [0xF8, 0xFF, 0xFF, 0xFF, 0x0F, 1] + [0x82, 3, 0]
        #expect(try EveryType.decode(unknown + [0x20, 3] + unknown)["int64"] == 3)
        #expect(try EveryType.decode([0x5A, 2, 8, 5] + [0x3A, 7] + [0x18, 9] + [0x0A, 1, 0x31] + [0x20, 1])["quantity"] == "1")
        #expect(try EveryType.decode([0xB2, 1, 7, 0x18, 9, 0x0A, 1, 0x62, 0x10, 1])["counts"] == ["b": 1])
        #expect(try EveryType.decode([0xB2, 1, 0])["counts"] == ["": 0])
    }
}
