// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How the EndpointSlices of a Service come to hold its endpoints, with as few writes as possible: an endpoint stays in the
/// slice that it is in, new ones fill up slices with room.
///
/// - Source: kubernetes pkg/controller/endpointslice, staging/src/k8s.io/endpointslice/reconciler.go
struct EndpointSlicePlan: Sendable, Hashable {
    static let managedBy = (label: "endpointslice.kubernetes.io/managed-by", value: "endpointslice-controller.k8s.io")
    static let capacity = 100
    private static let headlessLabel = "service.kubernetes.io/headless"

    var created: [KubeObject] = []
    var updated: [KubeObject] = []
    var deleted: [KubeObject] = []

    var isEmpty: Bool { created.isEmpty && updated.isEmpty && deleted.isEmpty }

    /// - Parameter slices: Those of the Service that are managed here.
    static func make(_ service: KubeObject, _ endpoints: ServiceEndpoints, slices: [KubeObject]) -> Self {
        var plan = Self()
        var left = slices.sorted { $0.name < $1.name }
        // A Service without endpoints has one slice that says so.
        let groups = endpoints.groups.isEmpty ? [ServiceEndpoints.Group(ports: [], endpoints: [])] : endpoints.groups
        for group in groups {
            let ports = JSONValue.array(group.ports.map(port))
            let own = left.filter { ($0["ports"] ?? []) == ports }
            left.removeAll { slice in own.contains { $0.uid == slice.uid } }
            plan.fill(own, with: group.endpoints, ports: ports, service)
        }
        plan.deleted += left
        return plan
    }

    private mutating func fill(_ slices: [KubeObject], with endpoints: [ServiceEndpoints.Endpoint], ports: JSONValue, _ service: KubeObject) {
        var wanted = Dictionary(endpoints.map { ($0.uid, $0) }) { first, _ in first }
        var contents: [[ServiceEndpoints.Endpoint]] = slices.map { slice in
            (slice["endpoints"]?.array ?? []).compactMap { $0.value(at: "targetRef", "uid")?.string }.compactMap { wanted.removeValue(forKey: $0) }
        }
        var new = endpoints.filter { wanted[$0.uid] != nil }[...]
        for index in contents.indices {
            let room = min(new.count, max(0, Self.capacity - contents[index].count))
            contents[index] += new.prefix(room)
            new = new.dropFirst(room)
        }
        let keepsEmpty = endpoints.isEmpty
        for (index, slice) in slices.enumerated() {
            if contents[index].isEmpty, !(keepsEmpty && index == 0) {
                deleted.append(slice)
                continue
            }
            let object = Self.object(service, contents[index], ports, slice)
            if object != slice { updated.append(object) }
        }
        while !new.isEmpty || (keepsEmpty && slices.isEmpty && created.isEmpty) {
            created.append(Self.object(service, Array(new.prefix(Self.capacity)), ports, nil))
            new = new.dropFirst(Self.capacity)
        }
    }

    private static func object(_ service: KubeObject, _ endpoints: [ServiceEndpoints.Endpoint], _ ports: JSONValue, _ existing: KubeObject?)
        -> KubeObject
    {
        var object =
            existing
            ?? KubeObject([
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": [
                    "generateName": .string("\(service.name)-"), "namespace": .string(service.namespace),
                    "ownerReferences": [OwnerReference(controller: service).json],
                ],
            ])
        var labels = service.labels
        labels[ServiceEndpoints.serviceLabel] = service.name
        labels[managedBy.label] = managedBy.value
        if service.spec["clusterIP"] == "None" { labels[headlessLabel] = "" }
        object.labels = labels
        object["endpoints"] = .array(endpoints.sorted { $0.address < $1.address }.map(endpoint))
        object["ports"] = ports
        return object
    }

    private static func endpoint(_ endpoint: ServiceEndpoints.Endpoint) -> JSONValue {
        var json: JSONObject = [
            "addresses": [.string(endpoint.address)], "targetRef": endpoint.target,
            "conditions": [
                "ready": .bool(endpoint.isReady), "serving": .bool(endpoint.isServing), "terminating": .bool(endpoint.isTerminating),
            ],
        ]
        if !endpoint.hostname.isEmpty { json["hostname"] = .string(endpoint.hostname) }
        if !endpoint.node.isEmpty { json["nodeName"] = .string(endpoint.node) }
        return .object(json)
    }

    /// Unlike in Endpoints, a port without a name has an empty one.
    private static func port(_ port: ServiceEndpoints.Port) -> JSONValue {
        var json = port.json
        json["name"] = .string(port.name)
        return json
    }
}
