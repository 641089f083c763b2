// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import ScalingRules

/// The metrics of one round of decisions: each question is asked once, whoever asks first, and all autoscalers share the answer.
///
/// - Note: Upstream asks once per metric of each autoscaler; the answers differ only where a scrape falls between two of its requests.
actor MetricsRound<C: Clock> where C.Duration == Duration {
    typealias PodAnswer = Result<LabelIndex<PodUsage>, MetricsFailure>
    typealias ValueAnswer = Result<[MetricValue], MetricsFailure>

    private let client: KubeClient
    private let resolver: KindResolver<C>
    private var podAnswers: [String: Task<PodAnswer, Never>] = [:]
    private var valueAnswers: [String: Task<ValueAnswer, Never>] = [:]

    init(client: KubeClient, resolver: KindResolver<C>) {
        self.client = client
        self.resolver = resolver
    }

    /// From here on everything is asked for anew.
    func begin() {
        podAnswers = [:]
        valueAnswers = [:]
    }

    /// From here on the use of a namespace's pods is asked for anew.
    func forgetPods(in namespace: String) { podAnswers[namespace] = nil }

    /// The use of all pods of a namespace, asked for once whichever of them an autoscaler wants.
    func podUsage(in namespace: String) async -> PodAnswer {
        let client = client
        return await Self.shared(namespace, &podAnswers) { await Self.askForPods(client, namespace) }.value
    }

    /// The values of a custom or external metric.
    ///
    /// - Parameter pods: Selects the pods that a metric of pods is asked for.
    func values(of query: MetricQuery, in namespace: String, pods: LabelSelector) async -> ValueAnswer {
        let path: String
        switch await self.path(of: query, in: namespace, pods: pods) {
        case .success(let found): path = found
        case .failure(let failure): return .failure(failure)
        }
        let client = client
        let metric = query.metric.name
        let api = if case .external = query { "external.metrics.k8s.io" } else { "custom.metrics.k8s.io" }
        return await Self.shared(path, &valueAnswers) { await Self.askForValues(client, path, request: "get \(metric).\(api)") }.value
    }

    /// A task of its own, because the autoscaler that asks first may be given up on while others wait for the answer too.
    private static func shared<Answer: Sendable>(
        _ key: String, _ answers: inout [String: Task<Answer, Never>], _ ask: @escaping @Sendable () async -> Answer
    ) -> Task<Answer, Never> {
        if let asked = answers[key] { return asked }
        let asked = Task { await ask() }
        answers[key] = asked
        return asked
    }

    private static func askForPods(_ client: KubeClient, _ namespace: String) async -> PodAnswer {
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

    private static func askForValues(_ client: KubeClient, _ path: String, request: String) async -> ValueAnswer {
        do {
            return .success((try JSONValue.parse(try await client.raw(path))["items"]?.array ?? []).map(MetricValue.init))
        } catch {
            return .failure(MetricsFailure(words(for: error, request: request)))
        }
    }

    // MARK: Paths

    /// - Source: custom_metrics and external_metrics clients, kubernetes v1.36 staging/src/k8s.io/metrics/pkg/client
    private func path(of query: MetricQuery, in namespace: String, pods: LabelSelector) async -> Result<String, MetricsFailure> {
        do {
            let selector = try query.metric.selector.map { try LabelSelector(object: $0).description }
            switch query {
            case .pods(let metric):
                let version = await customVersion
                return .success(
                    RequestPath("/apis/custom.metrics.k8s.io/\(version)/namespaces", [namespace, "pods", "*", metric.name])
                        .adding("labelSelector", pods.description).adding("metricLabelSelector", selector).text)
            case .object(let object, let metric):
                let version = await customVersion
                let place = object.kind == "Namespace" ? [namespace, "metrics"] : [namespace, try await resource(of: object), object.name]
                return .success(
                    RequestPath("/apis/custom.metrics.k8s.io/\(version)/namespaces", place + [metric.name])
                        .adding("metricLabelSelector", selector).text)
            case .external(let metric):
                return .success(
                    RequestPath("/apis/external.metrics.k8s.io/v1beta1/namespaces", [namespace, metric.name]).adding("labelSelector", selector).text)
            }
        } catch {
            return .failure(MetricsFailure("\(error)"))
        }
    }

    private var customVersion: String {
        get async { await resolver.version(ofGroup: "custom.metrics.k8s.io", among: ["v1beta2", "v1beta1"]) }
    }

    /// `ingresses.networking.k8s.io`
    private func resource(of object: CrossVersionObjectReference) async throws -> String {
        do throws(ScaleFailure) {
            return try await resolver.resources(of: object).first.map { $0.groupResource.description } ?? ""
        } catch {
            throw MetricsFailure(error.message)
        }
    }
}
