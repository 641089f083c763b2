// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Foundation

/// What stands for a secret where the secret itself is not to be kept.
package struct SecretDigest: Sendable, Hashable {
    private let bytes: [UInt8]

    /// With a key of this process's own, so that digests tell nothing to who reads them elsewhere.
    package init(_ secret: String) { bytes = Array(HMAC<SHA256>.authenticationCode(for: Data(secret.utf8), using: Self.key)) }

    private static let key = SymmetricKey(size: .bits256)
}
