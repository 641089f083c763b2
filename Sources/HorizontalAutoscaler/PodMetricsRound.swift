// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import ScalingRules

/// The pod metrics of one round of decisions: each namespace is asked for once, whoever asks first, and all its autoscalers share the answer.
///
/// - Note: Upstream asks once per metric of each autoscaler; the answers differ only where a scrape falls between two of its requests.
actor PodMetricsRound {
    private let client: KubeClient
    private var answers: [String: Task<Answer, Never>] = [:]

    typealias Answer = Result<LabelIndex<PodUsage>, MetricsFailure>

    init(client: KubeClient) {
        self.client = client
    }

    /// From here on every namespace is asked for anew.
    func begin() {
        answers = [:]
    }

    func answer(for namespace: String) async -> Answer {
        if let asked = answers[namespace] { return await asked.value }
        let client = client
        // A task of its own, because the autoscaler that asks first may be given up on while others wait for the answer too.
        let asked = Task { await Self.ask(client, namespace) }
        answers[namespace] = asked
        return await asked.value
    }

    private static func ask(_ client: KubeClient, _ namespace: String) async -> Answer {
        do {
            var index = LabelIndex<PodUsage>()
            for item in try await client.list(.podMetrics, namespace: namespace).items {
                let usage = PodUsage(item)
                index.insert(usage, name: usage.pod, labels: usage.labels)
            }
            return .success(index)
        } catch {
            return .failure(MetricsFailure(words(for: error, request: "get pods.metrics.k8s.io")))
        }
    }
}
