// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricRules
import Synchronization

/// Asks one server for the series of several rules.
enum SeriesListing {
    enum Answer: Sendable {
        case series([SeriesShape])
        case problem(String)

        var isProblem: Bool {
            if case .problem = self { true } else { false }
        }
    }

    /// A few at once: each may be a large answer.
    private static let concurrency = 4

    static func answers(to selectors: Set<String>, by server: PrometheusAnswers, since start: Timestamp) async -> [String: Answer] {
        let round = Round(selectors)
        await withDiscardingTaskGroup { group in
            for _ in 0..<concurrency {
                group.addTask {
                    while let selector = round.next() { round.take(await answer(to: selector, by: server, since: start), of: selector) }
                }
            }
        }
        return round.answers
    }

    private static func answer(to selector: String, by server: PrometheusAnswers, since start: Timestamp) async -> Answer {
        do { return .series(try await server.series(selector, since: start)) } catch { return .problem("\(error)") }
    }

    /// What is still to be asked for, and what was answered.
    private final class Round: Sendable {
        private let state: Mutex<(selectors: Set<String>, answers: [String: Answer])>

        init(_ selectors: Set<String>) { state = Mutex((selectors, [:])) }

        func next() -> String? { state.withLock { $0.selectors.popFirst() } }
        func take(_ answer: Answer, of selector: String) { state.withLock { $0.answers[selector] = answer } }
        var answers: [String: Answer] { state.withLock { $0.answers } }
    }
}
