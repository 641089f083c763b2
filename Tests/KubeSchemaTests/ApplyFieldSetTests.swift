// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("Field sets")
struct ApplyFieldSetTests {
    private static let everything = """
        {"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\\"name\\":\\"a\\"}":\
        {".":{},"f:ports":{"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{}}}}}}}},\
        "f:values":{"i:0":{},"i:12":{"f:x":{}},"v:1":{},"v:true":{},"v:\\"a \\\\\\"quoted\\\\\\" one\\"":{}}}
        """

    @Test("every kind of step is read and written again")
    func roundTrip() throws {
        let json = try JSONValue.parse(Self.everything)
        let set = try FieldSet(fieldsV1: json)
        #expect(set.fieldsV1 == json)
        #expect(set.contains([.field("metadata"), .field("labels")]))
        #expect(!set.contains([.field("metadata")]))
        #expect(set.contains([.field("values"), .value("a \"quoted\" one")]))
        #expect(set.contains([.field("values"), .index(12), .field("x")]))
        #expect(!set.contains([.field("values"), .index(12)]))
        #expect(FieldSet(set.paths) == set)
        #expect(set.count == set.paths.count)
    }

    @Test("texts that JSON escapes survive", arguments: ["", "a\"b", "line\nbreak", "back\\slash", "é", "e\u{301}", "日本", "\u{1}", "a.b/c:d"])
    func escapes(text: String) throws {
        let set = FieldSet([
            [.field("a"), .value(.string(text))], [.field("a"), .key(["name": .string(text)])], [.field("b"), .field(text)],
        ])
        let read = try FieldSet(fieldsV1: JSONValue.parse(set.fieldsV1.encodedText))
        #expect(read == set)
        #expect(read.count == 3)
    }

    @Test("letters that only look alike are different elements")
    func canonicalEquivalence() {
        let set = FieldSet([[.value("é")], [.value("e\u{301}")], [.field("é")], [.field("e\u{301}")]])
        #expect(set.count == 4)
    }

    @Test("a number with and without a fraction is the same element")
    func numbers() {
        #expect(FieldSet([[.value(1)], [.value(1.0)]]).count == 1)
        #expect(FieldPathElement.key(["port": 80]) == .key(["port": 80.0]))
        #expect(FieldPathElement.key(["port": 80]).hashValue == FieldPathElement.key(["port": 80.0]).hashValue)
    }

    @Test(
        "what is no fieldsV1 is refused",
        arguments: [
            "[]", "\"f:a\"", "null", "{\"a\":{}}", "{\"f\":{}}", "{\"\":{}}", "{\"fa\":{}}", "{\"f:a\":1}", "{\"f:a\":[]}", "{\"f:a\":{\"b\":{}}}",
            "{\"k:x\":{}}", "{\"k:[1]\":{}}", "{\"k:{\\\"a\\\"\":{}}", "{\"v:\":{}}", "{\"v:nope\":{}}", "{\"i:x\":{}}", "{\"i:\":{}}",
            "{\"i:1.5\":{}}",
        ])
    func malformed(text: String) throws {
        let json = try JSONValue.parse(text)
        #expect(throws: FieldsV1Error.self) { try FieldSet(fieldsV1: json) }
    }

    @Test("steps of a kind that a later version may know are left out")
    func unknownSteps() throws {
        #expect(try FieldSet(fieldsV1: ["x:y": [:], "f:a": [:]]) == FieldSet([[.field("a")]]))
    }

    @Test("a field says nothing of those below it")
    func difference() throws {
        let parent = FieldSet([[.field("a")]])
        let child = FieldSet([[.field("a"), .field("b")]])
        #expect(parent.difference(child) == parent)
        #expect(child.difference(parent) == child)
        #expect(child.recursiveDifference(parent).isEmpty)
        #expect(parent.union(child).difference(parent) == child)
        #expect(parent.intersection(child).isEmpty)
        #expect(parent.union(child).intersection(child) == child)
        #expect(parent.union(child).fieldsV1 == ["f:a": [".": [:], "f:b": [:]]])
        #expect(parent.union(child).recursiveDifference(child) == parent)
    }

    @Test("the operations agree with those on plain sets of paths")
    func againstPlainSets() {
        var random = SplitMix(seed: 7)
        func path() -> [FieldPathElement] {
            (0..<Int.random(in: 1...3, using: &random)).map { _ -> FieldPathElement in
                switch Int.random(in: 0..<4, using: &random) {
                case 0: .field(["a", "b"].randomElement(using: &random) ?? "")
                case 1: .key(["name": ["a", "b"].randomElement(using: &random) ?? ""])
                case 2: .value(.integer(Int64.random(in: 0..<2, using: &random)))
                default: .index(Int.random(in: 0..<2, using: &random))
                }
            }
        }
        for _ in 0..<200 {
            let left = (0..<12).map { _ in path() }
            let right = (0..<12).map { _ in path() }
            let (a, b) = (FieldSet(left), FieldSet(right))
            #expect(Set(a.union(b).paths) == Set(left).union(right))
            #expect(Set(a.intersection(b).paths) == Set(left).intersection(right))
            #expect(Set(a.difference(b).paths) == Set(left).subtracting(right))
            #expect(a.union(b) == b.union(a))
        }
    }

    @Test(
        "an entry of managedFields that lacks something is refused",
        arguments: [
            #"{}"#, #"{"operation":"Delete","apiVersion":"v1","fieldsType":"FieldsV1"}"#, #"{"operation":"Apply","fieldsType":"FieldsV1"}"#,
            #"{"operation":"Apply","apiVersion":"v1"}"#, #"{"operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV2"}"#,
            #"{"operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"a":{}}}"#,
        ])
    func malformedEntries(text: String) throws {
        let json = try JSONValue.parse(text)
        #expect(throws: FieldsV1Error.self) { try ManagedFieldsEntry(json) }
    }

    @Test("an entry is written as it was read")
    func entry() throws {
        let json = try JSONValue.parse(
            #"{"apiVersion":"apps/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:replicas":{}}},"manager":"m","operation":"Update","subresource":"scale","time":"2026-11-27T10:00:00Z"}"#
        )
        #expect(try ManagedFieldsEntry(json).json == json)
    }
}

/// A small generator whose numbers follow from its seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
