// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import BenchKit
import ControlPlane
import Foundation
import KubeClient
import KubeModel
import KubePKI
import KubeStore
import KubeStoreSQLite
import Logging
import ServiceLifecycle

/// The farm's process: kubelets, and the API server that knows their nodes and pods.
enum FarmServer {
    /// Writes into `directory` what a metrics server needs (`kubeconfig`, `ca.crt`), says on standard output that it is ready, and serves until
    /// standard input ends, or a signal comes.
    static func serve(directory: String, _ settings: FarmSettings) async throws {
        Thread.detachNewThread {
            _ = try? FileHandle.standardInput.readToEnd()
            exit(0)
        }
        let now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
        let ca = try CertificateAuthority.make(commonName: "farm", now: now())
        let serving = try ca.issue(.server(commonName: "kube-apiserver", ipAddresses: ["127.0.0.1"]), now: now())
        let admin = try ca.issue(.client(commonName: "admin", organizations: ["system:masters"]), now: now())
        let logger = Logger(label: "farm") { _ in SwiftLogNoOpLogHandler() }
        let store = try await SQLiteStore.open(directory: directory + "/store")
        try await fill(store, settings)
        let plane = try ControlPlane(
            configuration: ControlPlaneConfiguration(
                addresses: [.init(host: "127.0.0.1", port: 0)], serving: serving, block: LoopbackBlock(198), clientCAPEM: ca.certificatePEM,
                requestHeader: RequestHeaderOptions(clientCAPEM: ca.certificatePEM, settings: .init(allowedNames: ["front-proxy-client"])),
                proxyClient: nil, kubeletClient: admin, kubeletCAPEM: ca.certificatePEM),
            store: store, now: now, logger: logger)
        let port = try await plane.start().first?.port ?? 0
        try await KubeletFarm(settings: settings, ca: ca, now: now).start()
        let kubeconfig = Kubeconfig(
            cluster: .init(name: "farm", server: "https://127.0.0.1:\(port)", caPEM: ca.certificatePEM),
            user: .init(name: "admin", certificatePEM: admin.certificatePEM, keyPEM: admin.privateKeyPEM))
        try PKIFile.write(kubeconfig.yaml, to: directory + "/kubeconfig", mode: 0o600)
        try PKIFile.write(ca.certificatePEM, to: directory + "/ca.crt", mode: 0o644)
        try PKIFile.write(admin.certificatePEM, to: directory + "/admin.crt", mode: 0o644)
        try PKIFile.write(admin.privateKeyPEM, to: directory + "/admin.key", mode: 0o600)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in plane.services { group.addTask { try await service.run() } }
            say("ready: KUBECONFIG=\(directory)/kubeconfig")
            try await group.waitForAll()
        }
    }

    private static func fill(_ store: SQLiteStore, _ settings: FarmSettings) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var count = 0
            for node in 0..<settings.nodes {
                for object in [self.node(node, settings)] + (0..<settings.pods).map({ pod(node, $0, settings) }) {
                    count += 1
                    if count > 512 { try await group.next() }
                    let resource = GroupResource(group: "", resource: object.kind == "Node" ? "nodes" : "pods")
                    group.addTask { _ = try await store.create(object, at: ObjectKey(resource, namespace: object.namespace, name: object.name)) }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func node(_ number: Int, _ settings: FarmSettings) -> KubeObject {
        let name = settings.name(number)
        var node = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Node"), name: name)
        node.labels = [
            "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux", "kubernetes.io/hostname": name,
            "node.kubernetes.io/instance-type": "m5.2xlarge",
            "topology.kubernetes.io/zone": "eu-west-1\(["a", "b", "c"][number % 3])",
        ]
        node.set(.string("00000000-0000-4000-9000-\(String(100_000_000_000 + number))"), at: "metadata", "uid")
        node["status"] = [
            "addresses": [["type": "InternalIP", "address": .string(settings.address(number))], ["type": "Hostname", "address": .string(name)]],
            "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int64(settings.port))]],
            "capacity": ["cpu": "8", "memory": "32Gi", "pods": "110"],
            "conditions": [["type": "Ready", "status": "True"]],
        ]
        return node
    }

    private static func pod(_ node: Int, _ number: Int, _ settings: FarmSettings) -> KubeObject {
        let namespace = settings.namespace(node, number)
        var pod = KubeObject(
            GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: namespace, name: settings.podName(node, number))
        let app = settings.app(node, number)
        pod.labels = [
            "app": app, "app.kubernetes.io/name": app, "app.kubernetes.io/part-of": "shop", "pod-template-hash": "7d4b9c6f5d", "tier": "backend",
            "topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": "eu-west-1a",
        ]
        pod.set(.string("00000000-0000-4000-8000-\(String(100_000_000_000 + node * settings.pods + number))"), at: "metadata", "uid")
        pod["spec"] = [
            "nodeName": .string(settings.name(node)),
            "containers": .array(
                (0..<settings.containers).map {
                    ["name": .string("c\($0)"), "image": "registry.k8s.io/pause:3.9", "resources": ["requests": ["cpu": "100m", "memory": "64Mi"]]]
                }),
        ]
        pod["status"] = ["phase": "Running", "podIP": "10.0.0.1", "hostIP": .string(settings.address(node))]
        return pod
    }
}
