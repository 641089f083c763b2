// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Escapes and classes of characters.
extension TextPatternParser {
    mutating func escape() throws(TextPatternError) -> TextPatternNode {
        for (text, assertion) in Self.assertions where take(text) { return .assertion(assertion) }
        if let item = try classEscape() { return .set(ScalarSet([item], foldsCase: flags.foldsCase)) }
        return literal(try escapedScalar())
    }

    private static let assertions: [(String, TextPattern.Assertion)] = [
        ("\\A", .startOfText), ("\\z", .endOfText), ("\\b", .wordBoundary), ("\\B", .noWordBoundary),
    ]

    /// `\d`, `\pL` and the like; nil where none stands here.
    private mutating func classEscape() throws(TextPatternError) -> ScalarSet.Item? {
        for (name, ranges) in [("d", ScalarSet.digits), ("s", ScalarSet.spaces), ("w", ScalarSet.words)] {
            if take("\\\(name)") { return ranges.count == 1 ? .range(ranges[0]) : .outside(Self.complement(of: ranges)) }
            if take("\\\(name.uppercased())") { return .outside(ranges) }
        }
        guard isNext("\\p") || isNext("\\P") else { return nil }
        let start = index
        var isNegated = isNext("\\P")
        index += 2
        var name = ""
        if take("{") {
            if take("^") { isNegated.toggle() }
            while let scalar = next, scalar != "}" {
                name.unicodeScalars.append(scalar)
                index += 1
            }
            guard take("}") else { throw TextPatternError("invalid character class range", text(start..<scalars.count)) }
        } else if let scalar = next {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        if name == "Any" { return isNegated ? .outside([0...0x10FFFF]) : .range(0...0x10FFFF) }
        guard let categories = ScalarSet.categories(named: name) else {
            throw TextPatternError("invalid character class range", text(start..<index))
        }
        return .categories(categories, isNegated: isNegated)
    }

    private static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var start: UInt32 = 0
        for range in ranges {
            if range.lowerBound > start { result.append(start...range.lowerBound - 1) }
            start = range.upperBound + 1
        }
        return result + [start...0x10FFFF]
    }

    /// An escape that stands for one character.
    private mutating func escapedScalar() throws(TextPatternError) -> Unicode.Scalar {
        let start = index
        index += 1
        guard let scalar = next else { throw TextPatternError("trailing backslash at end of expression", "") }
        index += 1
        switch scalar {
        case "1"..."7":
            // A single digit would be a reference to a group, which RE2 does not have.
            guard let following = next, ("0"..."7").contains(following) else { break }
            return octal(scalar)
        case "0": return octal(scalar)
        case "x": if let value = hexadecimal() { return value }
        case "a": return "\u{7}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{B}"
        default: if scalar.isASCII, !scalar.properties.isAlphabetic, scalar.digitValue == nil { return scalar }
        }
        throw TextPatternError("invalid escape sequence", text(start..<index))
    }

    private mutating func octal(_ first: Unicode.Scalar) -> Unicode.Scalar {
        var value = first.hexValue ?? 0
        for _ in 0..<2 {
            guard let scalar = next, ("0"..."7").contains(scalar) else { break }
            value = value * 8 + (scalar.hexValue ?? 0)
            index += 1
        }
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    /// `7F` or `{10FFFF}`.
    private mutating func hexadecimal() -> Unicode.Scalar? {
        var value: UInt32 = 0
        if take("{") {
            var digits = 0
            while let digit = next?.hexValue {
                guard value <= 0x10FFFF else { return nil }
                value = value * 16 + digit
                digits += 1
                index += 1
            }
            guard digits > 0, take("}") else { return nil }
            return Unicode.Scalar(value)
        }
        for _ in 0..<2 {
            guard let digit = next?.hexValue else { return nil }
            value = value * 16 + digit
            index += 1
        }
        return Unicode.Scalar(value)
    }

    // MARK: Classes

    mutating func characterClass() throws(TextPatternError) -> ScalarSet {
        let start = index
        index += 1
        let isNegated = take("^")
        var items: [ScalarSet.Item] = []
        var isFirst = true
        while isFirst || next != "]" {
            guard !isAtEnd else { throw TextPatternError("missing closing ]", text(start..<scalars.count)) }
            isFirst = false
            if let ranges = try posixClass() {
                items += ranges
            } else if let item = try classEscape() {
                items.append(item)
            } else {
                items.append(.range(try classRange(start)))
            }
        }
        index += 1
        return ScalarSet(items, isNegated: isNegated, foldsCase: flags.foldsCase)
    }

    private mutating func posixClass() throws(TextPatternError) -> [ScalarSet.Item]? {
        guard isNext("[:") else { return nil }
        let start = index
        var end = index + 2
        while end + 1 < scalars.count, !(scalars[end] == ":" && scalars[end + 1] == "]") { end += 1 }
        guard end + 1 < scalars.count else { return nil }
        var name = text(start + 2..<end)
        let isNegated = name.hasPrefix("^")
        if isNegated { name.removeFirst() }
        guard let ranges = ScalarSet.posix[name] else { throw TextPatternError("invalid character class range", text(start..<end + 2)) }
        index = end + 2
        return isNegated ? [.outside(ranges)] : ranges.map { .range($0) }
    }

    private mutating func classRange(_ classStart: Int) throws(TextPatternError) -> ClosedRange<UInt32> {
        let start = index
        let first = try classScalar(classStart)
        guard next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else { return first.value...first.value }
        index += 1
        let last = try classScalar(classStart)
        guard first.value <= last.value else { throw TextPatternError("invalid character class range", text(start..<index)) }
        return first.value...last.value
    }

    private mutating func classScalar(_ classStart: Int) throws(TextPatternError) -> Unicode.Scalar {
        guard let scalar = next else { throw TextPatternError("missing closing ]", text(classStart..<scalars.count)) }
        if scalar == "\\" { return try escapedScalar() }
        index += 1
        return scalar
    }
}
