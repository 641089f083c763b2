// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import MetricRules
import PrometheusClient
import Testing

@Suite("Prometheus' list of series")
struct SeriesListTests {
    /// Answers in pieces of so many bytes.
    private struct Server: Transport {
        var body: String
        var pieceSize: Int

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            let bytes = Array(body.utf8)
            let pieces = stride(from: 0, to: bytes.count, by: pieceSize).map { Array(bytes[$0..<min($0 + pieceSize, bytes.count)]) }
            let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .unbounded)
            for piece in pieces { continuation.yield(piece) }
            continuation.finish()
            return ClientResponse(status: 200, body: ResponseBody(stream))
        }
    }

    private func series(
        _ body: String, pieceSize: Int = 4096, limit: Int = 1 << 20
    ) async throws -> PrometheusClient.Answer<[SeriesShape]> {
        var options = PrometheusClient.Options()
        options.answerLimit = limit
        let address = try #require(PrometheusAddress("http://prometheus:9090"))
        return try await PrometheusClient(address, transport: Server(body: body, pieceSize: pieceSize), options: options)
            .series("x", since: Timestamp(seconds: 0))
    }

    @Test("is told by shapes, in the order of the last of each, however the answer is cut", arguments: [1, 2, 3, 7, 64, 4096])
    func shapes(pieceSize: Int) async throws {
        let answer = try await series(
            #"""
            {"status": "success", "warnings": ["a, {b}", "c \"d"], "data": [
             {"__name__":"a","pod":"1"}, {"__name__":"b","pod":"\"},{"},{"__name__":"a","pod":"\\\\"},
             {"pod":"1","__name__":"b \u0041"}, {"__name__":"a","pod":"2","zone":""}, {}, {"__name__":"b","pod":"x:y,z"}]}
            """#, pieceSize: pieceSize)
        let expected: [(name: String, labels: [String: String], count: Int)] = [
            ("a", ["pod": "1"], 2), ("b A", ["pod": "1"], 1), ("a", ["pod": "2", "zone": ""], 1), ("", [:], 1), ("b", ["pod": "\"},{"], 2),
        ]
        #expect(answer.value == expected.map { SeriesShape(example: Series(name: $0.name, labels: $0.labels), count: $0.count) })
        #expect(answer.warnings == ["a, {b}", "c \"d"])
    }

    @Test(
        "that is none is refused, at every cut",
        arguments: [
            #"{"status":"success","data":[{"__name__":"a"} {"__name__":"a"}]}"#, #"{"status":"success","data":[{"__name__":"a"},]}"#,
            #"{"status":"success","data":[,{"__name__":"a"}]}"#, #"{"status":"success","data":[{"__name__":"a"},,{"__name__":"a"}]}"#,
            #"{"status":"success","data":[{"__name__":"a"]}"#, #"{"status":"success","data":[{"__name__" "a"}]}"#,
            #"{"status":"success","data":[{"__name__":"a"},"b"]}"#, #"{"status":"success","data":["b",{"__name__":"a"}]}"#,
            #"{"status":"success","data":[{"__name__":"a"}"#, #"{"status":"success","data":[{"__name__":"a"}]}}"#, "]]]]", "}{", "[{}]",
            #"{"status":"success","data":{"resultType":"vector","result":[]}}"#, #"{"status":"success"}"#, "", "\"",
        ])
    func malformed(body: String) async throws {
        for pieceSize in [1, 4096] {
            let error = await #expect(throws: PrometheusError.self) { try await series(body, pieceSize: pieceSize) }
            #expect(error?.kind == .answer, "\(error?.description ?? "")")
        }
    }

    @Test("may be longer than its limit, but not what it tells")
    func limit() async throws {
        let many = Array(repeating: #"{"__name__":"a","pod":"1"}"#, count: 1000).joined(separator: ",")
        #expect(try await series(#"{"status":"success","data":[\#(many)]}"#, pieceSize: 64, limit: 300).value.map(\.count) == [1000])
        let different = (0..<1000).map { #"{"__name__":"a\#($0)"}"# }.joined(separator: ",")
        for body in [#"{"status":"success","data":[\#(different)]}"#, String(repeating: " ", count: 1000)] {
            let error = await #expect(throws: PrometheusError.self) { try await series(body, pieceSize: 64, limit: 300) }
            #expect(error?.description.contains("longer than 300 bytes") == true, "\(error?.description ?? "")")
        }
    }
}
