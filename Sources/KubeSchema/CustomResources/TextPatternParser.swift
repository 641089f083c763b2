// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// A parsed regular expression. Groups capture nothing here, and greed changes nothing about whether there is a match.
indirect enum TextPatternNode: Sendable {
    case empty
    case set(ScalarSet)
    case assertion(TextPattern.Assertion)
    case sequence([TextPatternNode])
    case choice([TextPatternNode])
    /// Without a maximum, as often as it can be.
    case repeated(TextPatternNode, Int, Int?)
}

/// Reads Go's syntax of regular expressions.
struct TextPatternParser {
    private static let maximumDepth = 200
    private static let maximumRepetition = 1000

    let scalars: [Unicode.Scalar]
    var index = 0
    var flags = Flags()
    private var depth = 0

    struct Flags {
        var foldsCase = false
        var isMultiline = false
        var dotIsAll = false
    }

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }
    var isAtEnd: Bool { index >= scalars.count }

    func isNext(_ text: String) -> Bool { scalars[index...].starts(with: text.unicodeScalars) }

    mutating func take(_ text: String) -> Bool {
        guard isNext(text) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return String(text)
    }

    private var whole: String { text(0..<scalars.count) }

    mutating func parse() throws(TextPatternError) -> TextPatternNode {
        let node = try choice()
        guard isAtEnd else { throw TextPatternError("unexpected )", whole) }
        return node
    }

    private mutating func choice() throws(TextPatternError) -> TextPatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw TextPatternError("expression nests too deeply", whole) }
        var choices = [try sequence()]
        while take("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func sequence() throws(TextPatternError) -> TextPatternNode {
        var nodes: [TextPatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let start = index
            if try repetition() != nil { throw TextPatternError("missing argument to repetition operator", text(start..<index)) }
            if take("\\Q") {
                nodes += quoted()
                continue
            }
            var node = try atom()
            node = try repeated(node)
            nodes.append(node)
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func quoted() -> [TextPatternNode] {
        var nodes: [TextPatternNode] = []
        while let scalar = next, !take("\\E") {
            nodes.append(literal(scalar))
            index += 1
        }
        return nodes
    }

    private mutating func repeated(_ node: TextPatternNode) throws(TextPatternError) -> TextPatternNode {
        let start = index
        guard let (minimum, maximum) = try repetition() else { return node }
        _ = take("?")
        if try repetition() != nil { throw TextPatternError("invalid nested repetition operator", text(start..<index)) }
        return .repeated(node, minimum, maximum)
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`; nil where none stands here.
    private mutating func repetition() throws(TextPatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = index
        guard take("{"), let minimum = number() else {
            index = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = next == "}" ? nil : number() ?? -1 }
        guard take("}"), maximum != -1 else {
            index = start
            return nil
        }
        guard minimum <= Self.maximumRepetition, maximum ?? minimum <= Self.maximumRepetition, maximum ?? minimum >= minimum else {
            throw TextPatternError("invalid repeat count", text(start..<index))
        }
        return (minimum, maximum)
    }

    /// At most far above what a repetition may be.
    private mutating func number() -> Int? {
        let start = index
        var value = 0
        while let scalar = next, let digit = scalar.digitValue {
            value = min(value * 10 + digit, 1_000_000)
            index += 1
        }
        return index > start ? value : nil
    }

    private mutating func atom() throws(TextPatternError) -> TextPatternNode {
        guard let scalar = next else { return .empty }
        switch scalar {
        case "(": return try group()
        case "[": return .set(try characterClass())
        case "\\": return try escape()
        case ".":
            index += 1
            return .set(ScalarSet(flags.dotIsAll ? [.range(0...0x10FFFF)] : [.outside([ScalarSet.range("\n", "\n")])]))
        case "^":
            index += 1
            return .assertion(flags.isMultiline ? .startOfLine : .startOfText)
        case "$":
            index += 1
            return .assertion(flags.isMultiline ? .endOfLine : .endOfText)
        default:
            index += 1
            return literal(scalar)
        }
    }

    func literal(_ scalar: Unicode.Scalar) -> TextPatternNode {
        .set(ScalarSet([.range(scalar.value...scalar.value)], foldsCase: flags.foldsCase))
    }

    // MARK: Groups

    private mutating func group() throws(TextPatternError) -> TextPatternNode {
        let start = index
        let outer = flags
        index += 1
        if isNext("?") {
            // Flags for the rest of the group around stand alone.
            guard try groupHead(start) else { return .empty }
        }
        let node = try choice()
        guard take(")") else { throw TextPatternError("missing closing )", whole) }
        flags = outer
        return node
    }

    /// What stands between `(?` and the group's content; false where the group is but flags.
    private mutating func groupHead(_ start: Int) throws(TextPatternError) -> Bool {
        if take("?P<") || take("?<") {
            let name = index
            while let scalar = next, scalar == "_" || scalar.isASCII && (scalar.properties.isAlphabetic || scalar.digitValue != nil) { index += 1 }
            guard index > name, take(">") else { throw TextPatternError("invalid named capture", text(start..<scalars.count)) }
            return true
        }
        index += 1
        var isSet = true
        while let scalar = next {
            index += 1
            switch scalar {
            case "i": flags.foldsCase = isSet
            case "m": flags.isMultiline = isSet
            case "s": flags.dotIsAll = isSet
            case "U": break
            case "-" where isSet: isSet = false
            case ":": return true
            case ")": return false
            default: throw TextPatternError("invalid or unsupported Perl syntax", text(start..<index))
            }
        }
        throw TextPatternError("missing closing )", whole)
    }
}

extension Unicode.Scalar {
    /// 0 to 9 for ASCII digits.
    var digitValue: Int? { value >= 0x30 && value <= 0x39 ? Int(value) - 0x30 : nil }
    var hexValue: UInt32? {
        switch value {
        case 0x30...0x39: value - 0x30
        case 0x41...0x46: value - 0x37
        case 0x61...0x66: value - 0x57
        default: nil
        }
    }
}
