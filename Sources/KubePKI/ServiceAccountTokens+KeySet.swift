// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import _CryptoExtras

extension ServiceAccountTokens {
    /// The keys by which others verify these tokens: a JSON Web Key Set.
    /// - Source: RFC 7517, RFC 7518 6.2 and 6.3
    package func keySet() throws -> JSONValue {
        var key: JSONObject = ["use": "sig", "kid": .string(keyIdentifier), "alg": .string(algorithm)]
        switch self.key {
        case .rsa(let rsa):
            let numbers = try rsa.publicKey.getKeyPrimitives()
            key["kty"] = "RSA"
            key["n"] = .string(Self.base64URL(numbers.modulus))
            key["e"] = .string(Self.base64URL(numbers.publicExponent))
        case .p256(let p256):
            let point = p256.publicKey.rawRepresentation
            key["kty"] = "EC"
            key["crv"] = "P-256"
            key["x"] = .string(Self.base64URL(point.prefix(32)))
            key["y"] = .string(Self.base64URL(point.suffix(32)))
        }
        return ["keys": [.object(key)]]
    }
}
