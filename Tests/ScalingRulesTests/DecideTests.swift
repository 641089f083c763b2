// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ScalingRules

@Suite("A decision")
struct DecideTests {
    static let now = Timestamp(seconds: 1_800_000_000)

    /// A target with ready pods that request 100m each and use `usesMilli`; one without metrics for each nil.
    static func observation(replicas: Int32, usesMilli: [Int64?], metrics: MetricsFailure? = nil) -> Observation {
        let pods = usesMilli.indices.map { index in
            var pod = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "shop", name: "web-\(index)")
            pod["spec"] = ["containers": [["name": "main", "resources": ["requests": ["cpu": "100m"]]]]]
            pod["status"] = [
                "phase": "Running", "startTime": .string((now - .seconds(3600)).description),
                "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": .string((now - .seconds(3600)).description)]],
            ]
            return PodState(pod)
        }
        let usages = usesMilli.enumerated().compactMap { index, milli in
            milli.map {
                PodUsage(pod: "web-\(index)", timestamp: now, window: .seconds(15), containers: [.init(name: "main", usage: ["cpu": $0])])
            }
        }
        return Observation(
            autoscaler: NamespacedName(namespace: "shop", name: "web"), status: AutoscalerStatus(desiredReplicas: replicas),
            scale: .success(TargetScale(specReplicas: replicas, statusReplicas: replicas, selector: "app=web")), pods: .success(pods),
            podMetrics: metrics.map { .failure($0) } ?? .success(usages))
    }

    static func spec(_ metrics: [MetricSpec], min: Int32 = 1, max: Int32 = 10) -> AutoscalerSpec {
        AutoscalerSpec(
            target: CrossVersionObjectReference(apiVersion: "apps/v1", kind: "Deployment", name: "web"), minReplicas: min, maxReplicas: max,
            metrics: metrics)
    }
    static func cpu(_ percent: Int32) -> MetricSpec { .resource(.init(resource: "cpu", target: MetricTarget(averageUtilization: percent))) }

    /// A history old enough to hold nothing back.
    static let begun = ScalingHistory(hasBegun: true)

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var replicas: Int32
        var usesMilli: [Int64?]
        var target: Int32 = 80
        var min: Int32 = 1
        var desired: Int32
        var limited = "DesiredWithinRange"
    }
    static let cases = [
        Case(testDescription: "at the target nothing changes", replicas: 2, usesMilli: [80, 80], desired: 2),
        Case(testDescription: "within a tenth of it neither", replicas: 2, usesMilli: [87, 88], desired: 2),
        Case(testDescription: "just beyond, one is added", replicas: 2, usesMilli: [89, 89], desired: 3),
        Case(testDescription: "the guide's idle pods, whose least use is all they request", replicas: 2, usesMilli: [100, 100], desired: 3),
        Case(testDescription: "one step at most doubles", replicas: 4, usesMilli: [400, 400, 400, 400], desired: 8, limited: "ScaleUpLimit"),
        Case(testDescription: "or goes to four", replicas: 1, usesMilli: [1000], desired: 4, limited: "ScaleUpLimit"),
        Case(
            testDescription: "and never past the maximum", replicas: 6, usesMilli: [900, 900, 900, 900, 900, 900], desired: 10,
            limited: "TooManyReplicas"),
        Case(testDescription: "idle pods go", replicas: 4, usesMilli: [10, 10, 10, 10], desired: 1),
        Case(testDescription: "down to the minimum", replicas: 4, usesMilli: [10, 10, 10, 10], min: 2, desired: 2, limited: "TooFewReplicas"),
        Case(testDescription: "a pod without metrics counts as idle on the way up", replicas: 3, usesMilli: [160, 160, nil], desired: 4),
        Case(testDescription: "and as busy on the way down", replicas: 3, usesMilli: [40, 40, nil], desired: 3),
    ]

    @Test("follows the usage", arguments: cases)
    func follows(_ one: Case) {
        let decision = decide(
            Self.spec([Self.cpu(one.target)], min: one.min), Self.observation(replicas: one.replicas, usesMilli: one.usesMilli), Self.begun,
            at: Self.now)
        #expect(decision.status.desiredReplicas == one.desired)
        #expect(decision.rescale?.to ?? one.replicas == one.desired)
        #expect(decision.status.condition("ScalingLimited")?.reason == one.limited)
        #expect(decision.status.condition("ScalingLimited")?.status == (one.limited == "DesiredWithinRange" ? "False" : "True"))
    }

    @Test("names a metric source that it doesn't know, and takes nothing away for its sake", arguments: ["Bogus", "\"", ""])
    func namesUnknownSources(_ type: String) {
        let spec = Self.spec([.other(type: type), Self.cpu(80)])
        let decision = decide(spec, Self.observation(replicas: 4, usesMilli: [10, 10, 10, 10]), Self.begun, at: Self.now)
        #expect(decision.rescale == nil)
        let condition = decision.status.condition("ScalingActive")
        #expect(condition?.status == "False")
        #expect(condition?.reason == "InvalidMetricSourceType")
        #expect(condition?.message.hasSuffix("unknown metric source type \"\(type == "\"" ? "\\\"" : type)\"") == true)
        #expect(decision.events.map(\.reason) == ["InvalidMetricSourceType", "FailedComputeMetricsReplicas"])
        #expect(decision.status.currentMetrics.first == ["type": ""])
    }

    @Test("still adds what a working metric asks for")
    func growsOnTheRest() {
        let spec = Self.spec([.external(.init(metric: MetricIdentifier(name: "queue"), target: MetricTarget(valueMilli: 1000))), Self.cpu(80)])
        let decision = decide(spec, Self.observation(replicas: 2, usesMilli: [160, 160]), Self.begun, at: Self.now)
        #expect(decision.rescale?.to == 4)
        #expect(decision.status.condition("ScalingActive")?.status == "True")
        #expect(decision.failure?.hasPrefix("invalid metrics (1 invalid out of 2)") == true)
    }

    @Test("leaves a target alone that stands at zero")
    func leavesZeroAlone() {
        let decision = decide(Self.spec([Self.cpu(80)]), Self.observation(replicas: 0, usesMilli: []), ScalingHistory(), at: Self.now)
        #expect(decision.rescale == nil)
        #expect(decision.status.condition("ScalingActive")?.reason == "ScalingDisabled")
    }

    @Test("brings a target within its bounds without asking the metrics", arguments: [(Int32(20), Int32(10)), (1, 2)])
    func keepsBounds(_ current: Int32, _ desired: Int32) {
        let observation = Self.observation(replicas: current, usesMilli: [], metrics: MetricsFailure("down"))
        let decision = decide(Self.spec([Self.cpu(80)], min: 2), observation, Self.begun, at: Self.now)
        #expect(decision.rescale?.to == desired)
    }

    @Test("without any metric in the spec does nothing and says so")
    func needsMetrics() {
        let decision = decide(Self.spec([]), Self.observation(replicas: 4, usesMilli: [10]), Self.begun, at: Self.now)
        #expect(decision.rescale == nil)
        #expect(decision.status.condition("ScalingActive")?.status == "False")
    }

    @Test("that the target refuses reads as refused: no time of scaling, no memory of one")
    func refusal() {
        var spec = Self.spec([Self.cpu(80)])
        spec.behavior = ScalingBehavior()
        let decision = decide(spec, Self.observation(replicas: 2, usesMilli: [160, 160]), Self.begun, at: Self.now)
        #expect(decision.history.scaleUps.map(\.change) == [2])
        #expect(decision.status.lastScaleTime == Self.now)
        let refused = decision.refused(because: "out of quota")
        #expect(refused.rescale == nil)
        #expect(refused.history.scaleUps.isEmpty)
        #expect(refused.history.recommendations == decision.history.recommendations)
        #expect(refused.status.lastScaleTime == nil)
        #expect(refused.status.desiredReplicas == 2)
        #expect(refused.events.last?.message.hasSuffix("above target; error: out of quota") == true)
        #expect(refused.status.condition("AbleToScale")?.reason == "FailedUpdateScale")
    }

    @Test("moves a condition's time only with its status")
    func transitionTimes() {
        let spec = Self.spec([Self.cpu(80)])
        var observation = Self.observation(replicas: 2, usesMilli: [80, 80])
        let first = decide(spec, observation, Self.begun, at: Self.now)
        observation.status = first.status
        let later = decide(spec, observation, first.history, at: Self.now + .seconds(15))
        #expect(later.status == first.status)
        observation.podMetrics = .failure(MetricsFailure("down"))
        let failed = decide(spec, observation, later.history, at: Self.now + .seconds(30))
        #expect(failed.status.condition("ScalingActive")?.lastTransitionTime == Self.now + .seconds(30))
        #expect(failed.status.condition("AbleToScale")?.lastTransitionTime == Self.now)
    }
}
