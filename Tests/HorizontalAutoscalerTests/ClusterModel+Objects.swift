// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

@testable import HorizontalAutoscaler

// What stands in the modelled cluster, all in the namespace `shop`.

extension ClusterModel {
    static let hpas = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
    static let metricsPath = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"
    static func scalePath(_ name: String, _ groupVersion: String = "apps/v1") -> String {
        "/apis/\(groupVersion)/namespaces/shop/deployments/\(name)/scale"
    }

    /// When all that stands there began.
    static let start = Timestamp(seconds: 1_800_000_000)

    /// A Deployment's scale, its running pods, each with a request of 100m, and what they use.
    func deploy(_ name: String, replicas: Int, usesMilli usage: Int, groupVersion: String = "apps/v1") {
        change { state in
            var scale = KubeObject(GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"), namespace: "shop", name: name)
            scale["spec"] = ["replicas": JSONValue(replicas)]
            scale["status"] = ["replicas": JSONValue(replicas), "selector": .string("app=\(name)")]
            state.put(Self.scalePath(name, groupVersion), scale)
            for index in 0..<replicas { state.put("/api/v1/namespaces/shop/pods/\(name)-\(index)", Self.pod(name, index)) }
        }
        use(usage, podsOf: [name: replicas])
    }

    func use(_ milli: Int, podsOf deployments: [String: Int]) {
        let items = deployments.flatMap { name, pods in (0..<pods).map { Self.podMetrics(name, $0, milli) } }
        change { $0.metrics[Self.metricsPath] = .json(200, ["kind": "PodMetricsList", "items": .array(items)]) }
    }

    func autoscale(
        _ name: String, target: String? = nil, apiVersion: String = "apps/v1", kind: String = "Deployment", metrics: JSONValue? = nil,
        uid: String = "1"
    ) {
        var object = KubeObject(
            GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler"), namespace: "shop", name: name)
        object.set(.string("\(name)-\(uid)"), at: "metadata", "uid")
        object["spec"] = [
            "scaleTargetRef": ["apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(target ?? name)], "minReplicas": 1,
            "maxReplicas": 10, "metrics": metrics ?? [Self.cpu],
        ]
        object["status"] = ["desiredReplicas": 0]
        change { $0.put("\(Self.hpas)/\(name)", object) }
    }

    func condition(_ type: String, of name: String) -> [String] {
        let status = AutoscalerStatus(object("\(Self.hpas)/\(name)")?.status ?? [:])
        return status.condition(type).map { [$0.status, $0.reason, $0.message] } ?? []
    }

    func replicas(_ name: String) -> Int64? { object(Self.scalePath(name))?.value(at: "spec", "replicas")?.int }

    static let cpu: JSONValue = [
        "type": "Resource", "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80]],
    ]
    static let memory: JSONValue = [
        "type": "Resource", "resource": ["name": "memory", "target": ["type": "Utilization", "averageUtilization": 80]],
    ]

    private static func pod(_ name: String, _ index: Int) -> KubeObject {
        var pod = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "shop", name: "\(name)-\(index)")
        pod.labels = ["app": name]
        pod["spec"] = ["containers": [["name": "main", "resources": ["requests": ["cpu": "100m"]]]]]
        let since = JSONValue.string((start - .seconds(3600)).description)
        pod["status"] = [
            "phase": "Running", "startTime": since, "conditions": [["type": "Ready", "status": "True", "lastTransitionTime": since]],
        ]
        return pod
    }

    private static func podMetrics(_ name: String, _ index: Int, _ milli: Int) -> JSONValue {
        [
            "metadata": ["name": .string("\(name)-\(index)"), "namespace": "shop", "labels": ["app": .string(name)]],
            "timestamp": .string(start.description), "window": "15s", "containers": [["name": "main", "usage": ["cpu": .string("\(milli)m")]]],
        ]
    }
}
