// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ExpositionText
import Foundation
import KubeModel
import TestKit
import Testing
import UsageWindow

@testable import MetricsAPI

@Suite("Vectors: scrapes are read and served as metrics-server does")
struct MetricsServerVectorsTests {
    @Test("decoding what a kubelet tells")
    func decode() throws {
        let cases = try Vectors.load("metrics_server", from: .module).filtered { $0["kind"] == "decode" }
        let failures = cases.run("decode") { one in
            var decoder = ResourceMetricsDecoder()
            let bytes = Array((one["body"]?.string ?? "").utf8)
            do throws(ExpositionError) {
                let scrape = try decoder.decode(bytes.span, scrapeTimeMilliseconds: one["scrapeTimeUnixMilli"]?.int ?? 0)
                if let error = one["error"]?.string { return "should fail: \(error)" }
                let found = Self.batch(scrape, node: one["nodeName"]?.string ?? "")
                return found == one["batch"] ? nil : "found \(found.encodedText), expected \(one["batch"]?.encodedText ?? "")"
            } catch {
                let found = "failed parsing metrics: \(error.message)"
                return found == one["error"]?.string ? nil : "\(found), expected \(one["error"]?.string ?? "success")"
            }
        }
        #expect(failures.isEmpty, "\(failures.prefix(20).map(\.description).joined(separator: "\n"))")
    }

    private static func batch(_ scrape: NodeScrape, node: String) -> JSONValue {
        func json(_ point: UsagePoint) -> JSONValue {
            [
                "startTimeUnixNano": point.startNanoseconds.map { .integer($0) } ?? .null, "timestampUnixNano": .integer(point.timestampNanoseconds),
                "cpuNanoCoreSeconds": .string(String(point.cpuNanoCoreSeconds)), "memoryBytes": .string(String(point.memoryBytes)),
            ]
        }
        let pods = scrape.pods.sorted { ($0.name.namespace, $0.name.name) < ($1.name.namespace, $1.name.name) }.map { pod -> JSONValue in
            [
                "namespace": .string(pod.name.namespace), "name": .string(pod.name.name),
                "containers": .object(JSONObject(pod.containers.map { ($0.name, json($0.point)) })),
            ]
        }
        return ["nodes": scrape.node.map { [node: json($0)] } ?? [:], "pods": .array(pods)]
    }

    @Test("storing scrapes and serving usage")
    func storage() throws {
        let cases = try Vectors.load("metrics_server", from: .module).filtered { $0["kind"] == "storage" }
        let failures = cases.run("storage") { one in
            let replay = StorageReplay(one)
            for step in one["steps"]?.array ?? [] {
                replay.store(step["batch"] ?? [:])
                if let ready = step["ready"]?.bool, ready != replay.usage.isReady { return "ready \(!ready)" }
                for exchange in step["responses"]?.array ?? [] {
                    let request = exchange["request"] ?? [:]
                    do {
                        let found = try replay.response(request)
                        if let error = exchange["error"]?.string { return "\(request.encodedText) should fail: \(error)" }
                        if found != exchange["response"] {
                            return "\(request.encodedText): \(found.encodedText), expected \(exchange["response"]?.encodedText ?? "")"
                        }
                    } catch {
                        if "\(error)" != exchange["error"]?.string {
                            return "\(request.encodedText): \(error), expected \(exchange["error"]?.string ?? "success")"
                        }
                    }
                }
            }
            return nil
        }
        #expect(failures.isEmpty, "\(failures.prefix(20).map(\.description).joined(separator: "\n"))")
    }
}

/// One case of the storage vectors.
private struct StorageReplay {
    let catalog: MetricsCatalog
    let usage: UsageStore
    /// Upstream stores one batch of all nodes; here each node is stored by itself, and the pods as if of one more.
    private static let podsNode = ""

