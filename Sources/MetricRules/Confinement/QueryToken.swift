// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// A token of a query in which the template's fields are not filled in yet.
///
/// Only what every reader of Prometheus' language takes for the same is known: no comments, whose ends differ, and no strings in backquotes, in
/// which some know escapes.
enum QueryToken: Equatable {
    /// `<<.Series>>`, `<<.LabelMatchers>>`, `<<.GroupBy>>`
    case series, matchers, groups
    case word(String)
    case number
    case duration
    /// With its quotes.
    case string(String)
    case symbol(String)

    /// As it is written.
    var text: String {
        switch self {
        case .series: "<<.Series>>"
        case .matchers: "<<.LabelMatchers>>"
        case .groups: "<<.GroupBy>>"
        case .word(let text), .string(let text), .symbol(let text): text
        case .number: "a number"
        case .duration: "a duration"
        }
    }

    /// - Throws: `RuleProblem` without a field.
    static func tokens(ofTemplate text: String) throws(RuleProblem) -> [QueryToken] {
        let parts: [TemplateLexer.Token]
        do { parts = try TemplateLexer.tokens(text) } catch { throw RuleProblem("", "template: \(error)") }
        var tokens: [QueryToken] = []
        // Comments of the template leave no trace: what stands around them is one text.
        var literal = ""
        var rest = parts[...]
        while let part = rest.popFirst() {
            if case .text(let text) = part {
                literal += text
                continue
            }
            guard part == .begin, case .field(let path)? = rest.popFirst(), let field = field(path), rest.popFirst() == .end else {
                throw RuleProblem("", "of the template, only <<.Series>>, <<.LabelMatchers>> and <<.GroupBy>> can be used here")
            }
            if let last = literal.utf8.last, QueryLexer.isWord(last) {
                throw RuleProblem("", "\(field.text) stands behind \(literal.suffix(20)) without a space")
            }
            tokens += try self.tokens(of: literal)
            literal = ""
            tokens.append(field)
        }
        return tokens + (try self.tokens(of: literal))
    }

    /// - Throws: `RuleProblem` without a field.
    static func tokens(of text: String) throws(RuleProblem) -> [QueryToken] {
        var lexer = QueryLexer(text)
        var tokens: [QueryToken] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens
    }

    private static func field(_ path: [String]) -> QueryToken? {
        switch path {
        case ["Series"]: .series
        case ["LabelMatchers"]: .matchers
        case ["GroupBy"]: .groups
        default: nil
        }
    }
}

struct QueryLexer {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    static func isWord(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || isDigit(byte) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    /// nil at the end.
    mutating func next() throws(RuleProblem) -> QueryToken? {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return try string(byte)
        case UInt8(ascii: "#"): throw RuleProblem("", "comments cannot be used here")
        case UInt8(ascii: "`"): throw RuleProblem("", "strings stand in \" or ' here")
        default: break
        }
        if Self.isDigit(byte) || byte == UInt8(ascii: ".") { return try number() }
        if Self.isWord(byte) { return .word(word()) }
        return try symbol()
    }

    private mutating func string(_ quote: UInt8) throws(RuleProblem) -> QueryToken {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
            let byte = bytes[position]
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == quote { return .string(String(decoding: bytes[start..<position], as: UTF8.self)) }
        }
        throw RuleProblem("", "a string does not end on its line, or has a field of the template in it")
    }

    private mutating func word() -> String {
        let start = position
        while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func number() throws(RuleProblem) -> QueryToken {
        let start = position
        while position < bytes.count {
            let isSign = bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            let isAfterExponent = position > start && bytes[position - 1] | 0x20 == UInt8(ascii: "e")
            guard Self.isWord(bytes[position]) || bytes[position] == UInt8(ascii: ".") || isSign && isAfterExponent else { break }
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if text.wholeMatch(of: /([0-9]+(ms|[smhdwy]))+/) != nil { return .duration }
        if text.wholeMatch(of: /([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?/) != nil { return .number }
        throw RuleProblem("", "\(text.prefix(40)) is neither a number nor a duration")
    }

    private mutating func symbol() throws(RuleProblem) -> QueryToken {
        for symbol in ["==", "!=", "=~", "!~", ">=", "<="] where bytes[position...].starts(with: symbol.utf8) {
            position += 2
            return .symbol(symbol)
        }
        let byte = bytes[position]
        guard "(){}[],:@+-*/%^<>=".utf8.contains(byte) else {
            throw RuleProblem("", "\(String(decoding: bytes[position...].prefix(12), as: UTF8.self)) cannot be used here")
        }
        position += 1
        return .symbol(String(Unicode.Scalar(byte)))
    }
}
