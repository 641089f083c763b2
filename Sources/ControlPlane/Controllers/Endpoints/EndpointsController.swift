// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel

/// Keeps the Endpoints and EndpointSlices of Services with a selector; those without one are their user's business.
struct EndpointsController: Reconciler {
    let client: KubeClient
    let services: Informer
    let pods: Informer
    let endpoints: Informer
    let slices: Informer

    func reconcile(_ key: NamespacedName) async throws -> Requeue {
        do {
            guard let service = services.get(key), !service.isBeingDeleted else {
                try await cleanUp(key)
                return .never
            }
            guard !(service.spec["selector"]?.object ?? [:]).isEmpty, service.spec["type"] != "ExternalName" else { return .never }
            let found = ServiceEndpoints(service, pods: pods.list(namespace: key.namespace))
            // Slices first: they are what the service proxy goes by.
            try await writeSlices(service, found)
            try await writeEndpoints(service, found)
        } catch let error as APIError where error.isNamespaceTerminating {}
        return .never
    }

    private func writeSlices(_ service: KubeObject, _ found: ServiceEndpoints) async throws {
        var plan = EndpointSlicePlan.make(service, found, slices: managed(slices.list(index: SharedInformers.byService, "\(service.namespacedName)")))
        guard !plan.isEmpty else { return }
        if !plan.created.isEmpty {
            // One that was just made may not be in the local copy yet.
            let selector = "\(ServiceEndpoints.serviceLabel)=\(service.name)"
            plan = EndpointSlicePlan.make(
                service, found, slices: managed(try await client.list(.endpointSlices, namespace: service.namespace, labelSelector: selector).items))
        }
        for slice in plan.updated { try await client.update(.endpointSlices, slice) }
        for slice in plan.created { try await client.create(.endpointSlices, slice) }
        for slice in plan.deleted { try await delete(.endpointSlices, slice) }
    }

    private func managed(_ slices: [KubeObject]) -> [KubeObject] {
        slices.filter { $0.labels[EndpointSlicePlan.managedBy.label] == EndpointSlicePlan.managedBy.value && !$0.isBeingDeleted }
    }

    private func writeEndpoints(_ service: KubeObject, _ found: ServiceEndpoints) async throws {
        let existing = endpoints.get(service.namespacedName)
        let object = EndpointsObject.make(service, found, existing: existing)
        guard object != existing else { return }
        if existing != nil {
            try await client.update(.endpoints, object)
        } else {
            do {
                try await client.create(.endpoints, object)
            } catch let error as APIError where error.reason == .alreadyExists {
                // Not in the local copy yet.
                let current = try await client.get(.endpoints, namespace: service.namespace, name: service.name)
                try await client.update(.endpoints, EndpointsObject.make(service, found, existing: current))
            }
        }
    }

    /// What a deleted Service leaves behind.
    private func cleanUp(_ key: NamespacedName) async throws {
        for slice in managed(slices.list(index: SharedInformers.byService, "\(key)")) { try await delete(.endpointSlices, slice) }
        if let object = endpoints.get(key), object.labels[EndpointsObject.managedBy.label] == EndpointsObject.managedBy.value {
            try await delete(.endpoints, object)
        }
    }

    private func delete(_ resource: GroupVersionResource, _ object: KubeObject) async throws {
        do {
            try await client.delete(resource, object)
        } catch let error as APIError where error.reason == .notFound {}
    }
}
