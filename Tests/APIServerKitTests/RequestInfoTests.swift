// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOHTTP1
import Testing

@testable import APIServerKit

@Suite("request info")
struct RequestInfoTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var request: String
        /// verb, group, version, namespace, resource, subresource, name; `-` is empty.
        var wanted: String
        var testDescription: String { request }

        init(_ request: String, _ wanted: String) {
            self.request = request
            self.wanted = wanted
        }
    }

    /// - Source: the rules of `NewRequestInfo`, and its test's forms of paths, k8s.io/apiserver pkg/endpoints/request
    static let resources = [
        Case("GET /api/v1/namespaces", "list - v1 - namespaces - -"),
        Case("GET /api/v1/namespaces/shop", "get - v1 shop namespaces - shop"),
        Case("GET /api/v1/namespaces/shop/pods", "list - v1 shop pods - -"),
        Case("GET /api/v1/namespaces/shop/pods/", "list - v1 shop pods - -"),
        Case("HEAD /api/v1/namespaces/shop/pods/web", "get - v1 shop pods - web"),
        Case("GET /api/v1/pods?watch=true", "watch - v1 - pods - -"),
        Case("GET /api/v1/pods?watch=1", "watch - v1 - pods - -"),
        Case("GET /api/v1/pods?watch", "watch - v1 - pods - -"),
        Case("GET /api/v1/pods?watch=false", "list - v1 - pods - -"),
        Case("GET /api/v1/namespaces/shop/pods/web?watch=true", "get - v1 shop pods - web"),
        Case("GET /api/v1/watch/namespaces/shop/pods", "watch - v1 shop pods - -"),
        Case("GET /api/v1/proxy/namespaces/shop/pods/web/x", "proxy - v1 shop pods - web"),
        Case("GET /api/v1/namespaces/shop/pods/web/log", "get - v1 shop pods log web"),
        Case("GET /api/v1/nodes/n1/proxy/metrics/cadvisor", "get - v1 - nodes proxy n1"),
        Case("PUT /api/v1/namespaces/shop/status", "update - v1 shop namespaces status shop"),
        Case("PUT /api/v1/namespaces/shop/finalize", "update - v1 shop namespaces finalize shop"),
        Case("POST /api/v1/namespaces/shop/pods", "create - v1 shop pods - -"),
        Case("POST /api/v1/namespaces/shop/pods/web/binding", "create - v1 shop pods binding web"),
        Case("PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale", "patch apps v1 shop deployments scale web"),
        Case("DELETE /apis/apps/v1/namespaces/shop/deployments/web", "delete apps v1 shop deployments - web"),
        Case("DELETE /apis/apps/v1/namespaces/shop/deployments", "deletecollection apps v1 shop deployments - -"),
        Case("GET /apis/metrics.k8s.io/v1beta1/nodes", "list metrics.k8s.io v1beta1 - nodes - -"),
        Case("GET /apis/apps/v1/namespaces/a%2Fb", "list apps v1 a b - -"),
        Case("GET /api/v1/pods?fieldSelector=metadata.name%3Dweb", "list - v1 - pods - web"),
        Case("GET /api/v1/pods?fieldSelector=spec.nodeName%3Dn1,metadata.name%3D%3Dweb&watch=1", "watch - v1 - pods - web"),
        Case("GET /api/v1/pods?fieldSelector=metadata.name!%3Dweb", "list - v1 - pods - -"),
        Case("OPTIONS /api/v1/pods", "- - v1 - pods - -"),
    ]

    @Test("paths of resources", arguments: resources)
    func resource(_ one: Case) throws {
        let info = try Self.parse(one.request)
        let fields = [info.verb, info.group, info.version, info.namespace, info.resource, info.subresource, info.name]
        #expect(fields.map { $0.isEmpty ? "-" : $0 }.joined(separator: " ") == one.wanted)
        #expect(info.isResourceRequest)
    }

    @Test(
        "other paths",
        arguments: [
            "/", "", "/healthz", "/api", "/api/", "/api/v1", "/apis", "/apis/apps", "/apis/apps/v1", "/version/x/y/z", "//",
            "/openapi/v3/apis/apps/v1", "//api",
        ])
    func path(_ path: String) throws {
        let info = try RequestInfo(method: .GET, path: path, query: Query())
        #expect(!info.isResourceRequest)
        #expect(info.verb == "get")
        #expect(info.path == path)
    }

    @Test("a watch of nothing is 400")
    func nothing() {
        #expect(throws: APIError.self) { try RequestInfo(method: .GET, path: "/api/v1/watch", query: Query()) }
        #expect(throws: APIError.self) { try RequestInfo(method: .GET, path: "/apis/apps/v1/watch", query: Query()) }
    }

    @Test("no path traps")
    func fuzz() {
        let pieces = ["", "api", "apis", "v1", "watch", "proxy", "namespaces", "pods", "status", "/", "%", "é"]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            let path =
                "/" + (0..<Int.random(in: 0..<8, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined(separator: "/")
            _ = try? RequestInfo(method: .GET, path: path, query: Query())
        }
    }

    private static func parse(_ request: String) throws -> RequestInfo {
        let words = request.split(separator: " ")
        let target = try RequestTarget(String(words[1]))
        return try RequestInfo(method: HTTPMethod(rawValue: String(words[0])), path: target.path, query: target.query)
    }
}
