// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A snapshot's objects by their names.
struct ClusterIndex {
    private let nodes: [String: [String: String]]
    private let pods: [NamespacedName: KubeObject]
    private let services: [NamespacedName: KubeObject]

    init(_ snapshot: ClusterSnapshot) {
        nodes = Dictionary(snapshot.nodes.map { ($0.name, $0.attachedLabels) }) { $1 }
        pods = Dictionary(snapshot.pods.map { ($0.namespacedName, $0) }) { $1 }
        services = Dictionary(snapshot.services.map { ($0.namespacedName, $0) }) { $1 }
    }

    /// What a target is told of its node.
    func nodeLabels(_ name: String) -> [String: String] { nodes[name] ?? [:] }

    func pod(_ reference: JSONValue?, in namespace: String) -> KubeObject? {
        guard reference?["kind"]?.string == "Pod", let name = reference?["name"]?.string else { return nil }
        return pods[NamespacedName(namespace: reference?["namespace"]?.string ?? namespace, name: name)]
    }

    func serviceLabels(_ name: String, in namespace: String) -> [String: String] {
        guard let service = services[NamespacedName(namespace: namespace, name: name)] else { return [:] }
        return service.metaLabels(of: "service").merging(["__meta_kubernetes_service_name": name]) { $1 }
    }
}

extension KubeObject {
    fileprivate var attachedLabels: [String: String] {
        metaLabels(of: "node", annotations: false).merging(["__meta_kubernetes_node_name": name]) { $1 }
    }

    /// A node as a target: its kubelet.
    var nodeTargets: [DiscoveredTarget] {
        let addresses = (status["addresses"]?.array ?? []).compactMap { address -> (type: String, address: String)? in
            guard let type = address["type"]?.string, let text = address["address"]?.string, !text.isEmpty else { return nil }
            return (type, text)
        }
        let preferred = ["InternalIP", "ExternalIP", "Hostname"].lazy.compactMap { type in addresses.first { $0.type == type } }.first
        guard let preferred else { return [] }
        let port = status.value(at: "daemonEndpoints", "kubeletEndpoint", "Port")?.int ?? 0
        var labels = metaLabels(of: "node")
        labels["__meta_kubernetes_node_name"] = name
        labels["__meta_kubernetes_node_provider_id"] = spec["providerID"]?.string ?? ""
        labels["instance"] = name
        for address in addresses where labels["__meta_kubernetes_node_address_\(LabelName.sanitized(address.type))"] == nil {
            labels["__meta_kubernetes_node_address_\(LabelName.sanitized(address.type))"] = address.address
        }
        return [DiscoveredTarget(address: preferred.address.withPort(port), labels: labels)]
    }
}

extension String {
    /// An address with a port; those of IPv6 in brackets.
    func withPort(_ port: Int64) -> String { contains(":") ? "[\(self)]:\(port)" : "\(self):\(port)" }
}
