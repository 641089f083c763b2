// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import NIOHTTP1
import Testing

@testable import APIServerKit

@Suite("authentication and authorization")
struct AuthorizationTests {
    /// Only `system:masters` may; asked at once, or after a wait.
    private struct MastersOnly: Authorizer {
        var waits: Bool
        func authorize(_ user: UserInfo, _ info: RequestInfo, _ query: Query) -> AuthorizationAnswer {
            let decision = AuthorizationDecision(isAllowed: user.groups.contains(UserInfo.mastersGroup))
            return waits ? .deferred { decision } : .ready(decision)
        }
    }

    @Test("a refusal says who may not do what, in upstream's words", arguments: [true, false])
    func refusal(waits: Bool) async throws {
        try await TestServer.with(authorizer: MastersOnly(waits: waits)) { test async throws in
            let reply = try await test.request("/apis/metrics.k8s.io/v1beta1/pods")
            #expect(reply.status == 403)
            #expect(reply.headers["x-content-type-options"] == ["nosniff"])
            #expect(
                reply.json
                    == [
                        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                        "message":
                            "pods.metrics.k8s.io is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API group \"metrics.k8s.io\" at the cluster scope",
                        "reason": "Forbidden", "details": ["group": "metrics.k8s.io", "kind": "pods"], "code": 403,
                    ])
            let admin = try test.clientCredential("kubernetes-admin", groups: ["system:masters"])
            #expect(try await test.request("/apis/metrics.k8s.io/v1beta1/pods", as: admin).status == 200)
        }
    }

    @Test(
        "the message names subresource, namespace and name, or the path",
        arguments: [
            (
                "/api/v1/namespaces/shop/pods/web/log",
                "pods \"web\" is forbidden: User \"al\\\"ice\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"shop\""
            ),
            (
                "/api/v1/nodes/n1",
                "nodes \"n1\" is forbidden: User \"al\\\"ice\" cannot get resource \"nodes\" in API group \"\" at the cluster scope"
            ),
            ("/", "forbidden: User \"al\\\"ice\" cannot get path \"/\""),
        ])
    func message(_ path: String, _ wanted: String) throws {
        let info = try RequestInfo(method: .GET, path: path, query: Query())
        #expect(APIError.forbidden(UserInfo(name: "al\"ice"), info).message == wanted)
        #expect(APIError.forbidden(UserInfo(name: "al\"ice"), info, reason: "because").message == wanted + ": because")
    }

    @Test("without anonymous access, no credentials are 401")
    func noAnonymous() async throws {
        try await TestServer.with(allowsAnonymous: false) { test async throws in
            let reply = try await test.request("/whoami")
            #expect(reply.status == 401)
            #expect(
                reply.text
                    == #"{"apiVersion":"v1","code":401,"kind":"Status","message":"Unauthorized","metadata":{},"reason":"Unauthorized","status":"Failure"}"#
                    + "\n")
        }
    }

    private struct Fixed: Authenticator {
        var outcome: AuthenticationOutcome
        var waits: Bool
        func authenticate(_ request: AuthenticationRequest) -> AuthenticationAnswer {
            let outcome = outcome
            return waits ? .deferred { outcome } : .ready(outcome)
        }
    }

    @Test(
        "in a union the first success counts, and failures only without one",
        arguments: [[false, false, false], [true, false, false], [false, true, false], [true, true, true]])
    func union(waits: [Bool]) async {
        let alice = AuthenticationOutcome.authenticated(UserInfo(name: "alice"))
        let bob = AuthenticationOutcome.authenticated(UserInfo(name: "bob"))
        func resolve(_ outcomes: [AuthenticationOutcome]) async -> AuthenticationOutcome {
            let union = UnionAuthenticator(zip(outcomes, waits).map { Fixed(outcome: $0, waits: $1) })
            let request = AuthenticationRequest(headers: [:], connection: PeerConnection(remoteAddress: ""), now: .zero)
            switch union.authenticate(request) {
            case .ready(let outcome): return outcome
            case .deferred(let wait): return await wait()
            }
        }
        #expect(await resolve([.noOpinion, alice, bob]) == alice)
        #expect(await resolve([.failure("no"), .noOpinion, bob]) == bob)
        #expect(await resolve([.failure("one"), .noOpinion, .failure("two")]) == .failure("one; two"))
        #expect(await resolve([.noOpinion, .noOpinion, .noOpinion]) == .noOpinion)
        #expect(await resolve([alice, .failure("no"), bob]) == alice)
    }

    @Test("everyone authenticated is told so once")
    func authenticatedGroup() {
        #expect(UserInfo(name: "a", groups: ["g"]).withAuthenticatedGroup.groups == ["g", "system:authenticated"])
        #expect(UserInfo(name: "a", groups: ["system:authenticated", "g"]).withAuthenticatedGroup.groups == ["system:authenticated", "g"])
        #expect(UserInfo.anonymous.withAuthenticatedGroup == .anonymous)
    }
}
