// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema
import KubeStore

/// Which part of an object a write may change.
enum UpdateScope: Sendable {
    /// All but the status, where the kind keeps that apart.
    case main
    case status
    /// The decisions about a CertificateSigningRequest.
    case approval
    /// A namespace's `spec.finalizers`.
    case finalize
    /// Whatever the server's own code changed.
    case binding

    /// In `metadata.managedFields`.
    var subresource: String {
        switch self {
        case .status: "status"
        case .approval: "approval"
        case .main, .finalize, .binding: ""
        }
    }
}

/// What a writer wants an object to become.
struct ProposedObject: Sendable {
    var object: KubeObject
    /// Whether the change makes as much sense on a newer object, should another write come first.
    var isRepeatable: Bool
    /// Whether its `managedFields` are what apply made them.
    var isApplied = false
}

extension ResourceStore {
    private static let conflictAttempts = 20

    /// Replaces an object by what `change` makes of the current one; nil stands for one that doesn't exist.
    ///
    /// `change` is called again, on the newer object, where another write came in between and what it wants is repeatable.
    /// - Returns: The object as stored, and whether it was created by this.
    func update(
        _ definition: ResourceDefinition, namespace: String, name: String, scope: UpdateScope = .main, options: WriteOptions = WriteOptions(),
        mayCreate: Bool = false, change: (KubeObject?) throws -> ProposedObject
    ) async throws -> (object: KubeObject, isCreated: Bool) {
        let key = definition.key(namespace: namespace, name: name)
        var attempt = 1
        while true {
            guard let old = objects.get(key) else {
                guard scope == .main, mayCreate || definition.strategy.allowsCreateOnUpdate else {
                    throw APIError.notFound(definition.groupResource, name)
                }
                let proposed = try change(nil)
                var options = options
                if proposed.isApplied { options.fieldManager = "" }
                return (try await create(definition, proposed.object, namespace: namespace, options: options), true)
            }
            let proposed = try change(old)
            var new = try prepareForUpdate(definition, proposed.object, old, scope, options)
            if proposed.isApplied {
                new.set(proposed.object.value(at: "metadata", "managedFields"), at: "metadata", "managedFields")
                if ApplyEngine.differOnlyInTimes(new, old) { return (old, false) }
            } else {
                new = owned(definition, new, replacing: old, scope, options)
            }
            do {
                return (try await write(definition, new, old, key, options), false)
            } catch let error as APIError where error.reason == .conflict && proposed.isRepeatable && attempt < Self.conflictAttempts {
                attempt += 1
            }
        }
    }

    /// Changes an object of this server's own accord.
    func amend(
        _ definition: ResourceDefinition, namespace: String, name: String, scope: UpdateScope = .main, _ body: (inout KubeObject) throws -> Void
    ) async throws -> KubeObject {
        try await update(definition, namespace: namespace, name: name, scope: scope) { current in
            guard var object = current else { throw APIError.notFound(definition.groupResource, name) }
            try body(&object)
            return ProposedObject(object: object, isRepeatable: true)
        }.object
    }

    private func write(_ definition: ResourceDefinition, _ new: KubeObject, _ old: KubeObject, _ key: ObjectKey, _ options: WriteOptions) async throws
        -> KubeObject
    {
        guard !options.isDryRun, !new.isIdentical(to: old) else { return new }
        do {
            if isReadyToGo(definition, new) {
                _ = try await objects.delete(key, expected: old.revision)
                return new
            }
            return try await objects.update(new, at: key, expected: old.revision)
        } catch {
            throw error.apiError(definition, new.name)
        }
    }

    private func prepareForUpdate(
        _ definition: ResourceDefinition, _ given: KubeObject, _ old: KubeObject, _ scope: UpdateScope, _ options: WriteOptions
    ) throws -> KubeObject {
        try checkPreconditions(definition, given, old)
        var new = given
        switch scope {
        case .main:
            keepServerFields(of: old, in: &new)
            if definition.has(.status) { new["status"] = old["status"] }
            definition.strategy.prepareForUpdate(&new, old)
            clusterIPs.keep(old, in: &new, definition)
            countGeneration(definition, &new, old)
            try checkFinalizers(definition, new, old)
            try check(definition, new, definition.strategy.validateUpdate(new, old, validation(options)))
        case .status, .approval:
            new = old
            new["status"] = given["status"]
            // As upstream's: the Deployment controller notes the revision together with the status.
            if definition.strategy.statusCarriesAnnotations { new.annotations = given.annotations }
            definition.strategy.prepareStatus(&new, old, scope, PreparationContext(now: now(), user: options.user))
            let causes = definition.strategy.validateStatus(new, old, scope, validation(options))
            guard causes.isEmpty else { throw APIError.invalid(definition.storageKind, old.name, causes) }
        case .finalize:
            new = old
            new.set(given.spec["finalizers"], at: "spec", "finalizers")
        case .binding: break
        }
        return new
    }

    private func checkPreconditions(_ definition: ResourceDefinition, _ given: KubeObject, _ old: KubeObject) throws {
        if given.resourceVersion.isEmpty {
            guard definition.strategy.allowsUnconditionalUpdate else {
                var errors = FieldErrors()
                errors.invalid("metadata.resourceVersion", 0, "must be specified for an update")
                throw APIError.invalid(definition.storageKind, old.name, errors.causes)
            }
        } else if given.resourceVersion != old.resourceVersion {
            throw APIError.staleWrite(definition.groupResource, old.name)
        }
        if !given.uid.isEmpty, given.uid != old.uid {
            throw APIError.conflict(
                definition.groupResource, old.name,
                "Precondition failed: UID in precondition: \(given.uid), UID in object meta: \(old.uid)")
        }
    }

    /// What only the server sets stays as it is, whatever a client sends.
    private func keepServerFields(of old: KubeObject, in new: inout KubeObject) {
        let fields = [
            "name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion",
            "generateName",
        ]
        for field in fields { new.set(old.value(at: "metadata", field), at: "metadata", field) }
        new.set(nil, at: "metadata", "selfLink")
    }

    private func countGeneration(_ definition: ResourceDefinition, _ new: inout KubeObject, _ old: KubeObject) {
        let isChanged =
            switch definition.strategy.generation {
            case .none: false
            case .spec: new["spec"] != old["spec"]
            case .specAndAnnotations: new["spec"] != old["spec"] || new.annotations != old.annotations
            case .allButMetadata: withoutMetadata(new) != withoutMetadata(old)
            }
        if isChanged { new.set(.integer(old.generation &+ 1), at: "metadata", "generation") }
    }

    private func withoutMetadata(_ object: KubeObject) -> KubeObject {
        var object = object
        object["metadata"] = nil
        return object
    }

    private func checkFinalizers(_ definition: ResourceDefinition, _ new: KubeObject, _ old: KubeObject) throws {
        guard old.isBeingDeleted else { return }
        let added = Set(new.finalizers).subtracting(old.finalizers)
        guard !added.isEmpty else { return }
        var errors = FieldErrors()
        let list = added.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
        errors.forbidden(
            "metadata.finalizers", "no new finalizers can be added if the object is being deleted, found new finalizers []string{\(list)}")
        throw APIError.invalid(definition.storageKind, old.name, errors.causes)
    }
}
