// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import TestKit
import Testing

@Suite("A client of the API")
struct KubeClientTests {
    private let server = ScriptedTransport()
    private var client: KubeClient { KubeClient(transport: server, userAgent: "updraft/test") }
    private let pod: JSONValue = ["apiVersion": "v1", "kind": "Pod", "metadata": ["name": "a", "namespace": "shop"]]

    @Test("asks for objects by group, version, namespace, name and subresource")
    func paths() async throws {
        server.answer("GET", "/api/v1/namespaces/shop/pods/a", pod)
        server.answer("GET", "/api/v1/nodes/n", pod)
        server.answer("GET", "/apis/apps/v1/namespaces/shop/deployments/web/scale", pod)
        server.answer("POST", "/api/v1/namespaces/shop/pods/a/binding", pod)
        server.answer("PUT", "/apis/apps/v1/namespaces/shop/deployments/a/status", pod)
        _ = try await client.get(.pods, namespace: "shop", name: "a")
        _ = try await client.get(.nodes, name: "n")
        _ = try await client.get(.deployments, namespace: "shop", name: "web", subresource: "scale")
        try await client.create(.pods, KubeObject(pod.object ?? [:]), subresource: "binding", name: "a")
        try await client.update(.deployments, KubeObject(pod.object ?? [:]), subresource: "status")
        try server.verify()
        #expect(server.requests[0].headers == ["accept": "application/json", "user-agent": "updraft/test"])
        #expect(server.requests[3].headers["content-type"] == "application/json")
    }

    @Test("percent-encodes names and selectors")
    func encoding() async throws {
        server.answer(
            "GET", "/api/v1/namespaces/shop/pods?labelSelector=app%3Dweb%2Ctier%20in%20%28a%2C%20b%29&fieldSelector=spec.nodeName%3Dn1", ["items": []]
        )
        server.answer("GET", "/api/v1/namespaces/a%2Fb/pods/%C3%BC%3F", pod)
        _ = try await client.list(.pods, namespace: "shop", labelSelector: "app=web,tier in (a, b)", fieldSelector: "spec.nodeName=n1")
        _ = try await client.get(.pods, namespace: "a/b", name: "ü?")
        try server.verify()
    }

    @Test("gives items of a list the list's type")
    func list() async throws {
        server.answer(
            "GET", "/apis/apps/v1/deployments",
            ["kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": ["resourceVersion": "7"], "items": [["metadata": ["name": "web"]]]])
        let list = try await client.list(.deployments)
        #expect(list.resourceVersion == "7")
        #expect(list.items.map(\.groupVersionKind) == [GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")])
    }

    @Test("asks for metadata only")
    func metadata() async throws {
        server.answer("GET", "/api/v1/pods", ["items": []])
        let watch = server.stream("GET", "/api/v1/pods?watch=true&resourceVersion=5")
        watch.finish()
        _ = try await client.list(.pods, metadataOnly: true)
        _ = try await client.watch(.pods, resourceVersion: "5", metadataOnly: true)
        #expect(
            server.requests.map { $0.headers["accept"] } == [
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
            ])
    }

    @Test(
        "names each kind of patch",
        arguments: [
            (Patch.merge(["a": 1]), "application/merge-patch+json"), (.strategicMerge(["a": 1]), "application/strategic-merge-patch+json"),
        ])
    func patches(_ patch: Patch, _ contentType: String) async throws {
        server.answer("PATCH", "/api/v1/namespaces/shop/pods/a/status", pod)
        try await client.patch(.pods, namespace: "shop", name: "a", subresource: "status", patch)
        #expect(server.requests[0].headers["content-type"] == contentType)
        #expect(String(decoding: server.requests[0].body, as: UTF8.self) == #"{"a":1}"#)
    }

    @Test("deletes this very object, with its dependents' fate and its grace")
    func deletion() async throws {
        server.answer("DELETE", "/api/v1/namespaces/shop/pods/a", ["kind": "Status", "status": "Success"])
        var object = KubeObject(pod.object ?? [:])
        object.set("u-1", at: "metadata", "uid")
        object.resourceVersion = "9"
        try await client.delete(.pods, object, propagation: .foreground, gracePeriodSeconds: 0, isUnchanged: true)
        #expect(
            try JSONValue.parse(server.requests[0].body) == [
                "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground", "gracePeriodSeconds": 0,
                "preconditions": ["uid": "u-1", "resourceVersion": "9"],
            ])
    }

    // MARK: Failures

    @Test("throws what the server says")
    func statuses() async throws {
        let missing = APIError.notFound(GroupResource(group: "", resource: "pods"), "a")
        server.answer("GET", "/api/v1/namespaces/shop/pods/a", missing)
        await #expect(throws: missing) { _ = try await client.get(.pods, namespace: "shop", name: "a") }
    }

    @Test("a refusal in plain text keeps its code and its text")
    func plainText() async throws {
        server.answer("GET", "/apis/metrics.k8s.io/v1beta1/nodes") { _ in
            ClientResponse(status: 503, body: ResponseBody(Array("service unavailable\n".utf8)))
        }
        let error = await #expect(throws: APIError.self) { _ = try await client.list(.nodeMetrics) }
        #expect(error?.code == 503)
        #expect(error?.message.contains("service unavailable") == true)
    }

    @Test("an answer that is not the API's is named with its request", arguments: ["", "<html>", "[1]", "{\"a\":"])
    func nonsense(_ body: String) async throws {
        server.answer("GET", "/api/v1/nodes/n") { _ in ClientResponse(status: 200, body: ResponseBody(Array(body.utf8))) }
        let error = await #expect(throws: ClientError.self) { _ = try await client.get(.nodes, name: "n") }
        #expect(error?.message.hasPrefix("GET /api/v1/nodes/n: the answer is n") == true)
    }

    @Test("a body beyond the limit is not kept")
    func tooLong() async throws {
        await #expect(throws: ClientError.self) { try await ResponseBody([UInt8](repeating: 0, count: 11)).collect(limit: 10) }
    }
}
