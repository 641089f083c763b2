// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubePKI
import KubeStore
import Logging
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("what the server does of its own accord")
struct HousekeepingTests {
    @Test("events go when they have not been repeated for their lifetime")
    func eventExpiry() async throws {
        let harness = try await Harness()
        for (name, time) in [("old", "2026-11-24T10:59:59Z"), ("repeated", "2026-11-24T11:30:00Z")] {
            try await harness.send(
                .POST, "/api/v1/namespaces/default/events",
                [
                    "metadata": ["name": .string(name)], "involvedObject": ["kind": "Pod", "namespace": "default", "name": "a"],
                    "firstTimestamp": "2026-11-24T10:00:00Z", "lastTimestamp": .string(time), "reason": "Made", "message": "",
                ])
        }
        await EventExpiry(store: harness.store, lifetime: .seconds(3600), clock: ContinuousClock(), logger: Logger(label: "test")).sweep()
        let left = try await harness.send(.GET, "/api/v1/events").value(at: "items")?.array?.compactMap { $0.value(at: "metadata", "name")?.string }
        #expect(left == ["repeated"])
    }

    private static func configuration(block: UInt8) -> ControlPlaneConfiguration {
        let none = Credential(certificatePEM: "", privateKeyPEM: "")
        return ControlPlaneConfiguration(
            addresses: [], serving: none, block: LoopbackBlock(block), clientCAPEM: "CA", requestHeader: nil, proxyClient: nil, kubeletClient: none,
            kubeletCAPEM: "")
    }

    private static func bootstrap(_ store: ResourceStore, block: UInt8) async throws {
        let moved = ResourceStore(
            objects: store.objects, catalog: store.catalog, block: LoopbackBlock(block), clusterIPs: store.clusterIPs, now: store.now,
            identifiers: store.identifiers, ownership: store.ownership)
        try await Bootstrap(store: moved, configuration: configuration(block: block)).run(
            addresses: [.init(host: "127.0.0.1", port: 6443), .init(host: "127.\(block).0.1", port: 6443)])
    }

    @Test("a second start finds everything as it is and writes nothing")
    func bootstrapTwice() async throws {
        let harness = try await Harness()
        try await Self.bootstrap(harness.store, block: 7)
        let revision = harness.store.objects.revision
        try await Self.bootstrap(harness.store, block: 7)
        #expect(harness.store.objects.revision == revision)
        let service = try await harness.send(.GET, "/api/v1/namespaces/default/services/kubernetes")
        #expect(service.value(at: "spec", "clusterIP")?.string == "127.7.200.1")
        #expect(try await harness.send(.GET, "/api/v1/namespaces/default/endpoints/kubernetes").text.contains("\"ip\":\"127.7.0.1\""))
        #expect(try await harness.send(.GET, "/apis/apiregistration.k8s.io/v1/apiservices/v1.").code == 200)
    }

    @Test("a lab that moved to another block takes its services along")
    func readdress() async throws {
        let harness = try await Harness()
        try await Self.bootstrap(harness.store, block: 7)
        try await harness.send(.POST, "/api/v1/namespaces/default/services", ["metadata": ["name": "web"], "spec": ["ports": [["port": 80]]]])
        try await Self.bootstrap(harness.store, block: 9)
        #expect(
            try await harness.send(.GET, "/api/v1/namespaces/default/services/kubernetes").value(at: "spec", "clusterIP")?.string == "127.9.200.1")
        let web = try await harness.send(.GET, "/api/v1/namespaces/default/services/web").value(at: "spec", "clusterIP")?.string
        #expect(web?.hasPrefix("127.9.200.") == true)
    }

    @Test("a bell is heard whether it rings before the sleep or during it")
    func wakeup() async {
        let wakeup = Wakeup()
        wakeup.ring()
        await wakeup.sleep(atMost: .seconds(60), on: ContinuousClock())
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await wakeup.sleep(atMost: .seconds(60), on: ContinuousClock()) }
            group.addTask { wakeup.ring() }
            await group.waitForAll()
        }
        await wakeup.sleep(atMost: .milliseconds(1), on: ContinuousClock())
    }
}
