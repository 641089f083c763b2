// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ApplyEngine {
    /// An object after another verb than apply wrote it, with its owners: `manager` gets each field that is new or has another value,
    /// the others lose it, and what was removed is nobody's any more.
    ///
    /// An object whose owners are not known stays without until somebody applies. A client that sets `managedFields` to `[]` or
    /// `[{}]` makes them unknown; other valid entries it sets count instead of the live ones, except through a subresource.
    ///
    /// - Parameters:
    ///   - old: The object as it was; nil for one that is created.
    ///   - resetFields: Fields that this endpoint doesn't write, as for `apply`.
    /// - Source: `FieldManager.Update`, apimachinery pkg/util/managedfields/internal; `Updater.Update`, structured-merge-diff merge/update.go
    package func noteUpdate(
        from old: KubeObject?, to new: KubeObject, kind: GroupVersionKind, manager: String, subresource: String = "", now: Timestamp,
        resetFields: FieldSet? = nil
    ) -> KubeObject {
        let live = old?.value(at: "metadata", "managedFields")
        let managers = managersBefore(live: live, sent: new.value(at: "metadata", "managedFields"), subresource: subresource)
        let (before, after) = (ApplyObject(old, kind: kind), ApplyObject(new, kind: kind))
        guard !managers.isEmpty || old == nil else { return after.object(with: managers) }
        let noted = noted(
            from: before, to: after, managers: managers,
            identity: ManagedFieldsEntry.Identity(manager: manager, operation: .update, apiVersion: kind.apiVersion, subresource: subresource),
            now: now, ignoring: resetFields ?? defaultResetFields(of: kind, subresource: subresource))
        return after.object(with: noted)
    }

    /// - Source: `decodeLiveOrNew`, apimachinery pkg/util/managedfields/internal/fieldmanager.go
    private func managersBefore(live: JSONValue?, sent: JSONValue?, subresource: String) -> FieldManagers {
        let fromLive = (try? FieldManagers(live)) ?? FieldManagers()
        guard subresource.isEmpty else { return fromLive }
        if let sent = sent?.array, sent.isEmpty || sent == [[:]] { return FieldManagers() }
        guard let fromSent = try? FieldManagers(sent), !fromSent.isEmpty else { return fromLive }
        return fromSent
    }

    /// - Source: `managedFieldsUpdater.Update`, apimachinery pkg/util/managedfields/internal/managedfieldsupdater.go
    func noted(
        from old: ApplyObject, to new: ApplyObject, managers: FieldManagers, identity: FieldManagers.Identity, now: Timestamp, ignoring: FieldSet
    ) -> FieldManagers {
        // Forced, so that it never throws: all lose what changed, the manager's own earlier entry too, which gets it back below.
        guard var managers = try? transferred(from: old, to: new, managers: managers, applier: nil, force: true, ignoring: ignoring) else {
            return managers
        }
        let changed = (compared(old, new, apiVersion: new.kind.apiVersion)?.excluding(ignoring).changed ?? FieldSet()).difference(Self.strippedFields)
        if !changed.isEmpty {
            managers[identity] = ManagedFieldsEntry(
                manager: identity.manager, operation: .update, apiVersion: new.kind.apiVersion, subresource: identity.subresource,
                time: now.truncatedToSeconds, fields: changed.union(managers[identity]?.fields ?? FieldSet()))
        }
        managers.capUpdates()
        return managers
    }
}
