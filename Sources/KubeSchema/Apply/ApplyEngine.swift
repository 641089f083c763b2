// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Server-side apply: who owns which field of an object, and what becomes of it when a manager applies its configuration.
///
/// Pure: it neither gives defaults nor validates, and leaves `resourceVersion` and the like as they are in the live object.
package struct ApplyEngine: Sendable {
    let shapes: ApplyShapes
    private var schema: KubeSchema { shapes.schema }

    package init(schema: KubeSchema, customKinds: CustomKinds = CustomKinds()) { shapes = ApplyShapes(schema: schema, customKinds: customKinds) }

    /// The object after `manager` applied its configuration.
    ///
    /// The configuration's fields are set, elements of lists that have keys merged by them, sets united, and what is owned as a whole
    /// is replaced. Fields that the manager applied before and now leaves out are removed, unless somebody else owns them too.
    /// Applying the same again gives the same object, times included.
    ///
    /// - Parameters:
    ///   - live: The object as it is, in the version of `kind`; nil to create it.
    ///   - force: Takes fields from others rather than failing.
    ///   - now: The time given to the manager's entry, if anything changes.
    ///   - resetFields: Fields that this endpoint doesn't write: left out of the configuration. By default `status` for the main
    ///     resource of a kind whose rows have it, `spec` for the subresource `status`.
    /// - Throws: `Conflict`, with a cause of reason `FieldManagerConflict` for each field that somebody else owns with another value;
    ///   `BadRequest` for a configuration of another kind, with `managedFields`, or with list elements whose keys are missing or repeated;
    ///   `InternalError` for `managedFields` of the live object that cannot be read.
    /// - Source: `FieldManager.Apply`, apimachinery pkg/util/managedfields/internal; `Updater.Apply`, structured-merge-diff merge/update.go
    package func apply(
        _ applied: KubeObject, to live: KubeObject?, kind: GroupVersionKind, manager: String, subresource: String = "", force: Bool,
        now: Timestamp, resetFields: FieldSet? = nil
    ) throws(APIError) -> KubeObject {
        try check(applied, kind: kind)
        let shape = shapes.shape(of: kind)
        let ignored = resetFields ?? defaultResetFields(of: kind, subresource: subresource)
        let configuration = shapes.removing(ignored, from: ApplyObject(applied, kind: kind).json, shape: shape) ?? [:]
        let before = try managers(of: live)
        let old = ApplyObject(live, kind: kind)
        let known = before.isEmpty && live != nil ? beforeFirstApply(old, subresource: subresource, now: now) : before

        var applier = ManagedFieldsEntry(
            manager: manager.isEmpty ? "unknown" : manager, operation: .apply, apiVersion: kind.apiVersion, subresource: subresource,
            fields: shapes.ownedFields(configuration, shape: shape))
        let previous = known[applier.identity]
        var managers = known
        // With the fields that nobody owns until the end, so that pruning spares them.
        managers[applier.identity] = applier
        var new = ApplyObject(json: shapes.merged(old.json, with: configuration, shape: shape), kind: kind)
        if let previous { new = pruned(new, previous: previous, managers: managers) }
        managers = try transferred(from: old, to: new, managers: managers, applier: applier.identity, force: force, ignoring: ignored)

        new.json = shapes.withoutNulls(new.json, shape: shape)
        // A stored object may spell out nulls where its fields ask for it.
        let isUnchanged = live != nil && new.json.isSame(as: shapes.withoutNulls(old.json, shape: shape))
        applier.fields = applier.fields.difference(Self.strippedFields)
        let isSameOwner = applier.fields == previous?.fields && applier.apiVersion == previous?.apiVersion
        applier.time = isUnchanged && isSameOwner ? previous?.time : now.truncatedToSeconds
        managers[applier.identity] = applier
        if isUnchanged && managers == before, let live { return live }
        return (isUnchanged ? old : new).object(with: managers)
    }

    /// Whether two states of an object are the same but for the times of their managers' entries: nothing to write then.
    ///
    /// - Source: `IgnoreManagedFieldsTimestampsTransformer`, apiserver pkg/endpoints/handlers/fieldmanager/equality.go
    package static func differOnlyInTimes(_ left: KubeObject, _ right: KubeObject) -> Bool {
        func timeless(_ object: KubeObject) -> JSONValue {
            var object = object
            let entries = object.value(at: "metadata", "managedFields")?.array?.map { entry in
                var entry = entry
                if entry.object != nil { entry["time"] = nil }
                return entry
            }
            if let entries { object.set(.array(entries), at: "metadata", "managedFields") }
            return .object(object.json)
        }
        return timeless(left).isSame(as: timeless(right))
    }

    private func check(_ applied: KubeObject, kind: GroupVersionKind) throws(APIError) {
        guard applied.groupVersionKind == kind else { throw .badRequest("invalid object type: \(applied.groupVersionKind)") }
        guard applied.value(at: "metadata", "managedFields")?.isNull ?? true else { throw .badRequest("metadata.managedFields must be nil") }
        let errors = shapes.errors(in: .object(applied.json), shape: shapes.shape(of: kind))
        guard errors.isEmpty else {
            let text = errors.count == 1 ? errors[0] : "errors:\n" + errors.map { "  \($0)" }.joined(separator: "\n")
            throw .badRequest("failed to create typed patch object (\(applied.namespace)/\(applied.name); \(kind)): \(text)")
        }
    }

    private func managers(of live: KubeObject?) throws(APIError) -> FieldManagers {
        do { return try FieldManagers(live?.value(at: "metadata", "managedFields")) } catch {
            throw .internalError("failed to decode managed fields: \(error.message)")
        }
    }

    /// The owner of all that was there before anybody's fields were known.
    ///
    /// - Source: `skipNonAppliedManager.Apply`, apimachinery pkg/util/managedfields/internal/skipnonapplied.go
    private func beforeFirstApply(_ object: ApplyObject, subresource: String, now: Timestamp) -> FieldManagers {
        let identity = ManagedFieldsEntry.Identity(
            manager: "before-first-apply", operation: .update, apiVersion: object.kind.apiVersion, subresource: subresource)
        let nothing = ApplyObject(nil, kind: object.kind)
        return noted(from: nothing, to: object, managers: FieldManagers(), identity: identity, now: now, ignoring: FieldSet())
    }

    /// - Source: `GetResetFields` of each kind's strategy
    func defaultResetFields(of kind: GroupVersionKind, subresource: String) -> FieldSet {
        switch subresource {
        case "" where schema.kind(kind)?.field("status") != nil || shapes.customKinds.kind(kind)?.version.hasStatus ?? false:
            FieldSet([[.field("status")]])
        case "status": FieldSet([[.field("spec")]])
        default: FieldSet()
        }
    }

    /// What nobody owns.
    ///
    /// - Source: `NewStripMetaManager`, apimachinery pkg/util/managedfields/internal/stripmeta.go; deletion is never anyone's either
    static let strippedFields = FieldSet(
        [[.field("apiVersion")], [.field("kind")], [.field("metadata")]]
            + [
                "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion",
                "deletionTimestamp", "deletionGracePeriodSeconds",
            ].map { [.field("metadata"), .field($0)] })
}
