// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import KubePKI
import Logging
import ServiceLifecycle

/// What makes a cluster of an API server: ordinary clients of it, each told by watches what to look at.
package enum BuiltInControllers {
    /// To be run together, in this order; shut down in the reverse, controllers end before what they read from.
    /// - Parameters:
    ///   - client: Signs in as `system:kube-controller-manager`.
    ///   - schedulerClient: Signs in as `system:kube-scheduler`.
    ///   - rootCAPEM: What pods verify the API server by.
    ///   - folders: What claims are given as volumes; nil where they only get the volumes that others make.
    ///   - authority: Signs the certificates that are asked for; nil signs none.
    package static func services<C: Clock & Sendable>(
        client: KubeClient, schedulerClient: KubeClient, rootCAPEM: String, folders: (any VolumeFolders)? = nil,
        authority: CertificateAuthority? = nil, now: @escaping @Sendable () -> Timestamp, clock: C, logger: Logger
    ) -> [any Service] where C.Duration == Duration {
        let assembly = ControllerAssembly(
            client: client, schedulerClient: schedulerClient, rootCAPEM: rootCAPEM, folders: folders, authority: authority,
            informers: SharedInformers(client: client, clock: clock, logger: logger), now: now,
            clock: clock,
            logger: logger)
        return assembly.services
    }
}

struct ControllerAssembly<C: Clock & Sendable> where C.Duration == Duration {
    let client: KubeClient
    let schedulerClient: KubeClient
    let rootCAPEM: String
    let folders: (any VolumeFolders)?
    let authority: CertificateAuthority?
    let informers: SharedInformers
    let now: @Sendable () -> Timestamp
    let clock: C
    let logger: Logger

    var services: [any Service] {
        let namespaces = WorkQueue<NamespacedName, C>(clock: clock)
        return informers.all as [any Service] + deployments + replicaSets + statefulSets + daemonSets + volumes + scheduler + [
            endpoints, namespaceController(namespaces),
        ] + nodes
            + [garbageCollector(namespaces)]
            + gift("serviceaccount", .serviceAccounts, NamespaceGift.serviceAccount())
            + gift("root-ca-cert-publisher", .configMaps, NamespaceGift.rootCertificate(rootCAPEM)) + clusterRoles + certificates
    }

    private func gift(_ name: String, _ resource: GroupVersionResource, _ gift: KubeObject) -> [any Service] {
        let queue = WorkQueue<String, C>(clock: clock)
        let gifts = Informer(client: client, resource: resource, fieldSelector: "metadata.name=\(gift.name)", clock: clock, logger: logger)
        informers.namespaces.onChange { _, new in if let new { queue.add(new.name) } }
        gifts.onChange { old, new in if let object = new ?? old { queue.add(object.namespace) } }
        let reconciler = NamespaceGift(client: client, namespaces: informers.namespaces, gifts: gifts, resource: resource, gift: gift)
        let needed = [informers.namespaces, gifts]
        return [
            gifts,
            Controller(name: name, reconciler: reconciler, queue: queue, workers: 1, logger: logger) { try await Informer.waitUntilSynced(needed) },
        ]
    }

    private var certificates: [any Service] {
        guard let authority else { return [] }
        let queue = WorkQueue<String, C>(clock: clock)
        let requests = Informer(client: client, resource: .certificateSigningRequests, clock: clock, logger: logger)
        requests.onChange { _, new in if let new { queue.add(new.name) } }
        let reconciler = CertificateController(client: client, requests: requests, authority: authority, now: now)
        return [
            requests,
            Controller(name: "certificates", reconciler: reconciler, queue: queue, workers: 1, logger: logger) {
                try await requests.waitUntilSynced()
            },
        ]
    }

    private var clusterRoles: [any Service] {
        let queue = WorkQueue<NamespacedName, C>(clock: clock)
        let roles = Informer(client: client, resource: .clusterRoles, clock: clock, logger: logger)
        roles.onChange { _, _ in
            for role in roles.list() where role["aggregationRule"] != nil { queue.add(role.namespacedName) }
        }
        let reconciler = ClusterRoleAggregation(client: client, roles: roles)
        return [
            roles,
            Controller(name: "clusterrole-aggregation", reconciler: reconciler, queue: queue, workers: 1, logger: logger) {
                try await roles.waitUntilSynced()
            },
        ]
    }

