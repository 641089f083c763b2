// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// An object without its managers, in a version.
struct ApplyObject {
    var json: JSONValue
    var kind: GroupVersionKind

    init(json: JSONValue, kind: GroupVersionKind) {
        self.json = json
        self.kind = kind
    }

    /// No object is one that has a kind and nothing else.
    init(_ object: KubeObject?, kind: GroupVersionKind) {
        self.kind = kind
        var object = object ?? KubeObject(["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind)])
        object.set(nil, at: "metadata", "managedFields")
        json = .object(object.json)
    }

    func object(with managers: FieldManagers) -> KubeObject {
        var object = KubeObject(json.object ?? JSONObject())
        object.set(managers.json, at: "metadata", "managedFields")
        return object
    }

    /// Nil where the version is no longer served.
    func converted(to apiVersion: String, _ customKinds: CustomKinds) -> ApplyObject? {
        let version = GroupVersion(apiVersion: apiVersion)
        guard version != kind.groupVersion else { return self }
        if customKinds.kind(kind) != nil {
            let wanted = GroupVersionKind(apiVersion: apiVersion, kind: kind.kind)
            guard customKinds.kind(wanted) != nil else { return nil }
            var converted = ApplyObject(json: json, kind: wanted)
            converted.json["apiVersion"] = .string(apiVersion)
            return converted
        }
        guard let object = json.object, let converted = try? Conversion.convert(KubeObject(object), to: version) else { return nil }
        return ApplyObject(json: .object(converted.json), kind: GroupVersionKind(apiVersion: apiVersion, kind: kind.kind))
    }
}

extension ApplyEngine {
    /// The managers after the object changed: those other than the applier lose what changed and what was removed.
    ///
    /// - Throws: `Conflict` where others own something that changed, unless forced.
    /// - Source: `Updater.update`, structured-merge-diff merge/update.go
    func transferred(
        from old: ApplyObject, to new: ApplyObject, managers: FieldManagers, applier: FieldManagers.Identity?, force: Bool, ignoring: FieldSet
    ) throws(APIError) -> FieldManagers {
        var managers = managers
        var comparisons: [String: ObjectComparison] = [:]
        var conflicts: [ApplyConflicts.Conflict] = []
        for identity in managers.identities where identity != applier {
            guard var entry = managers[identity] else { continue }
            guard let comparison = comparisons[entry.apiVersion] ?? compared(old, new, apiVersion: entry.apiVersion)?.excluding(ignoring) else {
                managers[identity] = nil
                continue
            }
            comparisons[entry.apiVersion] = comparison
            let taken = entry.fields.intersection(comparison.changed)
            conflicts += taken.paths.map { ApplyConflicts.Conflict(manager: identity, path: $0) }
            entry.fields = entry.fields.difference(taken).difference(comparison.removed)
            managers[identity] = entry
        }
        guard force || conflicts.isEmpty else { throw ApplyConflicts(conflicts: conflicts).apiError }
        return managers
    }

    func compared(_ old: ApplyObject, _ new: ApplyObject, apiVersion: String) -> ObjectComparison? {
        guard let old = old.converted(to: apiVersion, shapes.customKinds), let new = new.converted(to: apiVersion, shapes.customKinds) else {
            return nil
        }
        return shapes.comparison(old.json, new.json, shape: shapes.shape(of: new.kind))
    }

    /// The merged object without what the applier set last time and leaves out now, except for what somebody else owns.
    ///
    /// - Source: `Updater.prune`, structured-merge-diff merge/update.go
    func pruned(_ merged: ApplyObject, previous: ManagedFieldsEntry, managers: FieldManagers) -> ApplyObject {
        guard let old = merged.converted(to: previous.apiVersion, shapes.customKinds) else { return merged }
        let shape = shapes.shape(of: old.kind)
        let last = shapes.withNamedFields(previous.fields, shape: shape)
        var pruned = ApplyObject(json: shapes.removing(last, from: old.json, shape: shape) ?? [:], kind: old.kind)
        let owned = Dictionary(grouping: managers.entries.values, by: \.apiVersion).mapValues { $0.reduce(FieldSet()) { $0.union($1.fields) } }
        for (version, fields) in owned.sorted(by: {
            ($0.key != old.kind.apiVersion ? 1 : 0, $0.key) < ($1.key != old.kind.apiVersion ? 1 : 0, $1.key)
        }) {
            pruned = restored(pruned, from: merged, version: version, owned: fields) ?? pruned
        }
        // What is gone by now but wasn't the applier's comes back.
        guard let left = pruned.converted(to: previous.apiVersion, shapes.customKinds) else { return merged }
        let all = shapes.withNamedFields(shapes.ownedFields(old.json, shape: shape), shape: shape)
        let kept = shapes.withNamedFields(shapes.ownedFields(left.json, shape: shape), shape: shape)
        let removed = all.difference(kept).intersection(last)
        let result = ApplyObject(json: shapes.removing(removed, from: old.json, shape: shape) ?? [:], kind: old.kind)
        return result.converted(to: merged.kind.apiVersion, shapes.customKinds) ?? merged
    }

    /// - Source: `addBackOwnedItemsForVersion`, structured-merge-diff merge/update.go
    private func restored(_ pruned: ApplyObject, from merged: ApplyObject, version: String, owned: FieldSet) -> ApplyObject? {
        guard let merged = merged.converted(to: version, shapes.customKinds), let pruned = pruned.converted(to: version, shapes.customKinds) else {
            return nil
        }
        let shape = shapes.shape(of: merged.kind)
        let all = shapes.withNamedFields(shapes.ownedFields(merged.json, shape: shape), shape: shape)
        let kept = shapes.withNamedFields(shapes.ownedFields(pruned.json, shape: shape), shape: shape)
            .union(shapes.withNamedFields(owned, shape: shape))
        return ApplyObject(json: shapes.removing(all.difference(kept), from: merged.json, shape: shape) ?? [:], kind: merged.kind)
    }
}
