// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import Foundation
import KubeClient
import KubeModel
import Logging
import MetricRules
import NIOHTTP1
import PrometheusClient
import Synchronization
import Testing

@testable import MetricsAPI

@Suite("What nodes and pods use, by resourceRules", .timeLimit(.minutes(5)))
struct ResourceUsageTests {
    /// Answers by the query's beginning; what is not there has no samples.
    private final class Server: Transport {
        let state = Mutex((samples: [String: String](), isDown: false, queries: [String]()))

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            let query = request.path.split(separator: "query=").last.flatMap { $0.prefix { $0 != "&" }.description.removingPercentEncoding } ?? ""
            let (isDown, samples) = state.withLock { state in
                state.queries.append(query)
                return (state.isDown, state.samples.filter { query.hasPrefix($0.key) }.values.joined(separator: ","))
            }
            // Long enough for others to ask the same.
            try await Task.sleep(for: .milliseconds(50))
            if isDown { throw ClientError("GET http://prometheus:9090: nobody listens there; is it running?") }
            return ClientResponse(
                status: 200, body: ResponseBody(Array(#"{"status":"success","data":{"resultType":"vector","result":[\#(samples)]}}"#.utf8)))
        }

        var queries: [String] { state.withLock { $0.queries.sorted() } }
    }

    private struct Setup {
        let server = Server()
        let log = LogRecorder()
        let queries: ResourceUsageQueries
        let handler: MetricsHandler

        static func rules(containerQuery: JSONValue = "cpu(<<.LabelMatchers>>) by (<<.GroupBy>>)") throws -> MetricsConfiguration {
            func rule(_ name: String, _ query: JSONValue) -> JSONValue {
                [
                    "containerQuery": query, "nodeQuery": .string("node_\(name)(<<.LabelMatchers>>) by (<<.GroupBy>>)"),
                    "resources": [
                        "overrides": ["instance": ["resource": "node"], "namespace": ["resource": "namespace"], "pod_name": ["resource": "pod"]]
                    ], "containerLabel": "container_name",
                ]
            }
            return try MetricsConfiguration([
                "resourceRules": [
                    "cpu": rule("cpu", containerQuery), "memory": rule("memory", "memory(<<.LabelMatchers>>) by (<<.GroupBy>>)"), "window": "5m",
                ]
            ])
        }

        init(_ rules: MetricsConfiguration? = nil) throws {
            let prometheus = PrometheusClient(try #require(PrometheusAddress("http://prometheus:9090")), transport: server)
            let settings = RuledMetricsConfiguration(
                rules: try rules ?? Self.rules(), kinds: ResourceKinds(ResourceKinds.builtIn), prometheus: prometheus,
                connect: { _ in throw ClientError("no server is named") })
            queries = ResourceUsageQueries(
                settings.rules.resourceRules, kinds: settings.kinds, servers: PrometheusServers(settings, logger: log.logger), logger: log.logger)
            let catalog = MetricsCatalog(
                nodes: ObjectDirectory(), pods: ObjectDirectory(), usage: UsageStore(resolution: .seconds(60), uptime: { .zero }))
            catalog.nodes.insert(NamespacedName(namespace: "", name: "n1.local"), labels: ["zone": "a"])
            catalog.nodes.insert(NamespacedName(namespace: "", name: "n2"), labels: [:])
            for (namespace, name) in [("shop", "web"), ("shop", "half"), ("shop", "odd"), ("shop", "new"), ("ops", "job")] {
                catalog.pods.insert(NamespacedName(namespace: namespace, name: name), labels: ["app": name], node: "n2")
            }
            var handler = MetricsHandler(
                catalog: catalog, health: HealthEndpoints(), documents: MetricsDocuments(version: "v0.1.0"), ownMetrics: { [] },
                served: { _ in }, now: { Timestamp(seconds: 1_795_380_250) })
            handler.queries = queries
            self.handler = handler
            func sample(_ labels: String, _ value: String, _ time: String = "1795380240.5") -> String {
                #"{"metric":{\#(labels)},"value":[\#(time),"\#(value)"]}"#
            }
            func pod(_ name: String, _ container: String) -> String { #""pod_name":"\#(name)","container_name":"\#(container)","namespace":"shop""# }
            let samples = [
                "cpu(namespace=\"shop\"": [
                    sample(pod("web", "app"), "0.2504"), sample(pod("web", "side"), "0.01", "1795380230"), sample(pod("web", "init"), "0.9"),
                    sample(pod("half", "app"), "1"), sample(pod("odd", "app"), "NaN"),
                ],
                "memory(namespace=\"shop\"": [
                    sample(pod("web", "side"), "4096"), sample(pod("web", "app"), "10485760"), sample(pod("new", "app"), "1"),
                    sample(pod("odd", "app"), "1"),
                ],
                "node_cpu": [sample(#""instance":"n1.local""#, "1.5"), sample(#""instance":"n2""#, "1")],
                "node_memory": [sample(#""instance":"n1.local""#, "1073741824"), sample(#""instance":"n2""#, "-1")],
            ]
            server.state.withLock { $0.samples = samples.mapValues { $0.joined(separator: ",") } }
        }

        func ask(_ path: String, _ query: [(name: String, value: String)] = [], headers: HTTPHeaders = [:]) async throws -> (
            code: Int, json: JSONValue
        ) {
            let info = try RequestInfo(method: .GET, path: path, query: Query(query))
            let request = APIRequest(
                method: .GET, path: path, uri: path, query: Query(query), headers: headers, body: [], info: info, user: .anonymous, auditID: "",
                remoteAddress: "")
            do {
                switch try handler.handle(request) {
                case .ready(let response): return (Int(response.status.code), try JSONValue.parse(response.body))
                case .deferred(let answer): return (200, try JSONValue.parse(try await answer().body))
                case .stream: return (0, .null)
                }
            } catch let error as APIError {
                return (error.code, error.status)
            }
        }
    }

    private static let base = "/apis/metrics.k8s.io/v1beta1"

    @Test("pods' containers by the rules' labels; those of which a part is missing are left out, containers that have ended too")
    func pods() async throws {
        let setup = try Setup()
        let list = try await setup.ask(Self.base + "/namespaces/shop/pods")
        let web: JSONValue = try JSONValue.parse(
            #"{"metadata":{"name":"web","namespace":"shop","creationTimestamp":"2026-11-22T20:44:10Z","labels":{"app":"web"}},"#
                + #""timestamp":"2026-11-22T20:43:50Z","window":"5m0s","containers":["#
                + #"{"name":"app","usage":{"cpu":"250400u","memory":"10Mi"}},{"name":"side","usage":{"cpu":"10m","memory":"4Ki"}}]}"#)
        #expect(list.code == 200 && list.json["items"] == .array([web]), "\(list.json.encodedText)")
        #expect(list.json["kind"] == "PodMetricsList" && list.json["apiVersion"] == "metrics.k8s.io/v1beta1")
        #expect(
            setup.server.queries == [
                #"cpu(namespace="shop",pod_name=~"half|new|odd|web") by (pod_name,container_name)"#,
                #"memory(namespace="shop",pod_name=~"half|new|odd|web") by (pod_name,container_name)"#,
            ])
        let one = try await setup.ask("/apis/metrics.k8s.io/v1/namespaces/shop/pods/web")
        #expect(one.code == 200 && one.json["apiVersion"] == "metrics.k8s.io/v1" && one.json["containers"] == web["containers"])
        #expect(setup.server.queries.contains(#"cpu(namespace="shop",pod_name="web") by (pod_name,container_name)"#))
        let missing = try await setup.ask(Self.base + "/namespaces/shop/pods/half")
        #expect(missing.code == 404 && missing.json["message"] == #"podmetrics.metrics.k8s.io "shop/half" not found"#, "\(missing)")
        #expect(try await setup.ask(Self.base + "/namespaces/shop/pods/nope").json["message"] == #"pods "nope" not found"#)
    }

    @Test("all namespaces, each by queries of its own; selectors and Tables as of kubelets")
    func lists() async throws {
        let setup = try Setup()
        let all = try await setup.ask(Self.base + "/pods")
        #expect(all.json["items"]?.array?.count == 1 && setup.server.queries.count == 4, "\(setup.server.queries)")
        let chosen = try await setup.ask(Self.base + "/pods", [("labelSelector", "app=web"), ("fieldSelector", "metadata.namespace=shop")])
        #expect(chosen.json["items"]?.array?.count == 1)
        #expect(try await setup.ask(Self.base + "/pods", [("labelSelector", "app=nope")]).json["items"] == [])
        let table = try await setup.ask(
            Self.base + "/nodes", [("includeObject", "None")], headers: ["Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"])
        #expect(table.json["rows"]?.array?.compactMap { $0["cells"] } == [["n1.local", "1500m", "1Gi", "5m0s"]], "\(table.json.encodedText)")
        #expect(setup.server.queries.contains(#"node_cpu(instance=~"n1\\.local|n2") by (instance)"#), "\(setup.server.queries)")
    }

    @Test("Prometheus gone is an error, told once in the log, and comes back by itself")
    func gone() async throws {
        let setup = try Setup()
        setup.server.state.withLock { $0.isDown = true }
        for path in ["/pods", "/namespaces/shop/pods", "/namespaces/shop/pods/web"] {
            let answer = try await setup.ask(Self.base + path)
            #expect(answer.code == 500 && answer.json["message"]?.string?.contains("nobody listens there") == true, "\(path)")
            #expect(answer.json["reason"] == "InternalError")
        }
        #expect(setup.queries.standing.problem?.contains("nobody listens there") == true)
        setup.server.state.withLock { $0.isDown = false }
        #expect(try await setup.ask(Self.base + "/namespaces/shop/pods/web").code == 200)
        #expect(setup.queries.standing.problem == nil)
        #expect(setup.log.text.split(separator: "\n").count == 2, "\(setup.log.text)")
    }

    @Test("those who ask the same at once are answered by one query of each kind")
    func coalescing() async throws {
        let setup = try Setup()
        let codes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await setup.ask(Self.base + "/namespaces/shop/pods").code } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == Array(repeating: 200, count: 20) && setup.server.queries.count == 2, "\(setup.server.queries)")
    }

    @Test("rules that cannot be used are an error that says why, until they are replaced; without any, those before count")
    func wrong() async throws {
        let setup = try Setup(Setup.rules(containerQuery: "cpu(<<.Nope"))
        let answer = try await setup.ask(Self.base + "/nodes")
        #expect(answer.code == 500 && answer.json["message"]?.string?.contains("resourceRules cannot be used") == true, "\(answer)")
        #expect(setup.log.text.contains("rule=resourceRules.cpu.containerQuery"), "\(setup.log.text)")
        setup.queries.replace(try Setup.rules().resourceRules)
        #expect(try await setup.ask(Self.base + "/nodes").json["items"]?.array?.count == 1)
        setup.queries.replace(nil)
        #expect(try await setup.ask(Self.base + "/nodes/n1.local").json["usage"] == ["cpu": "1500m", "memory": "1Gi"])
    }

    @Test("a server that asks Prometheus is ready without kubelets, and serves the APIs that it is told to", arguments: [true, false])
    func server(tellsUsage: Bool) async throws {
        let transport = Server()
        transport.state.withLock {
            $0.samples = [
                "node_cpu": #"{"metric":{"instance":"n1"},"value":[1795380240,"1.5"]}"#,
                "node_memory": #"{"metric":{"instance":"n1"},"value":[1795380240,"4096"]}"#,
            ]
        }
        var rules = RuledMetricsConfiguration(
            rules: try Setup.rules(), kinds: ResourceKinds(ResourceKinds.builtIn),
            prometheus: PrometheusClient(try #require(PrometheusAddress("http://prometheus:9090")), transport: transport),
            connect: { _ in throw ClientError("no server is named") })
        rules.tellsUsage = tellsUsage
        rules.groups = [.external]
        try await TestCluster.with(untilReady: false) { configuration in
            configuration.scrapesKubelets = false
            configuration.rules = rules
        } _: { cluster in
            while try await cluster.request("/readyz").status != 200 { try await Task.sleep(for: .milliseconds(20)) }
            let ready = try await cluster.request("/readyz?verbose").text
            #expect(!ready.contains("metric-storage-ready") && ready.contains("metric-rules-listed"), "\(ready)")
            #expect(ready.contains("metadata-informer-sync") == tellsUsage, "\(ready)")
            #expect(try await !cluster.request("/livez?verbose").text.contains("metric-collection-timely"))
            let alice = try cluster.user("alice")
            let groups = try await cluster.request("/apis", as: alice).json["groups"]?.array?.compactMap { $0["name"]?.string } ?? []
            #expect(groups == (tellsUsage ? ["metrics.k8s.io"] : []) + ["external.metrics.k8s.io"])
            #expect(try await cluster.request("/apis/custom.metrics.k8s.io", as: alice).status == 404)
            let nodes = try await cluster.request("/apis/metrics.k8s.io/v1beta1/nodes", as: alice)
            #expect(nodes.status == (tellsUsage ? 200 : 404), "\(nodes.text)")
            #expect(!tellsUsage || nodes.json["items"]?.array?.first?["usage"] == ["cpu": "1500m", "memory": "4Ki"], "\(nodes.text)")
        }
    }
}
