// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Puts a template's tokens together, and says what is wrong in Go's words where upstream's users know them.
///
/// - Source: Go's text/template/parse
struct TemplateParser {
    private typealias Token = TemplateLexer.Token
    /// Deeper templates are refused: nobody writes them, and each level takes memory.
    private static let deepest = 32

    private let tokens: [Token]
    private var position = 0
    private var depth = 0
    /// Variables that may be used, innermost last.
    private var variables: [String] = [""]

    private enum Ending { case text, end, otherwise, otherwiseIf }

    static func parse(_ text: String) throws(TemplateError) -> [TemplateNode] {
        var parser = TemplateParser(tokens: try TemplateLexer.tokens(text))
        let (nodes, ending) = try parser.list()
        guard ending == .text else { throw TemplateError(ending == .end ? "unexpected {{end}}" : "unexpected {{else}}") }
        return nodes
    }

    private init(tokens: [TemplateLexer.Token]) { self.tokens = tokens }

    private var next: Token? { position < tokens.count ? tokens[position] : nil }

    private mutating func skipSpace() { if next == .space { position += 1 } }

    // MARK: Control

    private mutating func list() throws(TemplateError) -> ([TemplateNode], Ending) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw TemplateError("nested more than \(Self.deepest) deep") }
        var nodes: [TemplateNode] = []
        while let token = next {
            position += 1
            if case .text(let text) = token {
                nodes.append(.text(text))
                continue
            }
            guard case .word(let word)? = next, TemplateFunction(rawValue: word) == nil, !["true", "false", "nil"].contains(word) else {
                nodes.append(.action(try pipeline(until: .end)))
                continue
            }
            position += 1
            skipSpace()
            switch word {
            case "if", "with", "range": nodes.append(try control(word))
            case "end":
                try expectEnd("end")
                return (nodes, .end)
            case "else":
                if case .word("if")? = next {
                    position += 1
                    skipSpace()
                    return (nodes, .otherwiseIf)
                }
                try expectEnd("else")
                return (nodes, .otherwise)
            case "break", "continue", "define", "template", "block": throw TemplateError("\"\(word)\" is not known in these templates")
            default: throw TemplateError("function \"\(word)\" not defined")
            }
        }
        return (nodes, .text)
    }

    private mutating func expectEnd(_ word: String) throws(TemplateError) {
        guard next == .end else { throw TemplateError("unexpected words after \(word)") }
        position += 1
    }

    private mutating func control(_ word: String) throws(TemplateError) -> TemplateNode {
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        let condition = try pipeline(until: .end, isRange: word == "range")
        let (then, ending) = try list()
        var otherwise: [TemplateNode] = []
        switch ending {
        case .text: throw TemplateError("unexpected EOF")
        case .end: break
        case .otherwise:
            let (nodes, ending) = try list()
            guard ending == .end else { throw TemplateError(ending == .text ? "unexpected EOF" : "expected end; found {{else}}") }
            otherwise = nodes
        case .otherwiseIf:
            guard word == "if" else { throw TemplateError("unexpected if after else of \(word)") }
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else { throw TemplateError("nested more than \(Self.deepest) deep") }
            otherwise = [try control("if")]
        }
        switch word {
        case "if": return .condition(condition, then: then, otherwise: otherwise)
        case "with": return .with(condition, then: then, otherwise: otherwise)
        default: return .range(condition, each: then, otherwise: otherwise)
        }
    }

    // MARK: Expressions

    private mutating func pipeline(until end: Token, isRange: Bool = false) throws(TemplateError) -> TemplateNode.Pipeline {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw TemplateError("nested more than \(Self.deepest) deep") }
        var pipeline = TemplateNode.Pipeline()
        try declarations(&pipeline, isRange: isRange)
        var command: [TemplateNode.Operand] = []
        while true {
            skipSpace()
            guard let token = next else { throw TemplateError("unclosed action") }
            if token == end || token == .pipe {
                guard !command.isEmpty else { throw TemplateError("missing value for command") }
                pipeline.commands.append(command)
                command = []
                position += 1
                if token == end { break }
            } else {
                command.append(try operand())
            }
        }
        for command in pipeline.commands.dropFirst() {
            guard case .function? = command.first else { throw TemplateError("non executable command in pipeline stage 2") }
        }
        variables += pipeline.isAssignment ? [] : pipeline.variables
        return pipeline
    }

    /// `$x :=`, `$x =`, `$i, $x :=`.
    private mutating func declarations(_ pipeline: inout TemplateNode.Pipeline, isRange: Bool) throws(TemplateError) {
        skipSpace()
        let start = position
        var names: [String] = []
        while case .variable(let name)? = next {
            position += 1
            names.append(name)
            skipSpace()
            if next == .comma {
                position += 1
                skipSpace()
                continue
            }
            guard next == .declare || next == .assign else { break }
            guard names.count == 1 || isRange && names.count == 2 else { throw TemplateError("too many declarations in a pipeline") }
            pipeline.isAssignment = next == .assign
            pipeline.variables = names
            position += 1
            if pipeline.isAssignment { for name in names { try check(name) } }
            return
        }
        position = start
    }

    private func check(_ variable: String) throws(TemplateError) {
        guard variables.contains(variable) else { throw TemplateError("undefined variable \"$\(variable)\"") }
    }

    private mutating func operand() throws(TemplateError) -> TemplateNode.Operand {
        guard let token = next else { throw TemplateError("unclosed action") }
        position += 1
        switch token {
        case .word("true"): return .value(.truth(true))
        case .word("false"): return .value(.truth(false))
        case .word("nil"): return .value(.none)
        case .word(let word):
            guard let function = TemplateFunction(rawValue: word) else { throw TemplateError("function \"\(word)\" not defined") }
            return .function(function)
        case .string(let text): return .value(.text(text))
        case .number(let number): return .value(.number(number))
        case .dot: return .dot([])
        case .field(let path): return .dot(path)
        case .variable(let name):
            try check(name)
            return .variable(name, path())
        case .open:
            let inner = try pipeline(until: .close)
            return .pipeline(inner, path())
        case .close: throw TemplateError("unexpected right paren")
        default: throw TemplateError("unexpected <\(token)> in operand")
        }
    }

    /// Fields directly behind an operand.
    private mutating func path() -> [String] {
        guard case .field(let path)? = next else { return [] }
        position += 1
        return path
    }
}
