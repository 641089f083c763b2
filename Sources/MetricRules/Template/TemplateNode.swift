// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// A part of a template.
indirect enum TemplateNode: Sendable {
    case text(String)
    case action(Pipeline)
    case condition(Pipeline, then: [TemplateNode], otherwise: [TemplateNode])
    case with(Pipeline, then: [TemplateNode], otherwise: [TemplateNode])
    case range(Pipeline, each: [TemplateNode], otherwise: [TemplateNode])

    /// Commands, each of which gets the one before as its last argument.
    struct Pipeline: Sendable {
        /// Variables that take the value; two of `range`.
        var variables: [String] = []
        /// `=` rather than `:=`.
        var isAssignment = false
        var commands: [[Operand]] = []
    }

    indirect enum Operand: Sendable {
        case function(TemplateFunction)
        case value(TemplateValue)
        /// The dot and its fields.
        case dot([String])
        case variable(String, [String])
        case pipeline(Pipeline, [String])
    }
}

/// The functions of Go's text/template that make sense for queries.
enum TemplateFunction: String, Sendable, CaseIterable {
    case and, or, not, len, index, print, println, printf, eq, ne, lt, le, gt, ge
}
