// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeClient
import KubeModel
import NIOHTTP1
import Synchronization
import TestKit
import Testing

@testable import DelegatedAccess

@Suite("Tokens and access, by the API server's reviews", .timeLimit(.minutes(2)))
struct DelegatedAccessTests {
    @Test("a token's review is asked for once by all who come with it, and counts for its time")
    func tokens() async throws {
        let reviews = Reviews()
        let authenticator = TokenReviewAuthenticator(client: reviews.client, uptime: { reviews.uptime }, logger: reviews.log.logger)
        let outcomes = await withTaskGroup(of: AuthenticationOutcome.self) { group in
            for _ in 0..<20 { group.addTask { await authenticator.outcome("good-secret") } }
            await reviews.wait(for: 1)
            reviews.open()
            return await group.reduce(into: []) { $0.append($1) }
        }
        let user = UserInfo(name: "good", uid: "u1", groups: ["g"], extra: ["scopes": ["a", "b"]])
        #expect(outcomes == Array(repeating: .authenticated(user), count: 20))
        #expect(reviews.count == 1)
        reviews.advance(.milliseconds(9_999))
        #expect(await authenticator.outcome("good-secret") == .authenticated(user) && reviews.count == 1)
        reviews.advance(.milliseconds(1))
        #expect(await authenticator.outcome("good-secret") == .authenticated(user) && reviews.count == 2)
    }

    @Test("nobody's token is refused, and the answer kept; one that cannot be reviewed is refused too, and asked about again")
    func badTokens() async throws {
        let reviews = Reviews()
        reviews.open()
        let authenticator = TokenReviewAuthenticator(client: reviews.client, uptime: { reviews.uptime }, logger: reviews.log.logger)
        #expect(await authenticator.outcome(nil) == .noOpinion && reviews.count == 0)
        #expect(await authenticator.outcome("bad-secret").isFailure && reviews.count == 1)
        #expect(await authenticator.outcome("bad-secret").isFailure && reviews.count == 1)
        #expect(await authenticator.outcome("broken-secret").isFailure && reviews.count == 2)
        #expect(await authenticator.outcome("broken-secret").isFailure && reviews.count == 3)
        #expect(await authenticator.outcome(String(repeating: "x", count: 100_000)).isFailure && reviews.count == 3)
        let lines = reviews.log.text.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].contains("cannot review a bearer token") && lines[0].contains("system:auth-delegator"), "\(lines)")
        #expect(!reviews.log.text.contains("secret"))
        reviews.advance(.seconds(30))
        _ = await authenticator.outcome("broken-secret")
        #expect(reviews.log.text.split(separator: "\n").count == 2)
    }

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

/// An API server that reviews, once `open`: alice may do everything, and the token `good-secret` is a user's. It may not be asked about `broken`.
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
        if spec?["token"] == "broken-secret" || spec?["user"] == "broken" {
            return .json(403, APIError.forbidden(GroupResource(group: "authorization.k8s.io", resource: "reviews"), "", "may not create").status)
        }
        if let token = spec?["token"] {
            review["spec"] = [:]
            review["status"] =
                token == "good-secret"
                ? ["authenticated": true, "user": ["username": "good", "uid": "u1", "groups": ["g"], "extra": ["scopes": ["a", "b"]]]]
                : ["authenticated": false, "error": "no such token"]
        } else {
            review["status"] = ["allowed": .bool(spec?["user"] == "alice")]
        }
        return .json(201, .object(review))
    }
}

extension TokenReviewAuthenticator {
    fileprivate func outcome(_ token: String?) async -> AuthenticationOutcome {
        let headers: HTTPHeaders = token.map { ["Authorization": "Bearer \($0)"] } ?? [:]
        let request = AuthenticationRequest(headers: headers, connection: PeerConnection(remoteAddress: ""), now: Timestamp(seconds: 0))
        switch authenticate(request) {
        case .ready(let outcome): return outcome
        case .deferred(let wait): return await wait()
        }
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

extension AuthenticationOutcome {
    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
