// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ControlPlane
import Foundation
import KubeClient
import KubeModel
import KubePKI
import KubeStore
import KubeStoreSQLite
import Logging
import ServiceLifecycle

/// The lab's API server as a process of its own, over TLS and with its objects on disk; without controllers, so that nothing else happens there.
enum BenchServer {
    /// In the child process: makes the objects, serves them, and says where and by whom on standard output; until killed.
    static func serve(directory: String, autoscalers: Int) async throws {
        let now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
        let ca = try CertificateAuthority.make(commonName: "bench", now: now())
        let serving = try ca.issue(.server(commonName: "kube-apiserver", ipAddresses: ["127.0.0.1"]), now: now())
        let user = try ca.issue(.client(commonName: "system:kube-controller-manager"), now: now())
        let admin = try ca.issue(.client(commonName: "admin", organizations: ["system:masters"]), now: now())
        let store = try await SQLiteStore.open(directory: directory + "/store")
        let objects = BenchObjects(autoscalers: autoscalers)
        try await concurrently(autoscalers) { index in
            for number in 0..<BenchObjects.podsEach {
                let pod = objects.pod(index, number)
                _ = try await store.create(pod, at: ObjectKey(GroupResource(group: "", resource: "pods"), namespace: pod.namespace, name: pod.name))
            }
            let deployment = objects.deployment(index)
            _ = try await store.create(
                deployment,
                at: ObjectKey(GroupResource(group: "apps", resource: "deployments"), namespace: deployment.namespace, name: deployment.name))
        }
        let plane = try ControlPlane(
            configuration: ControlPlaneConfiguration(
                addresses: [.init(host: "127.0.0.1", port: 0)], serving: serving, block: LoopbackBlock(199), clientCAPEM: ca.certificatePEM,
                requestHeader: nil, proxyClient: nil, kubeletClient: user, kubeletCAPEM: ca.certificatePEM),
            store: store, now: now, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        let port = try await plane.start().first?.port ?? 0
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in plane.services { group.addTask { try await service.run() } }
            let configuration = ClientConfiguration(
                server: "https://127.0.0.1:\(port)", caPEM: ca.certificatePEM, certificatePEM: admin.certificatePEM, keyPEM: admin.privateKeyPEM)
            let transport = try HTTPTransport(configuration)
            let client = KubeClient(transport: transport, userAgent: "bench")
            for index in 0..<objects.namespaces {
                try await client.create(
                    .namespaces, KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Namespace"), namespace: "", name: "ns-\(index)"))
            }
            try await concurrently(autoscalers) { index in _ = try await client.create(.horizontalPodAutoscalers, objects.autoscaler(index)) }
            try await transport.shutdown()
            let ready: JSONValue = [
                "server": .string("https://127.0.0.1:\(port)"), "ca": .string(ca.certificatePEM), "certificate": .string(user.certificatePEM),
                "key": .string(user.privateKeyPEM),
            ]
            FileHandle.standardOutput.write(Data((ready.encodedText + "\n").utf8))
            try await group.waitForAll()
        }
    }

    private static func concurrently(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                if index >= 256 { try await group.next() }
                group.addTask { try await body(index) }
            }
            try await group.waitForAll()
        }
    }
}
