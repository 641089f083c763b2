// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1
import Synchronization
import Testing

@testable import ControlPlane

@Suite("Aggregated discovery and OpenAPI v2")
struct AggregatedDiscoveryTests {
    static let v2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    static let kubectl = "\(v2),application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

    private static func get(_ harness: Harness, _ headers: HTTPHeaders, _ path: String = "/apis") async throws -> APIResponse {
        let request = APIRequest(
            method: .GET, path: path, uri: path, query: Query(), headers: headers, body: [],
            info: try RequestInfo(method: .GET, path: path, query: Query()), user: Harness.admin, auditID: "audit", remoteAddress: "127.0.0.1")
        switch try harness.handler.handle(request) {
        case .ready(let response): return response
        case .deferred(let answer): return try await answer()
        case .stream: throw APIError.internalError("a stream was not expected")
        }
    }

    private func resource(_ document: JSONValue, _ group: String, _ name: String) -> JSONValue? {
        let item = document["items"]?.array?.first { ($0.value(at: "metadata", "name")?.string ?? "") == group }
        return item?["versions"]?.array?.first?["resources"]?.array?.first { $0["resource"]?.string == name }
    }

    /// From a capture of kube-apiserver 1.36.
    @Test("a resource has its kind, scope, names and subresources, as upstream tells them")
    func resources() async throws {
        let harness = try await Harness()
        let reply = try await harness.send(.GET, "/apis", accept: Self.kubectl)
        #expect(reply.code == 200)
        #expect(reply.headers["content-type"] == [Self.v2])
        #expect(reply.headers["vary"] == ["Accept"])
        #expect(reply.json["apiVersion"] == "apidiscovery.k8s.io/v2")
        #expect(
            resource(reply.json, "apps", "deployments") == [
                "resource": "deployments", "responseKind": ["group": "", "version": "", "kind": "Deployment"], "scope": "Namespaced",
                "singularResource": "deployment", "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
                "shortNames": ["deploy"], "categories": ["all"],
                "subresources": [
                    [
                        "subresource": "scale", "responseKind": ["group": "autoscaling", "version": "v1", "kind": "Scale"],
                        "verbs": ["get", "patch", "update"],
                    ],
                    [
                        "subresource": "status", "responseKind": ["group": "", "version": "", "kind": "Deployment"],
                        "verbs": ["get", "patch", "update"],
                    ],
                ],
            ])
        let groups = reply.json["items"]?.array?.compactMap { $0.value(at: "metadata", "name")?.string } ?? []
        let plain = try await harness.send(.GET, "/apis").json["groups"]?.array?.compactMap { $0["name"]?.string }
        #expect(groups == plain)
        #expect(reply.json["items"]?.array?.allSatisfy { $0["versions"]?.array?.allSatisfy { $0["freshness"] == "Current" } == true } == true)
    }

    @Test("the core group stands under /api without a name")
    func core() async throws {
        let harness = try await Harness()
        let reply = try await harness.send(.GET, "/api", accept: Self.kubectl)
        #expect(reply.json["items"]?.array?.count == 1)
        #expect(reply.json["items"]?.array?.first?["metadata"] == [:])
        #expect(
            resource(reply.json, "", "bindings") == [
                "resource": "bindings", "responseKind": ["group": "", "version": "", "kind": "Binding"], "scope": "Namespaced",
                "singularResource": "binding", "verbs": ["create"],
            ])
    }

    @Test(
        "the form is that which the client wants most",
        arguments: [
            (kubectl, "v2"), ("application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList", "v2beta1"), ("application/json", nil),
            ("application/json,\(v2)", nil), ("application/json;q=0.5,\(v2)", "v2"), ("*/*", nil),
            ("application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList,application/json", nil),
        ])
    func forms(accept: String, version: String?) {
        #expect(AggregatedDiscoveryForm(["Accept": accept])?.version == version)
    }

    @Test("the protobuf form says the same")
    func protobuf() async throws {
        let harness = try await Harness()
        let type = "application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        let response = try await Self.get(harness, ["Accept": type])
        #expect(response.headers["content-type"] == [type])
        let decoded = try Harness.transcoder.decode(response.body, expected: nil)
        let json = try await harness.send(.GET, "/apis", accept: Self.v2).json
        #expect(decoded["apiVersion"] == "apidiscovery.k8s.io/v2")
        let names = { (document: JSONValue?) in
            document?["items"]?.array?.flatMap { $0["versions"]?.array?.flatMap { $0["resources"]?.array ?? [] } ?? [] } ?? []
        }
        #expect(names(.object(decoded)) == names(json))
        #expect(names(json).count > 20)
    }

    @Test("who has the document already is not sent it again")
    func entityTag() async throws {
        let harness = try await Harness()
        let tag = try #require(try await Self.get(harness, ["Accept": Self.v2]).headers["etag"].first)
        let again = try await Self.get(harness, ["Accept": Self.v2, "If-None-Match": tag])
        #expect(again.status == .notModified)
        #expect(again.body.isEmpty)
        #expect(try await Self.get(harness, ["Accept": Self.v2, "If-None-Match": "\"other\""]).status == .ok)
    }

    /// As kubectl 1.20, before 1.27 and since ask.
    @Test(
        "the OpenAPI v2 document comes in the form asked for",
        arguments: [
            ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", true),
            ("application/com.github.proto-openapi.spec.v2.v1.0+protobuf", true), ("application/json", false), ("*/*", false),
            ("application/json;q=0.5, application/com.github.proto-openapi.spec.v2@v1.0+protobuf", true),
        ])
    func openAPIV2(accept: String, isProtobuf: Bool) async throws {
        let harness = try await Harness()
        let response = try await Self.get(harness, ["Accept": accept], "/openapi/v2")
        #expect(
            response.headers["content-type"] == [
                isProtobuf ? "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" : "application/json"
            ])
        // "2.0" as field 1.
        #expect(response.body.starts(with: isProtobuf ? [0x0A, 3] + Array("2.0".utf8) : Array("{".utf8)))
        let tag = try #require(response.headers["etag"].first)
        #expect(try await Self.get(harness, ["Accept": accept, "If-None-Match": tag], "/openapi/v2").status == .notModified)
        #expect(throws: APIError.self) {
            try harness.handler.openAPI.handle(
                APIRequest(
                    method: .GET, path: "/openapi/v2", uri: "/openapi/v2", query: Query(), headers: ["Accept": "text/html"], body: [],
                    info: RequestInfo(method: .GET, path: "/openapi/v2", query: Query()), user: Harness.admin, auditID: "", remoteAddress: ""))
        }
    }

    @Test("custom resources come into the documents, and go")
    func customResources() async throws {
        let harness = try await Harness()
        func hasCronTab() async throws -> Bool {
            try await harness.send(.GET, "/openapi/v2").value(at: "definitions", "com.example.stable.v1.CronTab") != nil
        }
        #expect(try await hasCronTab() == false)
        let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        let version: JSONValue = ["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": ["type": "object"]]]
        let spec: JSONValue = [
            "group": "stable.example.com", "scope": "Namespaced", "names": ["plural": "crontabs", "kind": "CronTab"], "versions": [version],
        ]
        #expect(try await harness.send(.POST, definitions, ["metadata": ["name": "crontabs.stable.example.com"], "spec": spec]).code == 201)
        await harness.customResources.pass()
        #expect(try await hasCronTab())
        try await harness.send(.DELETE, definitions + "/crontabs.stable.example.com")
        await harness.customResources.pass()
        await harness.customResources.pass()
        #expect(try await hasCronTab() == false)
    }

    @Test("a group whose server can't be reached is stale")
    func stale() async throws {
        let harness = try await Harness()
        try await harness.send(
            .POST, "/apis/apiregistration.k8s.io/v1/apiservices",
            [
                "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": ["name": "v1beta1.metrics.k8s.io"],
                "spec": [
                    "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                    "service": ["namespace": "kube-system", "name": "metrics-server"], "insecureSkipTLSVerify": true,
                ],
            ])
        let reply = try await harness.send(.GET, "/apis", accept: Self.v2)
        #expect(
            reply.json["items"]?.array?.last == [
                "metadata": ["name": "metrics.k8s.io"], "versions": [["version": "v1beta1", "freshness": "Stale"]],
            ])
    }

    /// What servers from before aggregated discovery answer.
    @Test("an APIResourceList is aggregated")
    func resourceList() throws {
        let entries: [JSONValue] = [
            ["name": "nodes", "singularName": "", "namespaced": false, "kind": "NodeMetrics", "verbs": ["get", "list"]],
            [
                "name": "nodes/scale", "singularName": "", "namespaced": false, "kind": "Scale", "group": "autoscaling", "version": "v1",
                "verbs": ["get"],
            ],
        ]
        #expect(
            DiscoveryDocuments.aggregated(entries.compactMap(DiscoveredResource.init)) == [
                [
                    "resource": "nodes", "responseKind": ["group": "", "version": "", "kind": "NodeMetrics"], "scope": "Cluster",
                    "singularResource": "", "verbs": ["get", "list"],
                    "subresources": [
                        [
                            "subresource": "scale", "responseKind": ["group": "autoscaling", "version": "v1", "kind": "Scale"], "verbs": ["get"],
                        ]
                    ],
                ]
            ])
    }
}
