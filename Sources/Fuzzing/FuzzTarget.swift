// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import TestKit

/// Something that reads what strangers send, and what must hold of it for every input.
package struct FuzzTarget: Sendable, CustomStringConvertible {
    package let description: String
    /// Texts as they are really sent; mutations start from them.
    let corpus: [[UInt8]]
    /// Words of the language, for mutations to put in.
    let words: [[UInt8]]
    /// Whether the input was understood.
    /// - Throws: `FuzzFailure` where something does not hold; whatever is wrong with the input is no failure.
    package let run: @Sendable (_ input: [UInt8]) throws -> Bool

    init(_ description: String, corpus: [String], words: [String], run: @escaping @Sendable ([UInt8]) throws -> Bool) {
        self.description = description
        self.corpus = corpus.map { Array($0.utf8) }
        self.words = words.map { Array($0.utf8) }
        self.run = run
    }

    package static let all: [FuzzTarget] = texts + patches + selectors + customResources + requests + metrics + rules

    package struct Outcome: Sendable {
        /// How many of the inputs were understood.
        package var understood = 0
        /// What took longest, and how long that was.
        package var slowest: (input: [UInt8], time: Duration) = ([], .zero)

        package init() {}
    }

    /// - Throws: `FuzzFailure` with the input at the first one that breaks a promise.
    package func run(inputs count: Int, seed: UInt64) throws -> Outcome {
        var random = SeededRandom(seed: seed)
        let mutator = Mutator(corpus: corpus, words: words)
        var outcome = Outcome()
        for text in corpus { try check(text, seed, &outcome) }
        for _ in 0..<count { try check(mutator.input(&random), seed, &outcome) }
        return outcome
    }

    private func check(_ input: [UInt8], _ seed: UInt64, _ outcome: inout Outcome) throws {
        let started = ContinuousClock.now
        do { outcome.understood += try run(input) ? 1 : 0 } catch {
            throw FuzzFailure("\(description), seed \(seed): \(error)\nInput: \(String(decoding: input, as: UTF8.self).debugDescription)")
        }
        let time = started.duration(to: .now)
        if time > outcome.slowest.time { outcome.slowest = (input, time) }
    }
}

package struct FuzzFailure: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

func check(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    guard holds else { throw FuzzFailure(what()) }
}
