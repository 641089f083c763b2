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

@Suite("Metrics of several Prometheus servers", .timeLimit(.minutes(5)))
struct SeveralServersTests {
    /// Has one series of a pod, and a value of its own.
    private final class Server: Transport {
        let value: String
        let isDown = Mutex(false)
        let paths = Mutex<[String]>([])

        init(value: String) { self.value = value }

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            paths.withLock { $0.append(request.path) }
            if isDown.withLock({ $0 }) { throw ClientError("nobody listens there") }
            let data =
                request.path.contains("/api/v1/series")
                ? #"[{"__name__":"requests","namespace":"shop","pod":"a"}]"#
                : #"{"resultType":"vector","result":[{"metric":{"pod":"a"},"value":[1795380250,"\#(value)"]}]}"#
            return ClientResponse(status: 200, body: ResponseBody(Array(#"{"status":"success","data":\#(data)}"#.utf8)))
        }
    }

    private let main = Server(value: "1")
    private let other = Server(value: "2")
    private let clock = ManualClock()
    private let log = LogRecorder()

    private static func rule(_ name: JSONValue, server: JSONValue = .null) -> JSONValue {
        [
            "seriesQuery": "requests", "resources": ["template": "<<.Resource>>"], "name": ["as": name], "server": server,
            "metricsQuery": "<<.Series>>{<<.LabelMatchers>>}",
        ]
    }

    private func metrics(_ configuration: JSONValue) throws -> RuledMetrics {
        let settings = RuledMetricsConfiguration(
            rules: try MetricsConfiguration(configuration), kinds: ResourceKinds(ResourceKinds.builtIn),
            prometheus: PrometheusClient(try #require(PrometheusAddress("http://main:9090")), transport: main),
            connect: { [other] server in
                guard let address = PrometheusAddress(server.url) else { throw PrometheusError(.unreachable, "\(server.url) is no address") }
                return PrometheusClient(address, transport: other)
            })
        return RuledMetrics(settings, clock: clock, now: { Timestamp(seconds: 1_795_380_250) }, logger: log.logger)
    }

    private func value(_ name: String, _ metrics: RuledMetrics, pod: String = "a") async throws -> Double? {
        let metric = CustomMetric(resource: GroupResource(group: "", resource: "pods"), isNamespaced: true, name: name)
        return try await metrics.values(of: metric, namespace: "shop", names: [pod], selector: .everything)?[pod]?.value
    }

    private func expect(_ name: String, _ expected: Double, _ metrics: RuledMetrics) async throws {
        let found = try await value(name, metrics)
        #expect(found == expected, "\(name)")
    }

    private func run(_ metrics: RuledMetrics, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await metrics.run() }
            await clock.waitForSleepers()
            try await body()
            group.cancelAll()
        }
    }

    private static let servers: JSONValue = ["far": ["url": "http://far:9090/prefix"], "odd": ["url": "far"]]

    @Test("each rule asks its own server, the same query has an answer of each, and of two rules the later counts")
    func ownServers() async throws {
        let both = [Self.rule("both"), Self.rule("both", server: "far")]
        let metrics = try metrics(["servers": Self.servers, "rules": .array([Self.rule("near"), Self.rule("far", server: "far")] + both)])
        try await run(metrics) {
            try await expect("near", 1, metrics)
            try await expect("far", 2, metrics)
            try await expect("both", 2, metrics)
            #expect(
                main.paths.withLock { $0.allSatisfy { $0.hasPrefix("/api/") } }
                    && other.paths.withLock { $0.allSatisfy { $0.hasPrefix("/prefix/api/") } })
        }
    }

    @Test("a server that is away, one without an address and one that is not named take nothing from the rules of others")
    func isolation() async throws {
        let rules = [Self.rule("near"), Self.rule("far", server: "far"), Self.rule("odd", server: "odd"), Self.rule("none", server: "none")]
        let metrics = try metrics(["servers": Self.servers, "rules": .array(rules)])
        other.isDown.withLock { $0 = true }
        try await run(metrics) {
            #expect(metrics.hasListed)
            try await expect("near", 1, metrics)
            #expect(metrics.standings.map(\.server) == ["", "far", "odd", "none"])
            let problems = metrics.standings.map { $0.problem ?? "" }
            let reasons = ["", "nobody listens", "server odd: far is no address", "no server is named none under servers: there are far, odd"]
            for (problem, reason) in zip(problems, reasons) { #expect(reason.isEmpty ? problem.isEmpty : problem.contains(reason), "\(problem)") }
            other.isDown.withLock { $0 = false }
            clock.advance(by: .seconds(30))
            await clock.waitForSleepers()
            try await expect("far", 2, metrics)
            other.isDown.withLock { $0 = true }
            await #expect(throws: APIError.self) { _ = try await self.value("far", metrics, pod: "b") }
            try await expect("near", 1, metrics)
        }
    }

    @Test("resource rules may ask a server each for CPU and memory")
    func resources() throws {
        func rule(_ server: JSONValue) -> JSONValue {
            [
                "containerQuery": "sum(x{<<.LabelMatchers>>}) by (<<.GroupBy>>)", "nodeQuery": "sum(x{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
                "resources": ["template": "<<.Resource>>"], "containerLabel": "container", "server": server,
            ]
        }
        let configuration = try MetricsConfiguration(["servers": Self.servers, "resourceRules": ["cpu": rule("far"), "memory": rule(.null)]])
        let compiled = try CompiledResourceRules(try #require(configuration.resourceRules), ResourceKinds(ResourceKinds.builtIn))
        #expect(compiled.server(.cpu) == "far" && compiled.server(.memory).isEmpty)
    }
}
