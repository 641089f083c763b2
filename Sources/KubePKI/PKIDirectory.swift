// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import X509

/// A directory of certificates under kubeadm's file names: `NAME.crt` beside `NAME.key`.
///
/// What is missing is made and written once; what is there is loaded and checked, never silently replaced, save for an
/// issued certificate that no longer serves (expired, other names wanted, other authority) whose authority is here to renew it.
/// The directory is 0700, keys are 0600, and a file appears whole or not at all.
package struct PKIDirectory: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// The base names that kubeadm gives.
    package struct Name: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
        package var rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package init(stringLiteral value: String) { rawValue = value }

        package static let ca: Name = "ca"
        package static let frontProxyCA: Name = "front-proxy-ca"
        package static let frontProxyClient: Name = "front-proxy-client"
        package static let apiServer: Name = "apiserver"
        package static let apiServerKubeletClient: Name = "apiserver-kubelet-client"
        /// Of service-account tokens: `sa.key`, `sa.pub`.
        package static let serviceAccount: Name = "sa"
    }

    package func certificatePath(_ name: Name) -> String { "\(path)/\(name.rawValue).crt" }
    package func keyPath(_ name: Name) -> String { "\(path)/\(name.rawValue).key" }

    /// Loads the authority, or makes it.
    package func authority(_ name: Name, commonName: String, now: Timestamp) throws -> CertificateAuthority {
        guard let found = try load(name) else {
            let made = try CertificateAuthority.make(commonName: commonName, now: now)
            try write(made.credential, as: name)
            return made
        }
        let authority = try CertificateAuthority(
            certificatePEM: found.certificatePEM, keyPEM: found.privateKeyPEM, names: (certificatePath(name), keyPath(name)))
        let end = Timestamp(authority.certificate.notValidAfter)
        guard now <= end else {
            throw PKIError(
                .expired,
                "\(certificatePath(name)) expired at \(end): remove it and \(keyPath(name)) to have a new authority made, which clients then must be given"
            )
        }
        return authority
    }

    /// Loads the certificate, or has `authority` issue it for `profile`; so too when the one found is not by this authority,
    /// is for other names, or has less than a tenth of its life left.
    package func credential(_ name: Name, _ profile: CertificateProfile, by authority: CertificateAuthority, now: Timestamp) throws -> Credential {
        if let found = try load(name) {
            let certificate = try PEM.certificates(found.certificatePEM, from: certificatePath(name))[0]
            if authority.hasIssued(certificate), certificate.serves(profile, now: now) { return found }
        }
        let issued = try authority.issue(profile, now: now)
        try write(issued, as: name)
        return issued
    }

    /// Loads `sa.key` (and writes `sa.pub` if it is missing), or makes both.
    package func serviceAccountKeys() throws -> ServiceAccountKeyPair {
        let keyPath = keyPath(.serviceAccount)
        let publicPath = "\(path)/\(Name.serviceAccount.rawValue).pub"
        guard let keyPEM = try PKIFile.read(keyPath) else {
            let pair = try ServiceAccountKeyPair.make()
            try PKIFile.makeDirectory(path)
            try PKIFile.write(pair.privateKeyPEM, to: keyPath, mode: 0o600)
            try PKIFile.write(pair.publicKeyPEM, to: publicPath, mode: 0o644)
            return pair
        }
        let pair = try ServiceAccountKeyPair(privateKeyPEM: keyPEM, from: keyPath)
        if try PKIFile.read(publicPath) == nil { try PKIFile.write(pair.publicKeyPEM, to: publicPath, mode: 0o644) }
        return pair
    }

    /// What is there under `name`: nil where neither file is; an error where only one is, or where they do not match.
    package func load(_ name: Name) throws(PKIError) -> Credential? {
        let (certificatePath, keyPath) = (certificatePath(name), keyPath(name))
        switch (try PKIFile.read(certificatePath), try PKIFile.read(keyPath)) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            return try Credential(certificatePEM: certificate, privateKeyPEM: key).checked(names: (certificatePath, keyPath))
        case (_?, nil):
            throw PKIError(
                .mismatch,
                "\(certificatePath) is there but its key \(keyPath) is not: put the key back, or remove the certificate to have both made anew")
        case (nil, _?):
            throw PKIError(
                .mismatch,
                "\(keyPath) is there but its certificate \(certificatePath) is not: put the certificate back, or remove the key to have both made anew"
            )
        }
    }

    /// Writes both files; the key first, so that a certificate never stands without one for longer than a crash.
    package func write(_ credential: Credential, as name: Name) throws(PKIError) {
        try PKIFile.makeDirectory(path)
        try PKIFile.write(credential.privateKeyPEM, to: keyPath(name), mode: 0o600)
        try PKIFile.write(credential.certificatePEM, to: certificatePath(name), mode: 0o644)
    }
}

extension Certificate {
    /// Whether it says everything `profile` asks for and has life left.
    func serves(_ profile: CertificateProfile, now: Timestamp) -> Bool {
        let description = CertificateDescription(self)
        let life = description.notAfter - description.notBefore
        return description.commonName == profile.commonName && description.organizations == profile.organizations
            && Set(description.dnsNames).isSuperset(of: profile.dnsNames)
            && Set(profile.ipAddresses.compactMap(IPAddress.bytes)).isSubset(of: Set(description.ipAddresses.compactMap(IPAddress.bytes)))
            && description.notBefore <= now && description.notAfter - now > life / 10
    }
}
