// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeClient
import KubeModel
import Synchronization
import TestKit
import Testing

@testable import DelegatedAccess

@Suite("Access, by the API server's reviews", .timeLimit(.minutes(2)))
struct DelegatedAuthorizerTests {
    @Test("what a user may do is asked once by all who ask the same; yes and no count for their own times")
    func access() async throws {
        let reviews = Reviews()
        let authorizer = DelegatedAuthorizer(
            client: reviews.client, allowedTime: .seconds(5), refusedTime: .seconds(1), uptime: { reviews.uptime }, logger: reviews.log.logger)
        let decisions = try await withThrowingTaskGroup(of: AuthorizationDecision.self) { group in
            for _ in 0..<20 { group.addTask { try await authorizer.decision("alice", Self.list("shop")) } }
            await reviews.wait(for: 1)
            reviews.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(decisions == Array(repeating: .allowed, count: 20) && reviews.count == 1)
        #expect(try await authorizer.decision("mallory", Self.list("shop")).isAllowed == false && reviews.count == 2)
        reviews.advance(.seconds(1))
        _ = try await authorizer.decision("alice", Self.list("shop"))
        #expect(reviews.count == 2)
        _ = try await authorizer.decision("mallory", Self.list("shop"))
        #expect(reviews.count == 3)
        #expect(try await authorizer.decision("nobody", RequestInfo(isResourceRequest: false, verb: "get", path: "/readyz")).isAllowed)
        #expect(try await authorizer.decision("nobody", RequestInfo(isResourceRequest: false, verb: "get", path: "/metrics")).isAllowed == false)
    }

    @Test("a review that fails lets nobody in: 500, whatever the API server said to us, and it is asked again")
    func failedReviews() async throws {
        let reviews = Reviews()
        reviews.open()
        let authorizer = DelegatedAuthorizer(client: reviews.client, uptime: { reviews.uptime }, logger: reviews.log.logger)
        for count in 1...3 {
            let error = await #expect(throws: APIError.self) { try await authorizer.decision("broken", Self.list("shop")) }
            #expect(error?.code == 500 && error?.message.contains("may not create") == false)
            #expect(reviews.count == count)
        }
        let lines = reviews.log.text.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].contains("may not create") && lines[0].contains("system:auth-delegator"), "\(lines)")
    }

    @Test("a flood of questions takes bounded memory, and long ones none")
    func flood() async throws {
        let cache = AnswerCache<Int, Bool>(uptime: { .zero }) { _ in .seconds(10) }
        for question in 0..<30_000 {
            _ = try await cache.answer(question) { true }
            #expect(cache.count <= 8192)
        }
        let reviews = Reviews()
        reviews.open()
        let authorizer = DelegatedAuthorizer(client: reviews.client, uptime: { reviews.uptime }, logger: reviews.log.logger)
        for count in 1...2 {
            _ = try await authorizer.decision("alice", Self.list(String(repeating: "n", count: 2000)))
            #expect(reviews.count == count)
        }
    }

    private static func list(_ namespace: String) -> RequestInfo {
        RequestInfo(
            isResourceRequest: true, verb: "list", path: "/apis/metrics.k8s.io/v1beta1/namespaces/\(namespace)/pods", group: "metrics.k8s.io",
            version: "v1beta1", namespace: namespace, resource: "pods")
    }
}

/// An API server that reviews, once `open`: alice may do everything, and it may not be asked about `broken`.
private final class Reviews: Transport {
    private struct State {
        var count = 0
        var uptime = Duration.zero
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let log = LogRecorder()
    private let state = Mutex(State())

    var client: KubeClient { KubeClient(transport: self, userAgent: "test") }
    var count: Int { state.withLock(\.count) }
    var uptime: Duration { state.withLock(\.uptime) }
    func advance(_ duration: Duration) { state.withLock { $0.uptime += duration } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    func wait(for count: Int) async { while self.count < count { await Task.yield() } }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        state.withLock { $0.count += 1 }
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
        var review = try JSONValue.parse(request.body).object ?? [:]
        let spec = review["spec"]
        if spec?["user"] == "broken" {
            return .json(403, APIError.forbidden(GroupResource(group: "authorization.k8s.io", resource: "reviews"), "", "may not create").status)
        }
        review["status"] = ["allowed": .bool(spec?["user"] == "alice")]
        return .json(201, .object(review))
    }
}

extension DelegatedAuthorizer {
    fileprivate func decision(_ user: String, _ info: RequestInfo) async throws -> AuthorizationDecision {
        switch authorize(UserInfo(name: user), info, Query()) {
        case .ready(let decision): return decision
        case .deferred(let wait): return try await wait()
        }
    }
}
