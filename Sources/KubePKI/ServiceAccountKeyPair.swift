// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import SwiftASN1
import X509
import _CryptoExtras

/// The key that signs service-account tokens, as `sa.key` and `sa.pub` hold it.
package struct ServiceAccountKeyPair: Sendable, Hashable {
    package var privateKeyPEM: String
    package var publicKeyPEM: String

    /// A new RSA key of 2048 bits, as kubeadm makes it.
    package static func make() throws -> ServiceAccountKeyPair {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        return ServiceAccountKeyPair(privateKeyPEM: key.pemRepresentation + "\n", publicKeyPEM: key.publicKey.pemRepresentation + "\n")
    }

    private init(privateKeyPEM: String, publicKeyPEM: String) {
        self.privateKeyPEM = privateKeyPEM
        self.publicKeyPEM = publicKeyPEM
    }

    /// From an RSA or ECDSA key in PEM; `source` names the file in errors.
    package init(privateKeyPEM: String, from source: String) throws {
        let key = try PEM.privateKey(privateKeyPEM, from: source)
        self.init(privateKeyPEM: privateKeyPEM, publicKeyPEM: try key.publicKey.serializeAsPEM().pemString + "\n")
    }
}