    func recorder(_ component: String, _ client: KubeClient) -> EventRecorder {
        EventRecorder(client: client, component: component, now: now, logger: logger)
    }

    /// Of an object that has a controller of that kind, the controller's name.
    static func owner(_ object: KubeObject?, kind: String) -> NamespacedName? {
        guard let object, let owner = object.controller, owner.kind == kind else { return nil }
        return NamespacedName(namespace: object.namespace, name: owner.name)
    }

    private var deployments: [any Service] {
        let queue = WorkQueue<NamespacedName, C>(clock: clock)
        informers.deployments.onChange { old, new in if let object = new ?? old { queue.add(object.namespacedName) } }
        informers.replicaSets.onChange { [informers] old, new in
            for object in [old, new] { if let key = Self.owner(object, kind: "Deployment") { queue.add(key) } }
            guard let new, new.controller == nil else { return }
            for deployment in informers.deployments.list(namespace: new.namespace) where Deployment(deployment).selector?.matches(new.labels) == true
            {
                queue.add(deployment.namespacedName)
            }
        }
        // A Deployment that recreates waits for its old pods to end.
        informers.pods.onChange { [informers] old, new in
            guard new.map({ Pod($0).isTerminal }) ?? true, let set = Self.owner(new ?? old, kind: "ReplicaSet").flatMap(informers.replicaSets.get),
                let key = Self.owner(set, kind: "Deployment")
            else { return }
            queue.add(key)
        }
        let recorder = recorder("deployment-controller", client)
        let reconciler = DeploymentController(
            client: client, deployments: informers.deployments, replicaSets: informers.replicaSets, pods: informers.pods, recorder: recorder, now: now
        )
        let needed = [informers.deployments, informers.replicaSets, informers.pods]
        return [
            recorder,
            Controller(name: "deployment", reconciler: reconciler, queue: queue, workers: 4, logger: logger) {
                try await Informer.waitUntilSynced(needed)
            },
        ]
    }

    private var replicaSets: [any Service] {
        let queue = WorkQueue<NamespacedName, C>(clock: clock)
        informers.replicaSets.onChange { old, new in if let object = new ?? old { queue.add(object.namespacedName) } }
        informers.pods.onChange { [informers] old, new in
            for pod in [old, new] { if let key = Self.owner(pod, kind: "ReplicaSet") { queue.add(key) } }
            guard let new, new.controller == nil, Pod(new).isActive else { return }
            for set in informers.replicaSets.list(namespace: new.namespace) where ReplicaSet(set).selector?.matches(new.labels) == true {
                queue.add(set.namespacedName)
            }
        }
        let recorder = recorder("replicaset-controller", client)
        let reconciler = ReplicaSetController(client: client, replicaSets: informers.replicaSets, pods: informers.pods, recorder: recorder, now: now)
        let needed = [informers.replicaSets, informers.pods]
        return [
            recorder,
            Controller(name: "replicaset", reconciler: reconciler, queue: queue, workers: 4, logger: logger) {
                try await Informer.waitUntilSynced(needed)
            },
        ]
    }

    private var scheduler: [any Service] {
        let queue = WorkQueue<NamespacedName, C>(clock: clock)
        let ledger = SchedulerLedger()
        let retry: @Sendable () -> Void = { for key in ledger.unplaced { queue.add(key) } }
        informers.pods.onChange { old, new in
            if ledger.observe(old: old, new: new) { retry() }
            if let new, Scheduler.isPending(new), old.map({ !Scheduler.isPending($0) || $0.spec != new.spec }) ?? true {
                queue.add(new.namespacedName)
            }
        }
        informers.nodes.onChange { old, new in if Scheduler.isRelevant(old: old, new: new) { retry() } }
        informers.persistentVolumeClaims.onChange { _, new in if new?.status["phase"] == "Bound" { retry() } }
        let recorder = recorder(Scheduler.name, schedulerClient)
        let reconciler = Scheduler(
            client: schedulerClient, pods: informers.pods, nodes: informers.nodes, claims: informers.persistentVolumeClaims, ledger: ledger,
            recorder: recorder, now: now)
        let needed = [informers.pods, informers.nodes, informers.persistentVolumeClaims]
        return [
            recorder,
            Controller(name: "scheduler", reconciler: reconciler, queue: queue, workers: 4, logger: logger) {
                try await Informer.waitUntilSynced(needed)
            },
        ]
    }

