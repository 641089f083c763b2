// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import KubePKI
import Logging

/// The certificate that a server makes for itself where it is given none; kept, so that who has pinned it finds it again.
struct ServingCertificate {
    /// `--cert-dir`
    var folder: String
    /// Whether the user named the folder: then it must be there to write in.
    var isFolderGiven: Bool
    var addresses: [String]
    var names: [String]

    /// - Throws: `CommandFailure` naming the file.
    func load(now: Timestamp, logger: Logger) throws -> Credential {
        let (certificate, key) = ("\(folder)/apiserver.crt", "\(folder)/apiserver.key")
        let files = FileManager.default
        if files.fileExists(atPath: certificate), files.fileExists(atPath: key) {
            let credential = try CredentialFiles.read(certificate, key, flags: ("--cert-dir", "--cert-dir"))
            let end = try CertificateDescription.all(in: credential.certificatePEM, from: certificate).first?.notAfter ?? now
            if end - now > .seconds(24 * 3600) { return credential }
            logger.warning("makes another serving certificate, since the kept one ends", metadata: ["file": "\(certificate)", "end": "\(end)"])
        }
        let authority = try CertificateAuthority.make(commonName: "\(names.first ?? "metrics-server")-ca", now: now)
        var credential = try authority.issue(
            .server(commonName: names.first ?? "metrics-server", dnsNames: names, ipAddresses: addresses), now: now)
        // With its authority, by which it can be verified.
        credential.certificatePEM += authority.certificatePEM
        do {
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try PKIFile.write(credential.privateKeyPEM, to: key, mode: 0o600)
            try PKIFile.write(credential.certificatePEM, to: certificate, mode: 0o644)
        } catch {
            let reason = (error as? PKIError)?.message ?? LabDirectory.reason(error)
            guard !isFolderGiven else {
                throw CommandFailure(
                    .usage, "cannot keep the serving certificate in \(folder): \(reason)", fix: "name a folder that can be written: --cert-dir /tmp")
            }
            logger.warning(
                "the serving certificate is made anew at each start, since it cannot be kept",
                metadata: ["folder": "\(folder)", "error": "\(reason)"])
        }
        return credential
    }
}
