// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

/// Where the extension server of an APIService is reached, found by way of its Service.
struct APIServiceTarget: Sendable, Hashable {
    /// An address that stands behind the Service.
    var address: String
    var port: Int64
    /// `metrics-server.kube-system.svc`: the name its certificate must have.
    var serverName: String
    /// Base64 of the PEM authorities that its certificate must come from; empty for those the system trusts.
    var caBundle: String
    var skipsVerification: Bool

    var authority: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}

/// Why an APIService can't be reached, in the words of its `Available` condition.
struct APIServiceProblem: Error, Sendable, Hashable {
    var reason: String
    var message: String
}

extension APIServiceTarget {
    private static let defaultPort: Int64 = 443

    /// - Throws: What is missing between the APIService and an address.
    /// - Source: kube-aggregator pkg/controllers/status/remote/remote_available_controller.go, `sync`
    static func find(_ apiService: KubeObject, in store: ResourceStore) throws(APIServiceProblem) -> Self {
        let reference = apiService.spec["service"]
        let namespace = reference?["namespace"]?.string ?? ""
        let name = reference?["name"]?.string ?? ""
        let port = reference?["port"]?.int ?? defaultPort
        guard let definition = store.registry.definition(.services), let service = store.objects.get(definition.key(namespace: namespace, name: name))
        else {
            throw APIServiceProblem(reason: "ServiceNotFound", message: "service/\(name) in \"\(namespace)\" is not present")
        }
        guard service.spec["type"]?.string != "ExternalName" else {
            throw APIServiceProblem(reason: "FailedDiscoveryCheck", message: "unsupported service type \"ExternalName\"")
        }
        guard let servicePort = service.spec["ports"]?.array?.first(where: { $0["port"]?.int == port }) else {
            throw APIServiceProblem(reason: "ServicePortError", message: "service/\(name) in \"\(namespace)\" is not listening on port \(port)")
        }
        let endpoint = try endpoint(of: service, portName: servicePort["name"]?.string ?? "", in: store)
        return Self(
            address: endpoint.address, port: endpoint.port, serverName: "\(name).\(namespace).svc",
            caBundle: apiService.spec["caBundle"]?.string ?? "", skipsVerification: apiService.spec["insecureSkipTLSVerify"]?.bool ?? false)
    }

    /// From the EndpointSlices of the Service, or its Endpoints where it has no slices.
    private static func endpoint(of service: KubeObject, portName: String, in store: ResourceStore) throws(APIServiceProblem) -> (
        address: String, port: Int64
    ) {
        let slices = store.objects.list(GroupVersionResource.endpointSlices.groupResource, namespace: service.namespace).objects
            .filter { $0.labels["kubernetes.io/service-name"] == service.name }
        let endpoints = store.objects.get(ObjectKey(GroupVersionResource.endpoints.groupResource, namespace: service.namespace, name: service.name))
        guard !slices.isEmpty || endpoints != nil else {
            throw APIServiceProblem(
                reason: "EndpointsNotFound", message: "cannot find endpointslices for service/\(service.name) in \"\(service.namespace)\"")
        }
        if let found = slices.lazy.compactMap({ address(in: $0, portName) }).first { return found }
        if let found = endpoints.flatMap({ address(inEndpoints: $0, portName) }) { return found }
        throw APIServiceProblem(
            reason: "MissingEndpoints",
            message: "endpoints for service/\(service.name) in \"\(service.namespace)\" have no addresses with port name \"\(portName)\"")
    }

    private static func address(in slice: KubeObject, _ portName: String) -> (address: String, port: Int64)? {
        guard let port = slice["ports"]?.array?.first(where: { ($0["name"]?.string ?? "") == portName })?["port"]?.int else { return nil }
        let ready = slice["endpoints"]?.array?.first { $0.value(at: "conditions", "ready")?.bool ?? true }
        return ready?["addresses"]?.array?.first?.string.map { ($0, port) }
    }

    private static func address(inEndpoints endpoints: KubeObject, _ portName: String) -> (address: String, port: Int64)? {
        for subset in endpoints["subsets"]?.array ?? [] {
            guard let port = subset["ports"]?.array?.first(where: { ($0["name"]?.string ?? "") == portName })?["port"]?.int,
                let address = subset["addresses"]?.array?.first?["ip"]?.string
            else { continue }
            return (address, port)
        }
        return nil
    }
}
