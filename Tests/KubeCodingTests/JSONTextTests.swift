// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import TestKit
import Testing

@Suite("JSON text")
struct JSONTextTests {
    @Test(
        "values are read exactly",
        arguments: [
            ("0", 0), ("-0", 0), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            ("-9223372036854775809", .number(-9_223_372_036_854_775_808)), ("1.5", 1.5), ("1e2", .number(100)), ("1E-2", .number(0.01)),
            ("123456789012345678901234567890", .number(1.2345678901234568e29)),
            (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\uD83D\uDE42""#, "é🙂"), (#""\ud83d""#, "\u{FFFD}"),
            (#""\ud83dx""#, "\u{FFFD}x"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ude42""#, "\u{FFFD}"),
            (" [ ] ", []), ("{ }", [:]), (" [1 , 2]", [1, 2]),
            (#"{"b":1,"a":{"c":[true,false,null]}}"#, ["a": ["c": [true, false, .null]], "b": 1]),
            (#"{"aVeryLongMemberName":1,"aVeryLongMemberNamf":2}"#, ["aVeryLongMemberName": 1, "aVeryLongMemberNamf": 2]),
        ] as [(String, JSONValue)])
    func values(text: String, expected: JSONValue) throws {
        #expect(try JSONValue.parse(text) == expected)
    }

    @Test(
        "what is not JSON is refused at its byte",
        arguments: [
            ("", 0), (" ", 1), ("nul", 0), ("nulll", 4), ("tru", 0), ("01", 1), ("-", 1), ("+1", 0), ("1.", 2), (".5", 0), ("1e", 2), ("1e+", 3),
            ("0x1", 1), ("1e999", 0), ("-1e999", 0), ("NaN", 0),
            ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[1 2]", 3), ("{", 1), ("{\"a\"", 4), ("{\"a\":", 5), ("{\"a\":1", 6), ("{\"a\":1,", 7),
            ("{\"a\":1,}", 7), ("{a:1}", 1), ("{\"a\" 1}", 5),
            ("{1:2}", 1), ("\"", 1), ("\"a", 2), ("\"\\", 2), ("\"\\x\"", 2), ("\"\\u12\"", 5), ("\"\\u12g4\"", 5), ("\"\n\"", 1), ("\"a\\n\t\"", 4),
            ("1 2", 2), ("{} x", 3), ("'a'", 0), ("[1}", 2), ("{\"a\":1]", 6), ("//", 0),
        ])
    func malformed(text: String, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
        #expect(error?.offset == offset)
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80]] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONValue.parse([0x22] + bytes + [0x22]) }
        #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0x5C, 0x6E] + bytes + [0x22]) }
    }

    @Test("nesting is bounded")
    func depth() throws {
        for limit in [1, JSONValue.maximumRequestDepth, JSONValue.maximumDepth] {
            let deepest = Array((String(repeating: "[", count: limit) + String(repeating: "]", count: limit)).utf8)
            _ = try JSONValue.parse(deepest, maximumDepth: limit)
            #expect(throws: JSONError.self) { try JSONValue.parse([0x5B] + deepest + [0x5D], maximumDepth: limit) }
        }
        #expect(throws: JSONError.self) { try JSONValue.parse(String(repeating: "{\"a\":", count: 100_000)) }
    }

    @Test("members that stand twice are named by their path, and the last one counts")
    func duplicates() throws {
        let text = #"{"spec":{"a":1,"containers":[{"x":0},{"name":"n","name":"m"}],"a":2,"a":3},"kind":1,"kind":2}"#
        let (value, duplicates) = try JSONValue.parseReportingDuplicates(Array(text.utf8))
        #expect(duplicates.sorted() == ["kind", "spec.a", "spec.containers[1].name"])
        #expect(value.value(at: "spec", "a") == 3)
        #expect(value["kind"] == 2)
        // Equal as Swift text, different in JSON.
        #expect(try JSONValue.parseReportingDuplicates(Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8)).duplicates.isEmpty)
    }

    @Test("of many members that stand twice a hundred are named, however deep they stand")
    func manyDuplicates() throws {
        let deep = String(repeating: #"{"x":"#, count: 400) + "{" + String(repeating: #""a":0,"b":0,"#, count: 50_000) + #""c":0}"#
        let text = "[" + String(repeating: #"{"k":0,"k":1},"#, count: 200) + deep + String(repeating: "}", count: 400) + "]"
        #expect(try JSONValue.parseReportingDuplicates(Array(text.utf8)).duplicates.count == 100)
    }

    @Test("writing escapes what JSON needs escaped, and no more")
    func writing() {
        let value: JSONValue = [
            "s": "a\"\\\n\t\r\u{1}\u{1F}é🙂/", "i": .integer(.min), "z": 0, "n": -7, "d": 0.25, "w": .number(3), "inf": .number(.infinity),
            "l": [[], [:], .null, true],
        ]
        #expect(
            value.encodedText
                == #"{"d":0.25,"i":-9223372036854775808,"inf":null,"l":[[],{},null,true],"n":-7,"s":"a\"\\\n\t\r\u0001\u001fé🙂/","w":3,"z":0}"#)
    }

    @Test("whatever is written reads back the same")
    func randomTrees() throws {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            let tree = random.tree(depth: 5)
            #expect(try JSONValue.parse(tree.encoded) == tree)
        }
    }

    @Test("no damage to a text traps the parser")
    func randomDamage() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<4000 {
            var bytes = random.tree(depth: 4).encoded
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                guard !bytes.isEmpty else { break }
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
                default: bytes.insert(Array(#"{}[]":,\u0e-."#.utf8).randomElement(using: &random) ?? 0, at: place)
                }
            }
            if let value = try? JSONValue.parse(bytes) { #expect(try JSONValue.parse(value.encoded).encoded == value.encoded) }
        }
    }
}

/// The same numbers for the same seed, on every machine.
extension SeededRandom {
    mutating func tree(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &self) {
        case 0: .null
        case 1: .bool(Bool.random(using: &self))
        case 2: .integer(Int64(bitPattern: next()) >> Int64.random(in: 0..<64, using: &self))
        case 3: .number(Double.random(in: -1e9...1e9, using: &self) + 0.5e-3)
        case 4, 5: .string(text())
        case 6: .array((0..<Int.random(in: 0..<5, using: &self)).map { _ in tree(depth: depth - 1) })
        default: .object(JSONObject((0..<Int.random(in: 0..<6, using: &self)).map { _ in (text(), tree(depth: depth - 1)) }))
        }
    }

    private mutating func text() -> String {
        let alphabet: [Unicode.Scalar] = ["a", "b", "Z", "0", "\"", "\\", "\n", "\u{1}", "é", "🙂", " ", "/", "\u{2028}"]
        var text = ""
        for _ in 0..<Int.random(in: 0..<24, using: &self) { text.unicodeScalars.append(alphabet.randomElement(using: &self) ?? "a") }
        return text
    }
}
