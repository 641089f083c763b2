// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import Foundation
import KubeModel
import KubePKI
import NIOHTTP1
import Testing
import _CryptoExtras

@testable import ControlPlane

@Suite("The issuer of tokens")
struct TokenIssuerTests {
    @Test("others verify a token by the keys that are published")
    func keys() async throws {
        let harness = try await Harness()
        let configuration = try await harness.send(.GET, "/.well-known/openid-configuration")
        #expect(configuration.value(at: "issuer") == "https://kubernetes.default.svc.cluster.local")
        #expect(configuration.value(at: "jwks_uri") == "https://127.0.0.1:6443/openid/v1/jwks")
        #expect(configuration.value(at: "id_token_signing_alg_values_supported") == ["RS256"])
        let keys = try await harness.send(.GET, "/openid/v1/jwks")
        #expect(keys.headers["content-type"] == ["application/jwk-set+json"])
        let key = try #require(keys.value(at: "keys")?.array?.first)
        let token = try await harness.send(
            .POST, "/api/v1/namespaces/default/serviceaccounts/default/token",
            ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["expirationSeconds": 600]])
        let parts = try #require(token.value(at: "status", "token")?.string).split(separator: ".").map(String.init)
        let header = try JSONValue.parse(Array(try Self.bytes(parts[0])))
        #expect(header["kid"] == key["kid"])
        let rsa = try _RSA.Signing.PublicKey(
            n: try Self.bytes(key["n"]?.string ?? ""), e: try Self.bytes(key["e"]?.string ?? ""))
        let signature = _RSA.Signing.RSASignature(rawRepresentation: try Self.bytes(parts[2]))
        #expect(rsa.isValidSignature(signature, for: Data("\(parts[0]).\(parts[1])".utf8), padding: .insecurePKCS1v1_5))
    }

    private static func bytes(_ text: String) throws -> Data {
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return try #require(Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)))
    }

    @Test("service accounts may read them, others may not")
    func readers() async throws {
        let harness = try await Harness()
        let authorizer = RoleAuthorizer(store: harness.store)
        for path in TokenIssuer.paths {
            let info = RequestInfo(isResourceRequest: false, verb: "get", path: path)
            let account = UserInfo(name: "system:serviceaccount:default:default", groups: ["system:serviceaccounts", UserInfo.authenticatedGroup])
            #expect(authorizer.decide(account, info).isAllowed)
            #expect(authorizer.decide(UserInfo(name: "jane", groups: [UserInfo.authenticatedGroup]), info).isAllowed == false)
        }
    }
}
