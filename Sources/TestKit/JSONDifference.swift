// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The first place in which a document isn't what it should be, to be read by a person.
package struct JSONDifference: Sendable, Hashable, CustomStringConvertible {
    /// `status.conditions[1].reason`; empty for the document itself.
    package var path: String
    /// Nil where there should be nothing.
    package var expected: JSONValue?
    /// Nil where there is nothing.
    package var actual: JSONValue?

    /// Nil where `actual` is `expected`, whatever the order of its members.
    package init?(_ actual: JSONValue?, from expected: JSONValue?, at path: String = "") {
        switch (actual, expected) {
        case (.object(let actual), .object(let expected)):
            let keys = expected.map(\.key) + actual.map(\.key).filter { expected[$0] == nil }
            let members = keys.lazy.compactMap { key in
                Self(actual[key], from: expected[key], at: path.isEmpty ? key : "\(path).\(key)")
            }
            guard let first = members.first else { return nil }
            self = first
        case (.array(let actual), .array(let expected)):
            let items = (0..<max(actual.count, expected.count)).lazy.compactMap { index in
                Self(
                    index < actual.count ? actual[index] : nil, from: index < expected.count ? expected[index] : nil, at: "\(path)[\(index)]")
            }
            guard let first = items.first else { return nil }
            self = first
        default:
            guard actual != expected else { return nil }
            self.path = path
            self.expected = expected
            self.actual = actual
        }
    }

    package var description: String {
        func text(_ value: JSONValue?) -> String { value?.encodedText ?? "nothing" }
        return "at \(path.isEmpty ? "the top" : path)\n    expected \(text(expected))\n    actual   \(text(actual))"
    }
}
