// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeClient
import KubeModel
import Logging
import NIOHTTP1
import Synchronization
import Testing

@testable import DelegatedAccess

@Suite("Bearer tokens, by review", .timeLimit(.minutes(1)))
struct TokenReviewTests {
    /// Knows one token, and counts what it is asked.
    private final class Reviewer: Transport {
        let requests = Mutex<[JSONValue]>([])
        let fails = Atomic(false)

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            let review = try JSONValue.parse(request.body)
            requests.withLock { $0.append(review) }
            // So that others ask meanwhile.
            try await Task.sleep(for: .milliseconds(50))
            if fails.load(ordering: .relaxed) { throw ClientError("no route") }
            var answer = review.object ?? [:]
            answer["status"] =
                review["spec"]?["token"] == "good"
                ? [
                    "authenticated": true,
                    "user": ["username": "system:serviceaccount:shop:web", "uid": "7", "groups": ["system:serviceaccounts"], "extra": ["k": ["v"]]],
                ] : ["authenticated": false, "error": "unknown"]
            return ClientResponse(status: 201, body: ResponseBody(JSONValue.object(answer).encoded))
        }
    }

    private static func outcome(_ authenticator: TokenReviewAuthenticator, _ headers: HTTPHeaders) async -> AuthenticationOutcome {
        let request = AuthenticationRequest(headers: headers, connection: PeerConnection(remoteAddress: "127.0.0.1"), now: Timestamp(seconds: 0))
        switch authenticator.authenticate(request) {
        case .ready(let outcome): return outcome
        case .deferred(let wait): return await wait()
        }
    }

    @Test("a token's user is found once, kept a while, and everyone who asks meanwhile waits for the one answer")
    func users() async throws {
        let (reviewer, log) = (Reviewer(), LogRecorder())
        let time = Mutex(Duration.zero)
        let authenticator = TokenReviewAuthenticator(
            client: KubeClient(transport: reviewer, userAgent: "test"), time: .seconds(10), uptime: { time.withLock { $0 } }, logger: log.logger)
        #expect(await Self.outcome(authenticator, [:]) == .noOpinion)
        #expect(await Self.outcome(authenticator, ["Authorization": "Basic abc"]) == .noOpinion)
        let outcomes = await withTaskGroup(of: AuthenticationOutcome.self) { group in
            for _ in 0..<20 { group.addTask { await Self.outcome(authenticator, ["Authorization": "Bearer good"]) } }
            return await group.reduce(into: Set()) { $0.insert($1.text) }
        }
        let user = UserInfo(name: "system:serviceaccount:shop:web", uid: "7", groups: ["system:serviceaccounts"], extra: ["k": ["v"]])
        #expect(outcomes == [AuthenticationOutcome.authenticated(user).text])
        #expect(reviewer.requests.withLock(\.count) == 1)
        time.withLock { $0 = .seconds(11) }
        #expect(await Self.outcome(authenticator, ["Authorization": "Bearer good"]) == .authenticated(user))
        #expect(reviewer.requests.withLock(\.count) == 2)
    }

    @Test("a bad token is refused, and one that cannot be reviewed too, which is not kept; no token is logged")
    func refusals() async throws {
        let (reviewer, log) = (Reviewer(), LogRecorder())
        let authenticator = TokenReviewAuthenticator(
            client: KubeClient(transport: reviewer, userAgent: "test"), uptime: { .zero }, logger: log.logger)
        for _ in 0..<2 {
            guard case .failure(let reason) = await Self.outcome(authenticator, ["Authorization": "Bearer s3cret-bad"]) else {
                Issue.record("let in")
                return
            }
            #expect(reason == "bearer token: unknown")
        }
        #expect(reviewer.requests.withLock(\.count) == 1)
        reviewer.fails.store(true, ordering: .relaxed)
        for _ in 0..<2 {
            guard case .failure = await Self.outcome(authenticator, ["Authorization": "Bearer s3cret-other"]) else {
                Issue.record("let in")
                return
            }
        }
        #expect(reviewer.requests.withLock(\.count) == 3)
        guard case .failure = await Self.outcome(authenticator, ["Authorization": "Bearer " + String(repeating: "x", count: 70_000)]) else {
            Issue.record("let in")
            return
        }
        #expect(reviewer.requests.withLock(\.count) == 3 && log.text.contains("system:auth-delegator") && !log.text.contains("s3cret"))
    }
}

extension AuthenticationOutcome {
    fileprivate var text: String { "\(self)" }
}
