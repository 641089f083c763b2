// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel
import MetricRules
import PrometheusClient
import Testing

@testable import Commands

@Suite("rules check")
struct RulesCheckTests {
    /// Has `http_requests_total` of one pod, and nothing else.
    private struct Server: Transport {
        func send(_ request: ClientRequest) async throws -> ClientResponse {
            let isSeries = request.path.hasPrefix("/api/v1/series?match%5B%5D=http_requests_total&")
            let isQuery = request.path.contains("http_requests_total%7Bnamespace%3D%22shop%22%2Cpod%3D%22web%22%7D")
            if request.path.contains("refused") { return answer(400, #"{"status":"error","errorType":"bad_data","error":"no such function"}"#) }
            if isSeries { return answer(200, #"{"status":"success","data":[{"__name__":"http_requests_total","namespace":"shop","pod":"web"}]}"#) }
            let result = isQuery ? #"{"metric":{"pod":"web"},"value":[1767225600,"1.5"]}"# : ""
            let data = request.path.contains("/query?") ? #"{"resultType":"vector","result":[\#(result)]}"# : "[]"
            return answer(200, #"{"status":"success","data":\#(data)}"#)
        }

        private func answer(_ status: Int, _ body: String) -> ClientResponse { ClientResponse(status: status, body: ResponseBody(Array(body.utf8))) }
    }

    private static func file(_ text: String, _ body: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "/rules-\(UUID().uuidString).yaml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private static let rules = """
        rules:
        - seriesQuery: http_requests_total
          resources: {template: <<.Resource>>}
          name: {matches: "^(.*)_total$"}
          metricsQuery: rate(<<.Series>>{<<.LabelMatchers>>}[1m])
        - seriesQuery: http_requests_total
          metricsQuery: up
        - seriesQuery: http_requests_total
          seriesFilters: [{isNot: http}]
          metricsQuery: up
        - seriesQuery: http_requests_total
          name: {matches: "("}
          metricsQuery: up
        - seriesQuery: refused
          metricsQuery: up
        externalRules:
        - seriesQuery: http_requests_total
          resources: {namespaced: false}
          metricsQuery: none(<<.Series>>)
        """

    @Test("each rule is looked at on its own, and says what it finds or what it lacks")
    func check() async throws {
        try await Self.file(Self.rules) { path in
            var check = RulesCheck(try RulesFile(path: path).configuration(), kinds: ResourceKinds(ResourceKinds.builtIn))
            #expect(check.report().entries.map { $0.problem != nil } == [false, false, false, true, false, false])
            try await check.look(at: PrometheusClient(try #require(PrometheusAddress("http://p")), transport: Server()), since: Timestamp(seconds: 0))
            let entries = check.report().entries
            #expect(entries[0].problem == nil && entries[0].metrics.map(\.name) == ["namespaces/http_requests", "pods/http_requests"])
            #expect(entries[0].metrics[1].value == "1500m" && entries[0].metrics[0].note == "the query gives nothing")
            let words = [
                "names an object, as resources has it; they have namespace, pod", "let none of the 1 series through", "name.matches",
                "no such function",
            ]
            for (entry, words) in zip(entries[1...], words) { #expect(entry.problem?.contains(words) == true, "\(entry)") }
            #expect(entries[5].problem == "its queries give nothing" && entries[5].metrics.map(\.query) == ["none(http_requests_total)"])
            #expect(check.report().text(.text).hasSuffix("6 rules, 5 with a problem\n"))
            let json = try JSONValue.parse(Array(check.report().text(.json).utf8))
            #expect(json["problems"]?.int == 5 && json["rules"]?.array?.count == 6)
        }
    }

    @Test("a ConfigMap is read by the file in it, and a wrong key is told with its line")
    func files() async throws {
        let map = "apiVersion: v1\nkind: ConfigMap\ndata:\n  config.yaml: |\n    rules:\n    - seriesQuery: up\n      metricsQuery: up\n"
        try await Self.file(map) { path in
            let configuration = try RulesFile(path: path).configuration()
            #expect(configuration.rules.map(\.seriesQuery) == ["up"])
        }
        try await Self.file(map + "      bogus: 1\n") { path in
            let failure = #expect(throws: CommandFailure.self) { try RulesFile(path: path).configuration() }
            #expect(failure?.message.contains("config.yaml, line 4: rules[0].bogus: is not known") == true, "\(failure?.message ?? "")")
        }
        try await Self.file("rules: [") { path in
            let failure = #expect(throws: CommandFailure.self) { try RulesFile(path: path).configuration() }
            #expect(failure?.code == .usage && failure?.message.contains("line ") == true)
        }
        #expect(throws: CommandFailure.self) { try RulesFile(path: "/nowhere").configuration() }
    }
}
