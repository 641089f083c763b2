// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Answers of the API server, each kept a while; who asks what is being asked already waits for that answer.
final class AnswerCache<Question: Hashable & Sendable, Answer: Sendable>: Sendable {
    private struct Kept {
        var answer: Answer
        /// In uptime.
        var validUntil: Duration
    }

    private struct State {
        var kept: [Question: Kept] = [:]
        var underWay: [Question: Task<Answer, any Error>] = [:]
    }

    /// Answers kept; beyond it, first those that are too old go, then all.
    private static var capacity: Int { 8192 }

    private let state = Mutex(State())
    private let uptime: @Sendable () -> Duration
    private let time: @Sendable (Answer) -> Duration

    /// - Parameters:
    ///   - uptime: Time that only goes forward.
    ///   - time: How long an answer counts.
    init(uptime: @escaping @Sendable () -> Duration, time: @escaping @Sendable (Answer) -> Duration) {
        self.uptime = uptime
        self.time = time
    }

    func known(_ question: Question) -> Answer? {
        let now = uptime()
        return state.withLock { state in state.kept[question].flatMap { now < $0.validUntil ? $0.answer : nil } }
    }

    /// - Throws: what `ask` does, which is not kept.
    func answer(_ question: Question, _ ask: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        let task = state.withLock { state in
            if let underWay = state.underWay[question] { return underWay }
            // Unstructured, since it serves everyone who asks meanwhile, however many of them go.
            let task = Task {
                let result: Result<Answer, any Error>
                do { result = .success(try await ask()) } catch { result = .failure(error) }
                self.finish(question, try? result.get())
                return try result.get()
            }
            state.underWay[question] = task
            return task
        }
        return try await task.value
    }

    private func finish(_ question: Question, _ answer: Answer?) {
        let now = uptime()
        state.withLock { state in
            state.underWay[question] = nil
            guard let answer else { return }
            if state.kept.count >= Self.capacity { state.kept = state.kept.filter { now < $0.value.validUntil } }
            if state.kept.count >= Self.capacity { state.kept = [:] }
            state.kept[question] = Kept(answer: answer, validUntil: now + time(answer))
        }
    }
}
