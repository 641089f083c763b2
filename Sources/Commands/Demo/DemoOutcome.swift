// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeCoding
import KubeModel

/// What a demo saw, and whether that proves the pipeline. Times count from the first request of the load.
struct DemoOutcome: DemoResult, Hashable {
    /// Where the CPU and memory came from.
    var source = UsageSource.kubelets
    /// Why there are no metrics, in the autoscaler's words.
    var metricFailure: String?
    /// Pods whose metrics came through the API server's aggregation layer, at the first full reading.
    var podsWithMetrics = 0
    /// The highest replica count that the guide's own Deployment reached.
    var guideReplicas: Int64 = 0
    /// How long the 100m workload stood at 2 replicas, idle, with a known use below its target.
    var idleSeconds: Double = 0
    /// The highest CPU use of the idle 100m workload, in percent of its request.
    var idleUtilization: Int64?
    var comparedReplicas: Int64 = 0
    /// CPU use in percent of the request that the first scale-up under load was decided on.
    var loadedUtilization: Int64?
    var secondsToDecision: Double?
    var secondsToReady: Double?
    /// Containers of the 100m workload restarted under load: probes that were not answered.
    var restartsUnderLoad: Int64 = 0
    /// Set with `--until-idle` only.
    var wentBackDown: Bool?

    static let requiredIdleSeconds: Double = 20

    /// What did not hold, in words; empty where all of it did.
    var failures: [String] {
        var failures: [String] = []
        if podsWithMetrics == 0 { failures.append("no pod metrics came through the aggregation layer\(metricFailure.map { ": \($0)" } ?? "")") }
        if guideReplicas <= 2 { failures.append("the guide's Deployment did not go beyond 2 replicas") }
        if idleSeconds < Self.requiredIdleSeconds || idleUtilization == nil {
            failures.append("the idle 100m workload did not stay at 2 replicas with a known target below 80 % for 20 s")
        }
        if comparedReplicas <= 2 || secondsToDecision == nil {
            failures.append("the 100m workload did not grow\(metricFailure.map { ": \($0)" } ?? "")")
        } else if (loadedUtilization ?? 0) <= 80 {
            failures.append("the 100m workload grew, but not because of measured CPU")
        } else if secondsToReady == nil {
            failures.append("no new pod of the 100m workload became Ready")
        }
        if restartsUnderLoad > 0 { failures.append("\(restartsUnderLoad) containers of the 100m workload were restarted under load") }
        if wentBackDown == false { failures.append("the 100m workload did not go back to 2 replicas") }
        return failures
    }

    var proof: String {
        "metrics came through the aggregation layer\(source == .prometheus ? " from Prometheus" : ""); "
            + "the guide's Deployment went to \(guideReplicas) (any use of 1m is 100 %); "
            + "the 100m one stayed at 2 while idle (\(idleUtilization ?? 0)%/80%) and grew to \(comparedReplicas) under load "
            + "(\(loadedUtilization ?? 0)%/80%)"
    }

    var figures: [(text: String, values: [String: Double])] {
        func seconds(_ value: Double?) -> String { value.map { String(format: "%.1f s", $0) } ?? "–" }
        return [
            (
                "from load to the first decision \(seconds(secondsToDecision)), to the first new Ready pod \(seconds(secondsToReady))",
                ["secondsToDecision": secondsToDecision ?? -1, "secondsToReady": secondsToReady ?? -1]
            )
        ]
    }

    var commands: [String] { ["get hpa", "describe hpa \(GuideManifests.comparedName)", "top pods --containers"] }

    var json: JSONValue {
        var json: JSONObject = [
            "passed": .bool(failures.isEmpty), "source": .string(source.rawValue), "failures": JSONValue(failures),
            "podsWithMetrics": JSONValue(podsWithMetrics),
            "guideReplicas": JSONValue(guideReplicas), "idleSeconds": .number(idleSeconds), "replicasUnderLoad": JSONValue(comparedReplicas),
            "restartsUnderLoad": JSONValue(restartsUnderLoad),
        ]
        json["idleUtilizationPercent"] = idleUtilization.map { JSONValue($0) }
        json["loadedUtilizationPercent"] = loadedUtilization.map { JSONValue($0) }
        json["secondsFromLoadToDecision"] = secondsToDecision.map { .number($0) }
        json["secondsFromLoadToReady"] = secondsToReady.map { .number($0) }
        json["wentBackDown"] = wentBackDown.map { .bool($0) }
        return .object(json)
    }
}
