// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// An address and port of the block.
struct ServiceAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    var host: String
    var port: Int

    static func < (left: Self, right: Self) -> Bool { (left.host, left.port) < (right.host, right.port) }
    var description: String { "\(host):\(port)" }
}

/// Where each Service's virtual addresses lead, from the Services and EndpointSlices as they stand. Pure.
struct ServiceTable: Sendable, Hashable {
    /// What to listen on, and the ready endpoints behind it, in order.
    private(set) var backends: [ServiceAddress: [ServiceAddress]] = [:]

    private static let serviceLabel = "kubernetes.io/service-name"

    init(services: [KubeObject], slices: [KubeObject], block: LoopbackBlock) {
        let slicesOf = Self.byService(slices)
        // Of two that ask for the same external address, the older one has it.
        let services = services.sorted {
            ($0.creationTimestamp ?? Timestamp(seconds: 0), $0.namespace, $0.name) < (
                $1.creationTimestamp ?? Timestamp(seconds: 0), $1.namespace, $1.name
            )
        }
        for service in services where service.spec["type"]?.string != "ExternalName" {
            // Nothing listens outside of loopback, whatever an external address says.
            let external = (service.spec["externalIPs"]?.array ?? []).compactMap(\.string).filter { $0 == "127.0.0.1" || block.contains($0) }
            let addresses = [service.spec["clusterIP"]?.string ?? ""].filter(block.contains) + external
            for port in service.spec["ports"]?.array ?? [] {
                guard (port["protocol"]?.string ?? "TCP") == "TCP", let number = port["port"]?.int.flatMap(Self.portNumber) else { continue }
                let name = port["name"]?.string ?? ""
                let endpoints = (slicesOf[service.namespacedName] ?? []).flatMap { Self.endpoints($0, port: name) }
                for address in addresses.map({ ServiceAddress(host: $0, port: number) }) where backends[address] == nil {
                    backends[address] = Set(endpoints).sorted()
                }
            }
        }
    }

    /// EndpointSlices by the Service that they are of.
    static func byService(_ slices: [KubeObject]) -> [NamespacedName: [KubeObject]] {
        var slicesOf: [NamespacedName: [KubeObject]] = [:]
        for slice in slices {
            guard let name = slice.labels[serviceLabel] else { continue }
            slicesOf[NamespacedName(namespace: slice.namespace, name: name), default: []].append(slice)
        }
        return slicesOf
    }

    private static func portNumber(_ number: Int64) -> Int? { (1...65535).contains(number) ? Int(number) : nil }

    /// The ready ones of a slice, at its port of that name.
    private static func endpoints(_ slice: KubeObject, port name: String) -> [ServiceAddress] {
        let match = slice["ports"]?.array?.first { ($0["name"]?.string ?? "") == name && ($0["protocol"]?.string ?? "TCP") == "TCP" }
        guard let number = match?["port"]?.int.flatMap(portNumber) else { return [] }
        return (slice["endpoints"]?.array ?? []).flatMap { endpoint -> [ServiceAddress] in
            // Absent means ready.
            guard endpoint["conditions"]?["ready"]?.bool ?? true else { return [] }
            return (endpoint["addresses"]?.array ?? []).compactMap { $0.string.map { ServiceAddress(host: $0, port: number) } }
        }
    }
}

/// Chooses among a Service's endpoints: the one with the fewest connections, in turn where several have as few.
struct EndpointBalancer: Sendable {
    private(set) var endpoints: [ServiceAddress]
    private var connections: [ServiceAddress: Int] = [:]
    private var turn = 0

    init(_ endpoints: [ServiceAddress] = []) { self.endpoints = endpoints }

    /// Live connections to endpoints that are gone still count until they end.
    mutating func replace(_ endpoints: [ServiceAddress]) { self.endpoints = endpoints }

    /// Counts the connection; nil where none is left.
    mutating func choose(excluding tried: Set<ServiceAddress> = []) -> ServiceAddress? {
        guard !endpoints.isEmpty else { return nil }
        var best: (endpoint: ServiceAddress, count: Int)?
        for step in 0..<endpoints.count {
            let endpoint = endpoints[(turn + step) % endpoints.count]
            guard !tried.contains(endpoint) else { continue }
            let count = connections[endpoint] ?? 0
            if count < best?.count ?? .max { best = (endpoint, count) }
        }
        guard let best else { return nil }
        turn = (turn + 1) % endpoints.count
        connections[best.endpoint] = best.count + 1
        return best.endpoint
    }

    mutating func release(_ endpoint: ServiceAddress) {
        let count = (connections[endpoint] ?? 1) - 1
        connections[endpoint] = count > 0 ? count : nil
    }
}
