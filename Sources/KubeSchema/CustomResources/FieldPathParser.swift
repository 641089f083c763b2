// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

struct FieldPathParser {
    private let characters: [Character]
    private var index = 0

    init(_ text: String) { characters = Array(text) }

    private var next: Character? { index < characters.count ? characters[index] : nil }

    private func error(_ message: String) -> FieldPathError { FieldPathError(message: message, offset: index) }

    private mutating func take(_ text: String) -> Bool {
        guard characters[index...].starts(with: text) else { return false }
        index += text.count
        return true
    }

    private mutating func skipSpace() { while next == " " { index += 1 } }

    /// A whole text.
    mutating func path() throws(FieldPathError) -> [FieldPath.Step] {
        _ = take("$")
        let steps = try steps(insideFilter: false)
        guard next == nil else { throw error("unexpected \"\(characters[index])\"") }
        return steps
    }

    private mutating func steps(insideFilter: Bool) throws(FieldPathError) -> [FieldPath.Step] {
        var steps: [FieldPath.Step] = []
        while let character = next {
            switch character {
            case ".":
                index += 1
                if next == "." { throw error("recursive descent is not supported") }
                // A lone dot is the object itself; a dot may stand before a bracket.
                if next == nil || next == "[" { continue }
                steps.append(try fieldOrAll(insideFilter))
            case "[":
                index += 1
                steps.append(try bracket(insideFilter))
            default:
                if insideFilter { return steps }
                guard steps.isEmpty, index == 0 else { throw error("unexpected \"\(character)\"") }
                steps.append(try fieldOrAll(insideFilter))
            }
        }
        return steps
    }

    private mutating func fieldOrAll(_ insideFilter: Bool) throws(FieldPathError) -> FieldPath.Step {
        if take("*") { return .all }
        var name = ""
        let ends: Set<Character> = insideFilter ? [".", "[", "]", ")", "=", "!", "<", ">", " "] : [".", "[", "]", "{", "}", "("]
        while let character = next, !ends.contains(character) {
            index += 1
            if character == "\\", let escaped = next {
                name.append(escaped)
                index += 1
            } else {
                name.append(character)
            }
        }
        guard !name.isEmpty else { throw error("a field name was expected") }
        return .field(name)
    }

    /// What stands in brackets, and the closing one.
    private mutating func bracket(_ insideFilter: Bool) throws(FieldPathError) -> FieldPath.Step {
        skipSpace()
        var step: FieldPath.Step
        if take("*") {
            step = .all
        } else if next == "'" || next == "\"" {
            step = .field(try quoted())
        } else if take("?(") {
            guard !insideFilter else { throw error("filters cannot be nested") }
            step = .filter(try filter())
        } else {
            step = try indexOrSlice()
        }
        skipSpace()
        guard take("]") else { throw error("\"]\" was expected") }
        return step
    }

    private mutating func indexOrSlice() throws(FieldPathError) -> FieldPath.Step {
        let first = integer()
        if take(":") {
            let end = integer()
            return .slice(first, end)
        }
        guard let first else { throw error("an index, a name, \"*\" or a filter was expected") }
        return .index(first)
    }

    private mutating func integer() -> Int? {
        let start = index
        if next == "-" { index += 1 }
        while let character = next, character.isASCII, character.isNumber { index += 1 }
        guard let value = Int(String(characters[start..<index])) else {
            index = start
            return nil
        }
        // Beyond what any list holds, so that counting from the end cannot overflow.
        return min(max(value, -1 << 40), 1 << 40)
    }

    private mutating func quoted() throws(FieldPathError) -> String {
        guard let quote = next else { throw error("a quote was expected") }
        index += 1
        var text = ""
        while let character = next {
            index += 1
            if character == quote { return text }
            if character == "\\", let escaped = next {
                text.append(escaped)
                index += 1
            } else {
                text.append(character)
            }
        }
        throw error("a quote does not end")
    }

    private mutating func filter() throws(FieldPathError) -> FieldPath.Filter {
        skipSpace()
        guard take("@") else { throw error("\"@\" was expected") }
        var filter = FieldPath.Filter(path: try steps(insideFilter: true))
        skipSpace()
        if take(")") { return filter }
        guard let comparison = FieldPath.Filter.Comparison.allCases.first(where: { characters[index...].starts(with: $0.rawValue) }) else {
            throw error("a comparison was expected")
        }
        index += comparison.rawValue.count
        filter.comparison = comparison
        skipSpace()
        filter.value = try literal()
        skipSpace()
        guard take(")") else { throw error("\")\" was expected") }
        return filter
    }

    private mutating func literal() throws(FieldPathError) -> JSONValue {
        if next == "'" || next == "\"" { return .string(try quoted()) }
        var text = ""
        while let character = next, character != ")", character != " " {
            text.append(character)
            index += 1
        }
        guard let value = try? JSONValue.parse(text) else { throw error("a value was expected") }
        return value
    }
}
