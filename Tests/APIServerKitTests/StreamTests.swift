// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import KubeModel
import KubePKI
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import APIServerKit

@Suite("streams and the server's end")
struct StreamTests {
    @Test("a stream is cancelled when its client goes", arguments: [true, false])
    func clientGone(http1Only: Bool) async throws {
        try await TestServer.with { test async throws in
            try await test.withClient(http1Only: http1Only) { client async throws in
                let response = try await client.execute(HTTPClientRequest(url: "https://127.0.0.1:\(test.port)/stream"), timeout: .seconds(10))
                for try await first in response.body {
                    #expect(String(buffer: first) == "first\n")
                    break
                }
            }
            try await eventually { test.handler.streamsEnded.withLock { $0.count } == 1 }
        }
    }

    @Test("over HTTP/2 a cancelled stream ends alone; the connection's others go on")
    func oneStreamGone() async throws {
        try await TestServer.with { test async throws in
            try await test.withClient { client async throws in
                let kept = try await client.execute(HTTPClientRequest(url: "https://127.0.0.1:\(test.port)/stream"), timeout: .seconds(30))
                let dropped = Task {
                    let response = try await client.execute(HTTPClientRequest(url: "https://127.0.0.1:\(test.port)/stream"), timeout: .seconds(30))
                    for try await _ in response.body {}
                }
                try await eventually { test.handler.streamsBegun.withLock { $0 } == 2 }
                dropped.cancel()
                try await eventually { test.handler.streamsEnded.withLock { $0.count } == 1 }
                #expect(try await test.request("/whoami", by: client).status == 200)
                for try await first in kept.body {
                    #expect(String(buffer: first) == "first\n")
                    break
                }
            }
        }
    }

    @Test("a writer waits for a client that does not read", arguments: [true, false])
    func backPressure(http1Only: Bool) async throws {
        try await TestServer.with { test async throws in
            try await test.withClient(http1Only: http1Only) { client async throws in
                let response = try await client.execute(HTTPClientRequest(url: "https://127.0.0.1:\(test.port)/flood"), timeout: .seconds(30))
                var previous = -1
                var current = 0
                while current != previous {
                    previous = current
                    try await Task.sleep(for: .milliseconds(300))
                    current = test.handler.floodedChunks.withLock { $0 }
                }
                // What the kernel and both libraries buffer, of the endless body.
                #expect(current < 1000)
                var taken = 0
                for try await chunk in response.body {
                    taken += chunk.readableBytes
                    if taken > 80 << 20 { break }
                }
                #expect(test.handler.floodedChunks.withLock { $0 } > current)
            }
            try await eventually { test.handler.streamsEnded.withLock { $0.count } == 1 }
        }
    }

    @Test("a server told to stop ends streams properly, closes idle connections and is gone", arguments: [true, false])
    func stop(http1Only: Bool) async throws {
        let ended = try await TestServer.with { test async throws -> Task<Int, any Error> in
            let port = test.port
            let task = Task {
                try await test.withClient(http1Only: http1Only) { client in
                    let response = try await client.execute(HTTPClientRequest(url: "https://127.0.0.1:\(port)/stream"), timeout: .seconds(20))
                    return try await response.body.collect(upTo: 100).readableBytes
                }
            }
            try await eventually { test.handler.streamsBegun.withLock { $0 } == 1 }
            return task
        }
        #expect(try await ended.value == 6)
    }

    @Test("requests under way are let end")
    func drain() async throws {
        let handler = GateHandler()
        let server = try APIServer(
            configuration: .init(addresses: [.init(host: "127.0.0.1", port: 0)], servingCredential: nil), handler: handler,
            authenticator: UnionAuthenticator([]), authorizer: AlwaysAllow(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { Timestamp(seconds: 1_800_000_000) })
        let port = try await server.start()[0].port
        let running = Task { try await server.run() }
        let client = try await RawClient.connect(port: port)
        try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await handler.arrived()
        running.cancel()
        try await eventually { server.boundAddresses.isEmpty }
        handler.open()
        let text = try await client.textUntilClosed()
        #expect(text.contains("200 OK"))
        #expect(client.isClosed)
        try await running.value
    }

    @Test("a port that is taken names address, port and process")
    func portTaken() async throws {
        try await TestServer.with { test async throws in
            let second = try APIServer(
                configuration: .init(addresses: [.init(host: "127.0.0.1", port: test.port)], servingCredential: nil), handler: test.handler,
                authenticator: UnionAuthenticator([]), authorizer: AlwaysAllow(), logger: test.log.logger, now: { .zero })
            let error = await #expect(throws: APIServerError.self) { try await second.start() }
            #expect(error?.code == .addressInUse)
            #expect(error?.message.contains("127.0.0.1:\(test.port)") == true)
            #expect(error?.message.contains("process \(ProcessID.own)") == true, "\(error?.message ?? "")")
        }
    }

    @Test("several addresses that ask for port 0 get the same port")
    func severalAddresses() async throws {
        let server = try APIServer(
            configuration: .init(addresses: [.init(host: "127.0.0.1", port: 0), .init(host: "127.9.0.1", port: 0)], servingCredential: nil),
            handler: ProbeHandler(), authenticator: UnionAuthenticator([]), authorizer: AlwaysAllow(), logger: LogRecorder().logger, now: { .zero })
        let addresses = try await server.start()
        #expect(addresses.map(\.host) == ["127.0.0.1", "127.9.0.1"])
        #expect(Set(addresses.map(\.port)).count == 1)
        let running = Task { try await server.run() }
        running.cancel()
        try await running.value
    }
}

/// Answers when told.
final class GateHandler: APIHandler {
    private let arrivals = AsyncStream.makeStream(of: Void.self)
    private let gate = AsyncStream.makeStream(of: Void.self)

    func handle(_ request: APIRequest) throws -> APIAnswer {
        .deferred { [self] in
            arrivals.continuation.yield()
            for await _ in gate.stream { break }
            return APIResponse(contentType: "text/plain", body: Array("through".utf8))
        }
    }

    func arrived() async { for await _ in arrivals.stream { return } }
    func open() { gate.continuation.yield() }
}

func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<1000 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("did not come true within 10 s")
}
