// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel
import NIOHTTP1
import Testing

@testable import APIServerKit

/// The JSON here is what kube-apiserver 1.36 and metrics-server 0.8 were recorded to answer.
@Suite("documents")
struct DocumentTests {
    private func json(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

    @Test("discovery has upstream's shape")
    func discovery() throws {
        let autoscaling = DiscoveredGroup(name: "autoscaling", versions: ["v2", "v1"])
        #expect(
            try DiscoveryDocuments.apiGroup(autoscaling)
                == json(
                    #"{"kind":"APIGroup","apiVersion":"v1","name":"autoscaling","versions":[{"groupVersion":"autoscaling/v2","version":"v2"},{"groupVersion":"autoscaling/v1","version":"v1"}],"preferredVersion":{"groupVersion":"autoscaling/v2","version":"v2"}}"#
                ))
        #expect(
            try DiscoveryDocuments.apiGroupList([DiscoveredGroup(name: "apps", versions: ["v1"])])
                == json(
                    #"{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],"preferredVersion":{"groupVersion":"apps/v1","version":"v1"}}]}"#
                ))
        #expect(
            try DiscoveryDocuments.apiVersions(serverAddress: "192.0.2.2:16443")
                == json(
                    #"{"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[{"clientCIDR":"0.0.0.0/0","serverAddress":"192.0.2.2:16443"}]}"#
                ))
        #expect(
            try DiscoveryDocuments.apiResourceList(
                GroupVersion(group: "metrics.k8s.io", version: "v1beta1"),
                [
                    DiscoveredResource(name: "nodes", isNamespaced: false, kind: "NodeMetrics", verbs: ["get", "list"]),
                    DiscoveredResource(name: "pods", isNamespaced: true, kind: "PodMetrics", verbs: ["get", "list"]),
                ])
                == json(
                    #"{"kind":"APIResourceList","apiVersion":"v1","groupVersion":"metrics.k8s.io/v1beta1","resources":[{"name":"nodes","singularName":"","namespaced":false,"kind":"NodeMetrics","verbs":["get","list"]},{"name":"pods","singularName":"","namespaced":true,"kind":"PodMetrics","verbs":["get","list"]}]}"#
                ))
        let scale = DiscoveredResource(
            name: "deployments/scale", isNamespaced: true, kind: "Scale", verbs: ["get"],
            groupVersion: GroupVersion(group: "autoscaling", version: "v1"))
        let list = DiscoveryDocuments.apiResourceList(GroupVersion(group: "apps", version: "v1"), [scale])
        #expect(list["resources"]?.array?.first?["group"] == "autoscaling")
        #expect(list["resources"]?.array?.first?["version"] == "v1")
    }

    @Test("a table carries columns, cells and as much of the object as asked for", arguments: [TableIncludeObject.none, .metadata, .object])
    func table(_ include: TableIncludeObject) throws {
        let node = KubeObject(GroupVersionKind(group: "metrics.k8s.io", version: "v1beta1", kind: "NodeMetrics"), name: "node-0")
        let builder = TableBuilder(
            columns: [TableColumn("Name", format: "name", description: "Name of the resource"), TableColumn("cpu", format: "quantity")],
            includeObject: include)
        let table = builder.table([.init(cells: ["node-0", "3242663995n"], object: node)], metadata: ["resourceVersion": "7"])
        let object =
            switch include {
            case .none: "null"
            case .metadata: #"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"node-0"}}"#
            case .object: #"{"kind":"NodeMetrics","apiVersion":"metrics.k8s.io/v1beta1","metadata":{"name":"node-0"}}"#
            }
        #expect(
            try table
                == json(
                    #"{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"7"},"columnDefinitions":[{"name":"Name","type":"string","format":"name","description":"Name of the resource","priority":0},{"name":"cpu","type":"string","format":"quantity","description":"","priority":0}],"rows":[{"cells":["node-0","3242663995n"],"object":"#
                        + object + "}]}"))
    }

    @Test("includeObject is one of three words")
    func includeObject() throws {
        #expect(try TableIncludeObject(Query()) == .metadata)
        #expect(try TableIncludeObject(Query([("includeObject", "Object")])) == .object)
        #expect(throws: APIError.self) { try TableIncludeObject(Query([("includeObject", "object")])) }
    }

    @Test("a watch event is one line")
    func watchLine() {
        #expect(
            String(decoding: WatchFraming.line(.modified, ["a": "b\n"]), as: UTF8.self) == "{\"type\":\"MODIFIED\",\"object\":{\"a\":\"b\\n\"}}\n")
        let gone = String(decoding: WatchFraming.line(.error, APIError.expired("too old resource version: 1 (5)").status), as: UTF8.self)
        #expect(gone.hasPrefix(#"{"type":"ERROR","object":{"#))
        #expect(gone.contains(#""code":410"#))
    }

    @Test("health checks, in upstream's lines")
    func health() throws {
        let health = HealthEndpoints(readyz: [
            HealthCheck("ping"), HealthCheck("metric-storage-ready") { "no metrics to serve" }, HealthCheck("shutdown"),
        ])
        func text(_ path: String, _ query: Query = Query()) throws -> (UInt, String) {
            let response = try #require(health.answer(path, query))
            return (response.status.code, String(decoding: response.body, as: UTF8.self))
        }
        #expect(try text("/healthz") == (200, "ok"))
        #expect(try text("/livez", Query([("verbose", "")])) == (200, "[+]ping ok\nlivez check passed\n"))
        #expect(try text("/readyz") == (500, "[+]ping ok\n[-]metric-storage-ready failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n"))
        #expect(
            try text("/readyz", Query([("verbose", "true"), ("exclude", "metric-storage-ready"), ("exclude", "x")]))
                == (
                    200,
                    "[+]ping ok\n[+]metric-storage-ready excluded: ok\n[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for \"x\"\nreadyz check passed\n"
                ))
        #expect(try text("/readyz/ping") == (200, "ok"))
        #expect(try text("/readyz/metric-storage-ready") == (500, "internal server error: no metrics to serve\n"))
        for path in ["/readyz/nothing", "/", "", "/health", "healthz"] { #expect(health.answer(path, Query()) == nil) }
        #expect(
            health.paths == [
                "/healthz", "/healthz/ping", "/livez", "/livez/ping", "/readyz", "/readyz/metric-storage-ready", "/readyz/ping", "/readyz/shutdown",
            ])
    }

    @Test("HTTP dates")
    func httpDate() {
        #expect(Timestamp("2026-11-22T20:44:11Z")?.httpDate == "Sun, 22 Nov 2026 20:44:11 GMT")
        #expect(Timestamp("1970-01-01T00:00:00Z")?.httpDate == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(Timestamp("2000-02-29T23:59:59Z")?.httpDate == "Tue, 29 Feb 2000 23:59:59 GMT")
        _ = Timestamp.zero.httpDate
        _ = Timestamp(seconds: .max).httpDate
    }
}
