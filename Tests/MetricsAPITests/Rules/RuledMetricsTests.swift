// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeClient
import KubeModel
import Logging
import MetricRules
import NIOHTTP1
import PrometheusClient
import Synchronization
import TestKit
import Testing

@testable import MetricsAPI

@Suite("Metrics by rules", .timeLimit(.minutes(5)))
struct RuledMetricsTests {
    /// A Prometheus with requests of two pods, that can be taken away.
    private final class Server: Transport {
        struct State {
            var isDown = false
            var hasQueue = true
            var queries: [String] = []
        }
        let state = Mutex(State())

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            let (isDown, hasQueue) = state.withLock { state in
                state.queries.append(request.path)
                return (state.isDown, state.hasQueue)
            }
            if isDown { throw ClientError("GET http://prometheus:9090: nobody listens there; is it running?") }
            let path = request.path
            let body: String
            if path.hasPrefix("/api/v1/series") {
                let isQueue = path.contains("match%5B%5D=queue")
                let requests = ["a", "b"].map { #"{"__name__":"http_requests_total","namespace":"shop","pod":"\#($0)"}"# }.joined(separator: ",")
                body = isQueue ? (hasQueue ? #"[{"__name__":"queue_depth","namespace":"shop"}]"# : "[]") : "[\(requests)]"
            } else {
                let samples =
                    path.contains("queue")
                    ? #"{"metric":{"queue":"q"},"value":[1795380250.7,"7"]},{"metric":{"queue":"r"},"value":[1795380250,"NaN"]}"#
                    : path.contains("broken")
                        ? #"{"metric":{"pod":"a"},"value":[1795380250,"NaN"]}"#
                        : #"{"metric":{"pod":"a","namespace":"shop"},"value":[1795380250,"17.1245"]},{"metric":{"pod":"b"},"value":[1795380250,"0.5"]}"#
                body = #"{"resultType":"vector","result":[\#(samples)]}"#
            }
            return ClientResponse(status: 200, body: ResponseBody(Array(#"{"status":"success","data":\#(body)}"#.utf8)))
        }

        var queries: [String] { state.withLock { $0.queries.filter { $0.hasPrefix("/api/v1/query") } } }
    }

    private struct Setup {
        let server = Server()
        let clock = ManualClock()
        let log = LogRecorder()
        let metrics: RuledMetrics
        let handler: RuledMetricsHandler

        init() throws {
            func rule(_ name: JSONValue, _ query: JSONValue) -> JSONValue {
                ["seriesQuery": "http_requests_total", "resources": ["template": "<<.Resource>>"], "name": name, "metricsQuery": query]
            }
            let sum: JSONValue = "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)"
            let configuration = try MetricsConfiguration([
                "rules": [
                    rule(["matches": "("], sum), rule(["matches": "^(.*)_total$", "as": "${1}_per_second"], sum),
                    rule(["as": "broken"], "broken(<<.Series>>{<<.LabelMatchers>>})"),
                ],
                "externalRules": [
                    [
                        "seriesQuery": "queue_depth", "resources": ["overrides": ["namespace": ["resource": "namespace"]]],
                        "metricsQuery": "max(<<.Series>>{<<.LabelMatchers>>}) by (queue)",
                    ]
                ],
            ])
            let settings = RuledMetricsConfiguration(
                rules: configuration, kinds: ResourceKinds(ResourceKinds.builtIn),
                prometheus: PrometheusClient(try #require(PrometheusAddress("http://prometheus:9090")), transport: server),
                connect: { _ in throw ClientError("no server is named") })
            metrics = RuledMetrics(settings, clock: clock, now: { Timestamp(seconds: 1_795_380_250) }, logger: log.logger)
            handler = RuledMetricsHandler(
                metrics: metrics,
                names: { kind, namespace, labels in kind.plural == "pods" && namespace == "shop" && labels != "app=nope" ? ["a", "b", "c"] : [] },
                now: { Timestamp(seconds: 1_795_380_250) })
        }

        func ask(_ path: String, _ query: [(name: String, value: String)] = [], method: HTTPMethod = .GET) async throws -> (
            code: Int, json: JSONValue
        ) {
            let request = APIRequest(
                method: method, path: path, uri: path, query: Query(query), headers: [:], body: [],
                info: RequestInfo(isResourceRequest: true, verb: "get", path: path),
                user: .anonymous, auditID: "", remoteAddress: "")
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

        /// With the rules' series listed once a minute of the clock.
        func run(_ body: () async throws -> Void) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [metrics] in try await metrics.run() }
                await clock.waitForSleepers()
                try await body()
                group.cancelAll()
            }
        }
    }

    private static let base = "/apis/custom.metrics.k8s.io"

    @Test("pods by name and by label, a namespace, and both versions' forms are as prometheus-adapter's")
    func custom() async throws {
        let setup = try Setup()
        try await setup.run {
            let pods = Self.base + "/v1beta2/namespaces/shop/pods"
            let list = try await setup.ask(pods + "/*/http_requests_per_second", [("labelSelector", "app=web"), ("metricLabelSelector", "code=200")])
            #expect(
                try list.json
                    == JSONValue.parse(
                        #"{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":["#
                            + #"{"describedObject":{"kind":"Pod","namespace":"shop","name":"a","apiVersion":"/v1"},"metric":{"name":"http_requests_per_second","#
                            + #""selector":{"matchLabels":{"code":"200"}}},"timestamp":"2026-11-22T20:44:10Z","value":"17124m"},"#
                            + #"{"describedObject":{"kind":"Pod","namespace":"shop","name":"b","apiVersion":"/v1"},"metric":{"name":"http_requests_per_second","#
                            + #""selector":{"matchLabels":{"code":"200"}}},"timestamp":"2026-11-22T20:44:10Z","value":"500m"}]}"#))
            #expect(setup.server.queries.last?.contains("pod%3D~%22a%7Cb%7Cc%22") == true, "\(setup.server.queries)")
            let one = try await setup.ask(Self.base + "/v1beta1/namespaces/shop/pods/a/http_requests_per_second")
            #expect(one.json["items"]?.array?.count == 1 && one.json["items"]?.array?[0]["metricName"] == "http_requests_per_second")
            #expect(one.json["items"]?.array?[0]["selector"] == .null)
            let missing = [
                "/nope/http_requests_per_second": "the server could not find the metric http_requests_per_second for pods nope",
                "/*/nope": "the server could not find the metric nope for pods",
                "/a/broken": "the server could not find the metric broken for pods a",
            ]
            for (path, message) in missing {
                let answer = try await setup.ask(pods + path)
                #expect(answer.code == 404 && answer.json["message"]?.string == message, "\(answer.json.encodedText)")
            }
            let none = try await setup.ask(pods + "/*/http_requests_per_second", [("labelSelector", "app=nope")])
            #expect(none.code == 404)
            #expect(try await setup.ask(pods + "/a/http_requests_per_second", method: .POST).code == 405)
            #expect(try await setup.ask(pods + "/a/http_requests_per_second", [("metricLabelSelector", "a=b,=")]).code == 400)
            let resources = try await setup.ask(Self.base + "/v1beta1").json["resources"]?.array ?? []
            #expect(
                resources.compactMap { $0["name"]?.string } == [
                    "namespaces/broken", "namespaces/http_requests_per_second", "pods/broken", "pods/http_requests_per_second",
                ])
        }
    }

    @Test("an external metric's samples, those that are no number left out")
    func external() async throws {
        let setup = try Setup()
        try await setup.run {
            let path = "/apis/external.metrics.k8s.io/v1beta1"
            let answer = try await setup.ask(path + "/namespaces/shop/queue_depth", [("labelSelector", "queue=q")])
            #expect(
                try answer.json
                    == JSONValue.parse(
                        #"{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":["#
                            + #"{"metricName":"queue_depth","metricLabels":{"queue":"q"},"timestamp":"2026-11-22T20:44:10Z","value":"7"}]}"#))
            #expect(setup.server.queries.last?.contains("%7Bqueue%3D%22q%22%2Cnamespace%3D%22shop%22%7D") == true, "\(setup.server.queries)")
            let missing = try await setup.ask(path + "/namespaces/shop/nope")
            #expect(missing.code == 404 && missing.json["message"] == "the server could not find the metric nope for ")
            #expect(try await setup.ask(path).json["resources"]?.array?.map { $0["name"] } == ["queue_depth"])
        }
    }

    @Test("one wrong rule is named, and the others work; Prometheus gone is an error, discovery stays, and all comes back by itself")
    func isolation() async throws {
        let setup = try Setup()
        try await setup.run {
            let status = try await setup.ask("/debug/rules").json["rules"]?.array ?? []
            #expect(status.map { $0["problem"] == nil } == [false, true, true, true])
            #expect(status[0]["problem"]?.string?.contains("missing closing )") == true && status[1]["metrics"]?.int == 2)
            #expect(String(decoding: setup.metrics.ownText, as: UTF8.self).contains(#"updraft_metric_rule_failing{rule="rules[0]"} 1"#))
            setup.server.state.withLock { $0.isDown = true }
            let path = Self.base + "/v1beta2/namespaces/shop/pods/b/http_requests_per_second"
            let gone = try await setup.ask(path)
            #expect(gone.code == 500 && gone.json["message"]?.string?.contains("nobody listens there") == true, "\(gone.json.encodedText)")
            setup.clock.advance(by: .seconds(30))
            await setup.clock.waitForSleepers()
            #expect(try await setup.ask(Self.base + "/v1beta1").json["resources"]?.array?.count == 4)
            setup.server.state.withLock { $0.isDown = false }
            setup.clock.advance(by: .seconds(30))
            await setup.clock.waitForSleepers()
            let status2 = try await setup.ask("/debug/rules").json["rules"]?.array ?? []
            #expect(status2.map { $0["problem"] == nil } == [false, true, true, true])
            try await Task.sleep(for: .milliseconds(600))
            #expect(try await setup.ask(path).code == 200)
        }
        let lines = setup.log.text.split(separator: "\n")
        #expect(lines.count { $0.contains("cannot list a metric rule's series") } == 3 && lines.count { $0.contains("can be listed again") } == 3)
    }

    @Test("those who ask the same at once are answered by one query")
    func coalescing() async throws {
        let setup = try Setup()
        try await setup.run {
            let path = Self.base + "/v1beta2/namespaces/shop/pods/*/http_requests_per_second"
            let codes = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await setup.ask(path).code } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes == Array(repeating: 200, count: 20) && setup.server.queries.count <= 2, "\(setup.server.queries.count) queries")
        }
    }

    @Test("other rules take the place of those before without a gap for what stays")
    func replacement() async throws {
        let setup = try Setup()
        try await setup.run {
            let kept: JSONValue = [
                "seriesQuery": "http_requests_total", "resources": ["template": "<<.Resource>>"],
                "name": ["matches": "^(.*)_total$", "as": "${1}_per_second"],
                "metricsQuery": "sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)",
            ]
            var added = kept
            added["name"] = ["as": "requests"]
            let path = Self.base + "/v1beta2/namespaces/shop/pods/a/"
            #expect(try await setup.ask(path + "requests").code == 404)
            setup.metrics.replace(try MetricsConfiguration(["rules": [kept, added]]))
            #expect(try await setup.ask(path + "http_requests_per_second").code == 200)
            while try await setup.ask(path + "requests").code != 200 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(setup.metrics.standings.map(\.rule) == ["rules[0]", "rules[1]"] && setup.metrics.externalMetrics.isEmpty)
            #expect(try await setup.ask(path + "broken").code == 404)
        }
    }
}
