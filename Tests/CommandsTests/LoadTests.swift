// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Commands
import Synchronization
import Testing

@Suite("Load", .timeLimit(.minutes(5)))
struct LoadTests {
    private static func drivers() async -> [any LoadDriver] { await AbLoad().isInstalled() ? [LoadGenerator(), AbLoad()] : [LoadGenerator()] }

    @Test("sends as many requests as planned, each on its own connection, and reports on them")
    func count() async throws {
        for driver in await Self.drivers() {
            try await SampleServer.with { server in
                let plan = LoadPlan(target: try LoadTarget(server.url), concurrency: 10, maximumRequests: 200, duration: .seconds(30))
                let report = try await driver.run(plan) { _ in }
                #expect(report.requests == 200, "\(driver.name)")
                #expect(report.failures.isEmpty, "\(driver.name)")
                #expect(report.bytes >= 200 * 5)
                let latency = try #require(report.latency)
                #expect(latency.p50 <= latency.p90 && latency.p90 <= latency.p99 && latency.p99 <= latency.longest)
                #expect(server.requests >= 200 && server.connections >= 200, "\(driver.name)")
            }
        }
    }

    @Test("keeps connections where asked to")
    func keepAlive() async throws {
        try await SampleServer.with { server in
            let plan = LoadPlan(target: try LoadTarget(server.url), concurrency: 4, maximumRequests: 100, duration: .seconds(30), keepsAlive: true)
            let report = try await LoadGenerator().run(plan) { _ in }
            #expect(report.requests == 100 && report.failed == 0)
            #expect(server.connections == 4)
        }
    }

    @Test("ends when its time is over, however many requests are left")
    func duration() async throws {
        for driver in await Self.drivers() {
            try await SampleServer.with { server in
                let plan = LoadPlan(target: try LoadTarget(server.url + "slow"), concurrency: 5, maximumRequests: 1_000_000, duration: .seconds(4))
                let progress = Mutex(0)
                let report = try await driver.run(plan) { _ in progress.withLock { $0 += 1 } }
                #expect(report.elapsed < .seconds(20), "\(driver.name)")
                #expect(report.requests > 0 && report.requests < 1_000_000, "\(driver.name)")
                #expect(report.failed == 0, "\(driver.name)")
                if driver is LoadGenerator { #expect(progress.withLock { $0 } >= 1) }
            }
        }
    }

    @Test("a cancelled one reports what it did")
    func cancelled() async throws {
        for driver in await Self.drivers() {
            try await SampleServer.with { server in
                let plan = LoadPlan(target: try LoadTarget(server.url + "slow"), concurrency: 5, maximumRequests: 1_000_000, duration: .seconds(60))
                let task = Task { try await driver.run(plan) { _ in } }  // cancelled below
                await server.waitForRequests(20)
                task.cancel()
                let report = try await task.value
                #expect(report.elapsed < .seconds(30), "\(driver.name)")
                #expect(report.requests >= 5, "\(driver.name)")
            }
        }
    }

    @Test("tells statuses and broken answers from good ones")
    func failures() async throws {
        try await SampleServer.with { server in
            for (path, reason) in [("missing", "status 404"), ("broken", "the connection was closed before the answer was whole")] {
                let plan = LoadPlan(target: try LoadTarget(server.url + path), concurrency: 2, maximumRequests: 10, duration: .seconds(30))
                #expect(try await LoadGenerator().run(plan) { _ in }.failures == [reason: 10])
            }
            let plan = LoadPlan(target: try LoadTarget(server.url + "missing"), concurrency: 2, maximumRequests: 10, duration: .seconds(30))
            if await AbLoad().isInstalled() { #expect(try await AbLoad().run(plan) { _ in }.failed == 10) }
        }
    }

    @Test("that takes too long counts as failed")
    func timeout() async throws {
        try await SampleServer.with { server in
            let plan = LoadPlan(
                target: try LoadTarget(server.url + "never"), concurrency: 2, maximumRequests: 4, duration: .seconds(30),
                requestTimeout: .milliseconds(50))
            #expect(try await LoadGenerator().run(plan) { _ in }.failures == ["no answer in time": 4])
        }
    }

    @Test("on a port where nobody listens says so")
    func nobody() async throws {
        let port = try UnusedPort()
        let url = "http://127.0.0.1:\(port.number)/"
        for driver in await Self.drivers() {
            let plan = LoadPlan(target: try LoadTarget(url), concurrency: 20, maximumRequests: 1000, duration: .seconds(20))
            let error = try await #require(throws: LoadError.self) { _ = try await driver.run(plan) { _ in } }
            #expect(
                error.code == .unreachable && error.message.contains(url) && (driver is AbLoad || error.message.contains("Connection refused")),
                "\(driver.name): \(error)")
        }
        withExtendedLifetime(port) {}
    }

    @Test(
        "goes to this machine only, unless told otherwise",
        arguments: [
            ("http://127.0.0.1", true), ("http://127.9.0.3:8080/x?y=1", true), ("http://localhost:1", true), ("http://[::1]:80/", true),
            ("http://10.0.0.1/", false), ("http://example.com/", false), ("http://127.0.0.1.example.com/", false), ("http://0.0.0.0/", false),
            ("http://user@127.0.0.1/", false), ("http://127.0.0.1@example.com/", false), ("http://127.1/", false),
        ])
    func loopback(_ url: String, _ isAllowed: Bool) {
        #expect(((try? LoadTarget(url)) != nil) == isAllowed)
    }

    @Test(
        "refuses what is no target or no plan",
        arguments: [
            "", "127.0.0.1", "https://127.0.0.1/", "http://", "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://127.0.0.1:x/", "http://[::1/",
            "http://127.0.0.1/a b", "http://127.0.0.1/\r\nHost: x",
        ])
    func badTargets(_ url: String) {
        #expect(throws: LoadError.self) { try LoadTarget(url) }
    }

    @Test("refuses plans that cannot be")
    func badPlans() throws {
        let target = try LoadTarget("http://127.0.0.1/")
        for (concurrency, count, seconds) in [(0, 1, 1), (10, 5, 1), (1, Int.max, 1), (20_000, 20_000, 1), (1, 1, 0), (-1, 1, 1)] {
            #expect(throws: LoadError.self) {
                try LoadPlan(target: target, concurrency: concurrency, maximumRequests: count, duration: .seconds(seconds)).check()
            }
        }
    }

    @Test(
        "durations as users write them",
        arguments: [
            ("500ms", "500ms"), ("30s", "30s"), ("1.5s", "1500ms"), ("2m", "120s"), ("1h", "3600s"), ("30", nil), ("s", nil), ("-1s", nil),
            ("nans", nil), ("1e99s", nil),
        ])
    func durations(_ text: String, _ expected: String?) {
        #expect(LoadDuration(argument: text)?.description == expected)
    }
}
