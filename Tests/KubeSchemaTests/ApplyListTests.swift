// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("Applying lists")
struct ApplyListTests {
    private func containers(_ json: String) -> String { "{\"spec\":{\"template\":{\"spec\":{\"containers\":\(json)}}}}" }
    private func containers(of bench: ApplyBench) -> String? { bench.text("spec", "template", "spec", "containers") }

    @Test("elements are merged by their key")
    func merge() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", containers(#"[{"name":"x","image":"i"}]"#))
        try bench.apply("b", containers(#"[{"name":"x","tty":true},{"name":"y","image":"j"}]"#))
        #expect(containers(of: bench) == #"[{"image":"i","name":"x","tty":true},{"image":"j","name":"y"}]"#)
        try bench.apply("b", "{}")
        #expect(containers(of: bench) == #"[{"image":"i","name":"x"}]"#)
    }

    @Test("an element that is left out is removed, with what nobody owns in it")
    func removal() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", containers(#"[{"name":"x"},{"name":"y"}]"#))
        bench.object?.set([["name": "x", "image": "d"], ["name": "y", "image": "d"]], at: "spec", "template", "spec", "containers")
        try bench.apply("a", containers(#"[{"name":"y"}]"#))
        #expect(containers(of: bench) == #"[{"image":"d","name":"y"}]"#)
    }

    @Test("lists in lists are merged by their keys too")
    func nested() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", containers(#"[{"name":"x","env":[{"name":"A","value":"1"}],"ports":[{"containerPort":80}]}]"#))
        try bench.apply("b", containers(#"[{"name":"x","env":[{"name":"B","value":"2"}],"ports":[{"containerPort":80,"protocol":"UDP"}]}]"#))
        #expect(
            containers(of: bench)
                == #"[{"env":[{"name":"B","value":"2"},{"name":"A","value":"1"}],"name":"x","ports":[{"containerPort":80,"protocol":"UDP"},{"containerPort":80}]}]"#
                || containers(of: bench)
                    == #"[{"env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],"name":"x","ports":[{"containerPort":80},{"containerPort":80,"protocol":"UDP"}]}]"#
        )
        #expect(
            try bench.fields("b")
                == #"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"x\"}":{".":{},"f:env":{"k:{\"name\":\"B\"}":{".":{},"f:name":{},"f:value":{}}},"f:name":{},"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"UDP\"}":{".":{},"f:containerPort":{},"f:protocol":{}}}}}}}}}"#
        )
        try bench.apply("a", containers(#"[{"name":"x"}]"#))
        #expect(containers(of: bench) == #"[{"env":[{"name":"B","value":"2"}],"name":"x","ports":[{"containerPort":80,"protocol":"UDP"}]}]"#)
    }

    @Test("a key that is left out has its default")
    func defaultedKeys() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", containers(#"[{"name":"x","ports":[{"containerPort":80}]}]"#))
        #expect(try bench.fields("a")?.contains(#"k:{\"containerPort\":80,\"protocol\":\"TCP\"}"#) == true)
        // As the server stores it.
        bench.object?.set([["name": "x", "ports": [["containerPort": 80, "protocol": "TCP"]]]], at: "spec", "template", "spec", "containers")
        let live = bench.object
        #expect(try bench.apply("a", containers(#"[{"name":"x","ports":[{"containerPort":80}]}]"#)) == live)
        try bench.apply("b", containers(#"[{"name":"x","ports":[{"containerPort":80,"name":"p"}]}]"#))
        #expect(containers(of: bench) == #"[{"name":"x","ports":[{"containerPort":80,"name":"p","protocol":"TCP"}]}]"#)
    }

    @Test("sets are united, and each manager removes its own members")
    func sets() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("a", #"{"metadata":{"finalizers":["x","y"]}}"#)
        try bench.apply("b", #"{"metadata":{"finalizers":["y","z"]}}"#)
        #expect(bench.text("metadata", "finalizers") == #"["x","y","z"]"#)
        #expect(try bench.fields("b") == #"{"f:metadata":{"f:finalizers":{"v:\"y\"":{},"v:\"z\"":{}}}}"#)
        try bench.apply("a", #"{"metadata":{"finalizers":["x"]}}"#)
        #expect(bench.text("metadata", "finalizers") == #"["x","y","z"]"#)
        try bench.apply("b", #"{"metadata":{"finalizers":[]}}"#)
        #expect(bench.text("metadata", "finalizers") == #"["x"]"#)
        try bench.apply("a", "{}")
        #expect(bench.text("metadata", "finalizers") == nil)
    }

    @Test("lists without keys are replaced, and are one field")
    func atomic() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", containers(#"[{"name":"x","command":["a","b"]}]"#))
        #expect(try bench.error(applying: containers(#"[{"name":"x","command":["b","a"]}]"#), as: "b").message.hasSuffix(#"[name="x"].command"#))
        try bench.apply("b", containers(#"[{"name":"x","command":["a","b"]}]"#))
        #expect(try bench.fields("b")?.contains(#""f:command":{}"#) == true)
    }

    struct Order: Sendable, CustomTestStringConvertible {
        var live: String
        var applied: String
        var result: String
        var testDescription: String { "\(applied) over \(live)" }
    }

    /// - Source: `mergingWalker.visitListItems`, structured-merge-diff typed/merge.go
    @Test(
        "applied elements stand as they were applied, the others where they were",
        arguments: [
            Order(live: "abc", applied: "abc", result: "abc"), Order(live: "abc", applied: "", result: "abc"),
            Order(live: "", applied: "abc", result: "abc"), Order(live: "ab", applied: "cd", result: "abcd"),
            Order(live: "abc", applied: "ca", result: "bca"), Order(live: "abcd", applied: "db", result: "acdb"),
            Order(live: "ace", applied: "abcde", result: "abcde"), Order(live: "ac", applied: "abc", result: "abc"),
            Order(live: "abc", applied: "xb", result: "axbc"), Order(live: "abc", applied: "bx", result: "abcx"),
            Order(live: "abc", applied: "c", result: "abc"), Order(live: "abcde", applied: "edcba", result: "edcba"),
        ])
    func order(_ example: Order) throws {
        func list(_ letters: String) -> String { "[" + letters.map { "\"\($0)\"" }.joined(separator: ",") + "]" }
        var bench = ApplyBench(ApplyBench.configMap)
        bench.object = try ApplyBench.object(ApplyBench.configMap, "{\"metadata\":{\"finalizers\":\(list(example.live))}}")
        try bench.apply("a", "{\"metadata\":{\"finalizers\":\(list(example.applied))}}")
        #expect(bench.text("metadata", "finalizers") == list(example.result))
    }

    @Test("an order that was applied once stays")
    func orderIsStable() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("a", #"{"metadata":{"finalizers":["c","a"]}}"#)
        try bench.apply("b", #"{"metadata":{"finalizers":["b","c"]}}"#)
        let first = try bench.apply("a", #"{"metadata":{"finalizers":["c","a"]}}"#)
        #expect(try bench.apply("a", #"{"metadata":{"finalizers":["c","a"]}}"#) == first)
    }

    @Test("a Pod's volumes and mounts are found by their keys")
    func pod() throws {
        var bench = ApplyBench(ApplyBench.pod)
        try bench.apply(
            "a",
            #"{"spec":{"containers":[{"name":"c","volumeMounts":[{"name":"v","mountPath":"/a"},{"name":"v","mountPath":"/b"}]}],"volumes":[{"name":"v"}]}}"#
        )
        #expect(
            try bench.fields("a")
                == #"{"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:name":{},"f:volumeMounts":{"k:{\"mountPath\":\"/a\"}":{".":{},"f:mountPath":{},"f:name":{}},"k:{\"mountPath\":\"/b\"}":{".":{},"f:mountPath":{},"f:name":{}}}}},"f:volumes":{"k:{\"name\":\"v\"}":{".":{},"f:name":{}}}}}"#
        )
    }

    @Test("5,000 elements cost no more for each than 500", .timeLimit(.minutes(1)))
    func cost() throws {
        func duration(_ count: Int) throws -> Duration {
            var bench = ApplyBench(ApplyBench.pod)
            let all = (0..<count).map { "{\"name\":\"E\($0)\",\"value\":\"1\"}" }
            func environment(_ list: some Sequence<String>) -> String {
                "{\"spec\":{\"containers\":[{\"name\":\"c\",\"env\":[\(list.joined(separator: ","))]}]}}"
            }
            return try ContinuousClock().measure {
                try bench.apply("a", environment(all))
                try bench.apply("b", environment(all.reversed().dropLast(count / 2)))
                try bench.apply("a", "{}")
                #expect(bench.object?.spec["containers"]?.array?.first?["env"]?.array?.count == count - count / 2)
            }
        }
        _ = try duration(50)
        let (few, many) = (try duration(500), try duration(5000))
        // Ten times as many take about ten times as long; a hundred times were it quadratic. Wide, for a busy machine.
        #expect(many < few * 40)
    }
}
