// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("Server-side apply, as requests")
struct ApplyRequestTests {
    private static let maps = "/api/v1/namespaces/default/configmaps"
    private static let deployments = "/apis/apps/v1/namespaces/default/deployments"

    private func apply(_ harness: Harness, _ path: String, _ body: String, as manager: String = "one", _ query: String = "") async throws
        -> Harness.Reply
    {
        try await harness.sendText(.PATCH, "\(path)?fieldManager=\(manager)\(query)", body, type: "application/apply-patch+yaml")
    }

    private func map(_ data: String) -> String { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: \(data)\n" }

    @Test("creates what is not there, merges, and removes what the manager no longer names")
    func ownership() async throws {
        let harness = try await Harness()
        let made = try await apply(harness, "\(Self.maps)/a", map("{x: '1', w: '2'}"))
        #expect(made.code == 201)
        let entry = made.value(at: "metadata", "managedFields")?.array?.first
        #expect(entry?["manager"] == "one" && entry?["operation"] == "Apply" && entry?["apiVersion"] == "v1" && entry?["fieldsType"] == "FieldsV1")
        #expect(entry?["fieldsV1"] == ["f:data": ["f:w": [:], "f:x": [:]]])
        let again = try await apply(harness, "\(Self.maps)/a", map("{x: '1', w: '2'}"))
        #expect(again.code == 200 && again.value(at: "metadata", "resourceVersion") == made.value(at: "metadata", "resourceVersion"))
        let other = try await apply(harness, "\(Self.maps)/a", map("{z: '3'}"), as: "two")
        #expect(other.value(at: "data") == ["x": "1", "w": "2", "z": "3"])
        let less = try await apply(harness, "\(Self.maps)/a", map("{x: '1'}"))
        #expect(less.value(at: "data") == ["x": "1", "z": "3"])
    }

    @Test("a field that another owns with another value is a conflict, which force overrides")
    func conflict() async throws {
        let harness = try await Harness()
        _ = try await apply(harness, "\(Self.maps)/a", map("{x: '1'}"))
        let refused = try await apply(harness, "\(Self.maps)/a", map("{x: '2'}"), as: "two")
        #expect(refused.code == 409)
        #expect(refused.message == "Apply failed with 1 conflict: conflict with \"one\": .data.x")
        #expect(refused.value(at: "details", "causes")?.array?.first?["reason"] == "FieldManagerConflict")
        let forced = try await apply(harness, "\(Self.maps)/a", map("{x: '2'}"), as: "two", "&force=true")
        #expect(forced.code == 200 && forced.value(at: "data", "x") == "2")
        #expect(forced.value(at: "metadata", "managedFields")?.array?.map { $0["manager"] } == ["two"])
    }

    @Test("other verbs make owners too, named by the parameter or the user agent, and a scale takes the replicas")
    func updates() async throws {
        let harness = try await Harness()
        let made = try await harness.send(.POST, "\(Self.deployments)?fieldManager=kubectl-create", Manifests.deployment("web", replicas: 2))
        #expect(made.value(at: "metadata", "managedFields")?.array?.first?["manager"] == "kubectl-create")
        try await harness.send(
            .PATCH, "\(Self.deployments)/web?fieldManager=kubectl-edit", ["spec": ["replicas": 3]], type: "application/merge-patch+json")
        let refused = try await apply(
            harness, "\(Self.deployments)/web",
            "{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {\"name\": \"web\"}, \"spec\": {\"replicas\": 5}}")
        #expect(refused.message == "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.replicas", "\(refused.message)")
        try await harness.send(
            .PATCH, "\(Self.deployments)/web/status?fieldManager=c", ["status": ["replicas": 3]], type: "application/merge-patch+json")
        try await harness.send(
            .PATCH, "\(Self.deployments)/web/scale?fieldManager=hpa", ["spec": ["replicas": 4]], type: "application/merge-patch+json")
        let shown = try await harness.send(.GET, "\(Self.deployments)/web")
        let entries = shown.value(at: "metadata", "managedFields")?.array ?? []
        #expect(entries.contains { $0["manager"] == "c" && $0["subresource"] == "status" && $0["fieldsV1"] == ["f:status": ["f:replicas": [:]]] })
        #expect(
            entries.contains { $0["manager"] == "hpa" && $0["subresource"] == "scale" && $0["fieldsV1"] == ["f:spec": ["f:replicas": [:]]] },
            "\(entries)")
        let reset = try await harness.send(
            .PATCH, "\(Self.deployments)/web?fieldManager=x", ["metadata": ["managedFields": [[:]]]], type: "application/merge-patch+json")
        #expect(reset.value(at: "metadata", "managedFields") == nil, "\(reset.text)")
    }

    @Test("events and leases have no owners")
    func untracked() async throws {
        let harness = try await Harness()
        let lease = try await harness.send(
            .POST, "/apis/coordination.k8s.io/v1/namespaces/default/leases?fieldManager=a",
            ["metadata": ["name": "l"], "spec": ["holderIdentity": "x"]])
        #expect(lease.code == 201 && lease.value(at: "metadata", "managedFields") == nil)
    }

