// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The kubelet's `/stats/summary`, with CPU and memory.
///
/// - Source: names and shapes of k8s.io/kubelet pkg/apis/stats/v1alpha1/types.go
struct StatsSummary {
    let node: String
    let metrics: ResourceMetrics

    var json: JSONValue {
        [
            "node": [
                "nodeName": .string(node), "startTime": .string(metrics.nodeStart.description), "cpu": cpu(metrics.nodeCPUNanoseconds),
                "memory": memory(metrics.nodeMemoryBytes),
            ],
            "pods": .array(metrics.pods.filter { !$0.containers.isEmpty }.map(pod)),
        ]
    }

    private func pod(_ pod: ResourceMetrics.Pod) -> JSONValue {
        let start = pod.startTime ?? metrics.time
        return [
            "podRef": ["name": .string(pod.name), "namespace": .string(pod.namespace), "uid": .string(pod.uid)],
            "startTime": .string(start.description),
            "containers": .array(
                pod.containers.map {
                    [
                        "name": .string($0.name), "startTime": .string($0.startTime.description), "cpu": cpu($0.usage.cpuNanoseconds),
                        "memory": memory($0.usage.memoryBytes),
                    ]
                }),
            "cpu": cpu(pod.cpuNanoseconds),
            "memory": memory(pod.memoryBytes),
        ]
    }

    private var time: JSONValue { .string(metrics.time.microText) }
    private func cpu(_ nanoseconds: UInt64) -> JSONValue { ["time": time, "usageCoreNanoSeconds": .integer(Int64(clamping: nanoseconds))] }
    private func memory(_ bytes: UInt64) -> JSONValue { ["time": time, "workingSetBytes": .integer(Int64(clamping: bytes))] }
}