    private var endpoints: any Service {
        let queue = WorkQueue<NamespacedName, C>(clock: clock)
        informers.services.onChange { old, new in if let object = new ?? old { queue.add(object.namespacedName) } }
        informers.pods.onChange { [informers] old, new in
            guard ServiceEndpoints.isRelevant(old: old, new: new), let namespace = (new ?? old)?.namespace else { return }
            for service in informers.services.list(namespace: namespace) {
                guard let selector = service.spec["selector"]?.stringMap, !selector.isEmpty else { continue }
                if [old, new].contains(where: { $0.map { ServiceEndpoints.isSelected($0, by: selector) } ?? false }) {
                    queue.add(service.namespacedName)
                }
            }
        }
        // What someone else changes or deletes is put right.
        informers.endpointSlices.onChange { old, new in
            guard let slice = new ?? old, let service = slice.labels[ServiceEndpoints.serviceLabel] else { return }
            queue.add(NamespacedName(namespace: slice.namespace, name: service))
        }
        informers.endpoints.onChange { old, new in if let object = new ?? old { queue.add(object.namespacedName) } }
        let reconciler = EndpointsController(
            client: client, services: informers.services, pods: informers.pods, endpoints: informers.endpoints, slices: informers.endpointSlices)
        let needed = [informers.services, informers.pods, informers.endpoints, informers.endpointSlices]
        return Controller(name: "endpoints", reconciler: reconciler, queue: queue, workers: 2, logger: logger) {
            try await Informer.waitUntilSynced(needed)
        }
    }

    private func namespaceController(_ queue: WorkQueue<NamespacedName, C>) -> any Service {
        informers.namespaces.onChange { _, new in if let new, new.isBeingDeleted { queue.add(new.namespacedName) } }
        let reconciler = NamespaceController(client: client, namespaces: informers.namespaces, now: now)
        return Controller(name: "namespace", reconciler: reconciler, queue: queue, workers: 2, logger: logger) {
            [namespaces = informers.namespaces] in
            try await namespaces.waitUntilSynced()
        }
    }

    private var nodes: [any Service] {
        let queue = WorkQueue<String, C>(clock: clock)
        let heartbeats = Heartbeats(clock: clock)
        let grace = NodeLifecycle<C>.grace
        informers.leases.onChange { old, new in
            guard let new, old?.spec["renewTime"] != new.spec["renewTime"] else { return }
            heartbeats.beat(new.name)
            queue.add(new.name, after: grace)
        }
        informers.nodes.onChange { old, new in
            guard let node = new ?? old else { return }
            if new == nil { heartbeats.forget(node.name) }
            if old == nil || new == nil { queue.add(node.name, after: grace) }
        }
        informers.pods.onChange { [informers] _, new in
            // Its node may be gone for long.
            guard let node = new.map({ Pod($0).nodeName }), !node.isEmpty, informers.nodes.get(NamespacedName(namespace: "", name: node)) == nil
            else { return }
            queue.add(node, after: grace)
        }
        let recorder = recorder("node-controller", client)
        let reconciler = NodeLifecycle(
            client: client, nodes: informers.nodes, pods: informers.pods, heartbeats: heartbeats, recorder: recorder, now: now)
        let needed = [informers.leases, informers.nodes, informers.pods]
        return [
            recorder,
            Controller(name: "node", reconciler: reconciler, queue: queue, workers: 1, logger: logger) { try await Informer.waitUntilSynced(needed) },
        ]
    }

    private func garbageCollector(_ namespaces: WorkQueue<NamespacedName, C>) -> any Service {
        GarbageCollectorService(
            client: client, informers: informers.all, registrations: [informers.definitions, informers.apiServices],
            onRemoval: { [informers] namespace in
                let key = NamespacedName(namespace: "", name: namespace)
                if informers.namespaces.get(key)?.isBeingDeleted == true { namespaces.add(key) }
            }, clock: clock, logger: logger)
    }
}
