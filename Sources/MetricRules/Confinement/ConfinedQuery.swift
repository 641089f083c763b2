// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Proves of a query's template that it asks for the series of one namespace only.
///
/// It is read by a part of Prometheus' grammar in which a selector is written in one way, `<<.Series>>{<<.LabelMatchers>>, …}`, and nothing else names
/// series; `<<.LabelMatchers>>` holds a matcher of the namespace, to which others can only add. What that grammar does not have is refused.
///
/// - Source: prometheus v3 promql/parser/generated_parser.y, of which it is a subset
struct ConfinedQuery {
    private var tokens: ArraySlice<QueryToken>

    /// - Throws: `RuleProblem` about `metricsQuery`.
    static func check(_ template: String) throws(RuleProblem) {
        do throws(RuleProblem) {
            var query = ConfinedQuery(tokens: try QueryToken.tokens(ofTemplate: template)[...])
            try query.expression(depth: 0)
            if let rest = query.tokens.first { throw query.unexpected(rest) }
        } catch {
            throw RuleProblem("metricsQuery", "it cannot be shown to ask for the namespace's series only: \(error)")
        }
    }

    // MARK: Tokens

    private func unexpected(_ token: QueryToken?) -> RuleProblem {
        RuleProblem("", token.map { "\($0.text) is not expected" } ?? "it ends too early")
    }

