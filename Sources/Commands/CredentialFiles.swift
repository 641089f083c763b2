// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubePKI

/// Certificates and keys that flags name.
enum CredentialFiles {
    /// - Throws: `CommandFailure` naming the flag, the file and what is wrong with it.
    static func read(_ certificate: String, _ key: String, flags: (certificate: String, key: String)) throws -> Credential {
        let credential = Credential(certificatePEM: try read(certificate, flags.certificate), privateKeyPEM: try read(key, flags.key))
        do {
            return try credential.checked(names: (certificate, key))
        } catch {
            throw CommandFailure(.usage, "\(error.message)", fix: "name a certificate and the key that belongs to it")
        }
    }

    static func read(_ path: String, _ flag: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(.usage, "\(flag): cannot read \(path): \(LabDirectory.reason(error))", fix: "name a PEM file that is there")
        }
    }
}