    init(_ one: JSONValue) {
        usage = UsageStore(resolution: .seconds(one["metricResolutionSeconds"]?.int ?? 60), uptime: { .zero })
        catalog = MetricsCatalog(nodes: ObjectDirectory(), pods: ObjectDirectory(), usage: usage)
        let serverSelector = one["serverNodeSelector"]?.string.flatMap { try? LabelSelector(parsing: $0) } ?? .everything
        for node in one["nodes"]?.array ?? [] where serverSelector.matches(node["labels"]?.stringMap ?? [:]) {
            Self.insert(node, into: catalog.nodes)
        }
        for pod in one["pods"]?.array ?? [] { Self.insert(pod, into: catalog.pods) }
    }

    private static func insert(_ json: JSONValue, into directory: ObjectDirectory) {
        directory.insert(
            NamespacedName(namespace: json["namespace"]?.string ?? "", name: json["name"]?.string ?? ""), labels: json["labels"]?.stringMap ?? [:])
    }

    func store(_ batch: JSONValue) {
        let told = batch["nodes"]?.object ?? [:]
        for name in catalog.select(.nodes, .init()).map(\.name.name) + ["missing"] where told[name] == nil {
            usage.remove(name)
        }
        for node in told { usage.store(NodeScrape(node: Self.point(node.value)), of: node.key) }
        let pods = (batch["pods"]?.array ?? []).map { pod in
            PodPoints(
                name: NamespacedName(namespace: pod["namespace"]?.string ?? "", name: pod["name"]?.string ?? ""),
                containers: (pod["containers"]?.object ?? [:]).map { ContainerPoint(name: $0.key, point: Self.point($0.value)) })
        }
        usage.store(NodeScrape(pods: pods), of: Self.podsNode)
    }

    private static func point(_ json: JSONValue) -> UsagePoint {
        UsagePoint(
            startNanoseconds: json["startTimeUnixNano"]?.int, timestampNanoseconds: json["timestampUnixNano"]?.int ?? 0,
            cpuNanoCoreSeconds: json["cpuNanoCoreSeconds"]?.string.flatMap { UInt64($0) } ?? 0,
            memoryBytes: json["memoryBytes"]?.string.flatMap { UInt64($0) } ?? 0)
    }

    func response(_ request: JSONValue) throws -> JSONValue {
        let resource = MetricsCatalog.Resource(rawValue: request["resource"]?.string ?? "") ?? .pods
        let namespace = request["namespace"]?.string ?? ""
        var form = MetricsForm(resource: resource, version: "v1beta1", now: Timestamp(seconds: 0))
        let isTable = request["table"]?.bool == true
        if isTable {
            form.form = .table(version: "v1")
            form.includeObject = .none
        }
        var writer = MetricsJSONWriter(form)
        if let name = request["name"]?.string {
            let object = try catalog.object(resource, NamespacedName(namespace: namespace, name: name))
            writer.writeObject(try MetricsCatalog.measured(resource, object, by: catalog.usage))
        } else {
            var selection = MetricsCatalog.Selection(namespace: namespace)
            if let text = request["labelSelector"]?.string { selection.labels = try LabelSelector(parsing: text) }
            if let text = request["fieldSelector"]?.string { selection.fields = try FieldSelector(parsing: text) }
            catalog.usage.measure(resource, catalog.select(resource, selection)[...]) { writer.appendItem($0) }
            writer.finishList()
        }
        return Self.comparable(try JSONValue.parse(writer.takeBytes()), isTable: isTable)
    }

    /// As the vectors have it: no creation timestamps; of tables the columns, and of rows the cells.
    private static func comparable(_ json: JSONValue, isTable: Bool) -> JSONValue {
        if isTable {
            let columns = json["columnDefinitions"] ?? .null
            return ["columnDefinitions": columns, "rows": .array((json["rows"]?.array ?? []).map { $0["cells"] ?? .null })]
        }
        guard var object = json.object else { return json }
        if let items = object["items"]?.array { object["items"] = .array(items.map { comparable($0, isTable: false) }) }
        object.set(nil, at: "metadata", "creationTimestamp")
        return .object(object)
    }
}
