// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubePKI
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("Tokens of service accounts")
struct TokenTests {
    private static let path = "/api/v1/namespaces/default/serviceaccounts"
    private static let issuer = TokenSettings().issuer

    private func harness() async throws -> Harness {
        let harness = try await Harness()
        try await harness.send(.POST, Self.path, ["metadata": ["name": "robot"]])
        return harness
    }

    private func authenticator(_ harness: Harness) -> TokenAuthenticator {
        TokenAuthenticator(tokens: Harness.tokens, settings: TokenSettings(), store: harness.store)
    }

    private func refusal(_ harness: Harness, _ token: String, after: Duration = .zero) -> String {
        do throws(TokenAuthenticator.Refusal) {
            _ = try authenticator(harness).user(of: token, audiences: [Self.issuer], at: Harness.now + after)
            return ""
        } catch {
            return error.description
        }
    }

    private func token(_ harness: Harness, _ spec: JSONValue = [:]) async throws -> String {
        let reply = try await harness.send(.POST, "\(Self.path)/robot/token", ["spec": spec])
        #expect(reply.code == 201, "\(reply.message)")
        return reply.value(at: "status", "token")?.string ?? ""
    }

    @Test("a token is the account, until it expires")
    func expiry() async throws {
        let harness = try await harness()
        let reply = try await harness.send(
            .POST, "\(Self.path)/robot/token",
            ["kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": ["expirationSeconds": 600]])
        #expect(reply.value(at: "kind") == "TokenRequest" && reply.value(at: "metadata", "name") == "robot")
        #expect(reply.value(at: "status", "expirationTimestamp") == "2026-11-24T12:10:00Z")
        #expect(reply.value(at: "spec", "audiences") == [.string(Self.issuer)])
        let token = reply.value(at: "status", "token")?.string ?? ""
        let user = try authenticator(harness).user(of: token, audiences: [Self.issuer], at: Harness.now).user
        #expect(user.name == "system:serviceaccount:default:robot")
        #expect(user.groups == ["system:serviceaccounts", "system:serviceaccounts:default"])
        #expect(user.extra["authentication.kubernetes.io/credential-id"]?.first?.hasPrefix("JTI=") == true)
        #expect(refusal(harness, token, after: .seconds(599)).isEmpty)
        #expect(refusal(harness, token, after: .seconds(600)) == "invalid bearer token, service account token has expired")
        #expect(refusal(harness, token, after: .seconds(-1)).hasSuffix("not valid yet"))
    }

    @Test("a token for somebody else, of another key, or changed, is none")
    func foreign() async throws {
        let harness = try await harness()
        #expect(refusal(harness, try await token(harness, ["audiences": ["vault"]])).contains("is invalid for the target audiences"))
        let good = try await token(harness)
        let other = try ServiceAccountTokens(try .make())
        let claims = try Harness.tokens.verify(good)
        #expect(refusal(harness, try other.sign(claims)).contains("not signed with the key of this cluster"))
        var parts = good.split(separator: ".").map(String.init)
        parts[1] = try other.sign(
            ServiceAccountClaims(
                issuer: claims.issuer, audiences: claims.audiences, issuedAt: claims.issuedAt, expiry: claims.expiry + 1, identifier: "x",
                namespace: claims.namespace, account: claims.account)
        ).split(separator: ".").map(String.init)[1]
        #expect(refusal(harness, parts.joined(separator: ".")).contains("not signed with the key of this cluster"))
        // {"alg":"none"}
        #expect(refusal(harness, "eyJhbGciOiJub25lIn0.\(good.split(separator: ".")[1]).").contains("not signed by RS256"))
        for text in ["", "a", "a.b", "a.b.c", "..", "é.é.é", String(repeating: "a", count: 20_000), good + "=", good + ".x"] {
            #expect(!refusal(harness, text).isEmpty, "\(text.prefix(20))")
        }
    }

