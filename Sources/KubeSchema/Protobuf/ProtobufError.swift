// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Why a body is no object, or an object no body.
package struct ProtobufError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// The body is not in Kubernetes' protobuf envelope, or ends before it begins.
        case notProtobuf
        /// The bytes are not those of the kind.
        case malformed
        /// The body tells no kind, or one that cannot be had in protobuf.
        case unknownKind
        /// The JSON tree is not of its kind's form.
        case unencodable
    }

    package var code: Code
    /// In upstream's words, where it has any.
    package var message: String
    /// The byte of the body where reading stopped; nil for what is found in an object.
    package var offset: Int?

    package var description: String { offset.map { "\(message) at byte \($0)" } ?? message }

    init(_ code: Code, _ message: String, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
    }
}
