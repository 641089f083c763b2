// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Splits a template into text and the tokens of its actions, which stand between `<<` and `>>`.
///
/// - Source: the delimiters of prometheus-adapter v0.12 pkg/naming, the syntax of Go's text/template
struct TemplateLexer {
    enum Token: Equatable {
        case text(String)
        case begin, end
        case word(String)
        /// `.A.B`: fields of what stands before it, or of the dot.
        case field([String])
        case dot
        /// Without its `$`; empty for `$` alone.
        case variable(String)
        case string(String)
        case number(Int)
        case pipe, open, close, comma, declare, assign
        /// A blank between two arguments, which `.A .B` and `.A.B` differ by.
        case space
    }

    private let bytes: [UInt8]
    private var position = 0
    private var tokens: [Token] = []
    private var trimsNext = false

    private init(_ text: String) { bytes = Array(text.utf8) }

    static func tokens(_ text: String) throws(TemplateError) -> [Token] {
        var lexer = TemplateLexer(text)
        while lexer.position < lexer.bytes.count { try lexer.readText() }
        return lexer.tokens
    }

    private func starts(_ word: String, at place: Int) -> Bool { place <= bytes.count && bytes[place...].starts(with: word.utf8) }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    // MARK: Text

    private mutating func readText() throws(TemplateError) {
        var end = position
        while end < bytes.count, !starts("<<", at: end) { end += 1 }
        var text = bytes[position..<end]
        if trimsNext { text = text.drop(while: Self.isBlank) }
        trimsNext = false
        let hasAction = end < bytes.count
        var start = end + 2
        if hasAction, starts("-", at: start), start + 1 < bytes.count, Self.isBlank(bytes[start + 1]) {
            while let last = text.last, Self.isBlank(last) { text.removeLast() }
            start += 1
        }
        if !text.isEmpty { tokens.append(.text(String(decoding: text, as: UTF8.self))) }
        position = hasAction ? start : end
        if hasAction { try readAction() }
    }

    // MARK: Actions

    private mutating func readAction() throws(TemplateError) {
        skipBlanks()
        if starts("/*", at: position) { return try skipComment() }
        tokens.append(.begin)
        while true {
            let hadBlank = skipBlanks()
            if takeEnd(hadBlank) {
                tokens.append(.end)
                return
            }
            guard position < bytes.count else { throw TemplateError("unclosed action") }
            if hadBlank, tokens.last != .begin { tokens.append(.space) }
            try readToken()
        }
    }

    private mutating func skipComment() throws(TemplateError) {
        while position < bytes.count, !starts("*/", at: position) { position += 1 }
        guard position < bytes.count else { throw TemplateError("unclosed comment") }
        position += 2
        guard takeEnd(skipBlanks()) else { throw TemplateError("comment ends before closing delimiter") }
    }

    @discardableResult
    private mutating func skipBlanks() -> Bool {
        let start = position
        while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
        return position > start
    }

    private mutating func takeEnd(_ hadBlank: Bool) -> Bool {
        if hadBlank, starts("->>", at: position) {
            trimsNext = true
            position += 3
            return true
        }
        guard starts(">>", at: position) else { return false }
        position += 2
        return true
    }

    private mutating func readToken() throws(TemplateError) {
        switch bytes[position] {
        case UInt8(ascii: "|"): take(.pipe)
        case UInt8(ascii: "("): take(.open)
        case UInt8(ascii: ")"): take(.close)
        case UInt8(ascii: ","): take(.comma)
        case UInt8(ascii: "="): take(.assign)
        case UInt8(ascii: ":"):
            guard starts(":=", at: position) else { throw TemplateError("expected :=") }
            position += 1
            take(.declare)
        case UInt8(ascii: "\""): tokens.append(.string(try quotedString()))
        case UInt8(ascii: "`"): tokens.append(.string(try rawString()))
        case UInt8(ascii: "."): readField()
        case UInt8(ascii: "$"):
            position += 1
            tokens.append(.variable(word()))
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "0")...UInt8(ascii: "9"): tokens.append(.number(try number()))
        default:
            let word = word()
            guard !word.isEmpty else { throw TemplateError("unexpected \(Character(Unicode.Scalar(bytes[position])).debugDescription) in an action") }
            tokens.append(.word(word))
        }
    }

    private mutating func take(_ token: Token) {
        tokens.append(token)
        position += 1
    }

    private mutating func readField() {
        var path: [String] = []
        while position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            let name = word()
            if name.isEmpty { break }
            path.append(name)
        }
        tokens.append(path.isEmpty ? .dot : .field(path))
    }

    private mutating func word() -> String {
        let start = position
        while position < bytes.count, isWordByte(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    private mutating func number() throws(TemplateError) -> Int {
        let start = position
        position += 1
        while position < bytes.count, isWordByte(bytes[position]) || bytes[position] == UInt8(ascii: ".") { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let number = Int(text) else { throw TemplateError("bad number syntax: \(text.debugDescription) (only whole numbers are known)") }
        return number
    }

    private mutating func rawString() throws(TemplateError) -> String {
        let start = position + 1
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "`")) else { throw TemplateError("unterminated raw quoted string") }
        position = end + 1
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private mutating func quotedString() throws(TemplateError) -> String {
        var result: [UInt8] = []
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\"), position < bytes.count else {
                result.append(byte)
                continue
            }
            let escaped = bytes[position]
            position += 1
            switch escaped {
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result.append(escaped)
            default: throw TemplateError("the escape \\\(Character(Unicode.Scalar(escaped))) is not known here")
            }
        }
        throw TemplateError("unterminated quoted string")
    }
}
