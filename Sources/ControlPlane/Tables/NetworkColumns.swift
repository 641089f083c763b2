// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

// Cells as in kubernetes pkg/printers/internalversion/printers.go (`printService`, `printEndpoints`, `printEndpointSlice`).
extension TableColumns {
    static let service = TableColumns(
        columns: [
            .name, TableColumn("Type", description: "How the service is reached."),
            TableColumn("Cluster-IP", description: "The service's virtual address."),
            TableColumn("External-IP", description: "Addresses for the outside."), TableColumn("Port(s)", description: "Ports and their protocols."),
            .age,
            TableColumn("Selector", description: "Which pods stand behind the service.", priority: 1),
        ],
        cells: { service, now in
            let spec = service.spec
            let clusterIP = spec["clusterIPs"]?.array?.first?.string ?? spec["clusterIP"]?.string
            return [
                .string(service.name), .string(spec["type"]?.string ?? ""), CellText.orNone(clusterIP), .string(externalAddress(service)),
                .string(servicePorts(spec["ports"]?.array ?? [])), service.age(at: now), .string(CellText.labels(spec["selector"]?.stringMap ?? [:])),
            ]
        })

    private static func externalAddress(_ service: KubeObject) -> String {
        let spec = service.spec
        let external = spec["externalIPs"]?.array?.compactMap(\.string) ?? []
        switch spec["type"]?.string {
        case "ExternalName": return spec["externalName"]?.string ?? ""
        case "LoadBalancer":
            let ingress = service.status.value(at: "loadBalancer", "ingress")?.array ?? []
            let all = ingress.compactMap { $0["ip"]?.string ?? $0["hostname"]?.string } + external
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        default: return external.isEmpty ? CellText.none : external.joined(separator: ",")
        }
    }

    private static func servicePorts(_ ports: [JSONValue]) -> String {
        guard !ports.isEmpty else { return CellText.none }
        return ports.map { port in
            let number = "\(port["port"]?.int ?? 0)"
            let node = port["nodePort"]?.int ?? 0
            return "\(number)\(node > 0 ? ":\(node)" : "")/\(port["protocol"]?.string ?? "TCP")"
        }.joined(separator: ",")
    }

    static let endpoints = TableColumns(
        columns: [.name, TableColumn("Endpoints", description: "The addresses behind the service."), .age],
        cells: { endpoints, now in [.string(endpoints.name), .string(addresses(endpoints["subsets"]?.array ?? [])), endpoints.age(at: now)] })

    private static func addresses(_ subsets: [JSONValue]) -> String {
        guard !subsets.isEmpty else { return CellText.none }
        var all: [String] = []
        for subset in subsets {
            let addresses = subset["addresses"]?.array?.compactMap { $0["ip"]?.string } ?? []
            let ports = subset["ports"]?.array?.compactMap { $0["port"]?.int } ?? []
            if ports.isEmpty { all += addresses }
            for port in ports { all += addresses.map { "\($0):\(port)" } }
        }
        return CellText.joined(all)
    }

    static let endpointSlice = TableColumns(
        columns: [
            .name, TableColumn("AddressType", description: "What kind of addresses they are."),
            TableColumn("Ports", description: "The ports of each endpoint."),
            TableColumn("Endpoints", description: "The endpoints' addresses."), .age,
        ],
        cells: { slice, now in
            let ports = slice["ports"]?.array?.map { $0["port"]?.int.map(String.init) ?? "*" } ?? []
            let addresses = slice["endpoints"]?.array?.flatMap { $0["addresses"]?.array?.compactMap(\.string) ?? [] } ?? []
            return [
                .string(slice.name), .string(slice["addressType"]?.string ?? ""), .string(ports.isEmpty ? "<unset>" : CellText.joined(ports)),
                .string(addresses.isEmpty ? "<unset>" : CellText.joined(addresses)), slice.age(at: now),
            ]
        })
}
