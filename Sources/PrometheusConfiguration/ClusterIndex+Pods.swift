// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A port that a container declares.
struct ContainerPort {
    let container: String
    let image: String
    let number: Int64
    let labels: [String: String]

    fileprivate init?(_ port: JSONValue, of container: JSONValue) {
        guard let number = port["containerPort"]?.int else { return nil }
        self.container = container["name"]?.string ?? ""
        image = container["image"]?.string ?? ""
        self.number = number
        let prefix = "__meta_kubernetes_pod_container"
        labels = [
            "\(prefix)_name": self.container, "\(prefix)_image": image, "\(prefix)_port_name": port["name"]?.string ?? "",
            "\(prefix)_port_number": String(number), "\(prefix)_port_protocol": port["protocol"]?.string ?? "TCP",
        ]
    }
}

extension KubeObject {
    var podIP: String? { status["podIP"]?.string.flatMap { $0.isEmpty ? nil : $0 } }

    /// Of a pod's containers, but not of those that only prepare it.
    var containerPorts: [ContainerPort] {
        (spec["containers"]?.array ?? []).flatMap { container in
            (container["ports"]?.array ?? []).compactMap { ContainerPort($0, of: container) }
        }
    }

    /// What is known of a pod, whatever its port.
    var podLabels: [String: String] {
        var labels = metaLabels(of: "pod")
        let readiness = (status["conditions"]?.array ?? []).first { $0["type"]?.string == "Ready" }?["status"]?.string ?? "unknown"
        let known = [
            "name": name, "ip": podIP ?? "", "ready": readiness.lowercased(), "phase": status["phase"]?.string ?? "",
            "node_name": spec["nodeName"]?.string ?? "", "host_ip": status["hostIP"]?.string ?? "", "uid": uid,
        ]
        for (key, value) in known { labels["__meta_kubernetes_pod_\(key)"] = value }
        if let controller {
            labels["__meta_kubernetes_pod_controller_kind"] = controller.kind
            labels["__meta_kubernetes_pod_controller_name"] = controller.name
        }
        return labels
    }
}

extension ClusterIndex {
    /// Each port that a container declares; the bare address for a container that declares none.
    func targets(ofPod pod: KubeObject) -> [DiscoveredTarget] {
        guard let address = pod.podIP else { return [] }
        let common = pod.podLabels.merging(nodeLabels(pod.spec["nodeName"]?.string ?? "")) { $1 }
            .merging(["__meta_kubernetes_namespace": pod.namespace]) { $1 }
        var targets: [DiscoveredTarget] = []
        for (list, isInit) in [("containers", "false"), ("initContainers", "true")] {
            for container in pod.spec[list]?.array ?? [] {
                var labels = common
                let name = container["name"]?.string ?? ""
                labels["__meta_kubernetes_pod_container_name"] = name
                labels["__meta_kubernetes_pod_container_image"] = container["image"]?.string ?? ""
                labels["__meta_kubernetes_pod_container_id"] = pod.containerID(name)
                labels["__meta_kubernetes_pod_container_init"] = isInit
                let ports = (container["ports"]?.array ?? []).compactMap { ContainerPort($0, of: container) }
                if ports.isEmpty { targets.append(DiscoveredTarget(address: address, labels: labels)) }
                for port in ports {
                    targets.append(DiscoveredTarget(address: address.withPort(port.number), labels: labels.merging(port.labels) { $1 }))
                }
            }
        }
        return targets
    }
}

extension KubeObject {
    fileprivate func containerID(_ name: String) -> String {
        for list in ["containerStatuses", "initContainerStatuses"] {
            for status in status[list]?.array ?? [] where status["name"]?.string == name { return status["containerID"]?.string ?? "" }
        }
        return ""
    }
}
