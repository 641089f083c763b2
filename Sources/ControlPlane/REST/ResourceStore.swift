// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import KubeStore

/// Objects by kind over the versioned store: what Kubernetes adds to a key-value store.
///
/// It names no version but the storage version and knows nothing of HTTP. Each write reads the object, decides, and
/// writes on the condition that nothing was written in between.
struct ResourceStore: Sendable {
    let objects: any ObjectStore
    let catalog: ResourceCatalog
    let block: LoopbackBlock
    let clusterIPs: ClusterIPAllocator
    let now: @Sendable () -> Timestamp
    let identifiers: Identifiers
    /// Who owns which field.
    let ownership: ApplyEngine

    /// What is served at this moment.
    var registry: ResourceRegistry { catalog.registry }

    func validation(_ options: WriteOptions) -> ValidationContext { ValidationContext(block: block, version: options.version) }

    func get(_ definition: ResourceDefinition, _ namespace: String, _ name: String) throws -> KubeObject {
        guard let object = objects.get(definition.key(namespace: namespace, name: name)) else {
            throw APIError.notFound(definition.groupResource, name)
        }
        return object
    }
}

/// What a write was asked for beside the object.
struct WriteOptions: Sendable {
    /// Decide and answer, but store nothing.
    var isDryRun = false
    /// Who writes, for `metadata.managedFields`; empty for the server itself, which leaves them as they are.
    var fieldManager = ""
    /// Through which the main part is written, for the same: `scale`.
    var subresource = ""
    /// In which the object was written; nil stands for the storage version.
    var version: String?
    /// Who writes; nil for the server itself.
    var user: UserInfo?
}

extension StoreError {
    /// How a client is told of a failed write.
    func apiError(_ definition: ResourceDefinition, _ name: String) -> APIError {
        switch code {
        case .notFound: .notFound(definition.groupResource, name)
        case .alreadyExists: .alreadyExists(definition.groupResource, name)
        case .conflict: .staleWrite(definition.groupResource, name)
        case .compacted: .expired(message)
        case .noSpace: .insufficientStorage("the store does not take writes: \(message)")
        default: .serviceUnavailable("the store does not take writes: \(message)")
        }
    }
}

extension KubeObject {
    /// The revision of the object's last write.
    var revision: Int64 { Int64(resourceVersion) ?? 0 }
}
