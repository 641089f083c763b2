// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The Service by which monitors find kubelets, which are no pods: `kube-system/kubelet`, with an address for each node. Pure.
///
/// - Source: names, labels and ports of prometheus-operator pkg/kubelet/controller.go
enum KubeletService {
    static let namespace = "kube-system"
    static let name = "kubelet"
    private static let labels = ["k8s-app": "kubelet", "app.kubernetes.io/name": "kubelet", "app.kubernetes.io/managed-by": "prometheus-operator"]

    static var service: KubeObject {
        var service = object("Service")
        service["spec"] = ["clusterIP": "None", "ports": [["name": "https-metrics", "port": 10250, "targetPort": 10250]]]
        return service
    }

    static func endpoints(_ nodes: [KubeObject]) -> KubeObject {
        var endpoints = object("Endpoints")
        let addresses = nodes.sorted { $0.name < $1.name }.compactMap { node -> JSONValue? in
            let internalIP = (node.status["addresses"]?.array ?? []).first { $0["type"]?.string == "InternalIP" }?["address"]?.string
            guard let internalIP else { return nil }
            return [
                "ip": .string(internalIP), "nodeName": .string(node.name),
                "targetRef": ["kind": "Node", "name": .string(node.name), "uid": .string(node.uid), "apiVersion": "v1"],
            ]
        }
        endpoints["subsets"] =
            addresses.isEmpty ? [] : [["addresses": .array(addresses), "ports": [["name": "https-metrics", "port": 10250, "protocol": "TCP"]]]]
        return endpoints
    }

    private static func object(_ kind: String) -> KubeObject {
        var object = KubeObject(GroupVersionKind(group: "", version: "v1", kind: kind), namespace: namespace, name: name)
        object.labels = labels
        return object
    }
}
