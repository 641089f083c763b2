// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit
import KubeModel

/// The farm's process: kubelets, and the API server that knows their nodes and pods.
enum FarmServer {
    static func serve(directory: String, _ settings: FarmSettings) async throws {
        let objects = (0..<settings.nodes).lazy.flatMap { node in
            [self.node(node, settings)] + (0..<settings.pods).map { pod(node, $0, settings) }
        }
        try await BenchCluster.serve(directory: directory, name: "farm", objects: objects) { ca, now in
            try await KubeletFarm(settings: settings, ca: ca, now: now).start()
        }
    }

    private static func node(_ number: Int, _ settings: FarmSettings) -> KubeObject {
        let name = settings.name(number)
        var node = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Node"), name: name)
        node.labels = [
            "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", "kubernetes.io/hostname": name,
            "node.kubernetes.io/instance-type": "m5.2xlarge",
            "topology.kubernetes.io/zone": "eu-west-1\(["a", "b", "c"][number % 3])",
        ]
        node.set(.string("00000000-0000-4000-9000-\(String(100_000_000_000 + number))"), at: "metadata", "uid")
        node["status"] = [
            "addresses": [["type": "InternalIP", "address": .string(settings.address(number))], ["type": "Hostname", "address": .string(name)]],
            "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int64(settings.port))]],
            "capacity": ["cpu": "8", "memory": "32Gi", "pods": "110"],
            "conditions": [["type": "Ready", "status": "True"]],
        ]
        return node
    }

    private static func pod(_ node: Int, _ number: Int, _ settings: FarmSettings) -> KubeObject {
        let namespace = settings.namespace(node, number)
        var pod = KubeObject(
            GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: namespace, name: settings.podName(node, number))
        let app = settings.app(node, number)
        pod.labels = [
            "app": app, "app.kubernetes.io/name": app, "app.kubernetes.io/part-of": "shop", "pod-template-hash": "7d4b9c6f5d", "tier": "backend",
            "topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": "eu-west-1a",
        ]
        pod.set(.string("00000000-0000-4000-8000-\(String(100_000_000_000 + node * settings.pods + number))"), at: "metadata", "uid")
        pod["spec"] = [
            "nodeName": .string(settings.name(node)),
            "containers": .array(
                (0..<settings.containers).map {
                    ["name": .string("c\($0)"), "image": "registry.k8s.io/pause:3.9", "resources": ["requests": ["cpu": "100m", "memory": "64Mi"]]]
                }),
        ]
        pod["status"] = ["phase": "Running", "podIP": "10.0.0.1", "hostIP": .string(settings.address(node))]
        return pod
    }
}
