// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import MetricRules
import PrometheusClient
import Synchronization

/// Asks each query once for all who want it at about the same time.
final class QueryCache: Sendable {
    private struct Entry {
        var answer: Task<[Sample], any Error>
        var time: ContinuousClock.Instant
    }

    /// Shorter than any scrape, so that nobody sees the same sample twice for it.
    private static let lifetime = Duration.milliseconds(500)
    private static let limit = 1024
    /// So many are kept before those are looked for that are too old.
    private static let untidied = 64

    private let client: PrometheusClient
    private let entries = Mutex<[String: Entry]>([:])

    init(client: PrometheusClient) { self.client = client }

    /// - Throws: `PrometheusError`, to all who asked.
    func samples(_ query: String) async throws -> [Sample] {
        let now = ContinuousClock.now
        let answer = entries.withLock { entries in
            if let known = entries[query], now - known.time < Self.lifetime { return known.answer }
            if entries.count >= Self.untidied { entries = entries.filter { now - $0.value.time < Self.lifetime } }
            let answer = Task { [client] in try await client.query(query).value }
            if entries.count < Self.limit { entries[query] = Entry(answer: answer, time: now) }
            return answer
        }
        return try await answer.value
    }
}