    @Test("a token goes with its account and with the pod it is bound to")
    func bound() async throws {
        let harness = try await harness()
        var pod = Manifests.pod("mine", node: "node-0")
        pod["spec"]?["serviceAccountName"] = "robot"
        let made = try await harness.send(.POST, "/api/v1/namespaces/default/pods", pod)
        let uid = made.value(at: "metadata", "uid") ?? ""
        let bound = try await token(harness, ["boundObjectRef": ["kind": "Pod", "apiVersion": "v1", "name": "mine", "uid": uid]])
        let user = try authenticator(harness).user(of: bound, audiences: [Self.issuer], at: Harness.now).user
        #expect(user.extra["authentication.kubernetes.io/pod-name"] == ["mine"])
        #expect(user.extra["authentication.kubernetes.io/node-name"] == ["node-0"])
        let node = UserInfo(name: "system:node:node-1", groups: ["system:nodes", UserInfo.authenticatedGroup])
        for (reference, words) in [
            (JSONValue.null, "not bound to a pod"), (["kind": "Pod", "apiVersion": "v1", "name": "mine"], "without a uid"),
            (["kind": "Pod", "apiVersion": "v1", "name": "mine", "uid": uid], "scheduled on a different node"),
        ] {
            let foreign = try await harness.send(.POST, "\(Self.path)/robot/token", ["spec": ["boundObjectRef": reference]], as: node)
            #expect(foreign.code == 403 && foreign.message.contains(words), "\(foreign.message)")
        }
        let stale = try await harness.send(
            .POST, "\(Self.path)/robot/token", ["spec": ["boundObjectRef": ["kind": "Pod", "apiVersion": "v1", "name": "mine", "uid": "other"]]])
        #expect(stale.code == 409)
        try await harness.send(.POST, Self.path, ["metadata": ["name": "other"]])
        let strange = try await harness.send(
            .POST, "\(Self.path)/other/token", ["spec": ["boundObjectRef": ["kind": "Pod", "apiVersion": "v1", "name": "mine"]]])
        #expect(strange.code == 400 && strange.message.contains("different serviceaccount name"))
        try await harness.send(.DELETE, "/api/v1/namespaces/default/pods/mine?gracePeriodSeconds=0")
        #expect(refusal(harness, bound).contains("the pod default/mine that it is for is not there"))
        let free = try await token(harness)
        try await harness.send(.DELETE, "\(Self.path)/robot")
        try await harness.send(.POST, Self.path, ["metadata": ["name": "robot"]])
        #expect(refusal(harness, free).contains("the service account default/robot that it is for is not there"), "another of the same name")
    }

    @Test("spans are between ten minutes and 2^32 seconds, and the account must be there")
    func limits() async throws {
        let harness = try await harness()
        let short = try await harness.send(.POST, "\(Self.path)/robot/token", ["spec": ["expirationSeconds": 599]])
        #expect(short.code == 422 && short.message.hasSuffix("may not specify a duration less than 10 minutes"), "\(short.message)")
        let long = try await harness.send(.POST, "\(Self.path)/robot/token", ["spec": ["expirationSeconds": 4_294_967_297]])
        #expect(long.code == 422 && long.message.hasSuffix("may not specify a duration larger than 2^32 seconds"), "\(long.message)")
        let none = try await harness.send(.POST, "\(Self.path)/nobody/token", ["spec": [:]])
        #expect(none.code == 404 && none.message == "serviceaccounts \"nobody\" not found")
    }

    @Test("reviews tell whose a token is, and nothing of one that does not count")
    func reviews() async throws {
        let harness = try await harness()
        let path = "/apis/authentication.k8s.io/v1/tokenreviews"
        let good = try await harness.send(.POST, path, ["spec": ["token": .string(try await token(harness))]])
        #expect(good.code == 201)
        #expect(good.value(at: "status", "authenticated")?.bool == true)
        #expect(good.value(at: "status", "user", "username") == "system:serviceaccount:default:robot")
        #expect(
            good.value(at: "status", "user", "groups") == ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"])
        let bad = try await harness.send(.POST, path, ["spec": ["token": "nonsense"]])
        #expect(bad.value(at: "status", "authenticated") == nil && bad.value(at: "status", "user") == [:])
        #expect(bad.value(at: "status", "error")?.string?.contains("no JSON Web Token") == true)
        let vault = try await token(harness, ["audiences": ["vault"]])
        let other = try await harness.send(.POST, path, ["spec": ["token": .string(vault), "audiences": ["vault", "x"]]])
        #expect(other.value(at: "status", "audiences") == ["vault"])
        #expect(try await harness.send(.POST, path, ["spec": [:]]).code == 400)
        let old = try await harness.send(.POST, "/apis/authentication.k8s.io/v1beta1/tokenreviews", ["spec": ["token": .string(vault)]])
        #expect(old.value(at: "apiVersion") == "authentication.k8s.io/v1beta1")
        let me = try await harness.send(
            .POST, "/apis/authentication.k8s.io/v1/selfsubjectreviews", [:],
            as: UserInfo(name: "alice", groups: ["team", UserInfo.authenticatedGroup]))
        #expect(me.value(at: "status", "userInfo", "username") == "alice")
    }

    @Test("only a bearer token is taken for one")
    func headers() {
        #expect((["Authorization": "Bearer  abc"] as HTTPHeaders).bearerToken == "abc")
        #expect((["authorization": "bearer abc"] as HTTPHeaders).bearerToken == "abc")
        #expect((["Authorization": "Basic abc"] as HTTPHeaders).bearerToken == nil)
        #expect((["Authorization": "Bearer"] as HTTPHeaders).bearerToken == nil)
        #expect(([:] as HTTPHeaders).bearerToken == nil)
    }
}