    @Test("a dry run and a refused configuration change nothing")
    func nothing() async throws {
        let harness = try await Harness()
        let dry = try await apply(harness, "\(Self.maps)/a", map("{x: '1'}"), "&dryRun=All")
        #expect(dry.code == 201 && dry.value(at: "data", "x") == "1")
        #expect(try await harness.send(.GET, "\(Self.maps)/a").code == 404)
        let nameless = try await harness.sendText(.PATCH, "\(Self.maps)/a", map("{x: '1'}"), type: "application/apply-patch+yaml")
        #expect(nameless.code == 422 && nameless.message.contains("fieldManager: Required value: is required for apply patch"), "\(nameless.message)")
        #expect(try await apply(harness, "\(Self.maps)/b", map("{x: '1'}")).code == 400, "another name than the path's")
        #expect(try await apply(harness, "\(Self.maps)/a", "a: b: c").code == 400)
        #expect(try await apply(harness, "\(Self.maps)/a", "[]").code == 400)
        let unknown = try await apply(harness, "\(Self.maps)/a", map("{x: '1'}\nspec: {}"), "&fieldValidation=Strict")
        #expect(unknown.code == 400 && unknown.message.contains("unknown field \"spec\""), "\(unknown.message)")
        #expect(try await harness.send(.GET, "\(Self.maps)/a").code == 404)
    }

    @Test("the default of a key does not make two elements of one")
    func listMaps() async throws {
        let harness = try await Harness()
        let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: b}, ports: [{port: 80}]}\n"
        let first = try await apply(harness, "/api/v1/namespaces/default/services/s", service)
        #expect(first.code == 201, "\(first.message)")
        let second = try await apply(
            harness, "/api/v1/namespaces/default/services/s", service.replacing("{port: 80}", with: "{port: 80, name: http}"))
        #expect(second.value(at: "spec", "ports")?.array?.count == 1)
        #expect(second.value(at: "spec", "ports")?.array?.first?["name"] == "http")
    }

    @Test("a JSON patch does all of its operations or none")
    func jsonPatch() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, Self.maps, ["metadata": ["name": "a"], "data": ["x": "1", "a/b": "2"]])
        func patch(_ operations: JSONValue) async throws -> Harness.Reply {
            try await harness.send(.PATCH, "\(Self.maps)/a", operations, type: "application/json-patch+json")
        }
        let done = try await patch([
            ["op": "test", "path": "/data/x", "value": "1"], ["op": "replace", "path": "/data/x", "value": "9"],
            ["op": "move", "from": "/data/a~1b", "path": "/data/c"], ["op": "copy", "from": "/data/c", "path": "/data/d"],
            ["op": "add", "path": "/metadata/labels", "value": ["l": "1"]], ["op": "remove", "path": "/data/c"],
        ])
        #expect(done.code == 200, "\(done.message)")
        #expect(done.value(at: "data") == ["x": "9", "d": "2"] && done.value(at: "metadata", "labels") == ["l": "1"])
        for bad: JSONValue in [
            [["op": "add", "path": "/data/n", "value": "1"], ["op": "test", "path": "/data/x", "value": "1"]],
            [["op": "remove", "path": "/data/none"]],
            [["op": "replace", "path": "/none/x", "value": "1"]], [["op": "jump", "path": "/data"]], [["op": "add", "path": "data", "value": "1"]],
            [["op": "add", "path": "/data/y"]], [["op": "move", "from": "/data", "path": "/data/x"]],
        ] {
            let reply = try await patch(bad)
            #expect(
                reply.code == 422 && reply.message == "the server rejected our request due to an error in our request",
                "\(bad.encodedText): \(reply.text)")
        }
        #expect(try await patch(["op": "remove"]).code == 400)
        #expect(try await patch(.array(Array(repeating: ["op": "test", "path": "/kind", "value": "ConfigMap"], count: 10_001))).code == 413)
        #expect(try await harness.send(.GET, "\(Self.maps)/a").value(at: "data") == ["x": "9", "d": "2"])
        let array = try await harness.send(.POST, Self.deployments, Manifests.deployment("web", replicas: 1))
        #expect(array.code == 201)
        let listed = try await harness.send(
            .PATCH, "\(Self.deployments)/web",
            [
                ["op": "add", "path": "/spec/template/spec/containers/0/args", "value": ["a"]],
                ["op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "c"],
                ["op": "add", "path": "/spec/template/spec/containers/0/args/1", "value": "b"],
                ["op": "replace", "path": "/spec/template/spec/containers/0/args/0", "value": "A"],
            ], type: "application/json-patch+json")
        #expect(listed.value(at: "spec", "template", "spec", "containers")?.array?.first?["args"] == ["A", "b", "c"], "\(listed.message)")
    }
}

extension String {
    fileprivate func replacing(_ text: String, with other: String) -> String {
        split(separator: text, omittingEmptySubsequences: false).joined(separator: other)
    }
}
