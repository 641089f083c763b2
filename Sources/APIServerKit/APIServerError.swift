// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Why a server could not start.
package struct APIServerError: Error, CustomStringConvertible {
    package var code: Code
    /// Names the address or the certificate, and what to do.
    package var message: String
    package var cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package struct Code: Sendable, Hashable {
        private enum Value { case addressInUse, cannotListen, invalidCertificate }
        private var value: Value

        package static let addressInUse = Self(value: .addressInUse)
        package static let cannotListen = Self(value: .cannotListen)
        package static let invalidCertificate = Self(value: .invalidCertificate)
    }

    package var description: String { message }
}
