// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import SwiftASN1
import X509

/// A PKCS#10 request for a certificate, whose signature proves that the sender has the key.
package struct SigningRequest: Sendable {
    package var commonName: String
    /// In the order written.
    package var organizations: [String]
    package var dnsNames: [String] = []
    package var emailAddresses: [String] = []
    /// In text.
    package var ipAddresses: [String] = []
    package var uris: [String] = []
    /// Whether a certificate is asked for that may sign others.
    package var asksForAuthority = false

    let subject: DistinguishedName
    let publicKey: Certificate.PublicKey
    let alternativeNames: [GeneralName]

    /// What is larger is refused unread; the largest RSA keys with a hundred names take a tenth of it.
    package static let maximumBytes = 64 * 1024

    /// One PEM block, `CERTIFICATE REQUEST`. Throws where it can't be read or isn't signed by its own key.
    package init(pem: [UInt8]) throws(PKIError) {
        guard pem.count <= Self.maximumBytes else {
            throw PKIError(.malformed, "the request has \(pem.count) bytes: at most \(Self.maximumBytes) are read")
        }
        let request = try Self.read(pem)
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw PKIError(.mismatch, "the request is not signed by the key that it is for")
        }
        subject = request.subject
        publicKey = request.publicKey
        commonName = subject.values(of: .RDNAttributeType.commonName).last ?? ""
        organizations = subject.values(of: .RDNAttributeType.organizationName)
        do {
            let extensions = try request.attributes.extensionRequest?.extensions
            alternativeNames = try extensions?.subjectAlternativeNames.map { Array($0) } ?? []
            if case .isCertificateAuthority = try extensions?.basicConstraints { asksForAuthority = true }
        } catch {
            throw PKIError(.malformed, "the extensions asked for cannot be read: \(error)", cause: error)
        }
        for name in alternativeNames { try add(name) }
    }

    private static func read(_ pem: [UInt8]) throws(PKIError) -> CertificateSigningRequest {
        let document: PEMDocument
        do { document = try PEMDocument(pemString: String(decoding: pem, as: UTF8.self)) } catch {
            throw PKIError(.malformed, "PEM block type must be CERTIFICATE REQUEST: \(error)", cause: error)
        }
        guard document.discriminator == CertificateSigningRequest.defaultPEMDiscriminator else {
            throw PKIError(.malformed, "PEM block type must be CERTIFICATE REQUEST, not \(document.discriminator)")
        }
        do { return try CertificateSigningRequest(pemDocument: document) } catch {
            throw PKIError(.malformed, "the request cannot be read: \(error)", cause: error)
        }
    }

    private mutating func add(_ name: GeneralName) throws(PKIError) {
        switch name {
        case .dnsName(let name): dnsNames.append(name)
        case .rfc822Name(let name): emailAddresses.append(name)
        case .uniformResourceIdentifier(let name): uris.append(name)
        case .ipAddress(let bytes):
            guard let text = IPAddress.text(bytes.bytes) else {
                throw PKIError(.malformed, "an IP address among the names has \(bytes.bytes.count) bytes")
            }
            ipAddresses.append(text)
        default: throw PKIError(.malformed, "a name of a kind that no certificate here is issued for: \(name)")
        }
    }
}

extension CertificateAuthority {
    /// Below it, what a certificate is backdated by is given to it on top.
    private static let shortValidity = Duration.seconds(8 * 3600)

    /// The certificate that `request` asks for, as PEM: its subject, names and key, and nothing else that it says.
    ///
    /// - Parameter validity: Backdating included where it is long; cut to this authority's own.
    /// - Source: `PermissiveSigningPolicy`, kubernetes pkg/controller/certificates/authority/policies.go
    package func sign(_ request: SigningRequest, usages: SigningUsages, validity: Duration, now: Timestamp) throws -> String {
        let lifetime = validity < Self.shortValidity ? validity : validity - Self.backdating
        let issued = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: request.publicKey,
            notValidBefore: max((now - Self.backdating).date, certificate.notValidBefore),
            notValidAfter: min((now + lifetime).date, certificate.notValidAfter), issuer: certificate.subject, subject: request.subject,
            extensions: try Certificate.Extensions {
                if let keyUsage = usages.keyUsage { Critical(keyUsage) }
                if !usages.extended.isEmpty { try ExtendedKeyUsage(usages.extended) }
                Critical(BasicConstraints.notCertificateAuthority)
                AuthorityKeyIdentifier(keyIdentifier: authorityKeyIdentifier)
                if !request.alternativeNames.isEmpty { SubjectAlternativeNames(request.alternativeNames) }
            },
            issuerPrivateKey: key)
        return try issued.pemText()
    }
}

/// What a certificate may be used for, by the names of `certificates.k8s.io`.
package struct SigningUsages: Sendable {
    /// Nil where none is named: an extension without a bit is refused by readers.
    let keyUsage: KeyUsage?
    let extended: [ExtendedKeyUsage.Usage]

    /// Throws for a name that stands for nothing a certificate here can say.
    package init(_ names: [String]) throws(PKIError) {
        var extended: [ExtendedKeyUsage.Usage] = []
        for name in names {
            if let usage = Self.extendedUsages[name] {
                if !extended.contains(usage) { extended.append(usage) }
            } else if !Self.plainUsages.contains(name) {
                throw PKIError(.invalidProfile, "unrecognized usage \"\(name)\"")
            }
        }
        self.extended = extended
        let plain = KeyUsage(
            digitalSignature: names.contains("digital signature") || names.contains("signing"), nonRepudiation: names.contains("content commitment"),
            keyEncipherment: names.contains("key encipherment"), dataEncipherment: names.contains("data encipherment"),
            keyAgreement: names.contains("key agreement"))
        keyUsage = plain == KeyUsage() ? nil : plain
    }

    /// Certificates that sign others are not among what can be had.
    private static let plainUsages: Set<String> = [
        "content commitment", "data encipherment", "digital signature", "key agreement", "key encipherment", "signing",
    ]
    private static let extendedUsages: [String: ExtendedKeyUsage.Usage] = [
        "any": .any, "client auth": .clientAuth, "code signing": .codeSigning, "email protection": .emailProtection,
        "ocsp signing": .ocspSigning, "s/mime": .emailProtection, "server auth": .serverAuth, "timestamping": .timeStamping,
    ]
}
