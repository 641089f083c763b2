// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore
import NIOHTTP1
import Testing

@testable import ControlPlane

private let configMaps = "/api/v1/namespaces/default/configmaps"
private let deployments = "/apis/apps/v1/namespaces/default/deployments"

@Suite("reading and writing objects")
struct ReadingAndWritingTests {
    @Test("a new object gets what the server decides, and is found again")
    func create() async throws {
        let harness = try await Harness()
        let made = try await harness.send(.POST, configMaps, Manifests.configMap("a", data: ["k": "v"]))
        #expect(made.code == 201)
        #expect(made.value(at: "metadata", "uid")?.string?.count == 36)
        #expect(made.value(at: "metadata", "creationTimestamp")?.string == "2026-11-24T12:00:00Z")
        #expect(made.value(at: "metadata", "namespace")?.string == "default")
        let read = try await harness.send(.GET, "\(configMaps)/a")
        #expect(read.code == 200)
        #expect(read.json == made.json)
    }

    @Test("a name that is taken is a conflict that names it")
    func alreadyExists() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, configMaps, Manifests.configMap("a"))
        let again = try await harness.send(.POST, configMaps, Manifests.configMap("a"))
        #expect(again.code == 409)
        #expect(again.message == "configmaps \"a\" already exists")
        #expect(again.value(at: "reason")?.string == "AlreadyExists")
    }

    @Test("a generated name begins with what was asked and is never the same")
    func generateName() async throws {
        let harness = try await Harness()
        var body = Manifests.configMap("x")
        body["metadata"] = ["generateName": "web-"]
        var names: Set<String> = []
        for _ in 0..<5 { names.insert(try await harness.send(.POST, configMaps, body).value(at: "metadata", "name")?.string ?? "") }
        #expect(names.count == 5)
        #expect(names.allSatisfy { $0.hasPrefix("web-") && $0.count == 9 })
    }

    @Test("a namespace must exist, and must not be going away")
    func namespaces() async throws {
        let harness = try await Harness()
        let missing = try await harness.send(.POST, "/api/v1/namespaces/nowhere/configmaps", Manifests.configMap("a"))
        #expect(missing.code == 404)
        #expect(missing.message == "namespaces \"nowhere\" not found")
        try await harness.send(.POST, "/api/v1/namespaces", ["metadata": ["name": "shop"]])
        let going = try await harness.send(.DELETE, "/api/v1/namespaces/shop")
        #expect(going.value(at: "status", "phase")?.string == "Terminating")
        let refused = try await harness.send(.POST, "/apis/apps/v1/namespaces/shop/deployments", Manifests.deployment("web"))
        #expect(refused.code == 403)
        #expect(
            refused.message
                == "deployments.apps \"web\" is forbidden: unable to create new content in namespace shop because it is being terminated")
        #expect(refused.json.value(at: "details", "causes")?.array?.first?["reason"]?.string == "NamespaceTerminating")
    }

    @Test("an emptied namespace goes when its finalizer is taken off")
    func finalizeNamespace() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, "/api/v1/namespaces", ["metadata": ["name": "shop"]])
        let namespace = try await harness.send(.DELETE, "/api/v1/namespaces/shop").json
        #expect(namespace.value(at: "spec", "finalizers") == ["kubernetes"])
        var emptied = namespace
        emptied["spec"] = [:]
        #expect(try await harness.send(.PUT, "/api/v1/namespaces/shop/finalize", emptied).code == 200)
        #expect(try await harness.send(.GET, "/api/v1/namespaces/shop").code == 404)
        let kept = try await harness.send(.DELETE, "/api/v1/namespaces/default")
        #expect(kept.message == "namespaces \"default\" is forbidden: this namespace may not be deleted")
    }

    @Test("an update made from an old version is refused, one without a version replaces")
    func optimisticConcurrency() async throws {
        let harness = try await Harness()
        let first = try await harness.send(.POST, configMaps, Manifests.configMap("a")).json
        var second = first
        second["data"] = ["k": "1"]
        #expect(try await harness.send(.PUT, "\(configMaps)/a", second).code == 200)
        let stale = try await harness.send(.PUT, "\(configMaps)/a", second)
        #expect(stale.code == 409)
        #expect(
            stale.message
                == "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"
        )
        let replaced = try await harness.send(.PUT, "\(configMaps)/a", Manifests.configMap("a", data: ["k": "2"]))
        #expect(replaced.code == 200)
        #expect(replaced.value(at: "metadata", "uid") == first.value(at: "metadata", "uid"))
    }

    @Test("a lease can't be updated without its version, but made by an update")
    func leases() async throws {
        let harness = try await Harness()
        let path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/leader"
        let lease: JSONValue = ["metadata": ["name": "leader"], "spec": ["holderIdentity": "a"]]
        #expect(try await harness.send(.PUT, path, lease).code == 201)
        let blind = try await harness.send(.PUT, path, lease)
        #expect(blind.code == 422)
        #expect(blind.message.contains("metadata.resourceVersion: Invalid value: 0: must be specified for an update"))
    }

    @Test("an update that changes nothing keeps the version")
    func unchanged() async throws {
        let harness = try await Harness()
        let made = try await harness.send(.POST, deployments, Manifests.deployment("web"))
        let same = try await harness.send(.PUT, "\(deployments)/web", made.json)
        #expect(same.value(at: "metadata", "resourceVersion") == made.value(at: "metadata", "resourceVersion"))
        #expect(same.value(at: "metadata", "generation")?.int == 1)
    }

    @Test("spec and status are written apart, and only the spec counts generations")
    func statusIsolation() async throws {
        let harness = try await Harness()
        var web = try await harness.send(.POST, deployments, Manifests.deployment("web")).json
        web["status"] = ["replicas": 9]
        web["spec"]?["replicas"] = 5
        let main = try await harness.send(.PUT, "\(deployments)/web", web)
        #expect(main.value(at: "status", "replicas") == nil)
        #expect(main.value(at: "metadata", "generation")?.int == 2)
        var status = main.json
        status["status"] = ["replicas": 3]
        status["spec"]?["replicas"] = 8
        let written = try await harness.send(.PUT, "\(deployments)/web/status", status)
        #expect(written.value(at: "status", "replicas")?.int == 3)
        #expect(written.value(at: "spec", "replicas")?.int == 5)
        #expect(written.value(at: "metadata", "generation")?.int == 2)
    }

    @Test("patches: merge and strategic merge; what is none is refused")
    func patches() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, deployments, Manifests.deployment("web"))
        let merged = try await harness.patch("\(deployments)/web", ["metadata": ["labels": ["a": "b"]]])
        #expect(merged.value(at: "metadata", "labels", "a")?.string == "b")
        let strategic = try await harness.patch(
            "\(deployments)/web", ["spec": ["template": ["spec": ["containers": [["name": "main", "image": "other"]]]]]],
            type: "application/strategic-merge-patch+json")
        #expect(strategic.value(at: "spec", "template", "spec", "containers")?.array?.first?["image"]?.string == "other")
        #expect(strategic.value(at: "metadata", "generation")?.int == 2)
        let other = try await harness.patch("\(deployments)/web", [:], type: "application/json")
        #expect(other.code == 415)
        let scale = try await harness.patch("\(deployments)/web/scale", [:], type: "application/apply-patch+yaml")
        #expect(scale.code == 415)
        #expect(scale.message.contains("application/strategic-merge-patch+json"))
        let stale = try await harness.patch("\(deployments)/web", ["metadata": ["resourceVersion": "1"]])
        #expect(stale.code == 409)
    }

    @Test("racing patches all take effect")
    func racingPatches() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, configMaps, Manifests.configMap("a"))
        let codes = try await withThrowingTaskGroup(of: UInt.self) { group in
            for index in 0..<20 { group.addTask { try await harness.patch("\(configMaps)/a", ["data": ["k\(index)": "v"]]).code } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.allSatisfy { $0 == 200 })
        #expect(try await harness.send(.GET, "\(configMaps)/a").value(at: "data")?.object?.count == 20)
    }

    @Test("a dry run answers and stores nothing")
    func dryRun() async throws {
        let harness = try await Harness()
        #expect(try await harness.send(.POST, "\(configMaps)?dryRun=All", Manifests.configMap("a")).code == 201)
        #expect(try await harness.send(.GET, "\(configMaps)/a").code == 404)
        #expect(try await harness.send(.POST, "\(configMaps)?dryRun=Some", Manifests.configMap("a")).code == 422)
        try await harness.send(.POST, configMaps, Manifests.configMap("a"))
        #expect(try await harness.send(.DELETE, "\(configMaps)/a?dryRun=All").code == 200)
        #expect(try await harness.send(.GET, "\(configMaps)/a").code == 200)
    }

    @Test("unknown fields: refused when strict, warned of otherwise, and never kept")
    func fieldValidation() async throws {
        let harness = try await Harness()
        var web = Manifests.deployment("web")
        web["spec"]?["replicaz"] = 3
        let strict = try await harness.send(.POST, "\(deployments)?fieldValidation=Strict", web)
        #expect(strict.code == 400)
        #expect(
            strict.message
                == "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replicaz\"")
        let warned = try await harness.send(.POST, "\(deployments)?fieldValidation=Warn", web)
        #expect(warned.code == 201)
        #expect(warned.headers["Warning"] == ["299 - \"unknown field \\\"spec.replicaz\\\"\""])
        #expect(warned.value(at: "spec", "replicaz") == nil)
    }

    @Test(
        "what a body or a path must be",
        arguments: [
            (HTTPMethod.POST, "\(configMaps)", "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", UInt(400), "cannot be handled as a ConfigMap"),
            (.POST, configMaps, "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v2\"}", 400, "does not match the expected API version (v1)"),
            (.POST, configMaps, "{nonsense", 400, "json parse error"),
            (.POST, configMaps, "{\"metadata\":{\"name\":\"UPPER\"}}", 422, "a lowercase RFC 1123 subdomain must consist of"),
            (.POST, configMaps, "{\"metadata\":{}}", 422, "metadata.name: Required value: name or generateName is required"),
            (.POST, configMaps, "{\"metadata\":{\"name\":\"a\",\"namespace\":\"other\"}}", 400, "does not match the namespace sent on the request"),
            (.PUT, "\(configMaps)/a", "{\"metadata\":{\"name\":\"b\"}}", 400, "the name of the object (b) does not match the name on the URL (a)"),
            (.GET, "\(configMaps)/missing", "", 404, "configmaps \"missing\" not found"),
            (.GET, "/api/v1/namespaces/default/widgets", "", 404, "the server could not find the requested resource"),
            (.GET, "/api/v1/namespaces/default/nodes", "", 404, "the server could not find the requested resource"),
            (.DELETE, "/api/v1/namespaces", "", 405, "the server does not allow this method on the requested resource"),
            (.GET, "\(configMaps)?fieldSelector=data.x%3D1", "", 400, "\"data.x\" is not a known field selector: only"),
            (.GET, "/api/v1/pods?fieldSelector=spec.x%3D1", "", 400, "field label not supported: spec.x"),
            (.GET, "\(configMaps)?labelSelector=a%3D%3D%3Db", "", 400, "unable to parse requirement"),
            (.GET, "\(configMaps)?resourceVersion=abc", "", 422, "resourceVersion: Invalid value: \"abc\""),
            (.GET, "\(configMaps)?resourceVersion=99999", "", 504, "Too large resource version: 99999"),
        ])
    func refusals(method: HTTPMethod, uri: String, body: String, code: UInt, message: String) async throws {
        let harness = try await Harness()
        let reply = try await harness.sendText(method, uri, body)
        #expect(reply.code == code)
        #expect(reply.message.contains(message))
    }

    @Test("a group or version that nobody serves is no Status but plain text")
    func unknownGroup() async throws {
        let harness = try await Harness()
        let reply = try await harness.send(.GET, "/apis/nowhere.example.com/v1/things")
        #expect(reply.code == 404)
        #expect(reply.text == "404 page not found\n")
    }

    @Test("selectors choose by labels and fields, the latter also by what isn't")
    func selectors() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, configMaps, Manifests.configMap("a", labels: ["app": "x"]))
        try await harness.send(.POST, configMaps, Manifests.configMap("b", labels: ["app": "y"]))
        func names(_ query: String) async throws -> [String] {
            try await harness.send(.GET, "\(configMaps)?\(query)").value(at: "items")?.array?.compactMap { $0.value(at: "metadata", "name")?.string }
                ?? []
        }
        #expect(try await names("labelSelector=app%3Dx") == ["a"])
        #expect(try await names("labelSelector=app+in+(x,y)") == ["a", "b"])
        #expect(try await names("fieldSelector=metadata.name%21%3Da") == ["b"])
        #expect(try await names("fieldSelector=metadata.name%3Da,metadata.namespace%3Ddefault") == ["a"])
    }

    @Test("the scale of a deployment is read and written through its subresource")
    func scale() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, deployments, Manifests.deployment("web"))
        let scale = try await harness.send(.GET, "\(deployments)/web/scale")
        #expect(scale.value(at: "kind")?.string == "Scale")
        #expect(scale.value(at: "spec", "replicas")?.int == 2)
        #expect(scale.value(at: "status", "selector")?.string == "app=web")
        var wanted = scale.json
        wanted["spec"] = ["replicas": 7]
        #expect(try await harness.send(.PUT, "\(deployments)/web/scale", wanted).value(at: "spec", "replicas")?.int == 7)
        #expect(try await harness.send(.PUT, "\(deployments)/web/scale", wanted).code == 409)
        #expect(try await harness.patch("\(deployments)/web/scale", ["spec": ["replicas": 0]]).code == 200)
        let web = try await harness.send(.GET, "\(deployments)/web")
        #expect(web.value(at: "spec", "replicas")?.int == 0)
        #expect(web.value(at: "metadata", "generation")?.int == 3)
        #expect(try await harness.patch("\(deployments)/web/scale", ["spec": ["replicas": -1]]).code == 422)
    }

    @Test("only metadata is told to those who ask for no more")
    func partialMetadata() async throws {
        let harness = try await Harness()
        try await harness.send(.POST, configMaps, Manifests.configMap("a", data: ["k": "v"]))
        let list = try await harness.send(
            .GET, configMaps, accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json")
        #expect(list.value(at: "kind")?.string == "PartialObjectMetadataList")
        #expect(list.value(at: "items")?.array?.first?["data"] == nil)
    }
}
