// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import Testing

@testable import NodeAgent

@Suite("Where Services lead")
struct ServiceTableTests {
    private static let block = LoopbackBlock(9)

    private static func service(_ name: String, namespace: String = "shop", _ spec: JSONObject) -> KubeObject {
        var service = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Service"), namespace: namespace, name: name)
        service["spec"] = .object(spec)
        return service
    }

    private static func slice(_ service: String, namespace: String = "shop", endpoints: [JSONValue]) -> KubeObject {
        var slice = KubeObject(
            GroupVersionKind(group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice"), namespace: namespace, name: "\(service)-1")
        slice.labels = ["kubernetes.io/service-name": service]
        slice["ports"] = [["name": "http", "port": 9898, "protocol": "TCP"]]
        slice["endpoints"] = .array(endpoints)
        return slice
    }

    @Test("external addresses are served where they are loopback, and nowhere else")
    func external() {
        let service = Self.service(
            "web",
            [
                "clusterIP": "127.9.200.1", "ports": [["name": "http", "port": 80]],
                "externalIPs": ["127.0.0.1", "127.9.200.77", "0.0.0.0", "192.0.2.1", "::"],
            ])
        let table = ServiceTable(
            services: [service], slices: [Self.slice("web", endpoints: [["addresses": ["127.9.1.1"]]])], block: Self.block)
        #expect(Set(table.backends.keys.map(\.host)) == ["127.9.200.1", "127.0.0.1", "127.9.200.77"])
        #expect(table.backends.values.allSatisfy { $0 == [ServiceAddress(host: "127.9.1.1", port: 9898)] })
    }

    @Test("names are those of DNS: a Service's address, and those of ready pods where it has none")
    func names() {
        let services = [
            Self.service("web", ["clusterIP": "127.9.200.1"]), Self.service("db", ["clusterIP": "None"]),
            Self.service("out", ["type": "ExternalName", "externalName": "example.org"]),
        ]
        let slices = [
            Self.slice(
                "db",
                endpoints: [
                    ["addresses": ["127.9.1.1"], "hostname": "db-0", "conditions": ["ready": true]],
                    ["addresses": ["127.9.1.2"], "hostname": "db-1", "conditions": ["ready": false]],
                ])
        ]
        let records = HostRecord.records(services: services, slices: slices)
        #expect(records.map { "\($0.name) \($0.address)" } == ["db 127.9.1.1", "db-0.db 127.9.1.1", "web 127.9.200.1"])
        #expect(records[2].line(in: "shop") == "127.9.200.1\tweb.shop.svc.cluster.local web.shop.svc web.shop web\n")
        #expect(records[2].line(in: "other") == "127.9.200.1\tweb.shop.svc.cluster.local web.shop.svc web.shop\n")
    }

    @Test("a file that pods hold is changed in place, as Services come and go")
    func files() throws {
        let folder = NSTemporaryDirectory() + "updraft-names-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let names = ServiceNames(folder: folder, nodes: [("127.9.0.10", "node-0")])
        let path = try names.file(namespace: "shop")
        let held = try #require(FileHandle(forReadingAtPath: path))
        names.update(services: [Self.service("web", ["clusterIP": "127.9.200.1"])], slices: [])
        let text = try String(decoding: #require(try held.readToEnd()), as: UTF8.self)
        #expect(text.contains("127.9.0.10\tnode-0\n") && text.contains("127.9.200.1\tweb.shop.svc.cluster.local"))
        names.update(services: [], slices: [])
        #expect(try !String(contentsOfFile: path, encoding: .utf8).contains("web.shop"))
        #expect(try names.file(namespace: "shop") == path)
    }
}
