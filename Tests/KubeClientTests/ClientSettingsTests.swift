// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel
import Synchronization
import TestKit
import Testing

@Suite("How a client reaches its server")
struct ClientSettingsTests {
    /// When each request came.
    private final class Recorder: Transport {
        private let clock: ManualClock
        private let times = Mutex<[Duration]>([])
        var seconds: [Double] { times.withLock { $0.map { $0 / .seconds(1) } } }

        init(_ clock: ManualClock) { self.clock = clock }

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            times.withLock { $0.append(clock.now.offset) }
            return .json(200, [:])
        }
    }

    @Test("a rate limit lets a burst through, then one request after another, and fills up again at rest")
    func rateLimit() async throws {
        let clock = ManualClock()
        let server = Recorder(clock)
        let limited = RateLimitedTransport(server, requestsPerSecond: 2, burst: 3, clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { _ = try await limited.send(ClientRequest(method: "GET", path: "/")) } }
            await clock.waitForSleepers(2)
            #expect(server.seconds == [0, 0, 0])
            clock.advance(by: .milliseconds(500))
            while server.seconds.count < 4 { await Task.yield() }
            clock.advance(by: .milliseconds(500))
            try await group.waitForAll()
        }
        #expect(server.seconds == [0, 0, 0, 0.5, 1])
        clock.advance(by: .seconds(10))
        for _ in 0..<3 { _ = try await limited.send(ClientRequest(method: "GET", path: "/")) }
        #expect(server.seconds.suffix(3) == [11, 11, 11])
    }

    @Test("in a cluster, the service account says who asks and whom to believe")
    func inCluster() throws {
        let folder = NSTemporaryDirectory() + "updraft-account-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        #expect(try ClientConfiguration.inCluster(environment: [:], folder: folder) == nil, "this is no pod")
        let error = #expect(throws: ClientError.self) { try ClientConfiguration.inCluster(environment: environment, folder: folder) }
        #expect(error?.message.contains("\(folder)/ca.crt") == true)
        try "PEM".write(toFile: folder + "/ca.crt", atomically: true, encoding: .utf8)
        let configuration = try #require(try ClientConfiguration.inCluster(environment: environment, folder: folder))
        #expect(configuration == ClientConfiguration(server: "https://[fd00::1]:443", caPEM: "PEM", tokenFile: "\(folder)/token"))
    }
}
