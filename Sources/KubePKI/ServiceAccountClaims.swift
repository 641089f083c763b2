// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a service account's token says.
///
/// - Source: kubernetes pkg/serviceaccount/claims.go
package struct ServiceAccountClaims: Sendable, Hashable {
    /// An object whose life the token shares.
    package struct Reference: Sendable, Hashable {
        package var name: String
        package var uid: String

        package init(name: String, uid: String) {
            self.name = name
            self.uid = uid
        }
    }

    package var issuer: String
    package var audiences: [String]
    /// All three in seconds since 1970.
    package var issuedAt: Int64
    package var notBefore: Int64
    package var expiry: Int64
    /// Of this token and no other.
    package var identifier: String
    package var namespace: String
    package var account: Reference
    package var pod: Reference?
    package var node: Reference?
    package var secret: Reference?

    package init(
        issuer: String, audiences: [String], issuedAt: Int64, expiry: Int64, identifier: String, namespace: String, account: Reference,
        pod: Reference? = nil, node: Reference? = nil, secret: Reference? = nil
    ) {
        self.issuer = issuer
        self.audiences = audiences
        self.issuedAt = issuedAt
        notBefore = issuedAt
        self.expiry = expiry
        self.identifier = identifier
        self.namespace = namespace
        self.account = account
        self.pod = pod
        self.node = node
        self.secret = secret
    }

    /// `system:serviceaccount:NAMESPACE:NAME`
    package var userName: String { "system:serviceaccount:\(namespace):\(account.name)" }

    package var json: JSONValue {
        var own: JSONObject = ["namespace": .string(namespace), "serviceaccount": Self.json(account)]
        if let node { own["node"] = Self.json(node) }
        if let pod { own["pod"] = Self.json(pod) }
        if let secret { own["secret"] = Self.json(secret) }
        return [
            "aud": JSONValue(audiences), "exp": .integer(expiry), "iat": .integer(issuedAt), "iss": .string(issuer), "jti": .string(identifier),
            "kubernetes.io": .object(own), "nbf": .integer(notBefore), "sub": .string(userName),
        ]
    }

    private static func json(_ reference: Reference) -> JSONValue { ["name": .string(reference.name), "uid": .string(reference.uid)] }

    /// - Throws: `PKIError` naming the claim that is missing or does not fit the others.
    init(_ json: JSONValue) throws {
        func reference(_ field: String) -> Reference? {
            guard let object = json.value(at: "kubernetes.io", field), let name = object["name"]?.string, let uid = object["uid"]?.string else {
                return nil
            }
            return Reference(name: name, uid: uid)
        }
        func time(_ claim: String) throws -> Int64 {
            guard let seconds = json[claim]?.int else { throw PKIError(.malformed, "the token has no \"\(claim)\"") }
            return seconds
        }
        guard let namespace = json.value(at: "kubernetes.io", "namespace")?.string, let account = reference("serviceaccount") else {
            throw PKIError(.malformed, "the token names no service account")
        }
        let audiences = json["aud"]?.array?.compactMap(\.string) ?? json["aud"]?.string.map { [$0] } ?? []
        self.init(
            issuer: json["iss"]?.string ?? "", audiences: audiences, issuedAt: try time("iat"), expiry: try time("exp"),
            identifier: json["jti"]?.string ?? "", namespace: namespace, account: account, pod: reference("pod"), node: reference("node"),
            secret: reference("secret"))
        notBefore = json["nbf"]?.int ?? issuedAt
        guard json["sub"]?.string == userName else { throw PKIError(.malformed, "the token's \"sub\" is not \"\(userName)\"") }
    }
}
