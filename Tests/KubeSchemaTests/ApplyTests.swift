// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("Apply")
struct ApplyTests {
    @Test("the first apply creates the object and owns what it sets")
    func create() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("a", #"{"metadata":{"labels":{"app":"x"}},"data":{"k":"v"}}"#)
        #expect(bench.text("data") == #"{"k":"v"}"#)
        #expect(
            bench.text("metadata", "managedFields")
                == #"[{"apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k":{}},"f:metadata":{"f:labels":{"f:app":{}}}},"manager":"a","operation":"Apply","time":"2026-11-27T10:00:01Z"}]"#
        )
    }

    @Test("applying the same again changes nothing, not even the time")
    func reapply() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        let first = try bench.apply("a", #"{"data":{"k":"v"}}"#)
        #expect(try bench.apply("a", #"{"data":{"k":"v"}}"#) == first)
        #expect(try bench.apply("a", #"{"data":{"k":"w"}}"#) != first)
        #expect(try bench.time("a") == Timestamp("2026-11-27T10:00:03Z"))
    }

    @Test("what the server added stays when a manager applies again")
    func keepsServerFields() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        let configuration = #"{"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}}}}}"#
        try bench.apply("a", configuration)
        bench.object?.set(1, at: "spec", "replicas")
        bench.object?.set("u", at: "metadata", "uid")
        bench.object?.resourceVersion = "5"
        let live = bench.object
        #expect(try bench.apply("a", configuration) == live)
        #expect(try bench.fields("a") == #"{"f:spec":{"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:a":{}}}}}}"#)
    }

    @Test("names and versions are nobody's")
    func strippedMetadata() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply(
            "a",
            #"{"metadata":{"uid":"u","resourceVersion":"1","generation":3,"creationTimestamp":null,"selfLink":"/x","annotations":{"n":"1"}}}"#)
        #expect(try bench.fields("a") == #"{"f:metadata":{"f:annotations":{"f:n":{}}}}"#)
    }

    @Test("a manager that sets nothing has no entry")
    func emptyConfiguration() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("a", "{}")
        #expect(bench.text("metadata", "managedFields") == nil)
        #expect(bench.object?.name == "o")
    }

    @Test("a field that is left out the next time is removed")
    func removal() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("a", #"{"data":{"k":"v","l":"w"}}"#)
        try bench.apply("a", #"{"data":{"l":"w"}}"#)
        #expect(bench.text("data") == #"{"l":"w"}"#)
        try bench.apply("a", "{}")
        #expect(bench.text("data") == nil)
        #expect(try bench.entries.isEmpty)
        #expect(bench.object?.name == "o")
    }

    @Test("a removed field that another applier owns too stays")
    func removalOfShared() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("a", #"{"data":{"k":"v","l":"w"}}"#)
        try bench.apply("b", #"{"data":{"k":"v"}}"#)
        #expect(try bench.fields("a") == #"{"f:data":{"f:k":{},"f:l":{}}}"#)
        #expect(try bench.fields("b") == #"{"f:data":{"f:k":{}}}"#)
        try bench.apply("a", "{}")
        #expect(bench.text("data") == #"{"k":"v"}"#)
        #expect(try bench.fields("a") == nil)
        #expect(try bench.fields("b") == #"{"f:data":{"f:k":{}}}"#)
        try bench.apply("b", "{}")
        #expect(bench.text("data") == nil)
    }

    @Test("a removed field that an updater owns too stays")
    func removalOfUpdated() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.update("u", #"{"data":{"k":"v"}}"#)
        try bench.apply("a", #"{"data":{"k":"v","l":"w"}}"#)
        try bench.apply("a", "{}")
        #expect(bench.text("data") == #"{"k":"v"}"#)
    }

    @Test("a field that nobody owns stays beside one that is left out")
    func removalSparesUnowned() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"paused":true,"replicas":2}}"#)
        bench.object?.set(10, at: "spec", "progressDeadlineSeconds")
        try bench.apply("a", #"{"spec":{"paused":true}}"#)
        #expect(bench.text("spec") == #"{"paused":true,"progressDeadlineSeconds":10}"#)
    }

    @Test("an object that is left out goes with the defaults in it, unless others own some of it")
    func removalTakesDefaults() throws {
        let with = #"{"spec":{"template":{"spec":{"containers":[{"name":"c","livenessProbe":{"tcpSocket":{"port":80}}}]}}}}"#
        let without = #"{"spec":{"template":{"spec":{"containers":[{"name":"c"}]}}}}"#
        func withDefault() throws -> ApplyBench {
            var bench = ApplyBench(ApplyBench.deployment)
            try bench.apply("a", with)
            let probe: JSONValue = ["tcpSocket": ["port": 80], "periodSeconds": 10]
            bench.object?.set([["name": "c", "livenessProbe": probe]], at: "spec", "template", "spec", "containers")
            return bench
        }
        var bench = try withDefault()
        try bench.apply("a", without)
        #expect(bench.text("spec", "template", "spec", "containers") == #"[{"name":"c"}]"#)
        bench = try withDefault()
        try bench.apply("b", #"{"spec":{"template":{"spec":{"containers":[{"name":"c","livenessProbe":{"timeoutSeconds":3}}]}}}}"#)
        try bench.apply("a", without)
        #expect(
            bench.text("spec", "template", "spec", "containers") == #"[{"livenessProbe":{"periodSeconds":10,"timeoutSeconds":3},"name":"c"}]"#)
    }

    @Test("ownership is shared by managers that apply the same value")
    func sharing() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":2}}"#)
        try bench.apply("b", #"{"spec":{"replicas":2}}"#)
        #expect(try bench.entries.map(\.manager) == ["a", "b"])
        #expect(try bench.time("a") == Timestamp("2026-11-27T10:00:01Z"))
        #expect(try bench.time("b") == Timestamp("2026-11-27T10:00:02Z"))
        #expect(try bench.error(applying: #"{"spec":{"replicas":3}}"#, as: "b").code == 409)
    }

    @Test("values owned as a whole are replaced as a whole")
    func atomic() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"template":{"spec":{"nodeSelector":{"a":"1","b":"2"},"containers":[{"name":"c","args":["x","y"]}]}}}}"#)
        try bench.apply("a", #"{"spec":{"template":{"spec":{"nodeSelector":{"b":"3"},"containers":[{"name":"c","args":["z"]}]}}}}"#)
        #expect(bench.text("spec", "template", "spec") == #"{"containers":[{"args":["z"],"name":"c"}],"nodeSelector":{"b":"3"}}"#)
        #expect(
            try bench.fields("a")
                == #"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:args":{},"f:name":{}}},"f:nodeSelector":{}}}}}"#
        )
    }

    @Test("a selector is owned as a whole, by others too")
    func atomicConflict() throws {
        var bench = ApplyBench(ApplyBench.service)
        try bench.apply("a", #"{"spec":{"selector":{"a":"1"}}}"#)
        #expect(try bench.error(applying: #"{"spec":{"selector":{"b":"1"}}}"#, as: "b").message.hasSuffix(#""a": .spec.selector"#))
        #expect(try bench.fields("a") == #"{"f:spec":{"f:selector":{}}}"#)
    }

    @Test("null unsets a field and owns it")
    func null() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":2,"paused":true}}"#)
        let unset = try bench.apply("a", #"{"spec":{"replicas":null,"paused":true}}"#)
        #expect(bench.text("spec") == #"{"paused":true}"#)
        #expect(try bench.fields("a") == #"{"f:spec":{"f:paused":{},"f:replicas":{}}}"#)
        #expect(try bench.apply("a", #"{"spec":{"replicas":null,"paused":true}}"#) == unset)
    }

    @Test("null meets another owner's value as a conflict")
    func nullConflict() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":2}}"#)
        #expect(
            try bench.error(applying: #"{"spec":{"replicas":null}}"#, as: "b").message
                == #"Apply failed with 1 conflict: conflict with "a": .spec.replicas"#)
        #expect(try bench.error(applying: #"{"spec":{"replicas":null}}"#, as: "b").reason == .conflict)
    }

    @Test("a null in place of a list keeps the list")
    func nullList() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("a", #"{"metadata":{"finalizers":["x"]}}"#)
        try bench.apply("b", #"{"metadata":{"finalizers":null}}"#)
        #expect(bench.text("metadata", "finalizers") == #"["x"]"#)
    }

    @Test("empty objects and lists that are owned as a whole own themselves")
    func empties() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply(
            "a", #"{"metadata":{"labels":{}},"spec":{"strategy":{},"template":{"spec":{"volumes":[{"name":"v","emptyDir":{}}],"tolerations":[]}}}}"#)
        #expect(
            try bench.fields("a")
                == #"{"f:metadata":{"f:labels":{}},"f:spec":{"f:strategy":{},"f:template":{"f:spec":{"f:tolerations":{},"f:volumes":{"k:{\"name\":\"v\"}":{".":{},"f:emptyDir":{},"f:name":{}}}}}}}"#
        )
        let first = bench.object
        #expect(
            try bench.apply(
                "a",
                #"{"metadata":{"labels":{}},"spec":{"strategy":{},"template":{"spec":{"volumes":[{"name":"v","emptyDir":{}}],"tolerations":[]}}}}"#)
                == first)
    }

    @Test("the main resource doesn't write the status, nor the status the spec")
    func resetFields() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":2},"status":{"replicas":9}}"#)
        #expect(bench.text("status") == nil)
        #expect(try bench.fields("a") == #"{"f:spec":{"f:replicas":{}}}"#)
        try bench.apply("a", #"{"spec":{"replicas":7},"status":{"replicas":9}}"#, subresource: "status")
        #expect(bench.text("spec") == #"{"replicas":2}"#)
        #expect(bench.text("status") == #"{"replicas":9}"#)
        #expect(try bench.entries.map(\.subresource) == ["", "status"])
        #expect(try bench.fields("a", subresource: "status") == #"{"f:status":{"f:replicas":{}}}"#)
        try bench.apply("a", "{}")
        #expect(bench.text("status") == #"{"replicas":9}"#)
        #expect(bench.text("spec") == nil)
    }

    @Test("an object whose owners are unknown belongs to before-first-apply")
    func beforeFirstApply() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        bench.object = try ApplyBench.object(ApplyBench.configMap, #"{"data":{"k":"v"}}"#)
        let error = try bench.error(applying: #"{"data":{"k":"w"}}"#, as: "a")
        #expect(error.message == #"Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.k"#)
        try bench.apply("a", #"{"data":{"l":"w"}}"#)
        #expect(try bench.fields("before-first-apply", .update) == #"{"f:data":{".":{},"f:k":{}}}"#)
        #expect(try bench.fields("a") == #"{"f:data":{"f:l":{}}}"#)
    }

    @Test("what the server stores of a configuration can be applied again without a change")
    func throughPipeline() throws {
        let configuration = """
            {"metadata":{"labels":{"app":"nginx"}},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"nginx"}},
            "template":{"metadata":{"labels":{"app":"nginx"}},"spec":{"containers":[{"name":"nginx","image":"nginx",
            "ports":[{"containerPort":80}],"resources":{"requests":{"cpu":"100m"}},"livenessProbe":{"httpGet":{"port":80}}}]}}}}
            """
        var bench = ApplyBench(ApplyBench.deployment)
        func store(_ object: KubeObject) throws -> KubeObject {
            try ObjectPipeline().decode(JSONValue.object(object.json).encoded, as: ApplyBench.deployment).object
        }
        let stored = try store(bench.apply("kubectl", configuration))
        #expect(stored.value(at: "spec", "strategy", "type") == "RollingUpdate")
        bench.object = stored
        #expect(try bench.apply("kubectl", configuration) == stored)
        bench.object = try store(bench.apply("other", #"{"spec":{"revisionHistoryLimit":3}}"#))
        #expect(try bench.apply("kubectl", configuration) == bench.object)
        bench.object = try store(bench.apply("other", "{}"))
        #expect(bench.object == stored)
    }

    @Test("whether only times differ")
    func times() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        let first = try bench.apply("a", #"{"data":{"k":"v"}}"#)
        bench.object = nil
        var second = try bench.apply("a", #"{"data":{"k":"v"}}"#)
        #expect(first != second)
        #expect(ApplyEngine.differOnlyInTimes(first, second))
        second.set("w", at: "data", "k")
        #expect(!ApplyEngine.differOnlyInTimes(first, second))
    }
}

@Suite("Applying what has no schema")
struct ApplyCustomTests {
    @Test("objects are owned by their members, lists as a whole")
    func deduced() throws {
        var bench = ApplyBench(ApplyBench.widget)
        try bench.apply("a", #"{"metadata":{"labels":{"x":"y"}},"spec":{"size":1,"parts":[{"name":"p"}],"deep":{"er":{}}}}"#)
        #expect(
            try bench.fields("a")
                == #"{"f:metadata":{"f:labels":{"f:x":{}}},"f:spec":{".":{},"f:deep":{".":{},"f:er":{}},"f:parts":{},"f:size":{}}}"#)
        try bench.apply("b", #"{"spec":{"colour":"red"}}"#)
        #expect(try bench.error(applying: #"{"spec":{"parts":[]}}"#, as: "b").message.hasSuffix(#""a": .spec.parts"#))
        try bench.apply("a", #"{"spec":{"size":2}}"#)
        #expect(bench.text("spec") == #"{"colour":"red","size":2}"#)
    }

    @Test("an empty object stays for the one who owns it")
    func emptied() throws {
        var bench = ApplyBench(ApplyBench.widget)
        try bench.apply("a", #"{"spec":{}}"#)
        try bench.apply("b", #"{"spec":{"x":1}}"#)
        try bench.apply("b", "{}")
        #expect(bench.text("spec") == "{}")
        #expect(try bench.fields("a") == #"{"f:spec":{}}"#)
    }

    @Test("a value may become of another kind")
    func kinds() throws {
        var bench = ApplyBench(ApplyBench.widget)
        try bench.apply("a", #"{"spec":{"x":1}}"#)
        try bench.apply("a", #"{"spec":{"x":{"y":2}}}"#)
        #expect(bench.text("spec") == #"{"x":{"y":2}}"#)
        try bench.apply("b", #"{"spec":{"x":[3]}}"#, force: true)
        #expect(bench.text("spec") == #"{"x":[3]}"#)
        #expect(try bench.fields("a") == #"{"f:spec":{}}"#)
    }

    @Test("the status of an unknown kind is written, unless it is told to be reset")
    func status() throws {
        var bench = ApplyBench(ApplyBench.widget)
        try bench.apply("a", #"{"spec":{"x":1},"status":{"y":2}}"#)
        #expect(bench.text("status") == #"{"y":2}"#)
        let applied = try ApplyBench.object(ApplyBench.widget, #"{"spec":{"x":1},"status":{"y":2}}"#)
        let reset = try bench.engine.apply(
            applied, to: nil, kind: ApplyBench.widget, manager: "a", force: false, now: bench.now, resetFields: FieldSet([[.field("status")]]))
        #expect(reset["status"] == nil)
    }

    @Test("nulls are kept")
    func nulls() throws {
        var bench = ApplyBench(ApplyBench.widget)
        let first = try bench.apply("a", #"{"spec":{"x":null}}"#)
        #expect(bench.text("spec") == #"{"x":null}"#)
        #expect(try bench.apply("a", #"{"spec":{"x":null}}"#) == first)
    }

    @Test("metadata is what it is everywhere")
    func metadata() throws {
        var bench = ApplyBench(ApplyBench.widget)
        try bench.apply("a", #"{"metadata":{"finalizers":["f/a"],"ownerReferences":[{"uid":"1","name":"n","kind":"K","apiVersion":"v1"}]}}"#)
        try bench.apply("b", #"{"metadata":{"finalizers":["f/b"]}}"#)
        #expect(bench.text("metadata", "finalizers") == #"["f/b","f/a"]"# || bench.text("metadata", "finalizers") == #"["f/a","f/b"]"#)
        #expect(
            try bench.fields("a")
                == #"{"f:metadata":{"f:finalizers":{"v:\"f/a\"":{}},"f:ownerReferences":{"k:{\"uid\":\"1\"}":{}}}}"#)
    }
}
