// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI

/// What becomes of the Secret next.
package enum ServingSecretStep: Sendable, Hashable {
    case keep
    /// An authority and a certificate, in the place of nothing or of what nobody trusts any more.
    case makeAll
    /// Another authority before those there. The certificate stays that of the last one until every API server knows both.
    case addAuthority
    /// A certificate of the first authority.
    case makeCertificate
    /// The first authority alone: the others have signed nothing that is still served.
    case dropOldAuthorities
}

/// When the shared certificate and its authority are made and renewed: always so that what is served is verified by what clients have.
///
/// A certificate is renewed when a third of its time is left. An authority is followed by another while it can still sign a whole
/// certificate; in between the bundle holds both.
package struct ServingSecretRules: Sendable {
    package static let certificateValidity = Duration.days(365)
    package static let authorityValidity = Duration.days(3650)
    /// An authority is followed once it has less left than this, longer than any certificate of it.
    static let authorityReserve = Duration.days(365 + 30)
    /// For every replica to write the bundle into the APIServices, and every API server to hear of it.
    static let settleTime = Duration.seconds(600)
    /// For every replica to hear of a new certificate, also one that was cut off for some hours.
    static let serveTime = Duration.days(1)

    /// That a certificate must be for.
    package var dnsNames: [String]

    package init(dnsNames: [String]) { self.dnsNames = dnsNames }

    package func step(_ contents: ServingSecretContents?, now: Timestamp) -> ServingSecretStep {
        guard let contents else { return .makeAll }
        guard contents.authorityKeyPEM != nil, let authority = contents.authorities.first else { return .keep }
        let certificate = contents.certificate
        if authority.notAfter <= now { return .makeAll }
        if authority.notAfter - now < Self.authorityReserve { return .addAuthority }
        guard contents.isSignedByFirstAuthority else {
            let isKnown = now - Self.issued(authority) >= Self.settleTime
            return isKnown || certificate.notAfter <= now ? .makeCertificate : .keep
        }
        let isDue = certificate.notAfter - now < (certificate.notAfter - certificate.notBefore) / 3
        if isDue || !Set(dnsNames).isSubset(of: certificate.dnsNames) { return .makeCertificate }
        if contents.authorities.count > 1, now - Self.issued(certificate) >= Self.serveTime { return .dropOldAuthorities }
        return .keep
    }

    private static func issued(_ certificate: CertificateDescription) -> Timestamp { certificate.notBefore + CertificateAuthority.backdating }
}

extension ServingSecretStep {
    /// The Secret's next contents; nil where they stay.
    ///
    /// - Parameter place: The Secret, in errors.
    func carriedOut(_ contents: ServingSecretContents?, dnsNames: [String], place: String, now: Timestamp) throws -> ServingSecretContents? {
        switch (self, contents) {
        case (.keep, _): return nil
        case (.makeAll, _), (_, nil):
            let authority = try Self.authority(now)
            return try Self.contents(authority, bundle: authority.certificatePEM, dnsNames, place, now)
        case (.addAuthority, let contents?):
            let authority = try Self.authority(now)
            return try ServingSecretContents(
                serving: contents.serving, authoritiesPEM: authority.certificatePEM + contents.authoritiesPEM,
                authorityKeyPEM: authority.credential.privateKeyPEM, place: place)
        case (.makeCertificate, let contents?):
            let authority = try CertificateAuthority(
                certificatePEM: contents.authoritiesPEM, keyPEM: contents.authorityKeyPEM ?? "", names: ("ca.crt of \(place)", "ca.key of \(place)"))
            return try Self.contents(authority, bundle: contents.authoritiesPEM, dnsNames, place, now)
        case (.dropOldAuthorities, let contents?):
            let first = try PEM.split(contents.authoritiesPEM, from: "ca.crt of \(place)")[0]
            return try ServingSecretContents(
                serving: contents.serving, authoritiesPEM: first, authorityKeyPEM: contents.authorityKeyPEM, place: place)
        }
    }

    /// No two have one name, so that a client that holds both tells them apart.
    private static func authority(_ now: Timestamp) throws -> CertificateAuthority {
        try CertificateAuthority.make(commonName: "metrics-server-ca-\(now.seconds)", now: now, validity: ServingSecretRules.authorityValidity)
    }

    private static func contents(
        _ authority: CertificateAuthority, bundle: String, _ dnsNames: [String], _ place: String, _ now: Timestamp
    ) throws -> ServingSecretContents {
        let profile = CertificateProfile.server(
            commonName: "metrics-server", dnsNames: dnsNames, validity: ServingSecretRules.certificateValidity)
        return try ServingSecretContents(
            serving: try authority.issue(profile, now: now), authoritiesPEM: bundle, authorityKeyPEM: authority.credential.privateKeyPEM, place: place
        )
    }
}
