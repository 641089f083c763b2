// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import KubeModel
import SwiftASN1
import X509

/// A certificate that signs others, with its key.
package struct CertificateAuthority: Sendable {
    package let credential: Credential
    let certificate: Certificate
    let key: Certificate.PrivateKey

    package var certificatePEM: String { credential.certificatePEM }

    /// How far before the time of issue a certificate begins to be valid, so that a peer whose clock is behind accepts it.
    package static let backdating = Duration.seconds(300)

    /// A new self-signed authority with a P-256 key.
    package static func make(commonName: String, now: Timestamp, validity: Duration = .days(3650)) throws -> CertificateAuthority {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let subject = try CertificateProfile(commonName: commonName, usages: []).subject()
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: (now - backdating).date, notValidAfter: (now + validity).date,
            issuer: subject, subject: subject,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true, keyCertSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
                SubjectAlternativeNames([.dnsName(commonName)])
            },
            issuerPrivateKey: key)
        return CertificateAuthority(
            credential: Credential(certificatePEM: try certificate.pemText(), privateKeyPEM: try key.pemText()), certificate: certificate, key: key)
    }

    private init(credential: Credential, certificate: Certificate, key: Certificate.PrivateKey) {
        self.credential = credential
        self.certificate = certificate
        self.key = key
    }

    /// An authority from PEM: ECDSA or RSA, the key as PKCS#8, PKCS#1 or SEC 1. Throws when the two do not belong together
    /// or the certificate may not sign others. `names` say in messages where they came from.
    package init(
        certificatePEM: String, keyPEM: String, names: (certificate: String, key: String) = ("CA certificate", "CA key")
    ) throws {
        let credential = try Credential(certificatePEM: certificatePEM, privateKeyPEM: keyPEM).checked(names: names)
        let certificate = try PEM.certificates(certificatePEM, from: names.certificate)[0]
        guard certificate.isAuthority else {
            throw PKIError(
                .mismatch,
                "\(names.certificate): \(certificate.subject) is not a certificate authority (no CA basic constraint): it cannot sign others")
        }
        self.init(credential: credential, certificate: certificate, key: try PEM.privateKey(keyPEM, from: names.key))
    }

    /// A certificate for `profile` with a new P-256 key, never valid for longer than this authority.
    package func issue(_ profile: CertificateProfile, now: Timestamp) throws -> Credential {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let alternativeNames = try profile.alternativeNames()
        let issued = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: max((now - Self.backdating).date, certificate.notValidBefore),
            notValidAfter: min((now + profile.validity).date, certificate.notValidAfter),
            issuer: certificate.subject, subject: try profile.subject(),
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage(profile.extendedKeyUsages)
                AuthorityKeyIdentifier(keyIdentifier: authorityKeyIdentifier)
                if !alternativeNames.isEmpty { SubjectAlternativeNames(alternativeNames) }
            },
            issuerPrivateKey: self.key)
        return Credential(certificatePEM: try issued.pemText(), privateKeyPEM: try key.pemText())
    }

    /// Whether the first certificate of `pem` carries the name and signature of the first one of `authorityPEM`.
    package static func isIssuer(_ authorityPEM: String, of pem: String) throws(PKIError) -> Bool {
        let authority = try PEM.certificates(authorityPEM, from: "CA certificate")[0]
        let certificate = try PEM.certificates(pem, from: "certificate")[0]
        return certificate.issuer == authority.subject && authority.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    /// Whether `certificate` carries this authority's name and signature.
    func hasIssued(_ certificate: Certificate) -> Bool {
        certificate.issuer == self.certificate.subject && self.certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    var authorityKeyIdentifier: ArraySlice<UInt8> {
        (try? certificate.extensions.subjectKeyIdentifier)?.keyIdentifier ?? SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier
    }
}

extension Certificate {
    func pemText() throws -> String { try serializeAsPEM().pemString + "\n" }

    var isAuthority: Bool {
        if case .isCertificateAuthority = try? extensions.basicConstraints { true } else { false }
    }
}

extension Certificate.PrivateKey {
    func pemText() throws -> String { try serializeAsPEM().pemString + "\n" }
}
