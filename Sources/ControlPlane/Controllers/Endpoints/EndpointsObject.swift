// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The `Endpoints` object of a Service, for those that still read it.
///
/// - Source: kubernetes pkg/controller/endpoint/endpoints_controller.go
enum EndpointsObject {
    static let managedBy = (label: "endpoints.kubernetes.io/managed-by", value: "endpoint-controller")

    /// - Parameter existing: Nil where there is none yet.
    static func make(_ service: KubeObject, _ endpoints: ServiceEndpoints, existing: KubeObject?) -> KubeObject {
        var object =
            existing ?? KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Endpoints"), namespace: service.namespace, name: service.name)
        object.labels = service.labels.merging([managedBy.label: managedBy.value]) { $1 }
        let subsets = endpoints.groups.compactMap(subset)
        object["subsets"] = subsets.isEmpty ? nil : .array(subsets)
        return object
    }

    /// Pods that are ending are left out.
    private static func subset(_ group: ServiceEndpoints.Group) -> JSONValue? {
        let present = group.endpoints.filter { !$0.isTerminating }
        guard !present.isEmpty else { return nil }
        var subset = JSONObject()
        for (field, addresses) in [("addresses", present.filter(\.isReady)), ("notReadyAddresses", present.filter { !$0.isReady })] {
            if !addresses.isEmpty { subset[field] = .array(addresses.map(address)) }
        }
        if !group.ports.isEmpty { subset["ports"] = .array(group.ports.map(\.json)) }
        return .object(subset)
    }

    private static func address(_ endpoint: ServiceEndpoints.Endpoint) -> JSONValue {
        var address: JSONObject = ["ip": .string(endpoint.address), "targetRef": endpoint.target]
        if !endpoint.hostname.isEmpty { address["hostname"] = .string(endpoint.hostname) }
        if !endpoint.node.isEmpty { address["nodeName"] = .string(endpoint.node) }
        return .object(address)
    }
}
