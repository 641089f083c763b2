// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("Owners after updates")
struct ApplyUpdateTests {
    @Test("who creates an object owns all of it, as upstream writes it")
    func create() throws {
        let sent = """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"nginx","namespace":"default","labels":{"app":"nginx"}},
            "spec":{"selector":{"matchLabels":{"app":"nginx"}},"template":{"metadata":{"labels":{"app":"nginx"}},
            "spec":{"containers":[{"name":"nginx","image":"nginx"}]}}}}
            """
        let object = try ObjectPipeline().decode(Array(sent.utf8), as: ApplyBench.deployment).object
        var bench = ApplyBench(ApplyBench.deployment)
        bench.object = bench.engine.noteUpdate(from: nil, to: object, kind: ApplyBench.deployment, manager: "kubectl-create", now: bench.now)
        // What `kubectl create deployment nginx --image=nginx` leaves in a cluster.
        #expect(
            try bench.fields("kubectl-create", .update)
                == #"{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:progressDeadlineSeconds":{},"f:replicas":{},"f:revisionHistoryLimit":{},"f:selector":{},"f:strategy":{"f:rollingUpdate":{".":{},"f:maxSurge":{},"f:maxUnavailable":{}},"f:type":{}},"f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"nginx\"}":{".":{},"f:image":{},"f:imagePullPolicy":{},"f:name":{},"f:resources":{},"f:terminationMessagePath":{},"f:terminationMessagePolicy":{}}},"f:dnsPolicy":{},"f:restartPolicy":{},"f:schedulerName":{},"f:securityContext":{},"f:terminationGracePeriodSeconds":{}}}}}"#
        )
    }

    @Test("a changed field goes from its owner to who changed it")
    func transfer() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.apply("a", #"{"spec":{"replicas":1,"paused":true}}"#)
        try bench.update("u", #"{"spec":{"replicas":2,"paused":true}}"#)
        #expect(try bench.fields("a") == #"{"f:spec":{"f:paused":{}}}"#)
        #expect(try bench.fields("u", .update) == #"{"f:spec":{"f:replicas":{}}}"#)
        #expect(try bench.time("a") == Timestamp("2026-11-27T10:00:01Z"))
        #expect(try bench.time("u", .update) == Timestamp("2026-11-27T10:00:02Z"))
        #expect(try bench.error(applying: #"{"spec":{"replicas":1,"paused":true}}"#, as: "a").message.contains(#""u" using apps/v1: .spec.replicas"#))
    }

    @Test("a removed field is nobody's")
    func removal() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("a", #"{"data":{"k":"v","l":"w"}}"#)
        try bench.apply("b", #"{"data":{"k":"v"}}"#)
        try bench.update("u", #"{"data":{"l":"w"}}"#)
        #expect(try bench.fields("a") == #"{"f:data":{"f:l":{}}}"#)
        #expect(try bench.entries.map(\.manager) == ["a"])
    }

    @Test("an update that changes nothing leaves managedFields alone")
    func nothing() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        let first = try bench.update("u", #"{"data":{"k":"v"}}"#)
        #expect(try bench.update("u", #"{"data":{"k":"v"}}"#) == first)
        #expect(try bench.update("w", #"{"data":{"k":"v"}}"#) == first)
    }

    @Test("an update of the same manager adds to its entry and renews its time")
    func sameManager() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.update("u", #"{"data":{"k":"v"}}"#)
        try bench.update("u", #"{"data":{"k":"v","l":"w"}}"#)
        #expect(try bench.entries.count == 1)
        #expect(try bench.fields("u", .update) == #"{"f:data":{".":{},"f:k":{},"f:l":{}}}"#)
        #expect(try bench.time("u", .update) == Timestamp("2026-11-27T10:00:02Z"))
        try bench.update("u", #"{"data":{"l":"w"}}"#)
        #expect(try bench.fields("u", .update) == #"{"f:data":{".":{},"f:l":{}}}"#)
        #expect(try bench.time("u", .update) == Timestamp("2026-11-27T10:00:02Z"))
    }

    @Test("what the server sets in metadata is nobody's")
    func serverMetadata() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        let first = try bench.update("u", #"{"data":{"k":"v"}}"#)
        try bench.update(
            "w",
            #"{"metadata":{"uid":"u","resourceVersion":"7","generation":2,"deletionTimestamp":"2026-11-27T10:00:00Z","deletionGracePeriodSeconds":30},"data":{"k":"v"}}"#
        )
        #expect(bench.object?.value(at: "metadata", "managedFields") == first.value(at: "metadata", "managedFields"))
    }

    @Test("the status has owners of its own")
    func status() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.update("u", #"{"spec":{"replicas":1}}"#)
        try bench.update(
            "controller",
            #"{"spec":{"replicas":1},"status":{"readyReplicas":1,"conditions":[{"type":"Available","status":"True"}]}}"#, subresource: "status")
        #expect(try bench.entries.map(\.subresource) == ["", "status"])
        #expect(
            try bench.fields("controller", .update, subresource: "status")
                == #"{"f:status":{"f:conditions":{".":{},"k:{\"type\":\"Available\"}":{".":{},"f:status":{},"f:type":{}}},"f:readyReplicas":{}}}"#)
        try bench.update("u", #"{"spec":{"replicas":2},"status":{"readyReplicas":1,"conditions":[{"type":"Available","status":"True"}]}}"#)
        #expect(try bench.fields("u", .update) == #"{"f:spec":{"f:replicas":{}}}"#)
    }

    @Test("one manager has an entry for each subresource")
    func subresources() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.update("u", #"{"spec":{"paused":true}}"#)
        try bench.update("u", #"{"spec":{"paused":true,"replicas":3}}"#, subresource: "scale")
        #expect(try bench.fields("u", .update) == #"{"f:spec":{"f:paused":{}}}"#)
        #expect(try bench.fields("u", .update, subresource: "scale") == #"{"f:spec":{"f:replicas":{}}}"#)
    }

    @Test("elements that are added, changed and removed")
    func elements() throws {
        var bench = ApplyBench(ApplyBench.service)
        try bench.apply("a", #"{"spec":{"ports":[{"port":1,"targetPort":1},{"port":2}]}}"#)
        try bench.update("u", #"{"spec":{"ports":[{"port":3},{"port":1,"targetPort":9}]}}"#)
        #expect(
            try bench.fields("a")
                == #"{"f:spec":{"f:ports":{"k:{\"port\":1,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}}}"#)
        #expect(
            try bench.fields("u", .update)
                == #"{"f:spec":{"f:ports":{"k:{\"port\":1,\"protocol\":\"TCP\"}":{"f:targetPort":{}},"k:{\"port\":3,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}}}"#
        )
    }

    @Test("a client that empties managedFields makes the owners unknown", arguments: ["[]", "[{}]"])
    func reset(text: String) throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.update("u", #"{"data":{"k":"v"}}"#)
        try bench.update("w", "{\"metadata\":{\"managedFields\":\(text)},\"data\":{\"k\":\"w\"}}")
        #expect(bench.text("metadata", "managedFields") == nil)
        // And so they stay, until somebody applies.
        try bench.update("w", #"{"data":{"k":"x"}}"#)
        #expect(bench.text("metadata", "managedFields") == nil)
        try bench.apply("a", #"{"data":{"k":"x"}}"#)
        #expect(try bench.entries.map(\.manager) == ["a", "before-first-apply"])
    }

    @Test("managedFields can't be emptied through a subresource")
    func resetBySubresource() throws {
        var bench = ApplyBench(ApplyBench.deployment)
        try bench.update("u", #"{"spec":{"replicas":1}}"#)
        let before = bench.text("metadata", "managedFields")
        try bench.update("w", #"{"metadata":{"managedFields":[]},"spec":{"replicas":1}}"#, subresource: "status")
        #expect(bench.text("metadata", "managedFields") == before)
    }

    @Test(
        "a client that leaves managedFields out, or sends unreadable ones, keeps those there are", arguments: ["null", #"[{"operation":"Apply"}]"#])
    func keep(text: String) throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.update("u", #"{"data":{"k":"v"}}"#)
        let before = bench.text("metadata", "managedFields")
        try bench.update("w", "{\"metadata\":{\"managedFields\":\(text)},\"data\":{\"k\":\"v\"}}")
        #expect(bench.text("metadata", "managedFields") == before)
    }

    @Test("valid entries that a client sends count")
    func sent() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.update("u", #"{"data":{"k":"v"}}"#)
        try bench.update(
            "w",
            #"{"metadata":{"managedFields":[{"manager":"z","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k":{}}}}]},"data":{"k":"v"}}"#
        )
        #expect(try bench.entries.map(\.manager) == ["z"])
    }

    @Test("a manager without a name is unknown")
    func unnamed() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.update("", #"{"data":{"k":"v"}}"#)
        #expect(try bench.entries.map(\.manager) == ["unknown"])
    }

    @Test("at most ten entries come from updates; the oldest become ancient changes")
    func cap() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.apply("applier", #"{"data":{"a":"0"}}"#)
        var data: JSONObject = ["a": "0"]
        for index in 0..<14 {
            data["k\(index)"] = "v"
            try bench.update("u\(index)", "{\"data\":\(JSONValue.object(data).encodedText)}")
        }
        let entries = try bench.entries
        #expect(entries.first?.manager == "applier")
        #expect(entries.filter { $0.operation == .update }.map(\.manager) == ["ancient-changes"] + (5...13).map { "u\($0)" })
        #expect(try bench.fields("ancient-changes", .update) == #"{"f:data":{"f:k0":{},"f:k1":{},"f:k2":{},"f:k3":{},"f:k4":{}}}"#)
        #expect(try bench.time("ancient-changes", .update) == (try bench.time("u5", .update)).map { Timestamp(seconds: $0.seconds - 1) })
    }

    @Test("appliers come before updaters, the oldest first")
    func sorting() throws {
        var bench = ApplyBench(ApplyBench.configMap)
        try bench.update("a", #"{"data":{"a":"1"}}"#)
        try bench.apply("z", #"{"data":{"z":"1"}}"#)
        try bench.update("c", #"{"data":{"a":"1","z":"1","c":"1"}}"#)
        try bench.apply("b", #"{"data":{"b":"1"}}"#)
        #expect(try bench.entries.map(\.manager) == ["z", "b", "a", "c"])
        try bench.apply("z", #"{"data":{"z":"2"}}"#)
        #expect(try bench.entries.map(\.manager) == ["b", "z", "a", "c"])
    }

    @Test("a custom object's creator owns its objects and what they hold")
    func custom() throws {
        var bench = ApplyBench(ApplyBench.widget)
        try bench.update("u", #"{"metadata":{"labels":{"a":"b"}},"spec":{"x":{"y":1},"z":[1]}}"#)
        #expect(
            try bench.fields("u", .update)
                == #"{"f:metadata":{"f:labels":{".":{},"f:a":{}}},"f:spec":{".":{},"f:x":{".":{},"f:y":{}},"f:z":{}}}"#)
        try bench.update("w", #"{"metadata":{"labels":{"a":"b"}},"spec":{"x":{"y":1},"z":[2]}}"#)
        #expect(try bench.fields("w", .update) == #"{"f:spec":{"f:z":{}}}"#)
    }
}
