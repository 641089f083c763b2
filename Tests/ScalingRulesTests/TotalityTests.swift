// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import TestKit
import Testing

@testable import ScalingRules

@Suite("Whatever is observed, there is a decision")
struct TotalityTests {
    static let replicas: [Int32] = [.min, -1, 0, 1, 2, 3, 5, 100, .max - 1, .max]
    static let amounts: [Int64] = [.min, -1, 0, 1, 2, 99, 100, 1_000_000, .max / 100, .max]
    static let seconds: [Int32] = [.min, -1, 0, 1, 15, 300, .max]
    static let times: [Timestamp] = [
        .zero, Timestamp(seconds: .min), Timestamp(seconds: .max), DecideTests.now, DecideTests.now - .seconds(10), DecideTests.now + .seconds(10),
    ]

    static let metric = MetricIdentifier(name: "rps")
    static let object = CrossVersionObjectReference(apiVersion: "v1", kind: "Service", name: "web")

    /// Answers to every question that `spec` may ask.
    static func values(_ random: inout SeededRandom) -> [MetricQuery: Result<[MetricValue], MetricsFailure>] {
        var answers: [MetricQuery: Result<[MetricValue], MetricsFailure>] = [:]
        for query in [MetricQuery.pods(metric), .external(metric), .object(object, metric)] where random.next() % 4 != 0 {
            let values = (0..<Int(random.next() % 4)).map { index in
                MetricValue(object: "web-\(index)", milli: random.one(of: amounts), timestamp: random.one(of: times))
            }
            answers[query] = random.one(of: [.success(values), .success(values), .failure(MetricsFailure("down"))])
        }
        return answers
    }

    static func spec(_ random: inout SeededRandom) -> AutoscalerSpec {
        func policies() -> ScalingPolicies {
            ScalingPolicies(
                stabilizationWindowSeconds: random.one(of: [nil] + seconds.map(Optional.some)), selection: random.one(of: [.max, .min, .disabled]),
                policies: (0..<Int(random.next() % 3)).map { _ in
                    .init(random.one(of: [.pods, .percent]), value: random.one(of: replicas), periodSeconds: random.one(of: seconds))
                }, tolerance: random.one(of: [nil, 0, -1, 0.5, .infinity, .nan]))
        }
        let metrics = (0..<Int(random.next() % 3)).map { _ -> MetricSpec in
            let target = MetricTarget(
                type: random.one(of: ["Value", "AverageValue", "Utilization", ""]), valueMilli: random.one(of: [nil] + amounts.map(Optional.some)),
                averageUtilization: random.one(of: [nil] + replicas.map(Optional.some)),
                averageValueMilli: random.one(of: [nil, nil, nil] + amounts.map(Optional.some)))
            return random.one(of: [
                .resource(.init(resource: "cpu", target: target)), .resource(.init(resource: "memory", container: "main", target: target)),
                .pods(.init(metric: Self.metric, target: target)), .external(.init(metric: Self.metric, target: target)),
                .object(.init(describedObject: object, metric: Self.metric, target: target)), .other(type: "Bogus"),
            ])
        }
        var spec = DecideTests.spec(metrics, min: random.one(of: replicas), max: random.one(of: replicas))
        if random.next() % 2 == 0 { spec.behavior = ScalingBehavior(scaleUp: policies(), scaleDown: policies()) }
        return spec
    }

    static func observation(_ random: inout SeededRandom) -> Observation {
        var pods: [PodState] = []
        var usages: [PodUsage] = []
        for index in 0..<Int(random.next() % 4) {
            var pod = PodState(KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "shop", name: "web-\(index)"))
            pod.phase = random.one(of: ["Running", "Running", "Pending", "Failed", ""])
            pod.startTime = random.one(of: [nil] + times.map(Optional.some))
            pod.ready = random.one(of: [
                nil, .init(status: "False", lastTransitionTime: .zero), .init(status: "True", lastTransitionTime: random.one(of: times)),
            ])
            pod.containers = (0..<Int(random.next() % 3)).map { _ in
                .init(name: "main", requests: ["cpu": random.one(of: amounts), "memory": random.one(of: amounts)])
            }
            pods.append(pod)
            let containers = (0..<Int(random.next() % 3)).map { _ in
                PodUsage.Container(name: "main", usage: ["cpu": random.one(of: amounts), "memory": random.one(of: amounts)])
            }
            usages.append(
                PodUsage(
                    pod: "web-\(index)", timestamp: random.one(of: times), window: random.one(of: [.zero, .seconds(15), .seconds(Int64.max)]),
                    containers: containers))
        }
        let scale = TargetScale(specReplicas: random.one(of: replicas), statusReplicas: random.one(of: replicas), selector: "app=web")
        return Observation(
            autoscaler: NamespacedName(namespace: "shop", name: "web"), status: AutoscalerStatus(), scale: .success(scale),
            pods: .success(pods), podMetrics: random.one(of: [.success(usages), .success(usages), .failure(MetricsFailure("down"))]),
            metricValues: values(&random))
    }

    static func history(_ random: inout SeededRandom) -> ScalingHistory {
        func events() -> [ScalingHistory.ScaleEvent] {
            (0..<Int(random.next() % 3)).map { _ in .init(change: random.one(of: replicas), time: random.one(of: times)) }
        }
        let recommendations = (0..<Int(random.next() % 3)).map { _ in
            ScalingHistory.Recommendation(replicas: random.one(of: replicas), time: random.one(of: times))
        }
        return ScalingHistory(hasBegun: random.next() % 2 == 0, recommendations: recommendations, scaleUps: events(), scaleDowns: events())
    }

    @Test("the same one each time, within the bounds, and never fewer replicas because something failed", arguments: 0..<20)
    func total(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let (spec, observation, history) = (Self.spec(&random), Self.observation(&random), Self.history(&random))
            var settings = ScalingSettings()
            settings.scaleUpLimitFactor = random.one(of: [2, 0, .nan, .infinity])
            settings.features.scaleToZero = random.next() % 4 == 0
            let decision = decide(spec, observation, history, settings: settings, at: DecideTests.now)
            let again = decide(spec, observation, history, settings: settings, at: DecideTests.now)
            #expect(decision.status == again.status && decision.history == again.history && decision.events == again.events)
            guard let rescale = decision.rescale, spec.minReplicas <= spec.maxReplicas else { continue }
            #expect((spec.minReplicas...spec.maxReplicas).contains(rescale.to) || rescale.from < spec.minReplicas, "\(rescale) \(spec)")
            let hasFailed = decision.metrics.contains { if case .failure = $0.result { true } else { false } }
            #expect(!hasFailed || rescale.to >= rescale.from, "\(rescale) \(spec)")
        }
    }
}
