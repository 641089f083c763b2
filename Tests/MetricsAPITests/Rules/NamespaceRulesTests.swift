// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeClient
import KubeModel
import MetricRules
import PrometheusClient
import Synchronization
import TestKit
import Testing

@testable import MetricsAPI

@Suite("Rules that namespaces have for themselves", .timeLimit(.minutes(5)))
struct NamespaceRulesTests {
    /// Has requests of a pod in each of two namespaces; what a query does not say of namespaces, it answers of all.
    private final class Prometheus: Transport {
        let paths = Mutex<[String]>([])

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            paths.withLock { $0.append(request.path) }
            let data =
                request.path.hasPrefix("/api/v1/series")
                ? #"[{"__name__":"requests","namespace":"shop","pod":"a"}]"#
                : #"{"resultType":"vector","result":[{"metric":{"pod":"a"},"value":[1795380250,"3"]}]}"#
            return ClientResponse(status: 200, body: ResponseBody(Array(#"{"status":"success","data":\#(data)}"#.utf8)))
        }

        var lastQuery: String? { paths.withLock { $0.last { $0.hasPrefix("/api/v1/query") } } }
    }

    private static func configMap(_ namespace: String, _ name: String, _ data: JSONValue) -> KubeObject {
        var object = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"), namespace: namespace, name: name)
        object["data"] = data
        return object
    }

    private static let good = """
        rules:
        - seriesQuery: requests
          resources: {template: <<.Resource>>}
          name: {as: own}
          metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
        externalRules:
        - seriesQuery: requests
          name: {as: queue}
          metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>})
        """

    @Test(
        "what a ConfigMap may not have is refused with the reason",
        arguments: [
            ("resourceRules: {cpu: {}}", "resourceRules: is for the server's own file"),
            ("servers: {a: {url: http://a}}", "servers: is for the server's own file"),
            ("rules: [{seriesQuery: up, server: a}]", "rules[0].server: is for the server's own file"),
            ("rulez: []", "rulez: is not known"), ("rules: [", "line"), ("rules: []\n---\nrules: []", "2 documents"),
            ("rules: [\(Array(repeating: "{}", count: 101).joined(separator: ","))]", "101 rules"),
        ])
    func refusals(text: String, reason: String) {
        let own = NamespaceRules.all([Self.configMap("shop", "web", ["rules.yaml": .string(text)])])
        #expect(own.count == 1 && own[0].problem?.contains(reason) == true && own[0].rules.rules.isEmpty, "\(own)")
    }

    @Test("of a namespace, the ConfigMaps that fit into the limit count; others' are not fewer for it")
    func limit() {
        let many = JSONValue.string("rules: [\(Array(repeating: "{}", count: 60).joined(separator: ","))]")
        let own = NamespaceRules.all([
            Self.configMap("shop", "b", ["x": many]), Self.configMap("shop", "a", ["x": many]), Self.configMap("other", "c", ["x": many]),
        ])
        #expect(own.map { "\($0.configMap)" } == ["other/c", "shop/a", "shop/b"] && own.map { $0.problem == nil } == [true, true, false])
    }

    @Test("a metric of a namespace's own is served there only, by queries that name it; a broken ConfigMap is told and hinders no other")
    func serving() async throws {
        let prometheus = Prometheus()
        let clock = ManualClock()
        let log = LogRecorder()
        let settings = RuledMetricsConfiguration(
            rules: try MetricsConfiguration([
                "rules": [
                    [
                        "seriesQuery": "requests", "resources": ["template": "<<.Resource>>"], "name": ["as": "all"],
                        "metricsQuery": "<<.Series>>{<<.LabelMatchers>>}",
                    ]
                ]
            ]), kinds: ResourceKinds(ResourceKinds.builtIn),
            prometheus: PrometheusClient(try #require(PrometheusAddress("http://prometheus:9090")), transport: prometheus),
            connect: { _ in throw ClientError("no server is named") })
        let metrics = RuledMetrics(settings, clock: clock, now: { Timestamp(seconds: 1_795_380_250) }, logger: log.logger)
        func value(_ name: String, _ namespace: String) async throws -> Double? {
            let metric = CustomMetric(resource: GroupResource(group: "", resource: "pods"), isNamespaced: true, name: name)
            return try await metrics.values(of: metric, namespace: namespace, names: ["a"], selector: .everything)?["a"]?.value
        }
        func external(_ namespace: String) async throws -> Int? {
            try await metrics.values(ofExternal: "queue", namespace: namespace, selector: .everything)?.count
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await metrics.run() }
            await clock.waitForSleepers()
            let broken = Self.configMap("other", "broken", ["a": "rulez: []", "b": "rules: [{seriesQuery: up, metricsQuery: secret}]"])
            metrics.replace(NamespaceRules.all([Self.configMap("shop", "web", ["rules.yaml": .string(Self.good)]), broken]))
            while try await value("own", "shop") == nil { try await Task.sleep(for: .milliseconds(5)) }
            #expect(prometheus.lastQuery?.contains("requests%7Bnamespace%3D%22shop%22%2Cpod%3D%22a%22%7D") == true)
            #expect(prometheus.paths.withLock { $0.contains { $0.contains("series?match%5B%5D=requests%7Bnamespace%3D%22shop%22%7D") } })
            let count = try await external("shop")
            #expect(count == 1 && prometheus.lastQuery?.contains("namespace%3D%22shop%22%7D") == true)
            let others = (own: try await value("own", "other"), external: try await external("other"), all: try await value("all", "other"))
            #expect(others.own == nil && others.external == nil && others.all == 3)
            #expect(metrics.externalMetrics == ["queue"] && Set(metrics.customMetrics.map(\.name)) == ["all", "own"])
            let standings = metrics.standings
            #expect(
                standings.map(\.name) == [
                    "rules[0]", "other/broken/a: file", "other/broken/b: rules[0]", "shop/web/rules.yaml: rules[0]",
                    "shop/web/rules.yaml: externalRules[0]",
                ])
            #expect(standings.map { $0.problem == nil } == [true, false, false, true, true])
            // Told once, however often others change.
            metrics.replace(NamespaceRules.all([broken]))
            let after = (own: try await value("own", "shop"), all: try await value("all", "shop"))
            #expect(after.own == nil && after.all == 3)
            group.cancelAll()
        }
        let lines = log.text.split(separator: "\n").filter { $0.contains("a metric rule is left out") }
        #expect(lines.count == 2 && lines.contains { $0.contains("other/broken/b: rules[0].metricsQuery") }, "\(log.text)")
    }
}
