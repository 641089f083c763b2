// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import TestKit

/// A Deployment, its pods and the load on them.
struct SimulatedWorkload: Sendable {
    struct Pod: Sendable {
        var name: String
        /// In seconds of the simulation.
        var created: Int
        var readyAt: Int
        /// What was last measured, and when; nil before the first sample.
        var sample: (milli: Int, time: Int)?

        func isReady(at second: Int) -> Bool { second >= readyAt }
    }

    /// How its autoscaler measures it.
    enum Metric: Sendable, Hashable, CaseIterable {
        case utilization, averageValue, external, utilizationAndExternal

        var usesPods: Bool { self != .external }
        var usesQueue: Bool { self == .external || self == .utilizationAndExternal }
    }

    static let requestMilli = 200

    let name: String
    var replicas: Int
    var version = 1
    var pods: [Pod] = []
    var podsMade = 0
    /// What the load would use in all, in thousandths of a core.
    var demandMilli = 200

    // MARK: Its autoscaler

    let metric: Metric
    /// Percent of the request.
    let target: Int
    var minReplicas: Int
    var maxReplicas: Int
    /// At most so many pods more within so many seconds; nil for upstream's own limits.
    let growth: (pods: Int, seconds: Int)?
    /// How long recommendations hold a scale-down, in seconds.
    let downWindow: Int
    var autoscaler: KubeObject

    init(_ name: String, _ random: inout SeededRandom) {
        self.name = name
        metric = random.one(of: Metric.allCases)
        target = random.int(40...90)
        minReplicas = random.int(1...3)
        maxReplicas = minReplicas + random.int(2...15)
        growth = random.happens(0.5) ? (random.int(1...4), random.int(2...8) * 15) : nil
        downWindow = random.one(of: [0, 60, 300, 300])
        replicas = minReplicas
        autoscaler = KubeObject(GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler"), namespace: "shop", name: name)
        autoscaler.set(.string("uid-\(name)"), at: "metadata", "uid")
        autoscaler.resourceVersion = "1"
        autoscaler["status"] = ["desiredReplicas": 0]
        writeSpec()
    }

    /// What one pod may use, in thousandths of a core.
    var targetMilli: Int { Self.requestMilli * target / 100 }
    /// The queue's length that one pod may have.
    var targetQueue: Int { max(1, targetMilli / 10) }
    var queue: Int { demandMilli / 10 }

    mutating func writeSpec() {
        let cpuTarget: JSONValue =
            metric == .averageValue
            ? ["type": "AverageValue", "averageValue": .string("\(targetMilli)m")] : ["type": "Utilization", "averageUtilization": JSONValue(target)]
        let cpu: JSONValue = ["type": "Resource", "resource": ["name": "cpu", "target": cpuTarget]]
        let queue: JSONValue = [
            "type": "External",
            "external": [
                "metric": ["name": .string("queue-\(name)")], "target": ["type": "AverageValue", "averageValue": .string("\(targetQueue)")],
            ],
        ]
        var down: JSONObject = ["stabilizationWindowSeconds": JSONValue(downWindow), "selectPolicy": "Max"]
        down["policies"] = [["type": "Percent", "value": 100, "periodSeconds": 15]]
        let up: JSONValue =
            growth.map {
                [
                    "selectPolicy": "Max", "stabilizationWindowSeconds": 0,
                    "policies": [["type": "Pods", "value": JSONValue($0.pods), "periodSeconds": JSONValue($0.seconds)]],
                ]
            }
            ?? [
                "selectPolicy": "Max", "stabilizationWindowSeconds": 0,
                "policies": [["type": "Pods", "value": 4, "periodSeconds": 15], ["type": "Percent", "value": 100, "periodSeconds": 15]],
            ]
        autoscaler["spec"] = [
            "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": .string(name)], "minReplicas": JSONValue(minReplicas),
            "maxReplicas": JSONValue(maxReplicas), "behavior": ["scaleUp": up, "scaleDown": .object(down)],
            "metrics": .array((metric.usesPods ? [cpu] : []) + (metric.usesQueue ? [queue] : [])),
        ]
    }

    // MARK: What happens by itself

    /// Makes the pods that are missing, and takes away the newest that are too many.
    mutating func settle(at second: Int, _ random: inout SeededRandom) {
        while pods.count > replicas { pods.removeLast() }
        while pods.count < replicas {
            pods.append(Pod(name: "\(name)-\(podsMade)", created: second, readyAt: second + random.int(1...40), sample: nil))
            podsMade += 1
        }
    }

    /// Measures every pod: those that are ready share the load, those that start are busy with that.
    mutating func measure(at second: Int) {
        let ready = pods.count { $0.isReady(at: second) }
        for index in pods.indices where pods[index].created < second {
            let share = pods[index].isReady(at: second) ? min(1000, demandMilli / max(1, ready)) : 900
            pods[index].sample = (share, second)
        }
    }
}
