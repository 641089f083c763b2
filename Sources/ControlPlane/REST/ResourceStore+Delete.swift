// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore

extension ResourceStore {
    private static let attempts = 20
    private static let protectedNamespaces: Set<String> = ["default", "kube-public", "kube-system"]

    /// Deletes an object, or begins to.
    /// - Returns: Its last state, and whether it is gone.
    func delete(_ definition: ResourceDefinition, namespace: String, name: String, options: DeleteOptions = DeleteOptions()) async throws
        -> (object: KubeObject, isGone: Bool)
    {
        if definition.strategy.deletion == .namespace, Self.protectedNamespaces.contains(name) {
            throw APIError.forbidden(definition.groupResource, name, "this namespace may not be deleted")
        }
        var attempt = 1
        while true {
            let object = try get(definition, namespace, name)
            try check(definition, object, options)
            do {
                let answer = try await delete(definition, object, options)
                let isOrphaner = answer.object.finalizers.contains(DeletionPlan.orphanFinalizer)
                return isOrphaner && !answer.isGone && !options.isDryRun ? try await orphanDependents(of: answer.object, definition) : answer
            } catch let error as StoreError {
                guard error.code == .conflict, attempt < Self.attempts else { throw error.apiError(definition, name) }
                attempt += 1
            }
        }
    }

    private func delete(_ definition: ResourceDefinition, _ object: KubeObject, _ options: DeleteOptions) async throws -> (
        object: KubeObject, isGone: Bool
    ) {
        let key = definition.key(of: object)
        switch DeletionPlan.make(object, options, definition.strategy.deletion, now: now()) {
        case .unchanged: return (object, false)
        case .remove: return (options.isDryRun ? object : try await objects.delete(key, expected: object.revision), true)
        case .mark(let marked): return (options.isDryRun ? marked : try await objects.update(marked, at: key, expected: object.revision), false)
        }
    }

    private func check(_ definition: ResourceDefinition, _ object: KubeObject, _ options: DeleteOptions) throws {
        if !options.uid.isEmpty, options.uid != object.uid {
            throw APIError.conflict(
                definition.groupResource, object.name, "Precondition failed: UID in precondition: \(options.uid), UID in object meta: \(object.uid)")
        }
        if !options.resourceVersion.isEmpty, options.resourceVersion != object.resourceVersion {
            throw APIError.conflict(
                definition.groupResource, object.name,
                "Precondition failed: ResourceVersion in precondition: \(options.resourceVersion), ResourceVersion in object meta: \(object.resourceVersion)"
            )
        }
    }
}
