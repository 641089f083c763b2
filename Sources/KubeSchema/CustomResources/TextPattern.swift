// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// A regular expression of Go's syntax (RE2), which matches a text in time proportional to both, whatever the text.
///
/// Swift's own `Regex` backtracks: a definition's pattern could make one request last for hours.
///
/// Not supported of RE2: scripts (`\p{Greek}`; general categories are), and `\C`.
/// - Source: https://github.com/google/re2/wiki/Syntax, Go's regexp/syntax
package struct TextPattern: Sendable {
    package let text: String
    let program: [Instruction]
    let sets: [ScalarSet]
    /// A match can only begin at the start of the text.
    let beginsAtStart: Bool

    /// - Throws: What Go's `regexp.Compile` would say.
    package init(_ text: String) throws(TextPatternError) {
        var parser = TextPatternParser(text)
        let node = try parser.parse()
        var compiler = TextPatternCompiler()
        try compiler.emit(node)
        compiler.program.append(.match)
        self.text = text
        program = compiler.program
        sets = compiler.sets
        if case .assertion(.startOfText) = program[0] { beginsAtStart = true } else { beginsAtStart = false }
    }

    enum Instruction: Sendable {
        /// One scalar of a set, by its place among the sets.
        case one(of: Int)
        case assertion(Assertion)
        /// Goes on at both.
        case fork(Int, Int)
        case jump(Int)
        case match
    }

    enum Assertion: Sendable {
        case startOfText, endOfText, startOfLine, endOfLine, wordBoundary, noWordBoundary

        func holds(between previous: Unicode.Scalar?, and next: Unicode.Scalar?) -> Bool {
            switch self {
            case .startOfText: previous == nil
            case .endOfText: next == nil
            case .startOfLine: previous == nil || previous == "\n"
            case .endOfLine: next == nil || next == "\n"
            case .wordBoundary: Self.isWord(previous) != Self.isWord(next)
            case .noWordBoundary: Self.isWord(previous) == Self.isWord(next)
            }
        }

        private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
            guard let scalar else { return false }
            return scalar == "_" || scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
        }
    }

    /// Whether the pattern matches somewhere in `text`.
    package func matches(_ text: String) -> Bool {
        var states = StateList(capacity: program.count)
        var following = StateList(capacity: program.count)
        var previous: Unicode.Scalar?
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()
        while true {
            if previous == nil || !beginsAtStart, add(0, to: &states, previous, next) { return true }
            guard let scalar = next else { return false }
            next = scalars.next()
            for state in states.members {
                guard case .one(let set) = program[state], sets[set].contains(scalar) else { continue }
                if add(state + 1, to: &following, scalar, next) { return true }
            }
            swap(&states, &following)
            following.removeAll()
            previous = scalar
            if beginsAtStart, states.members.isEmpty { return false }
        }
    }

    /// Adds a state and those it leads to without a scalar; true where a match is among them.
    private func add(_ start: Int, to states: inout StateList, _ previous: Unicode.Scalar?, _ next: Unicode.Scalar?) -> Bool {
        states.pending.append(start)
        while let state = states.pending.popLast() {
            guard states.visit(state) else { continue }
            switch program[state] {
            case .match:
                states.pending.removeAll()
                return true
            case .one: states.members.append(state)
            case .jump(let target): states.pending.append(target)
            case .fork(let first, let second):
                states.pending.append(second)
                states.pending.append(first)
            case .assertion(let assertion): if assertion.holds(between: previous, and: next) { states.pending.append(state + 1) }
            }
        }
        return false
    }

    /// The states that the text so far leads to, each once.
    private struct StateList {
        /// Those that wait for a scalar.
        var members: [Int] = []
        var pending: [Int] = []
        private var visits: [UInt32]
        private var round: UInt32 = 1

        init(capacity: Int) { visits = Array(repeating: 0, count: capacity) }

        mutating func visit(_ state: Int) -> Bool {
            guard visits[state] != round else { return false }
            visits[state] = round
            return true
        }

        mutating func removeAll() {
            members.removeAll(keepingCapacity: true)
            round &+= 1
            if round == 0 {
                visits = Array(repeating: 0, count: visits.count)
                round = 1
            }
        }
    }
}

/// Why a text is no regular expression, as Go says it.
package struct TextPatternError: Error, Sendable, Hashable {
    package var message: String

    init(_ words: String, _ part: some StringProtocol) { message = "error parsing regexp: \(words): `\(part)`" }
    init(_ words: String) { message = "error parsing regexp: \(words)" }
}

/// From the parsed expression to a program.
struct TextPatternCompiler {
    /// Larger expressions are refused: each step of a match may look at every instruction.
    static let maximumSize = 10_000

    var program: [TextPattern.Instruction] = []
    var sets: [ScalarSet] = []

    mutating func emit(_ node: TextPatternNode) throws(TextPatternError) {
        guard program.count < Self.maximumSize else { throw TextPatternError("expression too large") }
        switch node {
        case .empty: break
        case .set(let set):
            program.append(.one(of: sets.count))
            sets.append(set)
        case .assertion(let assertion): program.append(.assertion(assertion))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .choice(let nodes): try emitChoice(nodes[...])
        case .repeated(let node, let minimum, let maximum): try emitRepetition(node, minimum, maximum)
        }
    }

    private mutating func emitChoice(_ nodes: ArraySlice<TextPatternNode>) throws(TextPatternError) {
        var exits: [Int] = []
        for (index, node) in zip(nodes.indices, nodes) {
            guard index < nodes.endIndex - 1 else {
                try emit(node)
                break
            }
            let fork = program.count
            program.append(.match)
            try emit(node)
            exits.append(program.count)
            program.append(.match)
            program[fork] = .fork(fork + 1, program.count)
        }
        for exit in exits { program[exit] = .jump(program.count) }
    }

    private mutating func emitRepetition(_ node: TextPatternNode, _ minimum: Int, _ maximum: Int?) throws(TextPatternError) {
        // Repetitions of nothing are nothing, however many.
        if case .empty = node { return }
        for _ in 0..<minimum { try emit(node) }
        guard let maximum else {
            let fork = program.count
            program.append(.match)
            try emit(node)
            program.append(.jump(fork))
            program[fork] = .fork(fork + 1, program.count)
            return
        }
        var forks: [Int] = []
        for _ in minimum..<max(minimum, maximum) {
            forks.append(program.count)
            program.append(.match)
            try emit(node)
        }
        for fork in forks { program[fork] = .fork(fork + 1, program.count) }
    }
}
