// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// What was wrong with a certificate, a key or their files; the message names the file and what to do.
package struct PKIError: Error, CustomStringConvertible {
    package var code: Code
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package struct Code: Sendable, Hashable {
        private enum Value { case unreadable, unwritable, malformed, mismatch, expired, invalidProfile }
        private var value: Value

        /// A file could not be read.
        package static let unreadable = Self(value: .unreadable)
        /// A file or directory could not be written.
        package static let unwritable = Self(value: .unwritable)
        /// Text that is no PEM, or PEM of something else.
        package static let malformed = Self(value: .malformed)
        /// A key that is not the certificate's, or a certificate that is not its authority's.
        package static let mismatch = Self(value: .mismatch)
        /// An authority whose time is over.
        package static let expired = Self(value: .expired)
        /// A certificate was asked for that cannot be made (a malformed IP address, say).
        package static let invalidProfile = Self(value: .invalidProfile)
    }

    package var description: String { message }
}
