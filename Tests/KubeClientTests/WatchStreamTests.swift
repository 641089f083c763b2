// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import TestKit
import Testing

@testable import KubeClient

@Suite("A watch")
struct WatchStreamTests {
    private static let lines = """
        {"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"a","resourceVersion":"1"}}}
        {"type":"MODIFIED","object":{"kind":"Pod","metadata":{"name":"ä","resourceVersion":"2"}}}

        {"type":"DELETED","object":{"kind":"Pod","metadata":{"name":"a","resourceVersion":"3"}}}\r
        {"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"9"}}}

        """

    private func stream(_ pieces: [[UInt8]]) -> WatchStream {
        WatchStream(
            ResponseBody(
                AsyncStream { continuation in
                    for piece in pieces { continuation.yield(piece) }
                    continuation.finish()
                }))
    }

    private func events(_ pieces: [[UInt8]]) async throws -> [String] {
        var events: [String] = []
        for try await event in stream(pieces) { events.append("\(event.kind.rawValue) \(event.object.name) \(event.object.resourceVersion)") }
        return events
    }

    @Test("is read whole however its bytes arrive", arguments: [1, 2, 3, 7, 64, 100, 10_000])
    func splits(_ size: Int) async throws {
        let bytes = Array(Self.lines.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        #expect(try await events(pieces) == ["ADDED a 1", "MODIFIED ä 2", "DELETED a 3", "BOOKMARK  9"])
    }

    @Test("ends without an error where the server ends it, also in the middle of a line")
    func end() async throws {
        #expect(try await events([]) == [])
        #expect(try await events([Array(Self.lines.utf8.prefix(100))]) == ["ADDED a 1"])
    }

    @Test("throws the server's error event")
    func error() async throws {
        let gone = APIError.expired("too old resource version: 1 (5)")
        let line = JSONValue.object(["type": "ERROR", "object": gone.status]).encoded + [UInt8(ascii: "\n")]
        await #expect(throws: gone) { _ = try await events([line]) }
    }

    @Test(
        "refuses what is no event",
        arguments: [
            "{", "[]", "{}", #"{"type":"ADDED"}"#, #"{"type":"ADDED","object":3}"#, #"{"type":"FOUND","object":{}}"#,
            #"{"type":"ERROR","object":{}}"#,
            #"{"type":"ERROR"}"#, "\u{0}", #"{"type":"ADDED","object":{}} x"#,
        ])
    func malformed(_ line: String) async throws {
        await #expect(throws: ClientError.self) { _ = try await events([Array((line + "\n").utf8)]) }
    }

    @Test("does not keep a line without end")
    func tooLong() async throws {
        let piece = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
        await #expect(throws: ClientError.self) { _ = try await events(Array(repeating: piece, count: 18)) }
    }

    @Test("a refused watch throws the refusal")
    func refused() async throws {
        let server = ScriptedTransport()
        let expired = APIError.expired("too old resource version")
        server.answer("GET", "/api/v1/pods?watch=true&resourceVersion=1&timeoutSeconds=30", expired)
        let client = KubeClient(transport: server, userAgent: "test")
        await #expect(throws: expired) { _ = try await client.watch(.pods, resourceVersion: "1", timeoutSeconds: 30) }
    }
}
