// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The Service that leads from this machine's own address to the server that is served there. Pure.
enum FrontService {
    static let namespace = "kube-system"
    static let name = "prometheus"

    /// - Parameter port: Of 127.0.0.1.
    static func service(port: Int) -> KubeObject {
        var service = object("v1", "Service", name)
        service["spec"] = [
            "ports": [["name": "web", "port": JSONValue(port), "targetPort": JSONValue(PrometheusPods.port), "protocol": "TCP"]],
            "externalIPs": ["127.0.0.1"],
        ]
        return service
    }

    /// - Parameter pod: nil where none is ready.
    static func slice(_ pod: KubeObject?) -> KubeObject {
        var slice = object("discovery.k8s.io/v1", "EndpointSlice", "\(name)-lab")
        slice.labels = ["kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "updraft"]
        slice["addressType"] = "IPv4"
        slice["ports"] = [["name": "web", "port": JSONValue(PrometheusPods.port), "protocol": "TCP"]]
        let address = pod?.status["podIP"]?.string ?? ""
        slice["endpoints"] = address.isEmpty ? [] : [["addresses": [.string(address)], "conditions": ["ready": true]]]
        return slice
    }

    private static func object(_ apiVersion: String, _ kind: String, _ name: String) -> KubeObject {
        KubeObject(GroupVersionKind(apiVersion: apiVersion, kind: kind), namespace: namespace, name: name)
    }
}
