// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import TestKit
import Testing

@testable import ScalingRules

@Suite("Vectors: hpa_controller")
struct ControllerVectors {
    @Test("whole reconciliations come out as upstream's")
    func reconciliations() throws {
        let failures = try Vectors.load("hpa_controller", from: .module).run { Self.check($0) }
        #expect(failures.isEmpty, "\(failures)")
    }

    static func check(_ vector: JSONValue) -> String? {
        let autoscaler = HorizontalPodAutoscaler((vector["hpa"] ?? [:]).kubeObject)
        let settings = (vector["config"] ?? [:]).settings
        var status = autoscaler.status
        var history = vector["initialState"].map(ScalingHistory.init(vector:)) ?? ScalingHistory()
        for (index, step) in (vector["steps"]?.array ?? []).enumerated() {
            let input = step["input"] ?? [:]
            let observation = observe(input, autoscaler, status, others: vector["otherHPAs"]?.array ?? [])
            var decision = decide(autoscaler.spec, observation, history, settings: settings, at: input["now"]?.timestamp ?? .zero)
            let attempts = carryOut(&decision, input["scaleUpdateErrors"]?.array ?? [], autoscaler.spec.target)
            let expected = step["expected"] ?? [:]
            let isUnordered = vector["unorderedHPAList"]?.bool == true
            if let difference = compare(decision, attempts, expected, wasStatus: status, isUnordered: isUnordered) {
                return "step \(index): \(difference)"
            }
            (status, history) = (decision.status, decision.history)
        }
        return nil
    }

    private static func observe(
        _ input: JSONValue, _ autoscaler: HorizontalPodAutoscaler, _ status: AutoscalerStatus, others: [JSONValue]
    ) -> Observation {
        var observation = Observation(autoscaler: autoscaler.name, status: status, scale: scale(input, autoscaler.spec.target))
        guard case .success(let scale) = observation.scale else { return observation }
        let all = (input["pods"]?.array ?? []).map(\.kubeObject).filter { $0.namespace == autoscaler.name.namespace }
        do throws(SelectorFailure) {
            let selector = try parseSelector(scale.selector)
            let selected = all.map { PodState($0) }.filter { selector.matches($0.labels) }
            let rivals = others.filter { other in
                let selector = LabelSelector.orNothing(other["selector"]?.string ?? "")
                return other["namespace"]?.string == autoscaler.name.namespace && selected.contains { selector.matches($0.labels) }
            }
            let names = rivals.map { NamespacedName(namespace: autoscaler.name.namespace, name: $0["name"]?.string ?? "") }
            observation.pods = .success(
                try pods(selected, selectedBy: scale.selector, claimants: names + (selected.isEmpty ? [] : [autoscaler.name])))
        } catch {
            observation.pods = .failure(error)
        }
        observation.podMetrics = input["metrics"].podMetrics(.orNothing(scale.selector))
        for query in autoscaler.spec.metricQueries {
            observation.metricValues[query] = input["metrics"].values(of: query, in: autoscaler.name.namespace)
        }
        return observation
    }

    /// What a stock API server answers to the question for the target's scale.
    private static func scale(_ input: JSONValue, _ target: CrossVersionObjectReference) -> Result<TargetScale, ScaleFailure> {
        guard target.apiVersion.filter({ $0 == "/" }).count < 2 else {
            return .failure(.invalidAPIVersion("unexpected GroupVersion string: \(target.apiVersion)"))
        }
        let group = GroupVersion(apiVersion: target.apiVersion).group
        let served = [
            "Deployment": ["apps", "extensions"], "ReplicaSet": ["apps", "extensions"], "StatefulSet": ["apps"], "ReplicationController": [""],
        ]
        guard served[target.kind]?.contains(group) == true else {
            return .failure(.unknownKind("no matches for kind \"\(target.kind)\" in group \"\(group)\""))
        }
        if let error = input["scaleGetError"]?.string { return .failure(.unavailable(error)) }
        return .success(TargetScale((input["scale"] ?? [:]).kubeObject))
    }

    /// Tells the decision what became of its rescaling; a conflict is tried again, five times in all.
    private static func carryOut(_ decision: inout Decision, _ errors: [JSONValue], _ target: CrossVersionObjectReference) -> [JSONValue] {
        guard let rescale = decision.rescale else { return [] }
        var attempts: [JSONValue] = []
        let resource = GroupResource(group: GroupVersion(apiVersion: target.apiVersion).group, resource: target.kind.lowercased() + "s")
        while attempts.count < 5 {
            let error: JSONValue? = attempts.count < errors.count ? errors[attempts.count] : nil
            attempts.append(JSONValue(rescale.to))
            guard let error, !error.isNull else { return attempts }
            let message = error["message"]?.string ?? ""
            let isConflict = error["conflict"]?.bool == true
            if !isConflict || attempts.count == 5 {
                decision = decision.refused(because: isConflict ? APIError.conflict(resource, target.name, message).message : message)
                return attempts
            }
        }
        return attempts
    }

    /// - Parameter isUnordered: Upstream lists an ambiguity's autoscalers in random order, and then also writes a status where only that changed.
    private static func compare(
        _ decision: Decision, _ attempts: [JSONValue], _ expected: JSONValue, wasStatus: AutoscalerStatus, isUnordered: Bool
    ) -> String? {
        let got: JSONValue = [
            "error": decision.failure.map { .string($0) } ?? .null, "scaleUpdates": .array(attempts),
            "statusUpdated": .bool(decision.status != wasStatus), "status": decision.status.json,
            "events": .array(
                decision.events.map { ["type": .string($0.type.rawValue), "reason": .string($0.reason), "message": .string($0.message)] }),
            "stateAfter": decision.history.json,
        ]
        for key in ["error", "scaleUpdates", "statusUpdated", "events", "stateAfter", "status"] {
            var wanted = expected[key] ?? .null
            if key == "status" { wanted = AutoscalerStatus(wanted).json }
            if key == "statusUpdated", isUnordered {
                wanted = .bool(sorted(AutoscalerStatus(expected["status"] ?? .null).json) != sorted(wasStatus.json))
            }
            if got[key] != wanted && sorted(got[key]) != sorted(wanted) {
                return JSONDifference(got[key], from: wanted, at: key).map { "\($0)" }
            }
        }
        return nil
    }

    /// With the list of autoscalers in an ambiguity's message, which upstream has in random order, put in order.
    private static func sorted(_ json: JSONValue?) -> JSONValue? {
        switch json {
        case .string(let text):
            guard text.contains("controlled by multiple HPAs: ["), let start = text.lastIndex(of: "["), let end = text.lastIndex(of: "]") else {
                return json
            }
            let names = text[text.index(after: start)..<end].split(separator: " ").sorted()
            return .string(text[...start] + names.joined(separator: " ") + text[end...])
        case .array(let list): return .array(list.compactMap { sorted($0) })
        case .object(let members): return .object(JSONObject(members.map { ($0.key, sorted($0.value) ?? .null) }))
        default: return json
        }
    }
}
