// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import CZlib
import Foundation
import KubeCoding
import KubeModel
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import APIServerKit
@testable import MetricsAPI
@testable import UsageWindow

@Suite("Serving usage", .timeLimit(.minutes(2)))
struct ServingTests {
    private static let now = Timestamp(seconds: 1_795_380_250)

    private static func bytes(ofCapture name: String) throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "http", subdirectory: "Captures"))
        let all = [UInt8](try Data(contentsOf: url))
        let start = try #require(all.indices.first { all[$0...].starts(with: Array("k8s\0".utf8)) })
        // The recorder ends each file with a line's end.
        return Array(all[start..<(all.count - 1)])
    }

    private static func object(_ namespace: String, _ name: String, _ labels: [String: String]) -> ListedObject {
        ListedObject(name: NamespacedName(namespace: namespace, name: name), labels: LabelSet(labels), node: "")
    }

    /// That `cpu` comes out again.
    private static func window(cpu: UInt64, memory: UInt64, at seconds: Int64, over nanoseconds: Int64) -> PointWindow {
        let time = seconds * 1_000_000_000
        let used = UInt64((Double(cpu) * Double(nanoseconds) / 1e9).rounded(.up))
        let first = UsagePoint(timestampNanoseconds: time - nanoseconds, cpuNanoCoreSeconds: 1, memoryBytes: 1)
        let second = UsagePoint(timestampNanoseconds: time, cpuNanoCoreSeconds: used + 1, memoryBytes: memory)
        return PointWindow(node: second, after: PointWindow(node: first, after: nil))
    }

    @Test("a node in protobuf is byte for byte what metrics-server sends")
    func nodeProtobuf() throws {
        let labels = [
            "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": "node-00000",
            "kubernetes.io/os": "linux", "node.kubernetes.io/instance-type": "m5.2xlarge", "topology.kubernetes.io/region": "eu-west-1",
            "topology.kubernetes.io/zone": "eu-west-1a",
        ]
        let usage = Usage(
            cpuNanocores: 3_242_663_995, memoryBytes: 5_594_068 * 1024, timestampNanoseconds: 1_795_380_243_500_000_000,
            windowNanoseconds: 15_086_000_000)
        var writer = MetricsProtobufWriter(MetricsForm(resource: .nodes, version: "v1beta1", now: Self.now))
        writer.writeObject(MeasuredObject(object: Self.object("", "node-00000", labels), measurement: .node(usage)))
        #expect(writer.takeBytes() == (try Self.bytes(ofCapture: "node-get-pb")))
    }

    @Test("a list of pods in protobuf begins as metrics-server's does, item by item")
    func podProtobuf() throws {
        let labels = [
            "app": "app-03", "app.kubernetes.io/name": "app-03", "app.kubernetes.io/part-of": "shop", "pod-template-hash": "7d4b9c6f5d",
            "tier": "backend", "topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": "eu-west-1a",
        ]
        let window = Self.window(cpu: 41_464_955, memory: 127_844 * 1024, at: 1_795_380_243, over: 15_086_000_000)
        let usage = PodUsage(names: ["c0"], windows: [window])
        var writer = MetricsProtobufWriter(MetricsForm(resource: .pods, version: "v1beta1", now: Self.now))
        writer.appendItem(MeasuredObject(object: Self.object("ns-0003", "app-03-7d4b9c6f5d-0000003", labels), measurement: .pod(usage)))
        writer.finishList()
        let (written, captured) = (writer.takeBytes(), try Self.bytes(ofCapture: "pods-labelselector-pb"))
        // Both up to the length of the whole, then ListMeta and the first item.
        let list = Array("metrics.k8s.io/v1beta1".utf8) + [0x12, 0x0E] + Array("PodMetricsList".utf8)
        #expect(written.count > 400 && Self.offset(of: list, in: written) == Self.offset(of: list, in: captured))
        let item = Array(written[(try #require(Self.offset(of: [0x0A, 6, 0x0A, 0, 0x12, 0, 0x1A, 0], in: written)))...].dropLast(4))
        #expect(Self.offset(of: item, in: captured) != nil)
    }

    private static func offset(of part: [UInt8], in whole: [UInt8]) -> Int? {
        whole.indices.first { whole[$0...].starts(with: part) }
    }

    @Test(
        "windows are written as Go writes durations", arguments: [15_086_000_000, 1_000_000_000, 59_999_999_999, 60_000_000_000, 999_999_999, 0, -5])
    func windows(nanoseconds: Int64) {
        var text: [UInt8] = []
        text.append(addingCapacity: UsageText.longest) { UsageText.appendWindow(nanoseconds, to: &$0) }
        #expect(String(decoding: text, as: UTF8.self) == Duration.nanoseconds(nanoseconds).goText)
    }

    // MARK: Over HTTP

    /// Pods in two namespaces and nodes, all with usage but `pending`, behind a server that lets everyone do all.
    private static func withServer(
        pods: Int, _ body: @Sendable (@escaping @Sendable (String, HTTPHeaders) async throws -> HTTPReply) async throws -> Void
    )
        async throws
    {
        let store = UsageStore(resolution: .seconds(15), uptime: { .zero })
        let catalog = MetricsCatalog(nodes: ObjectDirectory(), pods: ObjectDirectory(), usage: store)
        catalog.nodes.insert(NamespacedName(namespace: "", name: "n1"), labels: ["zone": "a"])
        var points: [PodPoints] = []
        for number in 0..<pods {
            let name = NamespacedName(namespace: number % 2 == 0 ? "even" : "odd", name: "pod-\(number)")
            catalog.pods.insert(name, labels: ["app": "web", "number": String(number % 10)], node: "n1")
            points.append(PodPoints(name: name, containers: []))
        }
        catalog.pods.insert(NamespacedName(namespace: "even", name: "pending"), labels: [:], node: "n1")
        for second in [10, 20] as [Int64] {
            let point = UsagePoint(timestampNanoseconds: second * 1_000_000_000, cpuNanoCoreSeconds: UInt64(second) * 123_456_789, memoryBytes: 4096)
            let scrape = NodeScrape(
                node: point, pods: points.map { PodPoints(name: $0.name, containers: ["b", "a"].map { ContainerPoint(name: $0, point: point) }) })
            store.store(scrape, of: "n1")
        }
        let handler = MetricsHandler(
            catalog: catalog, health: HealthEndpoints(), documents: MetricsDocuments(version: "v0.1.0"), ownMetrics: { Array("one 1\n".utf8) },
            served: { _ in }, now: { now })
        let server = try APIServer(
            configuration: APIServerConfiguration(addresses: [.init(host: "127.0.0.1", port: 0)], servingCredential: nil), handler: handler,
            authenticator: UnionAuthenticator([]), authorizer: AlwaysAllow(), logger: Logger(label: "test"), now: { now })
        let port = try await server.start().first?.port ?? 0
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let result: Result<Void, any Error>
            do {
                try await body { path, headers in
                    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
                    request.headers = headers
                    let response = try await client.execute(request, timeout: .seconds(60))
                    let body = try await response.body.collect(upTo: 64 << 20)
                    return HTTPReply(status: Int(response.status.code), headers: response.headers, body: Array(body.readableBytesView))
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            group.cancelAll()
            try await client.shutdown()
            try result.get()
            try await group.waitForAll()
        }
    }

    @Test("a long list is sorted and whole in JSON, compressed, in YAML and in protobuf, in both versions", arguments: ["v1beta1", "v1"])
    func longList(version: String) async throws {
        try await Self.withServer(pods: 2345) { get in
            let path = "/apis/metrics.k8s.io/\(version)/pods"
            let plain = try await get(path, [:])
            let items = plain.json["items"]?.array ?? []
            #expect(plain.json["kind"] == "PodMetricsList" && plain.json["apiVersion"]?.string == "metrics.k8s.io/\(version)")
            #expect(items.count == 2345 && plain.headers.first(name: "content-encoding") == nil)
            let names = items.map { "\($0["metadata"]?["namespace"]?.string ?? "")/\($0["metadata"]?["name"]?.string ?? "")" }
            #expect(names == names.sorted() && Set(names).count == 2345)
            #expect(items[0]["containers"]?.array?.map { $0["name"]?.string ?? "" } == ["a", "b"])
            #expect(items[0]["containers"]?.array?.first?["usage"] == ["cpu": "123456789n", "memory": "4Ki"])
            let compressed = try await get(path, ["Accept-Encoding": "gzip"])
            #expect(compressed.headers.first(name: "vary") == "Accept-Encoding" && compressed.body.count * 4 < plain.body.count)
            #expect(try JSONValue.parse(try gunzip(compressed.body)) == plain.json)
            let yaml = try await get(path, ["Accept": "application/yaml", "Accept-Encoding": "gzip"])
            #expect(yaml.headers.first(name: "content-encoding") == "gzip")
            #expect(try YAML.document(in: String(decoding: try gunzip(yaml.body), as: UTF8.self)) == plain.json)
            let pretty = try await get(path + "?pretty=true", [:])
            #expect(pretty.text.hasPrefix("{\n  \"") && pretty.json == plain.json)
            let protobuf = try await get(path, ["Accept": "application/vnd.kubernetes.protobuf"])
            #expect(protobuf.headers.first(name: "content-type") == "application/vnd.kubernetes.protobuf")
            #expect(Self.count(of: Array("pod-1".utf8), in: protobuf.body) == Self.count(of: Array("\"pod-1".utf8), in: plain.body))
            #expect(
                try await get("/apis/metrics.k8s.io/\(version)/namespaces/odd/pods?labelSelector=number=3", [:]).json["items"]?.array?.count == 235)
            #expect(
                try await get("/apis/metrics.k8s.io/\(version)/pods?fieldSelector=metadata.namespace=even", [:]).json["items"]?.array?.count == 1173)
            let table = try await get(path, ["Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"]).json
            #expect(table["rows"]?.array?.count == 2345 && table["columnDefinitions"]?.array?.count == 4)
            #expect(table["rows"]?.array?.first?["cells"] == ["pod-0", "246913578n", "8Ki", "10s"])
        }
    }

    private static func count(of part: [UInt8], in whole: [UInt8]) -> Int {
        whole.indices.count { whole[$0] == part[0] && whole[$0...].starts(with: part) }
    }

    @Test("what is acceptable, and what is not, in upstream's words")
    func negotiation() async throws {
        try await Self.withServer(pods: 3) { get in
            let list = try await get("/apis/metrics.k8s.io/v1beta1/nodes", ["Accept": "text/plain"])
            #expect(list.status == 406)
            #expect(
                list.json["message"]
                    == "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
            )
            let one = try await get("/apis/metrics.k8s.io/v1beta1/namespaces/even/pods/pod-0", ["Accept": "application/cbor"])
            #expect(
                one.json["message"]
                    == "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf")
            let pod = try await get("/apis/metrics.k8s.io/v1/namespaces/even/pods/pod-0", ["Accept": "application/yaml"])
            #expect(pod.text.contains("kind: PodMetrics\n") && pod.text.contains("apiVersion: metrics.k8s.io/v1\n"))
            #expect(try await get("/apis/metrics.k8s.io/v1beta1/namespaces/even/pods/pending", [:]).status == 404)
            let partial = try await get(
                "/apis/metrics.k8s.io/v1beta1/namespaces/even/pods", ["Accept": "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"])
            #expect(partial.json["kind"] == "PartialObjectMetadataList" && partial.json["items"]?.array?.count == 2)
            #expect(partial.json["items"]?.array?.first?["kind"] == "PartialObjectMetadata")
        }
    }

    @Test("discovery names both versions, plain and aggregated, and clients that have it are not sent it again")
    func discovery() async throws {
        try await Self.withServer(pods: 1) { get in
            let groups = try await get("/apis", ["Accept": "application/json"]).json["groups"]?.array ?? []
            #expect(groups.first?["versions"]?.array?.map { $0["version"]?.string ?? "" } == ["v1beta1", "v1"])
            #expect(groups.first?["preferredVersion"]?["version"] == "v1beta1")
            let accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
            let aggregated = try await get("/apis", ["Accept": accept])
            #expect(aggregated.headers.first(name: "content-type") == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
            let versions = aggregated.json["items"]?.array?.first?["versions"]?.array ?? []
            #expect(versions.map { $0["version"]?.string ?? "" } == ["v1beta1", "v1"])
            #expect(versions.first?["resources"]?.array?.map { $0["resource"]?.string ?? "" } == ["nodes", "pods"])
            let tag = try #require(aggregated.headers.first(name: "etag"))
            #expect(try await get("/apis", ["Accept": accept, "If-None-Match": tag]).status == 304)
            let index = try await get("/openapi/v3", [:]).json["paths"]?.object ?? [:]
            for version in ["v1beta1", "v1"] {
                let place = try #require(index["apis/metrics.k8s.io/\(version)"]?["serverRelativeURL"]?.string)
                let document = try await get(place, [:])
                #expect(document.json["components"]?["schemas"]?.object?["io.k8s.metrics.pkg.apis.metrics.\(version).PodMetrics"] != nil)
                #expect(document.headers.first(name: "etag").map { place.hasSuffix($0.dropFirst().dropLast()) } == true)
            }
            #expect(try await get("/metrics", [:]).text == "one 1\n")
            #expect(try await get("/", [:]).json["paths"]?.array?.contains("/metrics") == true)
        }
    }
}

private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var (stream, input, output) = (z_stream(), bytes, [UInt8]())
    try #require(inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
    defer { inflateEnd(&stream) }
    try input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        var status = Z_OK
        while status == Z_OK {
            output += [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
                stream.next_out = buffer.baseAddress
                stream.avail_out = 1 << 20
                status = inflate(&stream, Z_NO_FLUSH)
                count = (1 << 20) - Int(stream.avail_out)
            }
        }
        try #require(status == Z_STREAM_END)
    }
    return output
}

struct HTTPReply: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue.parse(body)) ?? .null }
}
