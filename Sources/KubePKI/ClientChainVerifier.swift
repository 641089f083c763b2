// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// Who a verified certificate says its holder is.
package struct PeerIdentity: Sendable, Hashable {
    package var commonName: String
    package var organizations: [String]
    package var organizationalUnits: [String]
    /// What stands under Kubernetes' own attribute for a user's UID; more than one is a mistake of the issuer.
    package var uids: [String]
    /// Of the leaf's DER, lower-case hexadecimal.
    package var sha256: String
    /// The end of the shortest-lived certificate of the chain: until then the verification holds.
    package var validUntil: Timestamp
}

/// Why a presented chain was not accepted.
package struct ChainRejection: Error, Sendable, Hashable, CustomStringConvertible {
    /// The leaf's common name, unverified: for logs only.
    package var presentedCommonName: String
    package var reason: String

    package init(presentedCommonName: String, reason: String) {
        self.presentedCommonName = presentedCommonName
        self.reason = reason
    }

    package var description: String { reason }
}

/// Verifies client certificates against one bundle of roots, so that what one authority vouches for is never taken for
/// another's word.
///
/// A chain holds if RFC 5280's rules do and, where any certificate below the root limits its extended key usage, one of the
/// wanted usages is allowed.
package struct ClientChainVerifier: Sendable {
    /// Longer chains are refused unread: building a path through many look-alike intermediates takes exponential time.
    package static let longestChain = 8

    private let roots: [Certificate]
    private let store: CertificateStore
    private let usage: ExtendedKeyUsage.Usage

    /// - Parameter rootsPEM: any number of certificates; empty text makes a verifier that accepts nobody.
    package init(rootsPEM: String, from source: String = "client CA bundle") throws(PKIError) {
        roots = rootsPEM.allSatisfy(\.isWhitespace) ? [] : try PEM.certificates(rootsPEM, from: source)
        store = CertificateStore(roots)
        usage = .clientAuth
    }

    /// The DER of each root, for the names that a server sends when it asks for a certificate.
    package var rootsDER: [[UInt8]] { roots.map(\.der) }

    /// - Parameter chain: as presented, leaf first, each in DER.
    package func verify(_ chain: [[UInt8]], at time: Timestamp) async -> Result<PeerIdentity, ChainRejection> {
        guard chain.count <= Self.longestChain else {
            return .failure(ChainRejection(presentedCommonName: "", reason: "\(chain.count) certificates presented, more than \(Self.longestChain)"))
        }
        let certificates = chain.compactMap { try? Certificate(derEncoded: $0) }
        guard certificates.count == chain.count, let leaf = certificates.first else {
            return .failure(ChainRejection(presentedCommonName: "", reason: "the presented certificate cannot be read"))
        }
        var verifier = Verifier(rootCertificates: store) {
            RFC5280Policy(fixedExpiryValidationTime: time.date)
            UsagePolicy(usage: usage)
        }
        switch await verifier.validate(leaf: leaf, intermediates: CertificateStore(certificates.dropFirst())) {
        case .validCertificate(let verified): return .success(PeerIdentity(leaf: leaf, chain: Array(verified)))
        case .couldNotValidate(let failures):
            return .failure(
                ChainRejection(
                    presentedCommonName: leaf.subject.values(of: .RDNAttributeType.commonName).last ?? "",
                    reason: reason(certificates, failures.map(\.policyFailureReason.description), time)))
        }
    }

    /// One short sentence; the library's own dumps whole certificates.
    private func reason(_ chain: [Certificate], _ failures: [String], _ time: Timestamp) -> String {
        guard let failure = failures.first else {
            return "certificate signed by unknown authority (issuer \(chain[0].issuer))"
        }
        for certificate in chain {
            if time.date > certificate.notValidAfter { return "\(certificate.subject) expired at \(Timestamp(certificate.notValidAfter))" }
            if time.date < certificate.notValidBefore { return "\(certificate.subject) is not valid before \(Timestamp(certificate.notValidBefore))" }
        }
        return failure.count > 300 ? String(failure.prefix(300)) + "…" : failure
    }
}

extension PeerIdentity {
    init(leaf: Certificate, chain: [Certificate]) {
        self.init(
            commonName: leaf.subject.values(of: .RDNAttributeType.commonName).last ?? "",
            organizations: leaf.subject.values(of: .RDNAttributeType.organizationName),
            organizationalUnits: leaf.subject.values(of: .RDNAttributeType.organizationalUnitName),
            uids: leaf.subject.values(of: [1, 3, 6, 1, 4, 1, 57683, 2]),
            sha256: leaf.sha256,
            validUntil: chain.map { Timestamp($0.notValidAfter) }.min() ?? .zero)
    }
}

/// Every certificate below the root that names extended key usages must name `usage` or any.
/// - Source: RFC 5280 4.2.1.12; Go's crypto/x509 applies it to intermediates too, and so does kube-apiserver
private struct UsagePolicy: VerifierPolicy {
    let usage: ExtendedKeyUsage.Usage
    /// Alternative names may be critical, as they must be where the subject is empty; they identify no user here.
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [.X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectAlternativeName]

    mutating func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) async -> PolicyEvaluationResult {
        for certificate in chain.dropLast(chain.count > 1 ? 1 : 0) {
            guard let usages = try? certificate.extensions.extendedKeyUsage else {
                if certificate.extensions[oid: .X509ExtensionID.extendedKeyUsage] == nil { continue }
                return .failsToMeetPolicy(reason: "an extended key usage that cannot be read")
            }
            guard usages.contains(usage) || usages.contains(.any) else {
                return .failsToMeetPolicy(reason: "certificate specifies an incompatible key usage (clientAuth is needed)")
            }
        }
        return .meetsPolicy
    }
}

extension Certificate {
    var der: [UInt8] {
        var serializer = DER.Serializer()
        return (try? serializer.serialize(self)) == nil ? [] : serializer.serializedBytes
    }
}
