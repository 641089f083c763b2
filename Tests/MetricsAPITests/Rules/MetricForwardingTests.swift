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

@Suite("Metrics that another adapter serves still", .timeLimit(.minutes(2)))
struct MetricForwardingTests {
    /// Answers everything alike, and remembers what it was asked.
    private final class Server: Transport {
        private let asked = Mutex<[String]>([])
        private let isDown = Mutex(false)
        let body: String

        init(_ body: String) { self.body = body }

        var paths: [String] { asked.withLock { $0 } }
        func goDown() { isDown.withLock { $0 = true } }

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            asked.withLock { $0.append(request.path) }
            if isDown.withLock({ $0 }) { throw ClientError("GET https://adapter: nobody listens there; is it running?") }
            let isRefused = request.path.contains("refused")
            return ClientResponse(
                status: isRefused ? 403 : 200, headers: ["content-type": "application/json"], body: ResponseBody(Array(body.utf8)))
        }
    }

    private struct Setup {
        let adapter = Server(
            #"{"resources":[{"name":"pods/old_queue","namespaced":true,"kind":"MetricValueList"},{"name":"pods/other","namespaced":true}]}"#)
        let prometheus = Server(
            #"{"status":"success","data":[{"__name__":"old_lag","namespace":"shop","pod":"a"},{"__name__":"mine","namespace":"shop","pod":"a"}]}"#)
        let metrics: RuledMetrics
        let handler: RuledMetricsHandler

        init() throws {
            let rules = try MetricsConfiguration([
                "rules": [
                    [
                        "seriesQuery": #"{pod!=""}"#, "metricsQuery": "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)",
                        "resources": ["overrides": ["namespace": ["resource": "namespace"], "pod": ["resource": "pod"]]],
                    ]
                ]
            ])
            let address = try #require(PrometheusAddress("http://prometheus:9090"))
            var configuration = RuledMetricsConfiguration(
                rules: rules, kinds: ResourceKinds(ResourceKinds.builtIn), prometheus: PrometheusClient(address, transport: prometheus)
            ) { _ in throw ClientError("no other server") }
            configuration.forwarding = MetricForwarding(names: ["old_*"], server: "https://adapter", transport: adapter)
            metrics = RuledMetrics(
                configuration, clock: ManualClock(), now: { Timestamp(seconds: 1_795_380_250) }, logger: Logger(label: "test"))
            handler = RuledMetricsHandler(metrics: metrics, names: { _, _, _ in ["a"] }, now: { Timestamp(seconds: 1_795_380_250) })
        }

        func ask(_ path: String, query: String = "") async throws -> (code: Int, json: JSONValue) {
            let uri = query.isEmpty ? path : "\(path)?\(query)"
            let info = try RequestInfo(method: .GET, path: path, query: Query([]))
            let request = APIRequest(
                method: .GET, path: path, uri: uri, query: Query([]), headers: [:], body: [], info: info, user: .anonymous, auditID: "",
                remoteAddress: "")
            do {
                switch try handler.handle(request) {
                case .ready(let response): return (Int(response.status.code), try JSONValue.parse(response.body))
                case .deferred(let answer):
                    let response = try await answer()
                    return (Int(response.status.code), try JSONValue.parse(response.body))
                case .stream: return (0, .null)
                }
            } catch let error as APIError {
                return (error.code, error.status)
            }
        }
    }

    private static let base = "/apis/custom.metrics.k8s.io/v1beta1"

    @Test("go on to it as they were asked for, and its answers come back, its refusals too")
    func forwarded() async throws {
        let setup = try Setup()
        let path = Self.base + "/namespaces/shop/pods/*/old_queue"
        #expect(try await setup.ask(path, query: "labelSelector=app%3Dweb").code == 200)
        #expect(try await setup.ask(Self.base + "/namespaces/shop/pods/*/old_refused").code == 403)
        #expect(try await setup.ask("/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/old_lag").code == 200)
        #expect(
            setup.adapter.paths == [
                path + "?labelSelector=app%3Dweb", Self.base + "/namespaces/shop/pods/*/old_refused",
                "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/old_lag",
            ])
        #expect(setup.prometheus.paths.isEmpty)
        setup.adapter.goDown()
        let refused = try await setup.ask(path)
        #expect(refused.code == 500 && refused.json["message"]?.string?.contains("cannot forward to https://adapter") == true, "\(refused)")
        _ = try await setup.ask(Self.base + "/namespaces/shop/pods/*/mine")
        #expect(!setup.adapter.paths.contains { $0.hasSuffix("/mine") }, "what is not chosen stays here")
    }

    @Test("are in discovery as the other tells of them, and the rest as the rules make it, whether or not the other can be asked")
    func discovery() async throws {
        let setup = try Setup()
        // Asking for what is not known has the series listed.
        _ = try await setup.ask(Self.base + "/namespaces/shop/pods/*/mine")
        func names() async throws -> [String] {
            try await setup.ask(Self.base).json["resources"]?.array?.compactMap { $0["name"]?.string } ?? []
        }
        let before = try await names()
        #expect(before.contains("pods/old_queue") && before.contains("pods/mine"), "\(before)")
        #expect(!before.contains("pods/old_lag") && !before.contains("pods/other"), "\(before)")
        setup.adapter.goDown()
        let after = try await names()
        #expect(after.contains("pods/mine") && !after.contains { $0.contains("old_") }, "\(after)")
    }
}
