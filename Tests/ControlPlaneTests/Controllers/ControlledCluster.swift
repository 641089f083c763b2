// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import Foundation
import KubeClient
import KubeModel
import KubePKI
import Logging
import ServiceLifecycle
import Synchronization

@testable import ControlPlane

/// A served control plane with its controllers, and nodes that pretend to run what is bound to them.
struct ControlledCluster {
    let admin: KubeClient
    private static let now: @Sendable () -> Timestamp = {
        let time = Date().timeIntervalSince1970
        return Timestamp(seconds: Int64(time), nanoseconds: Int32((time - time.rounded(.down)) * 1e9))
    }

    /// - Parameter nodes: How many; each with 1 CPU, 1 GiB and 20 pods.
    static func run<Result>(
        nodes: Int = 3, folders: (any VolumeFolders)? = nil, _ body: (ControlledCluster) async throws -> Result
    ) async throws -> Result {
        try await ServedPlane.run { try await run(on: $0, nodes: nodes, folders: folders, body) }
    }

    static func run<Result>(
        on served: ServedPlane, nodes: Int, folders: (any VolumeFolders)? = nil, _ body: (ControlledCluster) async throws -> Result
    ) async throws -> Result {
        let transports = try [
            ("kubernetes-admin", ["system:masters"]), ("system:kube-controller-manager", []), ("system:kube-scheduler", []),
        ].map { name, organizations in
            let credential = try served.client(name, organizations)
            return try HTTPTransport(
                ClientConfiguration(
                    server: "https://127.0.0.1:\(served.port)", caPEM: served.authority.certificatePEM, certificatePEM: credential.certificatePEM,
                    keyPEM: credential.privateKeyPEM))
        }
        let clients = transports.map { KubeClient(transport: $0, userAgent: "test") }
        let cluster = ControlledCluster(admin: clients[0])
        for index in 0..<nodes { try await cluster.admin.create(.nodes, node("node-\(index)")) }
        let services = BuiltInControllers.services(
            client: clients[1], schedulerClient: clients[2], rootCAPEM: served.authority.certificatePEM, folders: folders, now: now,
            clock: ContinuousClock(),
            logger: Logger(label: "test"))
        let outcome: Swift.Result<Result, any Error> = await withTaskGroup(of: Void.self) { group in
            for service in services + [PretendingKubelet(client: clients[0])] { group.addTask { try? await service.run() } }
            let outcome: Swift.Result<Result, any Error>
            do { outcome = .success(try await body(cluster)) } catch { outcome = .failure(error) }
            group.cancelAll()
            return outcome
        }
        for transport in transports { try await transport.shutdown() }
        return try outcome.get()
    }

    private static func node(_ name: String) -> KubeObject {
        var node = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Node"), name: name)
        node["status"] = [
            "allocatable": ["cpu": "1", "memory": "1Gi", "pods": "20"], "capacity": ["cpu": "1", "memory": "1Gi", "pods": "20"],
            "conditions": [
                ["type": "Ready", "status": "True", "reason": "KubeletReady", "message": "", "lastTransitionTime": .string(now().description)]
            ],
        ]
        return node
    }

    struct TimedOut: Error { var what: String }

    /// Polls until the list of a resource is as wanted.
    @discardableResult
    func eventually(
        _ what: String, _ resource: GroupVersionResource, namespace: String = "default", within limit: Duration = .seconds(180),
        _ isWanted: ([KubeObject]) -> Bool
    ) async throws -> [KubeObject] {
        let deadline = ContinuousClock.now + limit
        while true {
            let items = try await admin.list(resource, namespace: namespace).items
            if isWanted(items) { return items }
            guard ContinuousClock.now < deadline else {
                throw TimedOut(what: "\(what): \(items.map { "\($0.name) \($0.spec["replicas"]?.int ?? -1) \($0.status)" })")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func patch(_ resource: GroupVersionResource, _ name: String, _ patch: JSONValue) async throws {
        try await admin.patch(resource, namespace: "default", name: name, .merge(patch))
    }

    func object(_ json: JSONValue) -> KubeObject {
        var object = KubeObject(json.object ?? [:])
        object.set("default", at: "metadata", "namespace")
        return object
    }
}

/// Takes every bound pod for running and ready at once, and ends it as soon as it is to go.
struct PretendingKubelet: Service {
    let client: KubeClient

    func run() async throws {
        let pods = Informer(client: client, resource: .pods, logger: Logger(label: "test"))
        let queue = WorkQueue<NamespacedName, ContinuousClock>(clock: ContinuousClock())
        pods.onChange { _, new in if let new { queue.add(new.namespacedName) } }
        let controller = Controller(name: "kubelet", reconciler: Worker(client: client, pods: pods), queue: queue, logger: Logger(label: "test"))
        await withDiscardingTaskGroup { group in
            group.addTask { try? await pods.run() }
            group.addTask { try? await controller.run() }
        }
    }

    struct Worker: Reconciler {
        let client: KubeClient
        let pods: Informer
        private static let addresses = Mutex(0)

        func reconcile(_ key: NamespacedName) async throws -> Requeue {
            guard let pod = pods.get(key), let node = pod.spec["nodeName"]?.string, !node.isEmpty else { return .never }
            do {
                if pod.isBeingDeleted {
                    try await client.delete(.pods, pod, gracePeriodSeconds: 0)
                } else if pod.status["phase"] == "Pending" {
                    let address = Self.addresses.withLock { count in
                        count += 1
                        return "127.7.1.\(count % 250 + 1)"
                    }
                    let condition: JSONValue = [
                        "type": "Ready", "status": "True", "lastTransitionTime": .string(Timestamp(seconds: 1_800_000_000).description),
                    ]
                    try await client.patch(
                        .pods, namespace: pod.namespace, name: pod.name, subresource: "status",
                        .strategicMerge(["status": ["phase": "Running", "podIP": .string(address), "conditions": [condition]]]))
                }
            } catch let error as APIError where error.reason == .notFound {}
            return .never
        }
    }
}
