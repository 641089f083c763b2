// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging

/// The local copies that the controllers share: one watch per kind, however many read it.
struct SharedInformers: Sendable {
    /// Index: the uid of an object's controller, or `noController`.
    static let byController = "controller"
    /// What stands in the index for the objects of a namespace that have no controller.
    static func noController(_ namespace: String) -> String { "/\(namespace)" }
    /// Index: the node that a pod runs on.
    static let byNode = "node"
    /// Index: the namespace and name of the Service that an EndpointSlice belongs to.
    static let byService = "service"

    let pods: Informer
    let replicaSets: Informer
    let deployments: Informer
    let statefulSets: Informer
    let daemonSets: Informer
    let controllerRevisions: Informer
    let persistentVolumeClaims: Informer
    let persistentVolumes: Informer
    let services: Informer
    let endpoints: Informer
    let endpointSlices: Informer
    let nodes: Informer
    let namespaces: Informer
    /// Metadata only: they are large.
    let definitions: Informer
    let apiServices: Informer
    /// Of nodes only.
    let leases: Informer

    init(client: KubeClient, clock: any Clock<Duration>, logger: Logger) {
        func informer(_ resource: GroupVersionResource, namespace: String? = nil, indexes: [String: Informer.IndexValues] = [:]) -> Informer {
            Informer(client: client, resource: resource, namespace: namespace, indexes: indexes, clock: clock, logger: logger)
        }
        let controller: Informer.IndexValues = { [$0.controller?.uid ?? Self.noController($0.namespace)] }
        pods = informer(.pods, indexes: [Self.byController: controller, Self.byNode: { Self.filled($0.spec["nodeName"]?.string) }])
        replicaSets = informer(.replicaSets, indexes: [Self.byController: controller])
        deployments = informer(.deployments)
        statefulSets = informer(.statefulSets)
        daemonSets = informer(.daemonSets)
        controllerRevisions = informer(.controllerRevisions, indexes: [Self.byController: controller])
        persistentVolumeClaims = informer(.persistentVolumeClaims)
        persistentVolumes = informer(.persistentVolumes)
        services = informer(.services)
        endpoints = informer(.endpoints)
        endpointSlices = informer(
            .endpointSlices,
            indexes: [Self.byService: { slice in slice.labels[ServiceEndpoints.serviceLabel].map { ["\(slice.namespace)/\($0)"] } ?? [] }])
        nodes = informer(.nodes)
        namespaces = informer(.namespaces)
        definitions = Informer(client: client, resource: .customResourceDefinitions, metadataOnly: true, clock: clock, logger: logger)
        apiServices = informer(.apiServices)
        leases = informer(.leases, namespace: "kube-node-lease")
    }

    var all: [Informer] {
        [
            pods, replicaSets, deployments, statefulSets, daemonSets, controllerRevisions, persistentVolumeClaims, persistentVolumes, services,
            endpoints, endpointSlices, nodes, namespaces, leases, definitions, apiServices,
        ]
    }

    private static func filled(_ text: String?) -> [String] { text.map { $0.isEmpty ? [] : [$0] } ?? [] }
}

extension Informer {
    /// Returns once all of them have their first list.
    static func waitUntilSynced(_ informers: [Informer]) async throws {
        for informer in informers { try await informer.waitUntilSynced() }
    }
}
