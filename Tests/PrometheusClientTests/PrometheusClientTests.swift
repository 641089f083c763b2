// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import MetricRules
import PrometheusClient
import Synchronization
import Testing

@Suite("Asking Prometheus")
struct PrometheusClientTests {
    /// Answers each question alike, and keeps them.
    private final class Server: Transport {
        private let status: Int
        private let body: String
        private let asked = Mutex<[ClientRequest]>([])

        init(_ status: Int, _ body: String) {
            self.status = status
            self.body = body
        }

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            asked.withLock { $0.append(request) }
            return ClientResponse(status: status, body: ResponseBody(Array(body.utf8)))
        }

        var requests: [ClientRequest] { asked.withLock { $0 } }
    }

    private static func client(
        _ server: Server, at address: String = "http://prometheus:9090", _ change: (inout PrometheusClient.Options) -> Void = { _ in }
    ) throws -> PrometheusClient {
        var options = PrometheusClient.Options()
        change(&options)
        return PrometheusClient(try #require(PrometheusAddress(address)), transport: server, options: options)
    }

    private static let vector = """
        {"status":"success","data":{"resultType":"vector","result":[{"metric":{"pod":"a"},"value":[1767225600.5,"0.25"]},
        {"metric":{"pod":"b"},"value":[1767225600,"NaN"]},{"metric":{},"value":[1767225600,"-Inf"]}]},"warnings":["store c did not answer"]}
        """

    @Test("a vector's samples, with what the server says against them")
    func vector() async throws {
        let server = Server(200, Self.vector)
        let answer = try await Self.client(server).query(#"up{job="a b"}"#)
        #expect(answer.value.map(\.labels) == [["pod": "a"], ["pod": "b"], [:]])
        #expect(answer.value[0].milliseconds == 1_767_225_600_500 && answer.value[0].value == 0.25)
        #expect(answer.value[1].value.isNaN && answer.value[2].value == -.infinity)
        #expect(answer.warnings == ["store c did not answer"])
        #expect(server.requests[0].path == "/api/v1/query?query=up%7Bjob%3D%22a%20b%22%7D&timeout=30s" && server.requests[0].method == "GET")
    }

    @Test("of a long question, an error tells the beginning and the end")
    func longQuestion() async throws {
        let server = Server(422, #"{"status":"error","errorType":"execution","error":"too many"}"#)
        let error = await #expect(throws: PrometheusError.self) {
            try await Self.client(server).query("up{pod=~\"\(Array(repeating: "web", count: 10_000).joined(separator: "|"))\"}")
        }
        let text = error?.description ?? ""
        #expect(text.utf8.count < 1100 && text.hasPrefix("http://prometheus:9090 answers 422") && text.hasSuffix("too many"), "\(text)")
    }

    @Test("POST keeps the query out of the address, and headers, prefix and parameters go along")
    func post() async throws {
        let server = Server(200, #"{"status":"success","data":[{"__name__":"up","job":"a"}]}"#)
        let client = try Self.client(server, at: "http://prometheus:9090/prometheus?dedup=true") { options in
            options.verb = .post
            options.headers = ["X-Scope-OrgID": "team-a"]
        }
        let series = try await client.series("up", since: Timestamp(seconds: 1_767_225_600)).value
        #expect(series == [SeriesShape(example: Series(name: "up", labels: ["job": "a"]), count: 1)])
        let request = server.requests[0]
        #expect(request.path == "/prometheus/api/v1/series?dedup=true" && request.headers["X-Scope-OrgID"] == "team-a")
        #expect(String(decoding: request.body, as: UTF8.self) == "match%5B%5D=up&start=2026-01-01T00%3A00%3A00Z")
    }

    struct Failure: Sendable {
        var status: Int
        var body: String
        var kind: PrometheusError.Kind
        var words: String
    }

    @Test(
        "what is no answer says so, with the server's name",
        arguments: [
            Failure(status: 400, body: #"{"status":"error","errorType":"bad_data","error":"parse error"}"#, kind: .query, words: "parse error"),
            Failure(status: 503, body: #"{"status":"error","errorType":"timeout","error":"too slow"}"#, kind: .refused, words: "timeout"),
            Failure(status: 401, body: "Unauthorized", kind: .refused, words: "token"),
            Failure(status: 404, body: "<html>", kind: .refused, words: "/prometheus"),
            Failure(status: 200, body: "<html>\u{1}", kind: .answer, words: "not as Prometheus does: <html>."),
            Failure(status: 200, body: #"{"status":"success","data":{"resultType":"matrix","result":[]}}"#, kind: .answer, words: "matrix"),
            Failure(
                status: 200, body: #"{"status":"success","data":{"resultType":"vector","result":[{"value":["x","y"]}]}}"#, kind: .answer,
                words: "no sample"),
            Failure(status: 200, body: #"{"status":"success"}"#, kind: .answer, words: "needs a vector"),
        ])
    func failures(_ failure: Failure) async throws {
        let client = try Self.client(Server(failure.status, failure.body))
        let error = await #expect(throws: PrometheusError.self) { try await client.query("up") }
        #expect(error?.kind == failure.kind && error?.description.contains(failure.words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("http://prometheus:9090") == true)
    }

    @Test("an answer longer than it may be is not read to its end")
    func limit() async throws {
        let client = try Self.client(Server(200, Self.vector)) { $0.answerLimit = 100 }
        let error = await #expect(throws: PrometheusError.self) { try await client.query("up") }
        #expect(error?.kind == .answer && error?.description.contains("longer than 100 bytes") == true)
    }

    @Test(
        "addresses",
        arguments: [
            ("http://a:9090", ["http://a:9090", "", ""]), ("https://a/prom/?x=1&y=2#z", ["https://a", "/prom", "x=1&y=2"]),
            ("https://[::1]:1/", ["https://[::1]:1", "", ""]),
            ("ftp://a", nil), ("http://", nil), ("a:9090", nil), ("http://user:secret@a", nil), ("http://a b", nil),
        ] as [(String, [String]?)])
    func addresses(text: String, parts: [String]?) {
        #expect(PrometheusAddress(text).map { [$0.server, $0.pathPrefix, $0.parameters] } == parts)
    }
}
