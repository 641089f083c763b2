// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import NIOHTTP1
import Testing

@testable import APIServerKit

@Suite("flow control of a server", .timeLimit(.minutes(5)))
struct FlowControlTests {
    /// Few seats, one kept by each level.
    private static func settings(waiting: Int) -> FlowControlSettings {
        var settings = FlowControlSettings()
        settings.levels = settings.levels.map { FlowLevel($0.name, seats: 1, kept: 1, waitingPerIdentity: waiting, waiting: 2 * waiting) }
        return settings
    }

    @Test("while one user floods, another and a node get every answer")
    func flood() async throws {
        try await TestServer.with(flowControl: Self.settings(waiting: 8)) { test async throws in
            let bob = try test.clientCredential("bob")
            let node = try test.clientCredential("system:node:a", groups: ["system:nodes"])
            async let flooding = Self.flood(test, as: test.clientCredential("alice"))
            async let bobs = Self.ask(50, of: test, as: bob)
            async let nodes = Self.ask(50, of: test, as: node)
            let (flood, others) = (try await flooding, [try await bobs, try await nodes])
            #expect(others == Array(repeating: Array(repeating: 200, count: 50), count: 2))
            #expect(flood.count == 10_000)
            #expect(flood.contains(429))
            #expect(flood.allSatisfy { $0 == 200 || $0 == 429 })
        }
    }

    @Test("a full queue is 429, says when to come again, and hinders nobody else")
    func refusal() async throws {
        try await TestServer.with(flowControl: Self.settings(waiting: 1)) { test async throws in
            let alice = try test.clientCredential("alice")
            let admin = try test.clientCredential("admin", groups: ["system:masters"])
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 { group.addTask { try await test.request("/held", as: alice).status } }
                // One is seated and one waits, so the third is refused and comes first.
                let first = try await group.next()
                var statuses = [first ?? 0]
                let refused = try await test.request("/whoami", as: alice)
                #expect(refused.status == 429)
                #expect(refused.headers["retry-after"] == ["1"])
                #expect(refused.json["reason"] == "TooManyRequests")
                #expect(refused.json["message"] == "Too many requests, please try again later.")
                let exempt = try await test.request("/whoami", as: admin)
                #expect(exempt.status == 200)
                let health = try await test.request("/readyz", as: alice)
                #expect(health.status != 429)
                test.handler.gate.continuation.finish()
                for try await status in group { statuses.append(status) }
                return statuses
            }
            #expect(statuses == [429, 200, 200])
        }
    }

    @Test("beyond the requests that may be under way a further one is 429, but for administrators and health; their end lets others in")
    func limit() async throws {
        var limits = APIServerConfiguration.Limits()
        limits.requestsUnderWay = 2
        try await TestServer.with(limits: limits) { test async throws in
            let alice = try test.clientCredential("alice")
            let admin = try test.clientCredential("admin", groups: ["system:masters"])
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<3 { group.addTask { try await test.request("/held", as: alice).status } }
                var statuses = [try await group.next() ?? 0]
                let refused = try await test.request("/whoami", as: test.clientCredential("bob"))
                #expect(refused.status == 429 && refused.headers["retry-after"] == ["1"])
                #expect(try await test.request("/whoami", as: admin).status == 200)
                #expect(try await test.request("/readyz", as: alice).status != 429)
                test.handler.gate.continuation.finish()
                for try await status in group { statuses.append(status) }
                return statuses
            }
            #expect(statuses == [429, 200, 200])
            #expect(try await test.request("/whoami", as: alice).status == 200)
        }
    }

    @Test("an answer that takes too long is 504")
    func deadline() async throws {
        var limits = APIServerConfiguration.Limits()
        limits.answer = .milliseconds(300)
        try await TestServer.with(limits: limits) { test async throws in
            let late = try await test.request("/held", as: test.clientCredential("alice"))
            #expect(late.status == 504 && late.json["reason"] == "Timeout")
            #expect(late.json["message"] == "Timeout: request did not complete within the allotted timeout")
            #expect(try await test.request("/whoami", as: test.clientCredential("alice")).status == 200)
            test.handler.gate.continuation.finish()
        }
    }

    private static func flood(_ test: TestServer, as credential: Credential) async throws -> [Int] {
        try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<40 { group.addTask { try await ask(250, of: test, as: credential) } }
            var statuses: [Int] = []
            for try await some in group { statuses += some }
            return statuses
        }
    }

    private static func ask(_ count: Int, of test: TestServer, as credential: Credential) async throws -> [Int] {
        try await test.withClient(as: credential) { client in
            var statuses: [Int] = []
            for _ in 0..<count { statuses.append(try await test.request("/deferred", by: client).status) }
            return statuses
        }
    }
}
