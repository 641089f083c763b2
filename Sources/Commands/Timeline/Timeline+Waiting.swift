// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

extension Timeline {
    /// Asks until there is an answer, saying what for and how long.
    func wait<Value: Sendable>(
        _ subject: String, _ what: String, atMost limit: Duration, orElse standard: @autoclosure () async throws -> Value,
        _ ask: () async throws -> Value?
    ) async throws -> Value {
        let start = ContinuousClock.now
        while ContinuousClock.now - start < limit {
            if let value = try await ask() {
                endWait(subject)
                emit(.step, "\(what): after \(Self.seconds(ContinuousClock.now - start))")
                return value
            }
            emit(.wait, subject, "waiting for \(what), \(Self.minutes(ContinuousClock.now - start)) of at most \(Self.minutes(limit))")
            try await Task.sleep(for: .milliseconds(200))
        }
        endWait(subject)
        return try await standard()
    }
}
