// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import TestKit
import Testing

@testable import ScalingRules

@Suite("Vectors: hpa_replicas")
struct ReplicaVectors {
    @Test("one resource metric asks for the replicas that upstream's calculator does")
    func replicas() throws {
        let functions = ["resourceUtilization", "resourceRaw", "groupPods", "calculateRequests"]
        let cases = try Vectors.load("hpa_replicas", from: .module).filtered { functions.contains($0.value(at: "input", "function")?.string ?? "") }
        let failures = cases.run("run: \(functions.joined(separator: ", "))") { Self.check($0) }
        #expect(failures.isEmpty, "\(failures)")
    }

    static func check(_ vector: JSONValue) -> String? {
        let input = vector["input"] ?? [:]
        let expected = vector["expected"] ?? [:]
        switch input["function"]?.string {
        case "groupPods": return compare(groups(input), expected)
        case "calculateRequests": return compare(requests(input), expected)
        default: return compare(replicas(input), expected)
        }
    }

    static func replicas(_ input: JSONValue) -> JSONValue {
        let selector = LabelSelector.orNothing(input["podSelector"]?.string ?? "")
        let namespace = input["namespace"]?.string
        let pods = (input["pods"]?.array ?? []).map(\.kubeObject).filter { $0.namespace == namespace && selector.matches($0.labels) }
        let metric = ResourceInput(
            resource: input["resource"]?.string ?? "", container: input.container, currentReplicas: input["currentReplicas"]?.int32 ?? 0,
            pods: pods.map(PodState.init), podMetrics: input["metrics"].podMetrics(selector),
            tolerance: Tolerance(up: input["toleranceUp"]?.double ?? 0, down: input["toleranceDown"]?.double ?? 0),
            settings: input.settings, now: input["now"]?.timestamp ?? .zero)
        do throws(MetricError) {
            let target = input["target"]?.int ?? 0
            let proposal =
                input["function"]?.string == "resourceRaw"
                ? try metric.replicas(forAverageMilli: target) : try metric.replicas(forUtilization: Int32(clamping: target))
            var result: JSONObject = [
                "replicas": JSONValue(proposal.replicas), "usage": JSONValue(proposal.averageMilli),
                "timestamp": proposal.timestamp == .zero ? .null : .string(proposal.timestamp.vectorText),
            ]
            if let utilization = proposal.utilization { result["utilizationPercent"] = JSONValue(utilization) }
            return .object(result)
        } catch {
            return ["error": .string(error.message)]
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
