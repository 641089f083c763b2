// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import TestKit
import Testing

@testable import ScalingRules

@Suite("Vectors: hpa_replicas")
struct ReplicaVectors {
    @Test("one metric asks for the replicas that upstream's calculator does")
    func replicas() throws {
        let failures = try Vectors.load("hpa_replicas", from: .module).run { Self.check($0) }
        #expect(failures.isEmpty, "\(failures)")
    }

    static func check(_ vector: JSONValue) -> String? {
        let input = vector["input"] ?? [:]
        let expected = vector["expected"] ?? [:]
        switch input["function"]?.string {
        case "groupPods": return compare(groups(input), expected)
        case "calculateRequests": return compare(requests(input), expected)
        default: return compare(replicas(input), expected.asEvaluated(input["function"]?.string ?? "", input["resource"]?.string ?? ""))
        }
    }

    static func replicas(_ input: JSONValue) -> JSONValue {
        let selector = LabelSelector.orNothing(input["podSelector"]?.string ?? "")
        let namespace = input["namespace"]?.string ?? ""
        let pods = (input["pods"]?.array ?? []).map(\.kubeObject).filter { $0.namespace == namespace && selector.matches($0.labels) }
        let (metric, query) = input.metric
        var observation = Observation(
            autoscaler: NamespacedName(namespace: namespace, name: "a"), status: AutoscalerStatus(.null), scale: .failure(.unavailable("")))
        observation.podMetrics = input["metrics"].podMetrics(selector)
        if let query { observation.metricValues = [query: input["metrics"].values(of: query, in: namespace)] }
        // The two functions of an average take the replicas that there are, the others those that are asked for.
        let replicas = input["currentReplicas"]?.int32 ?? 0
        var settings = input.settings
        settings.tolerance = Tolerance(up: input["toleranceUp"]?.double ?? 0, down: input["toleranceDown"]?.double ?? 0)
        let evaluation = MetricEvaluation(
            spec: AutoscalerSpec(target: CrossVersionObjectReference(nil), maxReplicas: .max, metrics: [metric]),
            scale: TargetScale(specReplicas: replicas, statusReplicas: replicas, selector: ""), pods: pods.map { PodState(PodState.fields(of: $0)) },
            observation: observation, settings: settings, now: input["now"]?.timestamp ?? .zero)
        switch evaluation.evaluate(metric).result {
        case .failure(let rejection): return ["error": .string(rejection.message)]
        case .success(let reading):
            var result: JSONObject = ["replicas": JSONValue(reading.replicas), "usage": JSONValue(reading.currentMilli)]
            if let utilization = reading.utilization { result["utilizationPercent"] = JSONValue(utilization) }
            return .object(result)
        }
    }

    static func groups(_ input: JSONValue) -> JSONValue {
        var metrics: [String: PodMetric] = [:]
        for member in input["metricsByPod"]?.object ?? [:] {
            metrics[member.key] = PodMetric(
                value: member.value["value"]?.int ?? 0, timestamp: member.value["timestamp"]?.timestamp ?? .zero,
                window: .milliseconds(member.value["windowMilliseconds"]?.int ?? 0))
        }
        let pods = (input["pods"]?.array ?? []).map { PodState($0.kubeObject) }
        let groups = groupPods(
            pods, metrics, resource: input["resource"]?.string ?? "", input.settings, at: input["now"]?.timestamp ?? .zero)
        return [
            "readyPodCount": JSONValue(groups.readyCount), "unreadyPods": JSONValue(groups.unready.sorted()),
            "missingPods": JSONValue(groups.missing.sorted()), "ignoredPods": JSONValue(groups.ignored.sorted()),
        ]
    }

    static func requests(_ input: JSONValue) -> JSONValue {
        let pods = (input["pods"]?.array ?? []).map { PodState($0.kubeObject) }
        do throws(MetricError) {
            let requests = try requestsByPod(
                pods, resource: input["resource"]?.string ?? "", container: input.container, input.settings.features)
            return ["requestsMilli": .object(JSONObject(requests.map { ($0.key, JSONValue($0.value)) }))]
        } catch {
            return ["error": .string(error.message)]
        }
    }
}

extension JSONValue {
    /// The metric that a function of the vectors computes, and what has to be known for it.
    fileprivate var metric: (MetricSpec, MetricQuery?) {
        let target = self["target"]?.int ?? 0
        let identifier = MetricIdentifier(name: self["metricName"]?.string ?? "", selector: self["metricSelector"])
        let object = CrossVersionObjectReference(self["describedObject"])
        let resource = self["resource"]?.string ?? ""
        switch self["function"]?.string {
        case "resourceUtilization":
            return (
                .resource(.init(resource: resource, container: container, target: MetricTarget(averageUtilization: Int32(clamping: target)))), nil
            )
        case "resourceRaw": return (.resource(.init(resource: resource, container: container, target: MetricTarget(averageValueMilli: target))), nil)
        case "podsMetric": return (.pods(.init(metric: identifier, target: MetricTarget(averageValueMilli: target))), .pods(identifier))
        case "objectValue":
            return (
                .object(.init(describedObject: object, metric: identifier, target: MetricTarget(valueMilli: target))), .object(object, identifier)
            )
        case "objectAverageValue":
            return (
                .object(.init(describedObject: object, metric: identifier, target: MetricTarget(averageValueMilli: target))),
                .object(object, identifier)
            )
        case "externalValue": return (.external(.init(metric: identifier, target: MetricTarget(valueMilli: target))), .external(identifier))
        default: return (.external(.init(metric: identifier, target: MetricTarget(averageValueMilli: target))), .external(identifier))
        }
    }

    /// The calculator's answer as the evaluation around it tells it: without the timestamp, and a resource's failure with its words before it.
    fileprivate func asEvaluated(_ function: String, _ resource: String) -> JSONValue {
        var json = object ?? [:]
        json["timestamp"] = nil
        if let error = json["error"]?.string {
            switch function {
            case "resourceUtilization": json["error"] = .string("failed to get \(resource) utilization: \(error)")
            case "resourceRaw": json["error"] = .string("failed to get \(resource) usage: \(error)")
            default: break
            }
        }
        return .object(json)
    }
}
