// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import NIOHTTP1
import Synchronization
import Testing

@testable import MetricsAPI

@Suite("The metrics server, over TLS", .timeLimit(.minutes(2)))
struct MetricsServerTests {
    private static let base = "/apis/metrics.k8s.io/v1beta1"
    private static let alice: HTTPHeaders = ["X-Remote-User": "alice"]

    @Test("headers that name a user count with the front proxy's certificate only")
    func requestHeaders() async throws {
        try await TestCluster.with { cluster in
            let forged = try await cluster.request("\(Self.base)/pods", headers: ["X-Remote-User": "alice", "X-Remote-Group": "system:masters"])
            #expect(forged.status == 403)
            #expect(forged.text.contains(#"pods.metrics.k8s.io is forbidden: User \"system:anonymous\" cannot list resource \"pods\""#))
            let byUser = try await cluster.request("\(Self.base)/pods", headers: Self.alice, as: try cluster.user("bob"))
            #expect(byUser.status == 403 && byUser.text.contains(#"User \"bob\""#))
            let byProxy = try await cluster.request("\(Self.base)/pods", headers: Self.alice, as: try cluster.proxy())
            #expect(byProxy.status == 200)
            let nameless = try await cluster.request("\(Self.base)/pods", as: try cluster.proxy())
            #expect(nameless.status == 401)
        }
    }

    @Test("a front proxy whose name is not allowed is refused, and the log says which names are")
    func wrongName() async throws {
        try await TestCluster.with(allowedNames: ["aggregator"], untilReady: false) { cluster in
            for _ in 0..<2 {
                let refused = try await cluster.request("\(Self.base)/pods", headers: Self.alice, as: try cluster.proxy())
                #expect(refused.status == 401)
            }
            let lines = cluster.log.text.split(separator: "\n").filter { $0.contains("front-proxy-client") }
            #expect(lines.count == 1 && lines.first?.contains("allowedNames=aggregator") == true, "\(cluster.log.text)")
            let allowed = try await cluster.request("\(Self.base)/pods", headers: Self.alice, as: try cluster.proxy("aggregator"))
            #expect(allowed.status == 200)
        }
    }

