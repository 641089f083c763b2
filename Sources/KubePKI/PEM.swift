// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import SwiftASN1
import X509

/// Reads PEM text as tools write it: several blocks a file, prose between them, keys in any of the three customary forms.
package enum PEM {
    /// Every certificate of `text`, at least one. `source` names the file in errors.
    package static func certificates(_ text: String, from source: String) throws(PKIError) -> [Certificate] {
        var certificates: [Certificate] = []
        for document in try documents(text, from: source) where document.discriminator == Certificate.defaultPEMDiscriminator {
            do {
                certificates.append(try Certificate(pemDocument: document))
            } catch {
                throw PKIError(.malformed, "\(source): certificate \(certificates.count + 1) cannot be read: \(error)", cause: error)
            }
        }
        guard !certificates.isEmpty else { throw PKIError(.malformed, "\(source): holds no PEM certificate (-----BEGIN CERTIFICATE-----)") }
        return certificates
    }

    /// Every certificate of `text`, each as PEM of its own.
    package static func split(_ text: String, from source: String) throws(PKIError) -> [String] {
        var texts: [String] = []
        for certificate in try certificates(text, from: source) {
            do {
                texts.append(try certificate.pemText())
            } catch {
                throw PKIError(.malformed, "\(source): certificate \(texts.count + 1) cannot be written: \(error)", cause: error)
            }
        }
        return texts
    }

    /// Every certificate of `text` in DER.
    package static func certificatesDER(_ text: String, from source: String) throws(PKIError) -> [[UInt8]] {
        try certificates(text, from: source).map(\.der)
    }

    /// The first private key of `text`: PKCS#8, PKCS#1 (RSA) or SEC 1 (EC).
    package static func privateKey(_ text: String, from source: String) throws(PKIError) -> Certificate.PrivateKey {
        let kinds = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]
        guard let document = try documents(text, from: source).first(where: { kinds.contains($0.discriminator) }) else {
            let isEncrypted = text.contains("ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
            throw PKIError(
                .malformed,
                isEncrypted
                    ? "\(source): the private key is encrypted; decrypt it first (openssl pkey -in … -out …)"
                    : "\(source): holds no PEM private key (-----BEGIN PRIVATE KEY-----, RSA or EC)")
        }
        do {
            return try Certificate.PrivateKey(pemDocument: document)
        } catch {
            throw PKIError(.malformed, "\(source): the private key cannot be read: \(error)", cause: error)
        }
    }

    private static func documents(_ text: String, from source: String) throws(PKIError) -> [PEMDocument] {
        do {
            return try PEMDocument.parseMultiple(pemString: text)
        } catch {
            throw PKIError(.malformed, "\(source): is not PEM text: \(error)", cause: error)
        }
    }
}
