// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a template's expressions are worth.
enum TemplateValue: Sendable, Equatable {
    case text(String)
    case number(Int)
    case truth(Bool)
    case list([String])
    case map([String: String])
    /// What the template is given: named fields.
    case record([String: TemplateValue])
    case none

    /// Whether `if`, `and` and the like take it for true.
    /// - Source: IsTrue, Go's text/template
    var isTrue: Bool {
        switch self {
        case .text(let text): !text.isEmpty
        case .number(let number): number != 0
        case .truth(let truth): truth
        case .list(let list): !list.isEmpty
        case .map(let map): !map.isEmpty
        case .record: true
        case .none: false
        }
    }

    /// As `<<…>>` and `%v` write it.
    var printed: String {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .truth(let truth): "\(truth)"
        case .list(let list): "[\(list.joined(separator: " "))]"
        case .map(let map): "map[\(map.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: " "))]"
        case .record(let fields): "{\(fields.sorted { $0.key < $1.key }.map(\.value.printed).joined(separator: " "))}"
        case .none: "<no value>"
        }
    }

    var kind: String {
        switch self {
        case .text: "string"
        case .number: "int"
        case .truth: "bool"
        case .list: "[]string"
        case .map: "map[string]string"
        case .record: "struct"
        case .none: "nil"
        }
    }
}

/// What is wrong with a template, at its making or when it is used.
package struct TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String

    init(_ description: String) { self.description = description }
}
