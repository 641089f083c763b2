// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI

/// What the Secret holds, read and checked: `tls.crt` and `tls.key` as in a `kubernetes.io/tls` Secret, and beside them `ca.crt` and `ca.key`.
package struct ServingSecretContents: Sendable, Hashable {
    package var serving: Credential
    /// `ca.crt`: what clients verify by, the authority that signs first; empty where the Secret does not say.
    package var authoritiesPEM: String
    /// `ca.key`: of the first authority. Nil where somebody else makes and renews the certificate.
    package var authorityKeyPEM: String?

    /// Of `serving`.
    package private(set) var certificate: CertificateDescription
    /// Of `authoritiesPEM`, in order.
    package private(set) var authorities: [CertificateDescription]
    /// Whether the first authority signed the certificate; false between its making and the first certificate of its own.
    package private(set) var isSignedByFirstAuthority: Bool

    /// - Parameter place: The Secret, in errors.
    /// - Throws: where a certificate or key cannot be read, or they do not belong together.
    package init(serving: Credential, authoritiesPEM: String, authorityKeyPEM: String?, place: String) throws {
        self.serving = try serving.checked(names: ("tls.crt of the Secret \(place)", "tls.key of the Secret \(place)"))
        self.authoritiesPEM = authoritiesPEM
        self.authorityKeyPEM = authorityKeyPEM
        certificate = try CertificateDescription.all(in: serving.certificatePEM, from: "tls.crt of the Secret \(place)")[0]
        authorities = authoritiesPEM.isEmpty ? [] : try CertificateDescription.all(in: authoritiesPEM, from: "ca.crt of the Secret \(place)")
        isSignedByFirstAuthority = authorities.isEmpty ? false : try CertificateAuthority.isIssuer(authoritiesPEM, of: serving.certificatePEM)
        if let authorityKeyPEM {
            // One that does not fit its certificate is told of now, not when the certificate is due.
            _ = try CertificateAuthority(
                certificatePEM: authoritiesPEM, keyPEM: authorityKeyPEM, names: ("ca.crt of the Secret \(place)", "ca.key of the Secret \(place)"))
        }
    }

    /// - Returns: Nil where the Secret holds neither certificate nor key yet.
    /// - Throws: as above, naming the Secret and the key in it.
    package static func read(_ secret: KubeObject) throws -> ServingSecretContents? {
        let data = secret["data"] ?? [:]
        let certificate = try text(data, "tls.crt", of: secret)
        let key = try text(data, "tls.key", of: secret)
        if certificate.isEmpty && key.isEmpty { return nil }
        let authorityKey = try text(data, "ca.key", of: secret)
        return try ServingSecretContents(
            serving: Credential(certificatePEM: certificate, privateKeyPEM: key), authoritiesPEM: try text(data, "ca.crt", of: secret),
            authorityKeyPEM: authorityKey.isEmpty ? nil : authorityKey, place: "\(secret.namespacedName)")
    }

    private static func text(_ data: JSONValue, _ key: String, of secret: KubeObject) throws -> String {
        guard let encoded = data[key]?.string else { return "" }
        guard let bytes = Data(base64Encoded: encoded) else {
            throw PKIError(.malformed, "\(key) of the Secret \(secret.namespacedName) is not base64")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The Secret with these contents, and everything else of it as it was.
    package func written(into secret: KubeObject) -> KubeObject {
        var secret = secret
        secret.set(.string(Self.encoded(serving.certificatePEM)), at: "data", "tls.crt")
        secret.set(.string(Self.encoded(serving.privateKeyPEM)), at: "data", "tls.key")
        secret.set(.string(caBundle), at: "data", "ca.crt")
        secret.set(authorityKeyPEM.map { .string(Self.encoded($0)) }, at: "data", "ca.key")
        return secret
    }

    /// As an APIService's `spec.caBundle` holds it.
    package var caBundle: String { Self.encoded(authoritiesPEM) }

    private static func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
