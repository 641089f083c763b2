// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Autoscalers on CPU at 80 %, each with a Deployment of ten ready pods that use 80 % of their request; spread over up to a hundred namespaces.
struct BenchObjects: Sendable {
    let autoscalers: Int
    static let podsEach = 10
    static let requestMilli = 100
    private static let start = "2026-01-01T00:00:00Z"

    var namespaces: Int { min(100, max(1, autoscalers / 100)) }
    func namespace(of index: Int) -> String { "ns-\(index % namespaces)" }

    func autoscaler(_ index: Int) -> KubeObject {
        var object = KubeObject(
            GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler"), namespace: namespace(of: index),
            name: "app-\(index)")
        object["spec"] = [
            "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": .string("app-\(index)")], "minReplicas": 2, "maxReplicas": 50,
            "metrics": [["type": "Resource", "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80]]]],
        ]
        return object
    }

    func deployment(_ index: Int) -> KubeObject {
        var object = KubeObject(
            GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"), namespace: namespace(of: index), name: "app-\(index)")
        object["spec"] = [
            "replicas": JSONValue(Self.podsEach), "selector": ["matchLabels": ["app": .string("app-\(index)")]],
            "template": [
                "metadata": ["labels": ["app": .string("app-\(index)")]],
                "spec": ["containers": [["name": "main", "image": "app:1", "resources": ["requests": ["cpu": .string("\(Self.requestMilli)m")]]]]],
            ],
        ]
        object["status"] = ["replicas": JSONValue(Self.podsEach)]
        return object
    }

    func pod(_ index: Int, _ number: Int) -> KubeObject {
        var object = KubeObject(
            GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: namespace(of: index), name: "app-\(index)-\(number)")
        object.labels = ["app": "app-\(index)"]
        object.set(.string("pod-\(index)-\(number)"), at: "metadata", "uid")
        object["spec"] = [
            "nodeName": "node-0",
            "containers": [["name": "main", "image": "app:1", "resources": ["requests": ["cpu": .string("\(Self.requestMilli)m")]]]],
        ]
        object["status"] = [
            "phase": "Running", "startTime": .string(Self.start), "podIP": "127.77.1.1",
            "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": .string(Self.start)]],
        ]
        return object
    }

    /// The pod metrics of a namespace, as the metrics API answers.
    ///
    /// - Parameter noise: By how much each pod's use differs from 80 % of its request at most, as a fraction of that.
    func podMetrics(_ namespace: Int, noise: Double, _ random: inout some RandomNumberGenerator) -> [UInt8] {
        var items: [JSONValue] = []
        for index in stride(from: namespace, to: autoscalers, by: namespaces) {
            for number in 0..<Self.podsEach {
                let factor = noise == 0 ? 1 : 1 + Double.random(in: -noise...noise, using: &random)
                let nanocores = Int(Double(Self.requestMilli * 800_000) * factor)
                items.append([
                    "metadata": [
                        "name": .string("app-\(index)-\(number)"), "namespace": .string("ns-\(namespace)"),
                        "labels": ["app": .string("app-\(index)")],
                    ],
                    "timestamp": .string("2026-01-02T00:00:00Z"), "window": "15s",
                    "containers": [["name": "main", "usage": ["cpu": .string("\(nanocores)n"), "memory": "65536Ki"]]],
                ])
            }
        }
        return JSONValue.object(["kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": [:], "items": .array(items)]).encoded
    }
}
