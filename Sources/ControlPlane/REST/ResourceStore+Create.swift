// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema
import KubeStore

extension ResourceStore {
    private static let generatedNameAttempts = 8

    /// Stores a new object, in the storage version and with its defaults; it is returned with what the server decided.
    func create(_ definition: ResourceDefinition, _ object: KubeObject, namespace: String, options: WriteOptions = WriteOptions()) async throws
        -> KubeObject
    {
        let object = try await definition.strategy.needsServiceAccount ? admitPod(object, namespace: namespace) : object
        let base = object.value(at: "metadata", "generateName")?.string ?? ""
        let generatesName = object.name.isEmpty && !base.isEmpty
        var attempt = 1
        while true {
            var object = object
            if generatesName { object.set(.string(identifiers.name(from: base)), at: "metadata", "name") }
            do {
                return try await createOnce(definition, object, namespace: namespace, options: options)
            } catch let error as APIError where error.reason == .alreadyExists && generatesName && attempt < Self.generatedNameAttempts {
                attempt += 1
            }
        }
    }

    private func createOnce(_ definition: ResourceDefinition, _ object: KubeObject, namespace: String, options: WriteOptions) async throws
        -> KubeObject
    {
        var object = object
        try checkNamespace(definition, namespace, name: object.name)
        prepareForCreate(definition, &object, namespace: namespace, options)
        try check(definition, object, definition.strategy.validateCreate(object, validation(options)))
        let claim = try clusterIPs.claim(for: &object, definition, in: objects, block: block)
        defer { clusterIPs.release(claim) }
        object = owned(definition, object, replacing: nil, .main, options)
        let key = definition.key(of: object)
        if options.isDryRun {
            guard objects.get(key) == nil else { throw APIError.alreadyExists(definition.groupResource, object.name) }
            return object
        }
        do {
            return try await objects.create(object, at: key)
        } catch {
            throw error.apiError(definition, object.name)
        }
    }

    private func prepareForCreate(_ definition: ResourceDefinition, _ object: inout KubeObject, namespace: String, _ options: WriteOptions) {
        object.resourceVersion = ""
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generation"] {
            object.set(nil, at: "metadata", field)
        }
        object.set(definition.isNamespaced ? .string(namespace) : nil, at: "metadata", "namespace")
        object.set(.string(identifiers.uid()), at: "metadata", "uid")
        object.set(.string(now().description), at: "metadata", "creationTimestamp")
        if definition.strategy.generation != .none { object.set(1, at: "metadata", "generation") }
        definition.strategy.prepareForCreate(&object, PreparationContext(now: now(), user: options.user))
    }

    /// With the owners of its fields. Events and Leases, which are written all the time and applied by nobody, have none.
    func owned(
        _ definition: ResourceDefinition, _ object: KubeObject, replacing old: KubeObject?, _ scope: UpdateScope, _ options: WriteOptions
    ) -> KubeObject {
        guard !options.fieldManager.isEmpty, definition.strategy.tracksOwners, [.main, .status, .approval].contains(scope) else { return object }
        return ownership.noteUpdate(
            from: old, to: object, kind: definition.storageKind, manager: options.fieldManager,
            subresource: scope == .main ? options.subresource : scope.subresource, now: now())
    }

    /// - Source: `NamespaceLifecycle`, k8s.io/apiserver pkg/admission/plugin/namespace/lifecycle/admission.go
    private func checkNamespace(_ definition: ResourceDefinition, _ namespace: String, name: String) throws {
        guard definition.isNamespaced, let namespaces = registry.definition(.namespaces) else { return }
        let found = try get(namespaces, "", namespace)
        guard found.isBeingDeleted else { return }
        var error = APIError.forbidden(
            definition.groupResource, name, "unable to create new content in namespace \(namespace) because it is being terminated")
        error.details?.causes = [
            APIError.Cause(reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated", field: "metadata.namespace")
        ]
        throw error
    }

    /// Throws what is wrong with an object's name, its metadata and, as found by its strategy, the rest.
    func check(_ definition: ResourceDefinition, _ object: KubeObject, _ found: [APIError.Cause]) throws {
        let causes = MetadataRules.errors(object, names: definition.strategy.nameRule, isNamespaced: definition.isNamespaced).causes + found
        guard causes.isEmpty else { throw APIError.invalid(definition.storageKind, object.name, causes) }
    }
}
