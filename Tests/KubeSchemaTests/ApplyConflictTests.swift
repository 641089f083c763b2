// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("Apply conflicts")
struct ApplyConflictTests {
    @Test("one conflict is told in one line")
    func one() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.update("kubectl-client-side-apply", #"{"spec":{"replicas":1}}"#)
        let error = try bench.error(applying: #"{"spec":{"replicas":2}}"#, as: "kubectl")
        #expect(error.code == 409)
        #expect(error.reason == .conflict)
        #expect(error.message == #"Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas"#)
        #expect(
            error.details?.causes == [
                APIError.Cause(
                    reason: "FieldManagerConflict", message: #"conflict with "kubectl-client-side-apply" using apps/v1"#, field: ".spec.replicas")
            ])
    }

    @Test("several conflicts are told manager by manager")
    func several() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply(
            "b", #"{"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"c","image":"x","ports":[{"containerPort":80}]}]}}}}"#)
        try bench.apply("a", #"{"metadata":{"labels":{"app":"x"}}}"#)
        let error = try bench.error(
            applying: #"""
                {"metadata":{"labels":{"app":"y"}},"spec":{"replicas":2,
                "template":{"spec":{"containers":[{"name":"c","image":"y","ports":[{"containerPort":80,"name":"p"}]}]}}}}
                """#, as: "z")
        #expect(
            error.message == """
                Apply failed with 3 conflicts: conflicts with "a":
                - .metadata.labels.app
                conflicts with "b":
                - .spec.replicas
                - .spec.template.spec.containers[name="c"].image
                """)
        #expect(error.details?.causes.map(\.field) == [".metadata.labels.app", ".spec.replicas", #".spec.template.spec.containers[name="c"].image"#])
        #expect(Set(error.details?.causes.map(\.reason) ?? []) == ["FieldManagerConflict"])
    }

    @Test("a subresource is named")
    func subresource() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":1}}"#)
        try bench.update("autoscaler", #"{"spec":{"replicas":5}}"#, subresource: "scale")
        let error = try bench.error(applying: #"{"spec":{"replicas":1}}"#, as: "a")
        #expect(error.message == #"Apply failed with 1 conflict: conflict with "autoscaler" with subresource "scale" using apps/v1: .spec.replicas"#)
    }

    @Test("elements of keyed lists and sets are named by their keys and values")
    func paths() throws {
        var bench = ApplyBench(ApplyBench.service)
        try bench.apply("a", #"{"spec":{"ports":[{"port":80,"targetPort":8080}]}}"#)
        let error = try bench.error(applying: #"{"spec":{"ports":[{"port":80,"targetPort":9090}]}}"#, as: "b")
        #expect(error.message.hasSuffix(#".spec.ports[port=80,protocol="TCP"].targetPort"#))
        #expect(FieldPathElement.value("x").description == #"[="x"]"#)
        #expect(FieldPathElement.index(3).description == "[3]")
    }

    @Test("a failed apply changes nothing; a forced one takes the field")
    func force() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":1,"paused":true}}"#)
        let before = bench.object
        #expect(throws: APIError.self) { try bench.apply("b", #"{"spec":{"replicas":2}}"#) }
        #expect(bench.object == before)
        try bench.apply("b", #"{"spec":{"replicas":2}}"#, force: true)
        #expect(bench.text("spec") == #"{"paused":true,"replicas":2}"#)
        #expect(try bench.fields("a") == #"{"f:spec":{"f:paused":{}}}"#)
        #expect(try bench.fields("b") == #"{"f:spec":{"f:replicas":{}}}"#)
        #expect(try bench.time("a") == Timestamp("2026-11-27T10:00:01Z"))
    }

    @Test("a forced apply that takes everything leaves no empty entry")
    func forceAll() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":1}}"#)
        try bench.apply("b", #"{"spec":{"replicas":2}}"#, force: true)
        #expect(try bench.entries.map(\.manager) == ["b"])
    }

    @Test("force without a conflict is like none")
    func needlessForce() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":1}}"#)
        try bench.apply("b", #"{"spec":{"replicas":1}}"#, force: true)
        #expect(try bench.entries.map(\.manager) == ["a", "b"])
    }

    @Test("a manager meets its own update as another's")
    func ownUpdate() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.update("a", #"{"spec":{"replicas":1}}"#)
        #expect(try bench.error(applying: #"{"spec":{"replicas":2}}"#, as: "a").message.contains(#"conflict with "a" using apps/v1"#))
    }

    @Test("no conflict where the value is the same, or the field nobody's")
    func none() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":1}}"#)
        bench.object?.set(600, at: "spec", "progressDeadlineSeconds")
        try bench.apply("b", #"{"spec":{"replicas":1,"progressDeadlineSeconds":60}}"#)
        #expect(bench.text("spec") == #"{"progressDeadlineSeconds":60,"replicas":1}"#)
    }

    @Test("owners in another version are asked in theirs")
    func versions() throws {
        let v1 = GroupVersionKind(group: "autoscaling", version: "v1", kind: "HorizontalPodAutoscaler")
        var bench = ApplyBench(GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler"))
        try bench.apply("a", #"{"spec":{"maxReplicas":5}}"#)
        let old = try #require(bench.object)
        let live = try Conversion.convert(old, to: v1.groupVersion)
        let applied = try ApplyBench.object(v1, #"{"spec":{"maxReplicas":6}}"#)
        let error = try #require(throws: APIError.self) {
            try bench.engine.apply(applied, to: live, kind: v1, manager: "b", force: false, now: bench.now)
        }
        #expect(error.message == #"Apply failed with 1 conflict: conflict with "a": .spec.maxReplicas"#)
        let same = try bench.engine.apply(
            ApplyBench.object(v1, #"{"spec":{"maxReplicas":5,"minReplicas":2}}"#), to: live, kind: v1, manager: "a", force: false, now: bench.now)
        #expect(same.value(at: "metadata", "managedFields")?.array?.count == 1)
        #expect(same.value(at: "metadata", "managedFields")?.array?.first?["apiVersion"] == "autoscaling/v1")
    }

    @Test("owners in a version that is gone own nothing")
    func goneVersion() throws {
        var bench = ApplyBench(ApplyBench.widget)
        try bench.apply("a", #"{"spec":{"x":1}}"#)
        var entry = try #require(try bench.entries.first)
        entry.apiVersion = "example.com/v0"
        bench.object?.set([entry.json], at: "metadata", "managedFields")
        try bench.apply("b", #"{"spec":{"x":2}}"#)
        #expect(try bench.entries.map(\.manager) == ["b"])
    }
}

@Suite("Applying what can't be")
struct ApplyErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var json: String
        var message: String
        var testDescription: String { message }
    }

    @Test(
        "a configuration that is no object of its kind is refused",
        arguments: [
            Case(
                json: #"{"spec":{"ports":[{"port":80},{"port":80,"protocol":"TCP"}]}}"#,
                message: #".spec.ports: duplicate entries for key [port=80,protocol="TCP"]"#),
            Case(
                json: #"{"spec":{"ports":[{"name":"x"}]}}"#,
                message:
                    #".spec.ports: element 0: associative list with keys has an element that omits key field "port" (and doesn't have default value)"#
            ),
            Case(json: #"{"spec":{"ports":[null]}}"#, message: ".spec.ports: element 0: associative list with keys may not have a null element"),
            Case(json: #"{"spec":{"ports":["x"]}}"#, message: ".spec.ports: element 0: associative list with keys may not have non-map elements"),
            Case(json: #"{"metadata":{"finalizers":["x","x"]}}"#, message: #".metadata.finalizers: duplicate entries for key [="x"]"#),
            Case(
                json: #"{"metadata":{"finalizers":[{}]}}"#,
                message: ".metadata.finalizers: element 0: associative list without keys has an element that's a map type"),
            Case(
                json: #"{"metadata":{"finalizers":[[]]}}"#,
                message: ".metadata.finalizers: element 0: not supported: associative list with lists as elements"),
            Case(
                json: #"{"metadata":{"finalizers":[null]}}"#,
                message: ".metadata.finalizers: element 0: associative list without keys has an element that's an explicit null"),
            Case(json: #"{"spec":[]}"#, message: ".spec: expected map, got []"),
            Case(json: #"{"spec":{"ports":{}}}"#, message: ".spec.ports: expected list, got {}"),
            Case(
                json: #"{"spec":{"ports":[{"port":"80"}]}}"#,
                message: #".spec.ports[port="80",protocol="TCP"].port: expected numeric (int or float), got string"#),
            Case(json: #"{"spec":{"type":1}}"#, message: ".spec.type: expected string, got 1"),
            Case(json: #"{"spec":{"publishNotReadyAddresses":"x"}}"#, message: #".spec.publishNotReadyAddresses: expected boolean, got "x""#),
        ])
    func malformed(_ example: Case) throws {
        let error = try ApplyBench(ApplyBench.service).error(applying: example.json, as: "a")
        #expect(error.code == 400)
        #expect(error.reason == .badRequest)
        #expect(error.message == "failed to create typed patch object (default/o; v1, Kind=Service): \(example.message)")
    }

    @Test("several faults are listed")
    func several() throws {
        let error = try ApplyBench(ApplyBench.service).error(applying: #"{"metadata":{"finalizers":["x","x"]},"spec":{"type":1}}"#, as: "a")
        #expect(
            error.message.hasSuffix(
                """
                : errors:
                  .metadata.finalizers: duplicate entries for key [="x"]
                  .spec.type: expected string, got 1
                """))
    }

    @Test("managedFields can't be applied", arguments: ["[]", "[{}]", #"[{"manager":"x"}]"#])
    func managedFields(text: String) throws {
        let error = try ApplyBench(ApplyBench.service).error(applying: "{\"metadata\":{\"managedFields\":\(text)}}", as: "a")
        #expect(error.code == 400)
        #expect(error.message == "metadata.managedFields must be nil")
    }

    @Test("managedFields that are null are none")
    func nullManagedFields() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("a", #"{"metadata":{"managedFields":null},"data":{"k":"v"}}"#)
        #expect(try bench.entries.count == 1)
    }

    @Test("another kind is refused")
    func kind() throws {
        let engine = ApplyEngine(schema: .builtIn)
        let applied = try ApplyBench.object(ApplyBench.pod, "{}")
        let error = try #require(throws: APIError.self) {
            try engine.apply(applied, to: nil, kind: ApplyBench.configMap, manager: "a", force: false, now: .zero)
        }
        #expect(error.code == 400)
        #expect(error.message == "invalid object type: v1, Kind=Pod")
    }

    @Test("live managedFields that can't be read fail the apply")
    func unreadable() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        bench.object = try ApplyBench.object(ApplyBench.configMap, #"{"metadata":{"managedFields":[{"operation":"Apply"}]}}"#)
        #expect(try bench.error(applying: "{}", as: "a").code == 500)
    }

    @Test("an object that repeats a key already can still be applied to")
    func liveDuplicates() throws {
        var bench = ApplyBench(ApplyBench.service)
        bench.object = try ApplyBench.object(ApplyBench.service, #"{"spec":{"ports":[{"port":80,"name":"x"},{"port":1},{"port":80,"name":"y"}]}}"#)
        try bench.apply("a", #"{"metadata":{"labels":{"a":"b"}}}"#)
        #expect(bench.text("spec", "ports") == #"[{"name":"x","port":80},{"port":1},{"name":"y","port":80}]"#)
        try bench.apply("a", #"{"spec":{"ports":[{"port":80,"name":"z"}]}}"#, force: true)
        #expect(bench.text("spec", "ports") == #"[{"name":"z","port":80},{"port":1}]"#)
    }
}
