// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A template of a rule, made once and filled in for each request.
package struct QueryTemplate: Sendable {
    /// No query is longer; a template that makes one is wrong, or hostile.
    private static let longest = 1 << 20

    private let nodes: [TemplateNode]

    /// - Throws: `TemplateError` where it is none, or uses what is not known here.
    package init(_ text: String) throws(TemplateError) { nodes = try TemplateParser.parse(text) }

    /// - Throws: `TemplateError` for fields and indexes that are not there, and wrong arguments.
    func fill(_ fields: [String: TemplateValue]) throws(TemplateError) -> String {
        var filling = Filling(root: .record(fields))
        try filling.fill(nodes, dot: filling.root)
        return filling.text
    }

    private struct Filling {
        let root: TemplateValue
        var text = ""
        /// Innermost last; `$` first.
        var variables: [(name: String, value: TemplateValue)]

        init(root: TemplateValue) {
            self.root = root
            variables = [("", root)]
        }

        mutating func append(_ part: String) throws(TemplateError) {
            text += part
            guard text.utf8.count <= QueryTemplate.longest else { throw TemplateError("it makes more than \(QueryTemplate.longest >> 10) KiB") }
        }

        mutating func fill(_ nodes: [TemplateNode], dot: TemplateValue) throws(TemplateError) {
            for node in nodes {
                let known = variables.count
                switch node {
                case .text(let part): try append(part)
                case .action(let pipeline):
                    let value = try evaluate(pipeline, dot)
                    if pipeline.variables.isEmpty { try append(value.printed) }
                    continue
                case .condition(let pipeline, let then, let otherwise):
                    try fill(try evaluate(pipeline, dot).isTrue ? then : otherwise, dot: dot)
                case .with(let pipeline, let then, let otherwise):
                    let value = try evaluate(pipeline, dot)
                    try fill(value.isTrue ? then : otherwise, dot: value.isTrue ? value : dot)
                case .range(let pipeline, let each, let otherwise): try range(pipeline, each, otherwise, dot)
                }
                variables.removeLast(variables.count - known)
            }
        }

        private mutating func range(
            _ pipeline: TemplateNode.Pipeline, _ each: [TemplateNode], _ otherwise: [TemplateNode], _ dot: TemplateValue
        ) throws(TemplateError) {
            var bare = pipeline
            bare.variables = []
            let elements: [(TemplateValue, TemplateValue)]
            switch try evaluate(bare, dot) {
            case .list(let list): elements = list.enumerated().map { (.number($0), .text($1)) }
            case .map(let map): elements = map.sorted { $0.key < $1.key }.map { (.text($0.key), .text($0.value)) }
            case .none: elements = []
            case let other: throw TemplateError("range can't iterate over \(other.printed)")
            }
            if elements.isEmpty { return try fill(otherwise, dot: dot) }
            for (key, element) in elements {
                let known = variables.count
                if pipeline.variables.count == 2 { set(pipeline.variables[0], key, pipeline.isAssignment) }
                if let last = pipeline.variables.last { set(last, element, pipeline.isAssignment) }
                try fill(each, dot: element)
                variables.removeLast(variables.count - known)
            }
        }

        private mutating func set(_ name: String, _ value: TemplateValue, _ isAssignment: Bool) {
            if isAssignment, let index = variables.lastIndex(where: { $0.name == name }) {
                variables[index].value = value
            } else {
                variables.append((name, value))
            }
        }

        // MARK: Expressions

        mutating func evaluate(_ pipeline: TemplateNode.Pipeline, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
            var value: TemplateValue?
            for command in pipeline.commands { value = try run(command, last: value, dot) }
            let result = value ?? .none
            for name in pipeline.variables { set(name, result, pipeline.isAssignment) }
            return result
        }

        private mutating func run(
            _ command: [TemplateNode.Operand], last: TemplateValue?, _ dot: TemplateValue
        ) throws(TemplateError) -> TemplateValue {
            guard let first = command.first else { return .none }
            guard case .function(let function) = first else {
                guard command.count == 1, last == nil else { throw TemplateError("can't give argument to non-function") }
                return try value(of: first, dot)
            }
            var arguments: [TemplateValue] = []
            for operand in command.dropFirst() { arguments.append(try value(of: operand, dot)) }
            if let last { arguments.append(last) }
            return try function.call(arguments)
        }

        private mutating func value(of operand: TemplateNode.Operand, _ dot: TemplateValue) throws(TemplateError) -> TemplateValue {
            switch operand {
            case .value(let value): return value
            case .function(let function): return try function.call([])
            case .dot(let path): return try Self.fields(path, of: dot)
            case .variable(let name, let path): return try Self.fields(path, of: variables.last { $0.name == name }?.value ?? .none)
            case .pipeline(let pipeline, let path): return try Self.fields(path, of: try evaluate(pipeline, dot))
            }
        }

        private static func fields(_ path: [String], of value: TemplateValue) throws(TemplateError) -> TemplateValue {
            var value = value
            for name in path {
                switch value {
                case .record(let fields):
                    guard let field = fields[name] else { throw TemplateError("can't evaluate field \(name)") }
                    value = field
                case .map(let map): value = map[name].map { .text($0) } ?? .none
                default: throw TemplateError("can't evaluate field \(name) in type \(value.kind)")
                }
            }
            return value
        }
    }
}