    @Test("usage is measured, listed, selected and shown as a table")
    func usage() async throws {
        try await TestCluster.with { cluster in
            let admin = try cluster.user("admin", groups: ["system:masters"])
            func get(_ path: String, _ accept: String = "application/json") async throws -> Reply {
                try await cluster.request(Self.base + path, headers: ["Accept": accept], as: admin)
            }
            let pods = try await get("/pods").json
            #expect(pods["kind"] == "PodMetricsList" && pods["items"]?.array?.count == 1)
            let pod = pods["items"]?.array?.first ?? .null
            #expect(pod.value(at: "metadata", "labels") == ["app": "web"])
            let usage = pod["containers"]?.array?.first?["usage"]
            #expect(usage?["memory"] == "64Ki")
            let cpu = try #require(Quantity(usage?["cpu"]))
            #expect(cpu.milliValue > 450 && cpu.milliValue <= 550, "\(cpu)")
            let nodes = try await get("/nodes").json
            #expect(nodes["items"]?.array?.map { $0["metadata"]?["name"] } == ["n1"])
            #expect(try await get("/nodes/n1").json["kind"] == "NodeMetrics")
            #expect(try await get("/namespaces/shop/pods?labelSelector=app%3Dother").json["items"] == [])
            #expect(try await get("/namespaces/nope/pods").json["items"] == [])
            #expect(try await get("/pods?fieldSelector=metadata.name%3Dweb").json["items"]?.array?.count == 1)
            let table = try await get("/namespaces/shop/pods/web", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json").json
            #expect(table["kind"] == "Table" && table["columnDefinitions"]?.array?.count == 4)
            #expect(table["rows"]?.array?.first?["cells"]?.array?.first == "web")
            #expect(table["rows"]?.array?.first?["object"]?["kind"] == "PartialObjectMetadata")
            #expect(cluster.api.reviews.withLock(\.count) == 0)
        }
    }

    private static let failures: [(String, HTTPMethod, Int, String)] = [
        ("/nodes/nope", .GET, 404, #""message":"node \"nope\" not found""#),
        ("/namespaces/shop/pods/nope", .GET, 404, #""message":"pods \"nope\" not found""#),
        ("/namespaces/shop/pods/absent", .GET, 404, #"podmetrics.metrics.k8s.io \"shop/absent\" not found"#),
        ("/nodes/dead", .GET, 404, #"nodemetrics.metrics.k8s.io \"dead\" not found"#),
        ("/widgets", .GET, 404, "the server could not find the requested resource"), ("/watch/pods", .GET, 404, "the server could not find"),
        ("/namespaces/shop/nodes", .GET, 404, "the server could not find"), ("/pods/web", .GET, 404, "the server could not find"),
        ("/pods?watch=true", .GET, 405, #"watch is not supported on resources of kind \"pods.metrics.k8s.io\""#),
        ("/namespaces/shop/pods", .POST, 405, "the server does not allow this method on the requested resource"),
        ("/namespaces/shop/pods/web", .DELETE, 405, "the server does not allow this method"), ("/nodes", .HEAD, 405, ""),
        (
            "/pods?fieldSelector=spec.nodeName%3Dn", .GET, 400,
            #"\"spec.nodeName\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""#
        ),
        ("/pods?labelSelector=a%3D%3D%3Db", .GET, 400, "unable to parse requirement: found '=', expected: identifier"),
    ]

    @Test("failures and documents are told as upstream tells them")
    func answers() async throws {
        try await TestCluster.with { cluster in
            let admin = try cluster.user("admin", groups: ["system:masters"])
            for (path, method, status, text) in Self.failures {
                let reply = try await cluster.request(Self.base + path, method: method, as: admin)
                #expect(reply.status == status && (text.isEmpty || reply.text.contains(text)), "\(method) \(path): \(reply)")
            }
            let version = try await cluster.request("/apis/metrics.k8s.io/v9/pods", as: admin)
            #expect(version.status == 404 && version.text == "404 page not found\n" && version.contentType == "text/plain; charset=utf-8")
            #expect(try await cluster.request("\(Self.base)/pods", headers: ["Accept": "application/xml"], as: admin).status == 406)
            let resources = try await cluster.request(Self.base, as: admin)
            #expect(resources.json["resources"]?.array?.compactMap { $0["kind"]?.string } == ["NodeMetrics", "PodMetrics"])
            for path in ["/", "/apis", "/apis/metrics.k8s.io", "/version", "/openapi/v2", "/openapi/v3", "/openapi/v3/apis/metrics.k8s.io/v1beta1"] {
                let reply = try await cluster.request(path, as: admin)
                #expect(reply.status == 200 && reply.json.object != nil, "\(path): \(reply)")
            }
            #expect(try await cluster.request("/nope", as: admin).json["paths"]?.array?.contains("/openapi/v3") == true)
        }
    }

    @Test("health is open to all, in upstream's words")
    func health() async throws {
        try await TestCluster.with { cluster in
            #expect(try await cluster.request("/readyz").text == "ok")
            let ready = try await cluster.request("/readyz?verbose").text
            #expect(
                ready == """
                    [+]ping ok
                    [+]log ok
                    [+]poststarthook/max-in-flight-filter ok
                    [+]poststarthook/storage-object-count-tracker-hook ok
                    [+]metric-storage-ready ok
                    [+]metric-informer-sync ok
                    [+]metadata-informer-sync ok
                    [+]shutdown ok
                    readyz check passed

                    """)
            #expect(
                try await cluster.request("/livez?verbose").text.contains(
                    "[+]metric-collection-timely ok\n[+]metadata-informer-sync ok\nlivez check passed\n"))
            #expect(try await cluster.request("/metrics").status == 403)
        }
    }

    @Test("an answer on what a user may do is kept, selectors are part of the question")
    func reviews() async throws {
        try await TestCluster.with { cluster in
            let proxy = try cluster.proxy()
            for _ in 0..<3 { _ = try await cluster.request("\(Self.base)/namespaces/shop/pods", headers: Self.alice, as: proxy) }
            _ = try await cluster.request("\(Self.base)/namespaces/shop/pods?labelSelector=app%20in%20(b,a)", headers: Self.alice, as: proxy)
            let reviews = cluster.api.reviews.withLock { $0 }
            #expect(reviews.count == 2)
            let attributes = reviews.last?["spec"]?["resourceAttributes"]
            #expect(attributes?["namespace"] == "shop" && attributes?["verb"] == "list" && attributes?["group"] == "metrics.k8s.io")
            #expect(attributes?["labelSelector"]?["requirements"] == [["key": "app", "operator": "In", "values": ["a", "b"]]])
            #expect(reviews.last?["spec"]?["groups"] == ["system:authenticated"])
        }
    }
}
