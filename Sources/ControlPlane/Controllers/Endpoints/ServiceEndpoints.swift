// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The pods behind a Service, grouped by the ports that they serve it on.
///
/// A target port given by name can be another number in each pod, so there can be several groups.
struct ServiceEndpoints: Sendable, Hashable {
    static let serviceLabel = "kubernetes.io/service-name"

    struct Port: Sendable, Hashable {
        var name: String
        var number: Int64
        var transport: String
        var appProtocol: String?
    }

    struct Group: Sendable, Hashable {
        var ports: [Port]
        /// By address.
        var endpoints: [Endpoint]
    }

    struct Endpoint: Sendable, Hashable {
        var address: String
        var pod: NamespacedName
        var uid: String
        var node: String
        /// Whether new connections may go there.
        var isReady: Bool
        /// Whether it answers, though it may be about to end.
        var isServing: Bool
        var isTerminating: Bool
        /// By which it is found below the Service's own name; empty where it has none there.
        var hostname = ""
    }

    /// In the order of their ports.
    var groups: [Group]

    /// - Parameter pods: Of the Service's namespace.
    init(_ service: KubeObject, pods: [KubeObject]) {
        guard let selector = service.spec["selector"]?.stringMap, !selector.isEmpty else {
            groups = []
            return
        }
        let ports = service.spec["ports"]?.array ?? []
        let includesUnready = service.spec["publishNotReadyAddresses"]?.bool ?? false
        var groups: [[Port]: [Endpoint]] = [:]
        for object in pods where Self.isSelected(object, by: selector) {
            let pod = Pod(object)
            guard !pod.address.isEmpty, !pod.isTerminal else { continue }
            let resolved = ports.compactMap { Self.resolve($0, in: object) }
            guard ports.isEmpty || !resolved.isEmpty else { continue }
            var endpoint = Endpoint(pod, includesUnready: includesUnready)
            if object.spec["subdomain"]?.string == service.name { endpoint.hostname = object.spec["hostname"]?.string ?? "" }
            groups[resolved, default: []].append(endpoint)
        }
        self.groups = groups.map { Group(ports: $0.key, endpoints: $0.value.sorted { $0.address < $1.address }) }.sorted { left, right in
            left.ports.lexicographicallyPrecedes(right.ports) { ($0.name, $0.number, $0.transport) < ($1.name, $1.number, $1.transport) }
        }
    }

    static func isSelected(_ pod: KubeObject, by selector: [String: String]) -> Bool {
        let labels = pod.labels
        return selector.allSatisfy { labels[$0.key] == $0.value }
    }

    /// Whether a change of a pod can change what stands behind a Service.
    static func isRelevant(old: KubeObject?, new: KubeObject?) -> Bool {
        guard let old, let new else { return true }
        let (before, after) = (Pod(old), Pod(new))
        return before.isReady != after.isReady || before.address != after.address || before.isTerminal != after.isTerminal
            || old.isBeingDeleted != new.isBeingDeleted || before.nodeName != after.nodeName || old.labels != new.labels
    }

    /// nil where the pod has no port of the name.
    private static func resolve(_ port: JSONValue, in pod: KubeObject) -> Port? {
        let transport = port["protocol"]?.string ?? "TCP"
        let number: Int64?
        if let name = port["targetPort"]?.string {
            number = containerPort(name, transport, in: pod)
        } else if let target = port["targetPort"]?.int, target > 0 {
            number = target
        } else {
            number = port["port"]?.int
        }
        return number.map { Port(name: port["name"]?.string ?? "", number: $0, transport: transport, appProtocol: port["appProtocol"]?.string) }
    }

    private static func containerPort(_ name: String, _ transport: String, in pod: KubeObject) -> Int64? {
        for container in pod.spec["containers"]?.array ?? [] {
            for port in container["ports"]?.array ?? [] where port["name"]?.string == name && (port["protocol"]?.string ?? "TCP") == transport {
                return port["containerPort"]?.int
            }
        }
        return nil
    }
}

extension ServiceEndpoints.Endpoint {
    init(_ pod: Pod, includesUnready: Bool) {
        address = pod.address
        self.pod = pod.object.namespacedName
        uid = pod.uid
        node = pod.nodeName
        isServing = pod.isReady
        isTerminating = pod.object.isBeingDeleted
        isReady = includesUnready || (isServing && !isTerminating)
    }

    var target: JSONValue {
        ["kind": "Pod", "namespace": .string(pod.namespace), "name": .string(pod.name), "uid": .string(uid)]
    }
}

extension ServiceEndpoints.Port {
    var json: JSONValue {
        var json: JSONObject = ["port": .integer(number), "protocol": .string(transport)]
        if !name.isEmpty { json["name"] = .string(name) }
        json["appProtocol"] = appProtocol.map { .string($0) }
        return .object(json)
    }
}
