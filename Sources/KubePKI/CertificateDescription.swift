// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import KubeModel
import SwiftASN1
import X509
import _CryptoExtras

/// What a certificate says, for people and for checks.
package struct CertificateDescription: Sendable, Hashable {
    package var subject: String
    package var commonName: String
    package var organizations: [String]
    package var issuer: String
    package var dnsNames: [String]
    package var ipAddresses: [String]
    package var notBefore: Timestamp
    package var notAfter: Timestamp
    package var isAuthority: Bool
    /// `digitalSignature, keyCertSign`; empty where the extension is missing.
    package var keyUsage: String
    /// `serverAuth`, `clientAuth`, or the identifier in dots; empty where the extension is missing, which permits every use.
    package var extendedKeyUsages: [String]
    /// `P-256`, `RSA 2048`, ….
    package var keyKind: String
    /// Lower-case hexadecimal.
    package var sha256: String

    /// Describes every certificate of `pem`, leaf first. `source` names the file in errors.
    package static func all(in pem: String, from source: String) throws(PKIError) -> [CertificateDescription] {
        try PEM.certificates(pem, from: source).map(CertificateDescription.init)
    }

    init(_ certificate: Certificate) {
        let names = Array((try? certificate.extensions.subjectAlternativeNames) ?? SubjectAlternativeNames())
        subject = certificate.subject.description
        commonName = certificate.subject.values(of: .RDNAttributeType.commonName).last ?? ""
        organizations = certificate.subject.values(of: .RDNAttributeType.organizationName)
        issuer = certificate.issuer.description
        dnsNames = names.compactMap { if case .dnsName(let name) = $0 { name } else { nil } }
        ipAddresses = names.compactMap { if case .ipAddress(let address) = $0 { IPAddress.text(address.bytes) } else { nil } }
        notBefore = Timestamp(certificate.notValidBefore)
        notAfter = Timestamp(certificate.notValidAfter)
        isAuthority = certificate.isAuthority
        keyUsage = (try? certificate.extensions.keyUsage)?.description ?? ""
        extendedKeyUsages = ((try? certificate.extensions.extendedKeyUsage).map { Array($0) } ?? []).map(\.shortName)
        keyKind = certificate.publicKey.kind
        sha256 = certificate.sha256
    }
}

extension DistinguishedName {
    /// The attribute's values in the order written.
    func values(of type: ASN1ObjectIdentifier) -> [String] {
        flatMap { $0 }.filter { $0.type == type }.compactMap { String($0.value) }
    }
}

extension Certificate {
    /// Of the DER encoding, lower-case hexadecimal.
    var sha256: String { hexadecimal(SHA256.hash(data: der)) }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    let digits = Array("0123456789abcdef".utf8)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

extension ExtendedKeyUsage.Usage {
    var shortName: String {
        switch self {
        case .serverAuth: "serverAuth"
        case .clientAuth: "clientAuth"
        case .any: "any"
        case .codeSigning: "codeSigning"
        default: "\(self)"
        }
    }
}

extension Certificate.PublicKey {
    var kind: String {
        if P256.Signing.PublicKey(self) != nil { return "P-256" }
        if P384.Signing.PublicKey(self) != nil { return "P-384" }
        if P521.Signing.PublicKey(self) != nil { return "P-521" }
        if let key = _RSA.Signing.PublicKey(self) { return "RSA \(key.keySizeInBits)" }
        return "Ed25519"
    }
}
