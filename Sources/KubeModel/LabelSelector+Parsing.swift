// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension LabelSelector {
    /// Reads the text of a `labelSelector` parameter: `app=web,tier in (fe, be),!canary`.
    /// - Throws: `SelectorError` in upstream's words.
    package init(parsing text: String) throws(SelectorError) {
        var parser = SelectorParser(text)
        self.init(requirements: try parser.requirements())
    }
}

private struct SelectorToken: Equatable {
    enum Kind: Equatable {
        case end, identifier, comma, open, close, not, symbol(LabelSelector.Operator), word(LabelSelector.Operator), unknown
    }

    var kind: Kind
    var text: String
}

private struct SelectorParser {
    private let tokens: [SelectorToken]
    private var position = 0

    init(_ text: String) {
        var lexer = SelectorLexer(bytes: Array(text.utf8))
        tokens = lexer.tokens()
    }

    /// The tokens end with `.end`, which is never passed.
    private var current: SelectorToken { tokens[min(position, tokens.count - 1)] }

    /// Where a value may stand, `in` and `notin` are ordinary words.
    private var isIdentifier: Bool {
        switch current.kind {
        case .identifier, .word: true
        default: false
        }
    }

    private mutating func take() -> SelectorToken {
        defer { position += 1 }
        return current
    }

    mutating func requirements() throws(SelectorError) -> [LabelSelector.Requirement] {
        var requirements: [LabelSelector.Requirement] = []
        while true {
            if current.kind == .end { return requirements }
            guard isIdentifier || current.kind == .not else {
                throw SelectorError("found '\(current.text)', expected: !, identifier, or 'end of string'")
            }
            do {
                requirements.append(try requirement())
            } catch {
                throw SelectorError("unable to parse requirement: \(error)")
            }
            let next = take()
            switch next.kind {
            case .end: return requirements
            case .comma where isIdentifier || current.kind == .not: continue
            case .comma: throw SelectorError("found '\(current.text)', expected: identifier after ','")
            default: throw SelectorError("found '\(next.text)', expected: ',' or 'end of string'")
            }
        }
    }

    private mutating func requirement() throws(SelectorError) -> LabelSelector.Requirement {
        let isNegated = current.kind == .not
        if isNegated { position += 1 }
        guard isIdentifier else { throw SelectorError("found '\(current.text)', expected: identifier") }
        let key = take().text
        let problems = LabelSyntax.problems(key: key)
        if !problems.isEmpty {
            // Upstream has no path to name here, and says so.
            throw SelectorError("<nil>: Invalid value: \(JSONValue.string(key).encodedText): \(problems.joined(separator: "; "))")
        }
        if isNegated { return try LabelSelector.Requirement(checking: key, .doesNotExist, []) }
        if current.kind == .end || current.kind == .comma { return try LabelSelector.Requirement(checking: key, .exists, []) }
        let `operator` = try comparison()
        let values: Set<String> =
            switch `operator` {
            case .in, .notIn: try list()
            default: [try exactValue()]
            }
        return try LabelSelector.Requirement(checking: key, `operator`, values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    private mutating func comparison() throws(SelectorError) -> LabelSelector.Operator {
        let token = take()
        switch token.kind {
        case .symbol(let `operator`), .word(let `operator`): return `operator`
        default: throw SelectorError("found '\(token.text)', expected: in, notin, =, ==, !=, gt, lt")
        }
    }

    private mutating func exactValue() throws(SelectorError) -> String {
        if current.kind == .end || current.kind == .comma { return "" }
        guard isIdentifier else { throw SelectorError("found '\(current.text)', expected: identifier") }
        return take().text
    }

    private mutating func list() throws(SelectorError) -> Set<String> {
        guard current.kind == .open else { throw SelectorError("found '\(current.text)' expected: '('") }
        position += 1
        if current.kind == .close {
            position += 1
            return [""]
        }
        guard isIdentifier || current.kind == .comma else { throw SelectorError("found '\(current.text)', expected: ',', ')' or identifier") }
        var values: Set<String> = []
        while true {
            if isIdentifier {
                values.insert(take().text)
                if current.kind == .comma { continue }
                guard current.kind == .close else { throw SelectorError("found '\(current.text)', expected: ',' or ')'") }
            } else if current.kind == .comma {
                position += 1
                // An empty place in the list is the empty value.
                if values.isEmpty { values.insert("") }
                if current.kind == .comma {
                    position += 1
                    values.insert("")
                }
                if current.kind != .close { continue }
                values.insert("")
            } else {
                throw SelectorError("found '\(current.text)', expected: ',', or identifier")
            }
            position += 1
            return values
        }
    }
}

private struct SelectorLexer {
    let bytes: [UInt8]
    var index = 0

    private static let symbols: [String: SelectorToken.Kind] = [
        "(": .open, ")": .close, ",": .comma, "!": .not, "=": .symbol(.equals), "==": .symbol(.doubleEquals), "!=": .symbol(.notEquals),
        ">": .symbol(.greaterThan), "<": .symbol(.lessThan),
    ]

    mutating func tokens() -> [SelectorToken] {
        var tokens: [SelectorToken] = []
        repeat { tokens.append(next()) } while tokens.last?.kind != .end
        return tokens
    }

    private mutating func next() -> SelectorToken {
        while index < bytes.count, isSpace(bytes[index]) { index += 1 }
        guard index < bytes.count, bytes[index] != 0 else { return SelectorToken(kind: .end, text: "") }
        return isSymbol(bytes[index]) ? symbol() : word()
    }

    /// The longest symbol that begins here.
    private mutating func symbol() -> SelectorToken {
        let one = String(decoding: [bytes[index]], as: UTF8.self)
        index += 1
        if index < bytes.count, isSymbol(bytes[index]) {
            let two = one + String(decoding: [bytes[index]], as: UTF8.self)
            if let kind = Self.symbols[two] {
                index += 1
                return SelectorToken(kind: kind, text: two)
            }
        }
        return SelectorToken(kind: Self.symbols[one] ?? .unknown, text: one)
    }

    private mutating func word() -> SelectorToken {
        let start = index
        while index < bytes.count, bytes[index] != 0, !isSpace(bytes[index]), !isSymbol(bytes[index]) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        return switch text {
        case "in": SelectorToken(kind: .word(.in), text: text)
        case "notin": SelectorToken(kind: .word(.notIn), text: text)
        default: SelectorToken(kind: .identifier, text: text)
        }
    }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
    private func isSymbol(_ byte: UInt8) -> Bool { "=!(),><".utf8.contains(byte) }
}
