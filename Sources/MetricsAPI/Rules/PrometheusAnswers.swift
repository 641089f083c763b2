// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import DelegatedAccess
import KubeModel
import MetricRules
import PrometheusClient

/// What Prometheus answers to queries, each asked once for all who want it within half a second.
final class PrometheusAnswers: Sendable {
    /// How long an answer counts: shorter than any scrape, so that nobody sees the same sample twice for it.
    private static let lifetime = Duration.milliseconds(500)

    private let prometheus: PrometheusClient
    /// By query. A few are large, so not many are kept.
    private let answers: AnswerCache<String, [Sample]>

    init(_ prometheus: PrometheusClient) {
        self.prometheus = prometheus
        let start = ContinuousClock.now
        answers = AnswerCache(capacity: 64, uptime: { start.duration(to: .now) }) { _ in Self.lifetime }
    }

    /// As `PrometheusClient`'s.
    func series(_ selector: String, since start: Timestamp) async throws -> [SeriesShape] {
        try await prometheus.series(selector, since: start).value
    }

    /// - Throws: `APIError` that tells why Prometheus gave nothing: never is that an empty answer.
    func samples(_ query: String) async throws -> [Sample] {
        do {
            return try await answers.answer(query) { [prometheus] in try await prometheus.query(query).value }
        } catch let error as PrometheusError {
            throw APIError.internalError("unable to fetch metrics: \(error)")
        }
    }
}
