// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The form in which a client wants objects, and how it is written.
package struct Representation: Sendable, Hashable {
    /// The value is the media type.
    package enum Encoding: String, Sendable, Hashable, CaseIterable {
        case json = "application/json"
        case yaml = "application/yaml"
        case protobuf = "application/vnd.kubernetes.protobuf"

        /// Whether watches are told in it. YAML's documents have no framing.
        package var isStreamed: Bool { self != .yaml }
    }

    package enum Form: Sendable, Hashable {
        case object
        /// `meta.k8s.io/v1` (or `v1beta1`, for clients of old), from `as=Table`.
        case table(version: String)
        /// Metadata alone, of one object or of each of a list.
        case partialMetadata(version: String)
    }

    package var form: Form
    package var encoding: Encoding

    package init(_ form: Form = .object, _ encoding: Encoding = .json) {
        self.form = form
        self.encoding = encoding
    }

    package static let json = Representation()
    package static func table(version: String) -> Representation { Representation(.table(version: version)) }
    package static func partialMetadata(version: String) -> Representation { Representation(.partialMetadata(version: version)) }

    /// The `Content-Type` it is answered with.
    package var contentType: String { encoding.rawValue }
}
