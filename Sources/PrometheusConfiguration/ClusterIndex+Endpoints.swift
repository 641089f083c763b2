// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The targets of one Endpoints or EndpointSlice object, while they are gathered.
private struct EndpointTargets {
    let index: ClusterIndex
    /// What all of them carry.
    let common: [String: String]
    let namespace: String
    private(set) var targets: [DiscoveredTarget] = []
    /// The pods that stand behind addresses, in the order met, with the ports already among the targets.
    private var pods: [(pod: KubeObject, ports: Set<Int64>)] = []
    private var places: [NamespacedName: Int] = [:]

    init(index: ClusterIndex, common: [String: String], namespace: String) {
        self.index = index
        self.common = common
        self.namespace = namespace
    }

    mutating func add(_ address: String, port: Int64?, labels own: [String: String], reference: JSONValue?, node: String?) {
        var labels = common.merging(own) { $1 }.merging(index.nodeLabels(node ?? "")) { $1 }
        if let pod = index.pod(reference, in: namespace) {
            labels.merge(pod.podLabels) { $1 }
            if let port {
                for declared in pod.containerPorts where declared.number == port { labels.merge(declared.labels) { $1 } }
            }
            note(port, of: pod)
        }
        targets.append(DiscoveredTarget(address: port.map { address.withPort($0) } ?? address, labels: labels))
    }

    private mutating func note(_ port: Int64?, of pod: KubeObject) {
        let place = places[pod.namespacedName] ?? pods.count
        if place == pods.count {
            places[pod.namespacedName] = place
            pods.append((pod, []))
        }
        if let port { pods[place].ports.insert(port) }
    }

    /// The ports of the pods that their Service doesn't have are targets too.
    mutating func addOtherPorts() {
        for (pod, ports) in pods {
            guard let address = pod.podIP else { continue }
            let labels = common.merging(pod.podLabels) { $1 }.merging(index.nodeLabels(pod.spec["nodeName"]?.string ?? "")) { $1 }
            for port in pod.containerPorts where !ports.contains(port.number) {
                targets.append(DiscoveredTarget(address: address.withPort(port.number), labels: labels.merging(port.labels) { $1 }))
            }
        }
    }
}

extension ClusterIndex {
    func targets(ofEndpoints endpoints: KubeObject) -> [DiscoveredTarget] {
        let common = endpoints.metaLabels(of: "endpoints").merging(serviceLabels(endpoints.name, in: endpoints.namespace)) { $1 }
            .merging(["__meta_kubernetes_namespace": endpoints.namespace, "__meta_kubernetes_endpoints_name": endpoints.name]) { $1 }
        var result = EndpointTargets(index: self, common: common, namespace: endpoints.namespace)
        for subset in endpoints["subsets"]?.array ?? [] {
            for port in subset["ports"]?.array ?? [] {
                guard let number = port["port"]?.int else { continue }
                for (list, isReady) in [("addresses", "true"), ("notReadyAddresses", "false")] {
                    for address in subset[list]?.array ?? [] {
                        guard let ip = address["ip"]?.string else { continue }
                        let prefix = "__meta_kubernetes_endpoint"
                        var labels = [
                            "\(prefix)_port_name": port["name"]?.string ?? "", "\(prefix)_port_protocol": port["protocol"]?.string ?? "TCP",
                            "\(prefix)_ready": isReady,
                        ]
                        labels["\(prefix)_address_target_kind"] = address["targetRef"]?["kind"]?.string
                        labels["\(prefix)_address_target_name"] = address["targetRef"]?["name"]?.string
                        labels["\(prefix)_node_name"] = address["nodeName"]?.string
                        labels["\(prefix)_hostname"] = address["hostname"]?.string
                        result.add(
                            ip, port: number, labels: labels, reference: address["targetRef"],
                            node: Self.node(of: address["targetRef"], or: address["nodeName"]))
                    }
                }
            }
        }
        result.addOtherPorts()
        return result.targets
    }

    func targets(ofSlice slice: KubeObject) -> [DiscoveredTarget] {
        let prefix = "__meta_kubernetes_endpointslice"
        var common = slice.metaLabels(of: "endpointslice")
        if let service = slice.labels["kubernetes.io/service-name"] { common.merge(serviceLabels(service, in: slice.namespace)) { $1 } }
        common["__meta_kubernetes_namespace"] = slice.namespace
        common["\(prefix)_name"] = slice.name
        common["\(prefix)_address_type"] = slice["addressType"]?.string ?? ""
        var result = EndpointTargets(index: self, common: common, namespace: slice.namespace)
        for endpoint in slice["endpoints"]?.array ?? [] {
            let labels = Self.labels(ofEndpoint: endpoint, prefix)
            for port in slice["ports"]?.array ?? [] {
                var labels = labels
                labels["\(prefix)_port_name"] = port["name"]?.string
                labels["\(prefix)_port_protocol"] = port["protocol"]?.string
                labels["\(prefix)_port"] = port["port"]?.int.map { String($0) }
                labels["\(prefix)_port_app_protocol"] = port["appProtocol"]?.string
                for address in (endpoint["addresses"]?.array ?? []).compactMap(\.string) {
                    result.add(
                        address, port: port["port"]?.int, labels: labels, reference: endpoint["targetRef"],
                        node: Self.node(of: endpoint["targetRef"], or: endpoint["nodeName"]))
                }
            }
        }
        result.addOtherPorts()
        return result.targets
    }

    private static func labels(ofEndpoint endpoint: JSONValue, _ prefix: String) -> [String: String] {
        var labels: [String: String] = [:]
        for condition in ["ready", "serving", "terminating"] {
            labels["\(prefix)_endpoint_conditions_\(condition)"] = endpoint["conditions"]?[condition]?.bool.map { $0 ? "true" : "false" }
        }
        labels["\(prefix)_endpoint_hostname"] = endpoint["hostname"]?.string
        labels["\(prefix)_address_target_kind"] = endpoint["targetRef"]?["kind"]?.string
        labels["\(prefix)_address_target_name"] = endpoint["targetRef"]?["name"]?.string
        for (key, value) in (endpoint["deprecatedTopology"]?.stringMap ?? [:]).sorted(by: { $0.key < $1.key }) {
            labels["\(prefix)_endpoint_topology_\(LabelName.sanitized(key))"] = value
            labels["\(prefix)_endpoint_topology_present_\(LabelName.sanitized(key))"] = "true"
        }
        return labels
    }

    /// The node that an address is, or stands on.
    private static func node(of reference: JSONValue?, or name: JSONValue?) -> String? {
        reference?["kind"]?.string == "Node" ? reference?["name"]?.string : name?.string
    }
}
