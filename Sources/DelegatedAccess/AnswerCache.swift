// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Answers of another server, each kept a while; who asks what is being asked already waits for that answer.
package final class AnswerCache<Question: Hashable & Sendable, Answer: Sendable>: Sendable {
    private struct Kept {
        var answer: Answer
        /// In uptime.
        var validUntil: Duration
    }

    private enum Found {
        case kept(Answer)
        case underWay(Task<Answer, any Error>)
    }

    private struct State {
        var kept: [Question: Kept] = [:]
        var underWay: [Question: Task<Answer, any Error>] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())
    private let uptime: @Sendable () -> Duration
    private let time: @Sendable (Answer) -> Duration
    private let keeps: @Sendable (Question) -> Bool

    /// - Parameters:
    ///   - capacity: Of answers kept; beyond it those that are too old go, and all if that is few: a flood of questions may not have them
    ///     sifted each time.
    ///   - uptime: Time that only goes forward.
    ///   - keeps: Whether the answer to a question is kept at all.
    ///   - time: How long an answer counts.
    package init(
        capacity: Int = 8192, uptime: @escaping @Sendable () -> Duration, keeps: @escaping @Sendable (Question) -> Bool = { _ in true },
        time: @escaping @Sendable (Answer) -> Duration
    ) {
        self.capacity = capacity
        self.uptime = uptime
        self.keeps = keeps
        self.time = time
    }

    /// How many answers are kept, of any age.
    var count: Int { state.withLock(\.kept.count) }

    func known(_ question: Question) -> Answer? {
        let now = uptime()
        return state.withLock { state in state.kept[question].flatMap { now < $0.validUntil ? $0.answer : nil } }
    }

    /// - Throws: what `ask` does, which is not kept.
    package func answer(_ question: Question, _ ask: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        let now = uptime()
        let found: Found = state.withLock { state in
            // It may have come since the caller looked.
            if let kept = state.kept[question], now < kept.validUntil { return .kept(kept.answer) }
            if let underWay = state.underWay[question] { return .underWay(underWay) }
            // Unstructured, since it serves everyone who asks meanwhile, however many of them go.
            let task = Task {
                let result: Result<Answer, any Error>
                do { result = .success(try await ask()) } catch { result = .failure(error) }
                self.finish(question, try? result.get())
                return try result.get()
            }
            state.underWay[question] = task
            return .underWay(task)
        }
        switch found {
        case .kept(let answer): return answer
        case .underWay(let task): return try await task.value
        }
    }

    private func finish(_ question: Question, _ answer: Answer?) {
        let now = uptime()
        state.withLock { state in
            state.underWay[question] = nil
            guard let answer, keeps(question) else { return }
            if state.kept.count >= capacity {
                state.kept = state.kept.filter { now < $0.value.validUntil }
                if state.kept.count > capacity / 2 { state.kept = [:] }
            }
            state.kept[question] = Kept(answer: answer, validUntil: now + time(answer))
        }
    }
}
