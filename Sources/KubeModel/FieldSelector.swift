// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Which objects a query is about, by a few of their fields: `status.phase=Running,spec.nodeName!=n1`.
/// - Source: k8s.io/apimachinery pkg/fields/selector.go
package struct FieldSelector: Sendable, Hashable, CustomStringConvertible {
    package struct Requirement: Sendable, Hashable {
        package var field: String
        /// Whether the field must equal the value, or must not.
        package var isEqual: Bool
        package var value: String
    }

    package private(set) var requirements: [Requirement]

    package static let everything = FieldSelector(requirements: [])

    package init(requirements: [Requirement]) { self.requirements = requirements }

    package var isEmpty: Bool { requirements.isEmpty }

    /// - Parameter value: The object's value of a field; nil counts as empty.
    package func matches(_ value: (String) -> String?) -> Bool {
        requirements.allSatisfy { ((value($0.field) ?? "") == $0.value) == $0.isEqual }
    }

    /// The one value that `field` must have; nil where several may match.
    package func exactValue(of field: String) -> String? { requirements.first { $0.field == field && $0.isEqual }?.value }

    package var description: String {
        requirements.map { "\($0.field)\($0.isEqual ? "=" : "!=")\(Self.escaped($0.value))" }.joined(separator: ",")
    }

    /// With `\`, `,` and `=` behind backslashes.
    package static func escaped(_ value: String) -> String {
        var text = ""
        for character in value.unicodeScalars {
            if character == "\\" || character == "," || character == "=" { text.unicodeScalars.append("\\") }
            text.unicodeScalars.append(character)
        }
        return text
    }
}

extension FieldSelector {
    /// - Throws: `SelectorError` in upstream's words.
    package init(parsing text: String) throws(SelectorError) {
        var requirements: [Requirement] = []
        for term in Self.terms(text) where !term.isEmpty {
            guard let (field, isEqual, value) = Self.split(term) else {
                throw SelectorError("invalid selector: '\(text)'; can't understand '\(String(String.UnicodeScalarView(term)))'")
            }
            requirements.append(Requirement(field: field, isEqual: isEqual, value: try Self.unescaped(value)))
        }
        // Upstream takes `=` alone, no field with no value, for no requirement.
        if requirements == [Requirement(field: "", isEqual: true, value: "")] { requirements = [] }
        self.init(requirements: requirements)
    }

    /// Split at commas without a backslash.
    private static func terms(_ text: String) -> [ArraySlice<Unicode.Scalar>] {
        let scalars = Array(text.unicodeScalars)
        var terms: [ArraySlice<Unicode.Scalar>] = []
        var start = 0
        var isEscaped = false
        for (index, scalar) in scalars.enumerated() {
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," {
                terms.append(scalars[start..<index])
                start = index + 1
            }
        }
        terms.append(scalars[start...])
        // Upstream reads them in the order of their text.
        return terms.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func split(_ term: ArraySlice<Unicode.Scalar>) -> (field: String, isEqual: Bool, value: ArraySlice<Unicode.Scalar>)? {
        // The first `=` of all, with a `!` before it or another `=` behind.
        guard let index = term.firstIndex(of: "=") else { return nil }
        let isEqual = index == term.startIndex || term[index - 1] != "!"
        let isDouble = isEqual && index + 1 < term.endIndex && term[index + 1] == "="
        let field = term[..<(isEqual ? index : index - 1)]
        return (String(String.UnicodeScalarView(field)), isEqual, term[(index + (isDouble ? 2 : 1))...])
    }

    private static func unescaped(_ value: ArraySlice<Unicode.Scalar>) throws(SelectorError) -> String {
        var text = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in value {
            if isEscaped {
                guard scalar == "\\" || scalar == "," || scalar == "=" else {
                    throw SelectorError("invalid field selector: invalid escape sequence: \\\(scalar)")
                }
                text.append(scalar)
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "," || scalar == "=" {
                throw SelectorError("invalid field selector: unescaped character in value: \(scalar.value)")
            } else {
                text.append(scalar)
            }
        }
        if isEscaped { throw SelectorError("invalid field selector: invalid escape sequence: \\") }
        return String(text)
    }
}
