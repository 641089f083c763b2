// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema

/// What is particular to a kind when its objects are written; all hooks see the storage version.
///
/// - Source: the `strategy.go` of each kind under kubernetes pkg/registry.
struct ResourceStrategy: Sendable {
    /// Whether an update or patch of an object that doesn't exist creates it.
    var allowsCreateOnUpdate = false
    /// Whether an update may leave out `metadata.resourceVersion` and then replaces whatever is there.
    var allowsUnconditionalUpdate = true
    /// Whether a write of the status may change annotations.
    var statusCarriesAnnotations = false
    var nameRule = NameRule.subdomain
    var generation = GenerationRule.none
    /// Whether `delete` answers with the object rather than with a `Status`.
    var returnsDeletedObject = false
    var deletion = Deletion.immediate
    /// Whether `metadata.managedFields` is kept.
    var tracksOwners = true
    /// Whether an object acts as a service account, and is given its token.
    var needsServiceAccount = false
    /// Whether objects give rights, which nobody may give who does not have them.
    var guardsAccess = false
    /// Clears and fills in what the server decides when an object is made.
    var prepareForCreate: @Sendable (inout KubeObject, PreparationContext) -> Void = { _, _ in }
    /// Puts back what an update through the main resource may not change; the status is put back already where the kind
    /// has a status subresource.
    var prepareForUpdate: @Sendable (inout KubeObject, _ old: KubeObject) -> Void = { _, _ in }
    /// What is wrong with a new object beyond its schema.
    var validateCreate: @Sendable (KubeObject, ValidationContext) -> [APIError.Cause] = { _, _ in [] }
    var validateUpdate: @Sendable (KubeObject, _ old: KubeObject, ValidationContext) -> [APIError.Cause] = { _, _, _ in [] }
    /// Puts back what a write of the status, or of the approval, may not change.
    var prepareStatus: @Sendable (inout KubeObject, _ old: KubeObject, UpdateScope, PreparationContext) -> Void = { _, _, _, _ in }
    /// What is wrong with an object after its status, or its approval, was written.
    var validateStatus: @Sendable (KubeObject, _ old: KubeObject, UpdateScope, ValidationContext) -> [APIError.Cause] = { _, _, _, _ in [] }
    /// Shown to whoever creates an object: what this server does not do with it. Nil where there is nothing to say.
    var warning: @Sendable (KubeObject) -> String? = { _ in nil }

    /// What `metadata.generation` counts the changes of.
    enum GenerationRule: Sendable { case none, spec, specAndAnnotations, allButMetadata }

    enum Deletion: Sendable {
        /// At once, unless a finalizer holds the object.
        case immediate
        /// With a grace period that the node agent ends.
        case pod
        /// After its content: `spec.finalizers` holds it.
        case namespace
    }
}

struct PreparationContext: Sendable {
    var now: Timestamp
    /// Who writes; nil for the server itself.
    var user: UserInfo?
}

struct ValidationContext: Sendable {
    var block: LoopbackBlock
    /// In which the object was written, where that is known and not the storage version.
    var version: String?
}
