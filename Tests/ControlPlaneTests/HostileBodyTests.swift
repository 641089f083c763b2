// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1
import Testing

@testable import ControlPlane

/// Bodies within the size that a request may have, made to cost much. In time quadratic in their size they would outlast the limit by far.
@Suite("Hostile bodies are refused, or cost what their size does", .timeLimit(.minutes(2)))
struct HostileBodyTests {
    private static let maps = "/api/v1/namespaces/default/configmaps"

    struct Body: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: UInt
        var type = "application/json"
        var query = ""
        let text: String

        init(_ description: String, _ code: UInt, type: String = "application/json", query: String = "", _ text: () -> String) {
            testDescription = description
            self.code = code
            self.type = type
            self.query = query
            self.text = text()
        }
    }

    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }
    private static func map(_ members: String) -> String { #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"# + members + "}" }

    static let creations = [
        Body("nested 600 levels", 400) { map(#""x":"# + repeated("[", 600) + repeated("]", 600)) },
        Body("nested without end", 400) { repeated(#"{"a":"#, 500_000) },
        Body("a number with an exponent of six digits", 400) { map(#""x":1e999999"#) },
        Body("a number with a million digits", 400) { map(#""x":"# + repeated("9", 1_000_000)) },
        Body("a number with a million zeros behind the point", 201) { map(#""x":0."# + repeated("0", 1_000_000) + "1") },
        Body("a text of a megabyte, mostly escapes", 201) { map(#""data":{"x":""# + repeated("\\u00e9", 300_000) + #""}"#) },
        Body("a text longer than a ConfigMap holds", 422) { map(#""data":{"x":""# + repeated("x", 1_100_000) + #""}"#) },
        Body("many unknown fields", 201) { map((0..<50_000).map { "\"x\($0)\":0" }.joined(separator: ",")) },
        Body("many repeated fields", 400, query: "?fieldValidation=Strict") { map(repeated(#""x":{"a":0,"a":0},"#, 50_000) + #""y":0"#) },
        Body("a label whose key is a megabyte", 422) { #"{"metadata":{"name":"a","labels":{""# + repeated("k", 1_000_000) + #"":"v"}}}"# },
        Body("many labels, all wrong", 422) {
            #"{"metadata":{"name":"a","labels":{"# + (0..<20_000).map { "\"?\($0)\":\"v\"" }.joined(separator: ",") + "}}}"
        },
        Body("YAML: keys in falling order", 201, type: "application/yaml") {
            "metadata: {name: a}\ndata:\n" + (0..<30_000).reversed().map { "  k\(100_000 + $0): x\n" }.joined()
        },
        Body("YAML: aliases of aliases", 400, type: "application/yaml") {
            "a0: &a0 [x, x]\n" + (1...40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        },
        Body("YAML: merges of merges", 400, type: "application/yaml") {
            "a0: &a0 {x: 1}\n" + (1...40).map { "a\($0): &a\($0)\n  <<: [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        },
        Body("YAML: a list that nests without end", 400, type: "application/yaml") { repeated("[", 500_000) },
        Body("YAML: a block that nests without end", 400, type: "application/yaml") { repeated("- ", 500_000) },
        Body("YAML: keys that are keys that are keys", 400, type: "application/yaml") { repeated("? ", 500_000) },
        Body("YAML: keys that are lists that are keys", 400, type: "application/yaml") { repeated("? [", 200) + repeated("]", 200) },
        Body("YAML: many documents", 400, type: "application/yaml") { repeated("---\na\n", 100_000) },
    ]

    @Test("created", arguments: creations)
    func created(_ body: Body) async throws {
        let harness = try await Harness()
        let reply = try await harness.sendText(.POST, Self.maps + body.query, body.text, type: body.type)
        #expect(reply.code == body.code, "\(reply.text.prefix(300))")
        #expect(reply.headers.filter { $0.name.lowercased() == "warning" }.count <= 100)
    }

    private static let finalizers = "/metadata/finalizers"

    static let patches = [
        Body("more operations than are allowed", 413, type: "application/json-patch+json") {
            "[" + repeated(#"{"op":"test","path":"/data","value":null},"#, 10_000) + #"{"op":"test","path":"/data","value":null}]"#
        },
        Body("insertions at the front of a long list", 413, type: "application/json-patch+json") {
            #"[{"op":"add","path":"/metadata/finalizers","value":["# + repeated("0,", 200_000) + "0]}"
                + repeated(#",{"op":"add","path":"/metadata/finalizers/0","value":0}"#, 9_990) + "]"
        },
        Body("copies of copies", 422, type: "application/json-patch+json") {
            #"[{"op":"add","path":"/x","value":{}}"# + (0..<60).map { #",{"op":"copy","from":"/x","path":"/x/\#($0)"}"# }.joined() + "]"
        },
        Body("moves that nest", 422, type: "application/json-patch+json") {
            let deep = repeated(#"{"a":"#, 400) + "0" + repeated("}", 400)
            return
                #"[{"op":"add","path":"/x","value":\#(deep)},{"op":"add","path":"/y","value":\#(deep)},{"op":"move","from":"/x","path":"/y\#(repeated("/a", 399))"}]"#
        },
        Body("a value put too deep", 422, type: "application/json-patch+json") {
            let deep = repeated(#"{"a":"#, 400) + "0" + repeated("}", 400)
            return #"[{"op":"add","path":"/x","value":\#(deep)},{"op":"add","path":"/x\#(repeated("/a", 399))","value":\#(deep)}]"#
        },
        Body("many changes in many objects", 422, type: "application/json-patch+json") {
            #"[{"op":"add","path":"/data","value":{}}"#
                + (0..<9_999).map { #",{"op":"add","path":"/data/k\#($0)","value":"\#(repeated("x", 120))"}"# }.joined() + "]"
        },
        Body("a merge patch with many new keys before all others", 200, type: "application/merge-patch+json") {
            #"{"data":{"# + (0..<120_000).map { "\"a\(100_000 + $0)\":\"x\"" }.joined(separator: ",") + "}}"
        },
        Body("a merge patch nested 600 levels", 400, type: "application/merge-patch+json") { repeated(#"{"a":"#, 600) + "0" + repeated("}", 600) },
        Body("a strategic one that deletes many elements of a list", 200, type: "application/strategic-merge-patch+json") {
            #"{"metadata":{"ownerReferences":["# + (0..<20_000).map { #"{"$patch":"delete","uid":"\#($0)"}"# }.joined(separator: ",") + "]}}"
        },
        Body("a strategic one that deletes many plain values", 200, type: "application/strategic-merge-patch+json") {
            #"{"metadata":{"$deleteFromPrimitiveList/finalizers":["# + (0..<100_000).map { "\"a/f\($0)\"" }.joined(separator: ",") + "]}}"
        },
        Body("a strategic one that orders many plain values", 400, type: "application/strategic-merge-patch+json") {
            let values = (0..<60_000).map { "\"a/f\($0)\"" }
            return #"{"metadata":{"$setElementOrder/finalizers":["# + values.joined(separator: ",") + #"],"finalizers":["#
                + values.reversed().joined(separator: ",") + "]}}"
        },
    ]

    @Test("patched", arguments: patches)
    func patched(_ body: Body) async throws {
        let harness = try await Harness()
        var object = Manifests.configMap("a", data: Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("z\($0)", "x") }))
        object["metadata"]?["finalizers"] = .array((0..<3_000).map { .string("a/f\($0)") })
        #expect(try await harness.send(.POST, Self.maps, object).code == 201)
        let reply = try await harness.sendText(.PATCH, Self.maps + "/a", body.text, type: body.type)
        #expect(reply.code == body.code, "\(reply.text.prefix(300))")
        // Whatever came of it can be read again.
        let kept = try await harness.send(.GET, Self.maps + "/a")
        #expect(kept.code == 200 && kept.value(at: "metadata", "name") == "a")
    }
}
