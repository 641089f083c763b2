// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Whether Prometheus, with Go's regular expressions (RE2), can compile a pattern. One that it can't would fail its whole configuration.
/// - Source: `parse`, Go 1.19 regexp/syntax/parse.go
struct RegularExpressionSyntax {
    /// What is wrong with `pattern` where Prometheus anchors it at both ends; nil where nothing is.
    static func problem(in pattern: String) -> String? {
        var parser = RegularExpressionSyntax("^(?:" + pattern + ")$")
        do {
            try parser.check()
            return nil
        } catch {
            return error.message
        }
    }

    struct Failure: Error {
        var message: String
    }

    /// What stands between one opening bracket and where it closes.
    private struct Level {
        var size = 0.0
        /// The largest product of counts along one path of nested repetitions.
        var repeats: Int64 = 1
        /// The last item of the present branch; nil at the start of one.
        var last: Item?
    }

    private struct Item {
        var size: Double
        var repeats: Int64
    }

    private static let maximumDepth = 200
    private static let maximumRepeats: Int64 = 1000
    /// In items once repetitions are written out; far from Go's own limit, and from any use.
    private static let maximumSize = 100_000.0

    let text: [Unicode.Scalar]
    var place = 0
    private var levels = [Level()]

    private init(_ pattern: String) { text = Array(pattern.unicodeScalars) }

    var next: Unicode.Scalar? { place < text.count ? text[place] : nil }
    func peek(_ offset: Int) -> Unicode.Scalar? { place + offset < text.count ? text[place + offset] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        place += 1
        return true
    }

    private mutating func check() throws(Failure) {
        var followsRepetition = false
        while let scalar = next {
            let isRepetition = try step(scalar, followsRepetition)
            followsRepetition = isRepetition
        }
        guard levels.count == 1 else { throw Failure(message: "missing closing )") }
    }

    /// One item or operator; true for a repetition.
    private mutating func step(_ scalar: Unicode.Scalar, _ followsRepetition: Bool) throws(Failure) -> Bool {
        switch scalar {
        case "(": try open()
        case ")": try close()
        case "|":
            place += 1
            settle()
        case "*", "+", "?":
            place += 1
            try `repeat`(count: 1, followsRepetition)
            return true
        case "{":
            if let count = try count() {
                try `repeat`(count: count, followsRepetition)
                return true
            }
            place += 1
            try add()
        case "[":
            try characterClass()
            try add()
        case "\\": try add(size: try escape() ? 10 : 1)
        default:
            place += 1
            try add()
        }
        return false
    }

    private mutating func add(size: Double = 1, repeats: Int64 = 1) throws(Failure) {
        settle()
        levels[levels.count - 1].last = Item(size: size, repeats: repeats)
        try limit(size)
    }

    private func limit(_ size: Double) throws(Failure) {
        guard size + (levels.last?.size ?? 0) <= Self.maximumSize else { throw Failure(message: "expression too large") }
    }

    /// The last item can no more be repeated.
    private mutating func settle() {
        let top = levels.count - 1
        guard let last = levels[top].last else { return }
        levels[top].size += last.size
        levels[top].repeats = max(levels[top].repeats, last.repeats)
        levels[top].last = nil
    }

    private mutating func `repeat`(count: Int64, _ followsRepetition: Bool) throws(Failure) {
        _ = take("?")  // as few as possible
        guard !followsRepetition else { throw Failure(message: "invalid nested repetition operator") }
        guard var item = levels[levels.count - 1].last else { throw Failure(message: "missing argument to repetition operator") }
        if count == 0 {
            item.repeats = 1
        } else {
            item.repeats *= count
            item.size *= Double(count)
        }
        guard item.repeats <= Self.maximumRepeats else { throw Failure(message: "invalid repeat count") }
        levels[levels.count - 1].last = item
        try limit(item.size)
    }

    /// `{n}`, `{n,}` or `{n,m}`: the larger number; nil where it is none of them, and the brace stands for itself.
    private mutating func count() throws(Failure) -> Int64? {
        let start = place
        place += 1
        guard let least = number() else {
            place = start
            return nil
        }
        var most = least
        if take(",") { most = next == "}" ? least : number() ?? -1 }
        guard most >= 0, take("}") else {
            place = start
            return nil
        }
        guard least <= Self.maximumRepeats, most <= Self.maximumRepeats, least <= most else { throw Failure(message: "invalid repeat count") }
        return most
    }

    /// Without leading zeros; what is too large stays too large.
    private mutating func number() -> Int64? {
        var value: Int64 = 0
        let start = place
        while let digit = next, ("0"..."9").contains(digit) {
            value = min(value * 10 + Int64(digit.value - 0x30), 1_000_000)
            place += 1
        }
        guard place > start, !(text[start] == "0" && place > start + 1) else { return nil }
        return value
    }

    private mutating func open() throws(Failure) {
        place += 1
        if take("?") {
            if take("P") {
                guard take("<") else { throw Failure(message: "invalid or unsupported Perl syntax") }
                try groupName()
            } else if try flagsEndHere() {
                return
            }
        }
        settle()
        guard levels.count <= Self.maximumDepth else { throw Failure(message: "expression nests too deeply") }
        levels.append(Level())
    }

    private mutating func groupName() throws(Failure) {
        var name = ""
        while let scalar = next, scalar != ">" {
            name.unicodeScalars.append(scalar)
            place += 1
        }
        guard take(">"), !name.isEmpty, LabelName.isValid("_" + name) else { throw Failure(message: "invalid named capture") }
    }

    /// `(?i)` changes what follows and opens no group; `(?i:` and `(?:` do.
    private mutating func flagsEndHere() throws(Failure) -> Bool {
        var isNegated = false
        var needsFlag = false
        while let scalar = next {
            place += 1
            switch scalar {
            case "i", "m", "s", "U": needsFlag = false
            case "-" where !isNegated: (isNegated, needsFlag) = (true, true)
            case ":" where !needsFlag: return false
            case ")" where !needsFlag: return true
            default: throw Failure(message: "invalid or unsupported Perl syntax")
            }
        }
        throw Failure(message: "missing closing )")
    }

    private mutating func close() throws(Failure) {
        place += 1
        settle()
        guard levels.count > 1, let level = levels.popLast() else { throw Failure(message: "unexpected )") }
        try add(size: level.size + 1, repeats: level.repeats)
    }
}
