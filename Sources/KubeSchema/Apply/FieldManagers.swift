// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The managers of one object, each known by its identity.
struct FieldManagers: Sendable, Hashable {
    typealias Identity = ManagedFieldsEntry.Identity

    private(set) var entries: [Identity: ManagedFieldsEntry] = [:]

    init() {}

    /// - Throws: `FieldsV1Error` if any entry cannot be read.
    init(_ json: JSONValue?) throws(FieldsV1Error) {
        for element in json?.array ?? [] {
            let entry = try ManagedFieldsEntry(element)
            entries[entry.identity] = entry
        }
    }

    var isEmpty: Bool { entries.isEmpty }
    var identities: [Identity] { entries.keys.sorted(by: Identity.precedes) }

    subscript(_ identity: Identity) -> ManagedFieldsEntry? {
        get { entries[identity] }
        /// An entry that owns nothing is none.
        set { entries[identity] = newValue.flatMap { $0.fields.isEmpty ? nil : $0 } }
    }

    /// Nil where nobody owns anything.
    var json: JSONValue? { entries.isEmpty ? nil : .array(sorted.map(\.json)) }

    /// Those who apply before those who update, the oldest first.
    ///
    /// - Source: `sortEncodedManagedFields`, apimachinery pkg/util/managedfields/internal/managedfields.go
    private var sorted: [ManagedFieldsEntry] {
        entries.values.sorted { left, right in
            if left.operation != right.operation { return left.operation == .apply }
            let (leftSeconds, rightSeconds) = (left.time?.seconds ?? 0, right.time?.seconds ?? 0)
            if leftSeconds != rightSeconds { return leftSeconds < rightSeconds }
            for (left, right) in [(left.manager, right.manager), (left.apiVersion, right.apiVersion), (left.subresource, right.subresource)] {
                let order = left.byteOrder(right)
                if order != 0 { return order < 0 }
            }
            return false
        }
    }

    /// Keeps the number of entries from updates within bounds: the oldest of each version become one, of `ancient-changes`.
    ///
    /// - Source: `capUpdateManagers`, apimachinery pkg/util/managedfields/internal/capmanagers.go
    mutating func capUpdates(to maximum: Int = 10) {
        let updates = entries.filter { $0.key.operation == .update }.sorted { left, right in
            let (leftSeconds, rightSeconds) = (left.value.time?.seconds ?? 0, right.value.time?.seconds ?? 0)
            return leftSeconds != rightSeconds ? leftSeconds < rightSeconds : Identity.precedes(left.key, right.key)
        }
        var count = updates.count
        var firstOfVersion: [String: Identity] = [:]
        for (identity, entry) in updates {
            guard count > maximum else { return }
            guard let first = firstOfVersion[entry.apiVersion] else {
                firstOfVersion[entry.apiVersion] = identity
                continue
            }
            let bucket = Identity(manager: "ancient-changes", operation: .update, apiVersion: entry.apiVersion, subresource: "")
            let gathered = entries[bucket] ?? entries[first]
            if entries[bucket] == nil { entries[first] = nil }
            entries[identity] = nil
            entries[bucket] = ManagedFieldsEntry(
                manager: bucket.manager, operation: .update, apiVersion: entry.apiVersion, time: entry.time,
                fields: entry.fields.union(gathered?.fields ?? FieldSet()))
            count -= 1
        }
    }
}
