// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import TestKit
import Testing

@testable import ScalingRules

@Suite("Vectors: hpa_behavior")
struct BehaviorVectors {
    @Test("proposals are stabilized and limited as upstream does")
    func behavior() throws {
        let failures = try Vectors.load("hpa_behavior", from: .module).run { Self.check($0) }
        #expect(failures.isEmpty, "\(failures)")
    }

    static func check(_ vector: JSONValue) -> String? {
        guard vector["kind"]?.string != "sequence" else { return sequence(vector) }
        let input = vector["input"] ?? [:]
        let got = answer(vector["kind"]?.string ?? "", input)
        var expected = vector["expected"]?.object ?? [:]
        // What the function doesn't touch is absent from the vector.
        for key in ["recommendationsAfter", "scaleUpEventsAfter", "scaleDownEventsAfter"] where got[key] == [] && expected[key] == nil {
            expected[key] = []
        }
        if expected["replicas"] == nil, got["replicas"] != nil { expected["replicas"] = 0 }
        return compare(got, .object(expected))
    }

    static func answer(_ kind: String, _ input: JSONValue) -> JSONValue {
        let now = input["now"]?.timestamp ?? .zero
        let current = input["currentReplicas"]?.int32 ?? 0
        let desired = input["desiredReplicas"]?.int32 ?? 0
        let bounds = ReplicaBounds(min: input["minReplicas"]?.int32 ?? 0, max: input["maxReplicas"]?.int32 ?? 0)
        let behavior = ScalingBehavior(input["behavior"] ?? input)
        let rules = ScalingPolicies(input["rules"], absent: .defaultScaleUp)
        var history = ScalingHistory(vector: input)
        history.hasBegun = true
        switch kind {
        case "convertDesiredReplicasWithRules": return limit(desired, current: current, bounds: bounds, input.settings).json
        case "convertDesiredReplicasWithBehaviorRate":
            return limit(desired, current: current, bounds: bounds, behavior, history, at: now).json
        case "calculateScaleUpLimitWithScalingRules": return ["replicas": JSONValue(rules.mostReplicas(from: current, history, at: now))]
        case "calculateScaleDownLimitWithBehaviors": return ["replicas": JSONValue(rules.fewestReplicas(from: current, history, at: now))]
        case "getReplicasChangePerPeriod":
            let events = (input["events"]?.array ?? []).map(ScalingHistory.ScaleEvent.init(vector:))
            return ["replicas": JSONValue(events.change(within: .seconds(input["periodSeconds"]?.int ?? 0), before: now))]
        case "stabilizeRecommendation":
            let stabilized = history.stabilize(desired, window: input.settings.downscaleStabilization, at: now)
            return ["replicas": JSONValue(stabilized.replicas), "recommendationsAfter": history.json["recommendations"] ?? []]
        case "stabilizeRecommendationWithBehaviors":
            let stabilized = history.stabilize(
                desired, current: current, behavior, downscaleStabilization: input.settings.downscaleStabilization, at: now)
            return [
                "replicas": JSONValue(stabilized.replicas), "reason": .string(stabilized.reason), "message": .string(stabilized.message),
                "recommendationsAfter": history.json["recommendations"] ?? [],
            ]
        case "storeScaleEvent":
            history.recordScaling(
                from: input["previousReplicas"]?.int32 ?? 0, to: input["newReplicas"]?.int32 ?? 0, input["behavior"].map { _ in behavior }, at: now)
            return ["scaleUpEventsAfter": history.json["scaleUpEvents"] ?? [], "scaleDownEventsAfter": history.json["scaleDownEvents"] ?? []]
        default: return ["error": "unknown kind"]
        }
    }

    /// One autoscaler over many steps: what its metrics propose is given, what becomes of it is compared.
    static func sequence(_ vector: JSONValue) -> String? {
        let spec = AutoscalerSpec(
            target: CrossVersionObjectReference(apiVersion: "apps/v1", kind: "Deployment", name: "web"),
            minReplicas: vector["minReplicas"]?.int32 ?? 0,
            maxReplicas: vector["maxReplicas"]?.int32 ?? 0, metrics: [], behavior: vector["behavior"].map(ScalingBehavior.init))
        let observation = Observation(
            autoscaler: NamespacedName(namespace: "ns1", name: "web"), status: AutoscalerStatus(), scale: .failure(.unavailable("not asked for")))
        var status = AutoscalerStatus()
        var history = ScalingHistory()
        for (index, step) in (vector["steps"]?.array ?? []).enumerated() {
            let now = step["now"]?.timestamp ?? .zero
            let current = step["currentReplicas"]?.int32 ?? 0
            let rules = Step(spec: spec, observation: observation, settings: vector.settings, now: now)
            history.begin(with: current, at: now)
            let replicas = rules.normalize(step["proposal"]?.int32 ?? 0, current: current, &status, &history).replicas
            if replicas != current { history.recordScaling(from: current, to: replicas, spec.behavior, at: now) }
            let got: JSONValue = [
                "result": JSONValue(replicas), "ableToScale": status.texts("AbleToScale"), "scalingLimited": status.texts("ScalingLimited"),
            ]
            let expected: JSONValue = [
                "result": step["result"] ?? 0, "ableToScale": step["ableToScale"] ?? [], "scalingLimited": step["scalingLimited"] ?? [],
            ]
            if let difference = compare(got, expected) { return "step \(index): \(difference)" }
            if let state = step["stateAfter"], !state.isNull, let difference = compare(history.json, state) { return "step \(index): \(difference)" }
        }
        return vector["finalState"].flatMap { compare(history.json, $0) }
    }
}

extension AutoscalerStatus {
    fileprivate func texts(_ type: String) -> JSONValue {
        condition(type).map { [.string($0.status), .string($0.reason), .string($0.message)] } ?? []
    }
}

extension Limited {
    fileprivate var json: JSONValue { ["replicas": JSONValue(replicas), "reason": .string(reason), "message": .string(message)] }
}

extension ScalingHistory {
    /// A case's memory: under these names in `input`, `initialState` and `stateAfter`.
    init(vector: JSONValue) {
        self.init(
            hasBegun: vector["recommendations"]?.array != nil,
            recommendations: (vector["recommendations"]?.array ?? []).map {
                Recommendation(replicas: $0["replicas"]?.int32 ?? 0, time: $0["time"]?.timestamp ?? .zero)
            },
            scaleUps: (vector["scaleUpEvents"]?.array ?? []).map(ScaleEvent.init(vector:)),
            scaleDowns: (vector["scaleDownEvents"]?.array ?? []).map(ScaleEvent.init(vector:)))
    }

    var json: JSONValue {
        [
            "recommendations": hasBegun
                ? .array(recommendations.map { ["replicas": JSONValue($0.replicas), "time": .string($0.time.vectorText)] }) : .null,
            "scaleUpEvents": .array(scaleUps.map(\.json)), "scaleDownEvents": .array(scaleDowns.map(\.json)),
        ]
    }
}

extension ScalingHistory.ScaleEvent {
    init(vector: JSONValue) {
        self.init(
            change: vector["change"]?.int32 ?? 0, time: vector["time"]?.timestamp ?? .zero, isOutdated: vector["outdated"]?.bool ?? false)
    }

    fileprivate var json: JSONValue { ["change": JSONValue(change), "time": .string(time.vectorText), "outdated": .bool(isOutdated)] }
}
