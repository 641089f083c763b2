// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation
import KubeModel
import _CryptoExtras

/// Signs and verifies the tokens of service accounts: JSON Web Tokens, with RS256 or ES256 as the key is.
package struct ServiceAccountTokens: Sendable {
    enum Key: Sendable {
        case rsa(_RSA.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
    }

    let key: Key
    /// Names the key in a token's header: the hash of the public key, as upstream's.
    package let keyIdentifier: String

    /// No token is longer; what is, is not looked at.
    private static var limit: Int { 16 * 1024 }

    /// - Throws: `PKIError` where the key is neither RSA nor of the curve P-256.
    package init(_ keys: ServiceAccountKeyPair) throws {
        let publicKey: Data
        if let rsa = try? _RSA.Signing.PrivateKey(pemRepresentation: keys.privateKeyPEM) {
            key = .rsa(rsa)
            publicKey = rsa.publicKey.derRepresentation
        } else if let p256 = try? P256.Signing.PrivateKey(pemRepresentation: keys.privateKeyPEM) {
            key = .p256(p256)
            publicKey = p256.publicKey.derRepresentation
        } else {
            throw PKIError(.malformed, "the service-account key is neither RSA nor of the curve P-256")
        }
        keyIdentifier = Self.base64URL(Data(SHA256.hash(data: publicKey)))
    }

    package var algorithm: String {
        switch key {
        case .rsa: "RS256"
        case .p256: "ES256"
        }
    }

    package func sign(_ claims: ServiceAccountClaims) throws -> String {
        let header: JSONValue = ["alg": .string(algorithm), "kid": .string(keyIdentifier)]
        let content = "\(Self.base64URL(Data(header.encoded))).\(Self.base64URL(Data(claims.json.encoded)))"
        let signature: Data
        switch key {
        case .rsa(let key): signature = try key.signature(for: Data(content.utf8), padding: .insecurePKCS1v1_5).rawRepresentation
        case .p256(let key): signature = try key.signature(for: Data(content.utf8)).rawRepresentation
        }
        return "\(content).\(Self.base64URL(signature))"
    }

    /// What a token says that was signed with this key; whether it still counts is the caller's to find out.
    /// - Throws: `PKIError`, which never quotes the token.
    package func verify(_ token: String) throws -> ServiceAccountClaims {
        guard token.utf8.count <= Self.limit else { throw PKIError(.malformed, "the token is longer than \(Self.limit) bytes") }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.decoded(parts[0]), let claims = Self.decoded(parts[1]), let signature = Self.decoded(parts[2])
        else {
            throw PKIError(.malformed, "the token is no JSON Web Token")
        }
        guard let json = try? JSONValue.parse(Array(header)), json["alg"]?.string == algorithm else {
            throw PKIError(.malformed, "the token is not signed by \(algorithm)")
        }
        guard isValid(signature, for: Data(token.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))) else {
            throw PKIError(.mismatch, "the token is not signed with the key of this cluster")
        }
        guard let json = try? JSONValue.parse(Array(claims)) else { throw PKIError(.malformed, "the token's claims are no JSON") }
        return try ServiceAccountClaims(json)
    }

    private func isValid(_ signature: Data, for content: Data) -> Bool {
        switch key {
        case .rsa(let key):
            key.publicKey.isValidSignature(_RSA.Signing.RSASignature(rawRepresentation: signature), for: content, padding: .insecurePKCS1v1_5)
        case .p256(let key):
            (try? P256.Signing.ECDSASignature(rawRepresentation: signature)).map { key.publicKey.isValidSignature($0, for: content) } ?? false
        }
    }

    static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    private static func decoded(_ part: Substring) -> Data? {
        guard !part.utf8.contains(where: { [UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "=")].contains($0) }) else { return nil }
        let text = part.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return Data(base64Encoded: text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }
}