    private mutating func take(_ token: QueryToken) -> Bool {
        guard tokens.first == token else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func takeSymbol(_ symbols: Set<String>) -> String? {
        guard case .symbol(let symbol)? = tokens.first, symbols.contains(symbol) else { return nil }
        tokens.removeFirst()
        return symbol
    }

    /// A keyword, in whatever case.
    private mutating func takeWord(_ words: Set<String>) -> String? {
        guard case .word(let word)? = tokens.first, words.contains(word.lowercased()) else { return nil }
        tokens.removeFirst()
        return word.lowercased()
    }

    private mutating func expect(_ token: QueryToken) throws(RuleProblem) { guard take(token) else { throw unexpected(tokens.first) } }

    // MARK: Expressions

    /// Deeper ones are none that people write.
    private static let deepest = 50
    private static let comparisons: Set = ["==", "!=", ">", "<", ">=", "<="]
    private static let arithmetic: Set = ["+", "-", "*", "/", "%", "^"]
    private static let setOperators: Set = ["and", "or", "unless", "atan2"]

    private mutating func expression(depth: Int) throws(RuleProblem) {
        guard depth < Self.deepest else { throw RuleProblem("", "it is nested too deeply") }
        try operand(depth)
        while true {
            if takeSymbol(Self.comparisons) != nil {
                _ = takeWord(["bool"])
            } else if takeSymbol(Self.arithmetic) == nil, takeWord(Self.setOperators) == nil {
                return
            }
            try matching()
            try operand(depth)
        }
    }

    /// `on (…) group_left (…)`
    private mutating func matching() throws(RuleProblem) {
        guard takeWord(["on", "ignoring"]) != nil else { return }
        try labels()
        if takeWord(["group_left", "group_right"]) != nil, tokens.first == .symbol("(") { try labels() }
    }

    private mutating func operand(_ depth: Int) throws(RuleProblem) {
        while takeSymbol(["+", "-"]) != nil {}
        try primary(depth)
        while true {
            if take(.symbol("[")) {
                try range()
            } else if takeWord(["offset"]) != nil {
                _ = takeSymbol(["+", "-"])
                guard take(.duration) || take(.number) else { throw unexpected(tokens.first) }
            } else if take(.symbol("@")) {
                try instant()
            } else {
                return
            }
        }
    }

    private mutating func range() throws(RuleProblem) {
        try expect(.duration)
        if take(.symbol(":")) { _ = take(.duration) }
        try expect(.symbol("]"))
    }

    private mutating func instant() throws(RuleProblem) {
        if takeWord(["start", "end"]) != nil {
            try expect(.symbol("("))
            return try expect(.symbol(")"))
        }
        _ = takeSymbol(["+", "-"])
        try expect(.number)
    }

    private mutating func primary(_ depth: Int) throws(RuleProblem) {
        switch tokens.popFirst() {
        case .number, .string: return
        case .symbol("("):
            try expression(depth: depth + 1)
            try expect(.symbol(")"))
        case .series: try selector()
        case .word(let word) where PromQL.aggregations.contains(word.lowercased()):
            if takeWord(["by", "without"]) != nil {
                try labels()
                return try arguments(depth)
            }
            try arguments(depth)
            if takeWord(["by", "without"]) != nil { try labels() }
        case .word(let word) where PromQL.functions.contains(word): try arguments(depth)
        case .word(let word) where tokens.first != .symbol("(") && ["inf", "nan"].contains(word.lowercased()): return
        case .word(let word) where tokens.first == .symbol("("): throw RuleProblem("", "the function \(word) is not known here")
        case .word(let word):
            throw RuleProblem("", "\(word) names other series; only <<.Series>>{<<.LabelMatchers>>} can be asked for here")
        case .symbol("{"): throw RuleProblem("", "a selector begins with <<.Series>>{<<.LabelMatchers>> here")
        case let other: throw unexpected(other)
        }
    }

    private mutating func arguments(_ depth: Int) throws(RuleProblem) {
        try expect(.symbol("("))
        if take(.symbol(")")) { return }
        repeat { try expression(depth: depth + 1) } while take(.symbol(","))
        try expect(.symbol(")"))
    }

    private mutating func labels() throws(RuleProblem) {
        try expect(.symbol("("))
        if take(.symbol(")")) { return }
        repeat {
            switch tokens.popFirst() {
            case .word, .groups: continue
            case let other: throw unexpected(other)
            }
        } while take(.symbol(","))
        try expect(.symbol(")"))
    }

    /// After `<<.Series>>`.
    private mutating func selector() throws(RuleProblem) {
        guard take(.symbol("{")), take(.matchers) else { throw RuleProblem("", "<<.Series>> has to be followed by {<<.LabelMatchers>> here") }
        while take(.symbol(",")), tokens.first != .symbol("}") { _ = try matcher() }
        try expect(.symbol("}"))
    }

    /// As it is written.
    /// - Parameter mayBeName: Of series' lists, whose name may be a pattern; the namespace counts besides.
    private mutating func matcher(mayBeName: Bool = false) throws(RuleProblem) -> String {
        guard case .word(let label)? = tokens.popFirst() else { throw RuleProblem("", "a selector holds matchers only, such as code=\"500\"") }
        guard let sign = takeSymbol(["=", "!=", "=~", "!~"]), case .string(let value)? = tokens.popFirst() else {
            throw RuleProblem("", "the matcher of \(label) is not of the form \(label)=\"value\"")
        }
        guard mayBeName || label != "__name__" else { throw RuleProblem("", "<<.Series>> is the name; __name__ cannot be another") }
        return label + sign + value
    }

    // MARK: Series' lists

    /// A selector, as `seriesQuery` has it, that asks for the series of one namespace besides.
    /// - Throws: `RuleProblem` about `seriesQuery`.
    static func selector(_ text: String, enforcing enforced: String) throws(RuleProblem) -> String {
        do throws(RuleProblem) {
            let name = text.drop { $0 == " " || $0 == "\n" }.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
            guard name.isEmpty || PromQL.isMetricName(name) else { throw RuleProblem("", "\(name) is no name of series") }
            var query = ConfinedQuery(tokens: try QueryToken.tokens(of: String(text[name.endIndex...]))[...])
            var matchers = [enforced]
            if query.take(.symbol("{")) {
                while let first = query.tokens.first, first != .symbol("}") {
                    matchers.append(try query.matcher(mayBeName: true))
                    guard query.take(.symbol(",")) else { break }
                }
                try query.expect(.symbol("}"))
            } else if name.isEmpty {
                throw query.unexpected(query.tokens.first)
            }
            if let rest = query.tokens.first { throw query.unexpected(rest) }
            return "\(name){\(matchers.joined(separator: ","))}"
        } catch {
            throw RuleProblem("seriesQuery", "it is no plain selector, such as http_requests_total{code=\"500\"}: \(error)")
        }
    }
}
