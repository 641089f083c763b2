// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import X509

/// A certificate (with the intermediates it needs, leaf first) and its private key, both as PEM.
package struct Credential: Sendable, Hashable {
    package var certificatePEM: String
    package var privateKeyPEM: String

    /// Takes both as they are; `checked` tells whether they belong together.
    package init(certificatePEM: String, privateKeyPEM: String) {
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
    }

    /// Throws unless the key is the certificate's. `names` say in the message where the two came from.
    package func checked(names: (certificate: String, key: String)) throws(PKIError) -> Credential {
        let certificate = try PEM.certificates(certificatePEM, from: names.certificate)[0]
        let key = try PEM.privateKey(privateKeyPEM, from: names.key)
        guard certificate.publicKey == key.publicKey else {
            throw PKIError(
                .mismatch,
                "the key in \(names.key) is not the one of the certificate in \(names.certificate) (\(certificate.subject)): "
                    + "give the key it was issued for, or remove both files to have new ones made")
        }
        return self
    }
}
