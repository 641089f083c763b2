// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeCoding
import KubeModel
import KubeSchema
import KubeStore
import NIOHTTP1
import Testing

@testable import ControlPlane

private let maps = "/api/v1/namespaces/default/configmaps"
private let protobuf = "application/vnd.kubernetes.protobuf"
private let partial = "\(protobuf);as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

@Suite("Answers in protobuf and YAML")
struct EncodingTests {
    private func tree(_ reply: Harness.Reply, _ about: String = "") throws -> JSONValue {
        #expect(reply.headers["content-type"] == [protobuf], "\(about) \(reply.text)")
        return .object(try Harness.transcoder.decode(reply.bytes, expected: nil))
    }

    @Test("every kind, in each of its versions: the list says what the JSON says, and so does each object by itself")
    func everyKind() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, "/apis/apps/v1/namespaces/default/deployments", Manifests.deployment("web"))
        try await harness.send(.POST, "/api/v1/namespaces/default/pods", Manifests.pod("a", labels: ["app": "web"]))
        try await harness.send(.POST, maps, Manifests.configMap("settings", data: ["a": "1"]))
        var listed = 0
        for definition in harness.store.registry.definitions where definition.verbs.contains(.list) {
            for version in definition.versions where Harness.transcoder.supports(definition.kind(in: version)) {
                let path = "\(version.path)/\(definition.resource)"
                let list = try tree(try await harness.send(.GET, path, accept: protobuf), path)
                let json = try await harness.send(.GET, path).json
                #expect(list["kind"]?.string == definition.listKind && list["apiVersion"]?.string == version.description)
                #expect(list["metadata"] == json["metadata"])
                let items = json["items"]?.array ?? []
                // A list of nothing has no field for it on the wire.
                #expect((list["items"]?.array ?? []).map { $0.value(at: "metadata") } == items.map { $0.value(at: "metadata") }, "\(path)")
                for item in items {
                    let namespace = item.value(at: "metadata", "namespace")?.string
                    let name = item.value(at: "metadata", "name")?.string ?? ""
                    let place = (namespace.map { "\(version.path)/namespaces/\($0)/" } ?? "\(version.path)/") + "\(definition.resource)/\(name)"
                    let reply = try await harness.send(.GET, place, accept: protobuf)
                    #expect(try Harness.transcoder.encode(try #require(item.object)) == reply.bytes, "\(place)")
                    listed += 1
                }
            }
        }
        #expect(listed > 50)
    }

    @Test("writes answer with the object in protobuf, deletes with the Status")
    func writes() async throws {
        let harness = try await Harness()
        let made = try await harness.send(.POST, maps, Manifests.configMap("a", data: ["k": "1"]), accept: protobuf)
        #expect(made.code == 201)
        var object = try tree(made)
        #expect(object.value(at: "data", "k") == "1" && object["kind"] == "ConfigMap")
        object["data"]?["k"] = "2"
        let put = try await harness.send(.PUT, "\(maps)/a", object, accept: protobuf)
        #expect(try tree(put).value(at: "data", "k") == "2")
        let patched = try await harness.send(
            .PATCH, "\(maps)/a", ["data": ["k": "3"]], type: "application/merge-patch+json", accept: "\(protobuf), */*")
        #expect(try tree(patched).value(at: "data", "k") == "3")
        let applied = try await harness.send(
            .PATCH, "\(maps)/a?fieldManager=m&force=true", Manifests.configMap("a", data: ["k": "4"]), type: "application/apply-patch+yaml",
            accept: protobuf)
        #expect(try tree(applied).value(at: "data", "k") == "4")
        let read = try tree(try await harness.send(.GET, "\(maps)/a", accept: protobuf))
        #expect(try tree(applied) == read)
        let deleted = try tree(try await harness.send(.DELETE, "\(maps)/a", accept: protobuf))
        #expect(deleted["kind"] == "Status" && deleted["status"] == "Success" && deleted.value(at: "details", "name") == "a")
    }

    @Test("Scale, reviews and discovery have protobuf too")
    func views() async throws {
        let harness = try await Harness()
        let deployments = "/apis/apps/v1/namespaces/default/deployments"
        try await harness.send(.POST, deployments, Manifests.deployment("web", replicas: 3))
        var scale = try tree(try await harness.send(.GET, "\(deployments)/web/scale", accept: protobuf))
        #expect(scale["kind"] == "Scale" && scale.value(at: "spec", "replicas") == 3 && scale.value(at: "status", "selector") == "app=web")
        scale["spec"]?["replicas"] = 5
        let scaled = try await harness.send(
            .PUT, "\(deployments)/web/scale", bytes: try Harness.transcoder.encode(try #require(scale.object)), type: protobuf, accept: protobuf)
        #expect(try tree(scaled).value(at: "spec", "replicas") == 5)
        let review = try await harness.send(
            .POST, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            ["spec": ["resourceAttributes": ["verb": "list", "resource": "pods"]]], accept: protobuf)
        #expect(try tree(review).value(at: "status", "allowed") == true)
        for path in ["/api", "/apis", "/apis/apps", "/apis/apps/v1", "/api/v1"] {
            let json = try await harness.send(.GET, path).json
            let document = try tree(try await harness.send(.GET, path, accept: "\(protobuf),application/json"), path)
            #expect(document["kind"] == json["kind"] && document["groups"]?.array?.count == json["groups"]?.array?.count)
            #expect(document["resources"]?.array?.map { $0["name"] } == json["resources"]?.array?.map { $0["name"] })
        }
    }

    @Test("metadata alone, of one object and of a list, also of what has no protobuf itself")
    func partialMetadata() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, maps, Manifests.configMap("a", data: ["k": "1"], labels: ["x": "y"]))
        let json = try await harness.send(.GET, "\(maps)/a").json
        let one = try tree(try await harness.send(.GET, "\(maps)/a", accept: partial))
        #expect(one["kind"] == "PartialObjectMetadata" && one["apiVersion"] == "meta.k8s.io/v1")
        #expect(one["metadata"] == json["metadata"] && one["data"] == nil)
        let list = try tree(try await harness.send(.GET, maps, accept: partial.replacing("Metadata;", with: "MetadataList;")))
        #expect(list["kind"] == "PartialObjectMetadataList")
        #expect(list["items"]?.array?.last?["metadata"] == json["metadata"])
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        #expect(try tree(try await harness.send(.GET, definitions, accept: partial))["kind"] == "PartialObjectMetadataList")
        #expect(try await harness.send(.GET, definitions, accept: protobuf).code == 406)
        let fallback = try await harness.send(.GET, definitions, accept: "\(protobuf), */*")
        #expect(fallback.headers["content-type"] == ["application/json"] && fallback.json["kind"] == "CustomResourceDefinitionList")
    }

    @Test("a watch is frames of events around enveloped objects, its bookmark and its failure too")
    func watching() async throws {
        let harness = try await Harness(historyCapacity: 4)
        let start = harness.store.objects.revision
        try await harness.send(.POST, maps, Manifests.configMap("a"))
        let made = try await harness.send(.GET, "\(maps)/a", accept: protobuf)
        _ = try await harness.patch("\(maps)/a", ["data": ["k": "v"]])
        let changed = try await harness.send(.GET, "\(maps)/a", accept: protobuf)
        func watch(_ query: String, accept: String = protobuf) async throws -> Harness.Reply {
            try await harness.send(.GET, "\(maps)?watch=true&timeoutSeconds=1&\(query)", accept: accept)
        }
        func frame(_ type: String, _ object: [UInt8]) throws -> [UInt8] { try Harness.transcoder.watchFrame(type: type, enveloped: object) }
        let reply = try await watch("resourceVersion=\(start)")
        #expect(reply.headers["content-type"] == ["\(protobuf);stream=watch"])
        #expect(reply.bytes == (try frame("ADDED", made.bytes)) + (try frame("MODIFIED", changed.bytes)))
        #expect(try await watch("resourceVersion=\(start)", accept: "\(protobuf);stream=watch").bytes == reply.bytes)
        let initial = try await watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")
        let bookmark: JSONObject = [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "annotations": ["k8s.io/initial-events-end": "true"], "resourceVersion": .string(String(harness.store.objects.revision)),
            ],
        ]
        #expect(initial.bytes == (try frame("ADDED", changed.bytes)) + (try frame("BOOKMARK", try Harness.transcoder.encode(bookmark))))
        for name in ["b", "c", "d", "e"] { try await harness.send(.POST, maps, Manifests.configMap(name)) }
        let late = try await watch("resourceVersion=\(start)")
        let error = APIError.expired("too old resource version: \(start) (\(harness.store.objects.revision))").status
        #expect(late.bytes == (try frame("ERROR", try Harness.transcoder.encode(try #require(error.object)))))
        let metadata = try await watch("resourceVersion=0&fieldSelector=metadata.name%3Db", accept: partial)
        let alone = try await harness.send(.GET, "\(maps)/b", accept: partial)
        #expect(metadata.bytes == (try frame("ADDED", alone.bytes)))
    }

    @Test("YAML holds what JSON holds; watches and tables are not to be had in everything")
    func yaml() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, maps, Manifests.configMap("a", data: ["text": "two\nlines", "number": "1"]))
        for path in [maps, "\(maps)/a", "/apis", "/apis/apps/v1"] {
            let reply = try await harness.send(.GET, path, accept: "application/yaml")
            #expect(reply.headers["content-type"] == ["application/yaml"])
            #expect(try YAML.document(in: reply.text) == (try await harness.send(.GET, path).json), "\(path)")
        }
        let table = "as=Table;g=meta.k8s.io;v=v1"
        let columns = try await harness.send(.GET, maps, accept: "application/yaml;\(table)")
        #expect(try YAML.document(in: columns.text)["kind"] == "Table")
        #expect(try await harness.send(.GET, maps, accept: "\(protobuf);\(table)").code == 406)
        #expect(try await harness.send(.GET, maps, accept: "\(protobuf);\(table),application/json;\(table)").json["kind"] == "Table")
        let watch = try await harness.send(.GET, "\(maps)?watch=true&timeoutSeconds=1", accept: "application/yaml")
        #expect(watch.code == 406)
        #expect(
            watch.message
                == "only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch")
    }

    @Test("failures are told as asked for, and in JSON where that can't be")
    func failures() async throws {
        try await ServedPlane.run { served in
            let admin = try served.client("admin", ["system:masters"])
            try await PlaneClient.run(served, admin) { client in
                let missing = try await client.send(.GET, "\(maps)/none", headers: ["Accept": "\(protobuf), */*"])
                #expect(missing.code == 404 && missing.headers["content-type"] == [protobuf])
                let status = try Harness.transcoder.decode(missing.bytes, expected: nil)
                #expect(status["reason"] == "NotFound" && status["code"] == 404 && status["details"]?["kind"] == "configmaps")
                let yaml = try await client.send(.GET, "\(maps)/none", headers: ["Accept": "application/yaml"])
                #expect(try YAML.document(in: yaml.text)["reason"] == "NotFound")
                let unknown = try await client.send(.GET, "\(maps)/none", headers: ["Accept": "text/plain"])
                #expect(unknown.code == 406 && unknown.headers["content-type"] == ["application/json"])
                let alone = try await client.send(.GET, "\(maps)/none", headers: ["Accept": partial])
                #expect(alone.code == 404 && alone.headers["content-type"] == ["application/json"])
            }
            try await PlaneClient.run(served, nil) { client in
                let forbidden = try await client.send(.GET, maps, headers: ["Accept": protobuf])
                #expect(forbidden.code == 403)
                #expect(try Harness.transcoder.decode(forbidden.bytes, expected: nil)["reason"] == "Forbidden")
            }
        }
    }
}
