// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Something of the objects that the configuration does not carry, why, and what to do about it.
package struct ConfigurationProblem: Sendable, Hashable {
    package enum Consequence: Sendable, Hashable {
        /// Nothing of the object is in the configuration.
        case objectDropped
        /// The object is in the configuration without this field, or this entry of a list.
        case fieldLeftOut
    }

    /// `ServiceMonitor`.
    package var kind: String
    package var object: NamespacedName
    /// `spec.endpoints[0].interval`.
    package var field: String
    package var consequence: Consequence
    package var reason: String
    package var fix: String
}

extension ConfigurationProblem: CustomStringConvertible {
    package var description: String {
        let consequence = consequence == .objectDropped ? "the object is not used" : "the field is not used"
        return "\(kind) \(object): \(field): \(reason) (\(consequence)); \(fix)"
    }
}

/// What is wrong with one field, wherever that leads.
struct FieldProblem: Error, Hashable {
    var field: String
    var reason: String
    var fix: String

    init(_ field: String, _ reason: String, fix: String) {
        self.field = field
        self.reason = reason
        self.fix = fix
    }
}

extension String {
    /// As it may stand in a sentence: quoted, on one line, and not endless.
    var quoted: String { (count > 120 ? JSONValue.string(prefix(120) + "…") : .string(self)).encodedText }
}
