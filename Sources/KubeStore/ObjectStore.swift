// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The versioned object store behind the API server.
///
/// Every write takes the next revision, one sequence for the whole store, starting at 1; an object's `resourceVersion`
/// is the revision of its last write. A write has been made durable before the call returns. Reads are answered from
/// memory, at once, and always see every acknowledged write.
///
/// One conformance suite (`StoreConformance` in TestKit) runs over every driver.
package protocol ObjectStore: Sendable {
    /// The revision of the last write.
    var revision: Int64 { get }

    /// The revision of the last write to any object of a resource since the store was opened; 0 where there was none.
    func lastWrite(to resource: GroupResource) -> Int64

    func get(_ key: ObjectKey) -> KubeObject?

    /// All objects of a resource in the order of namespace and name, with the revision they are of.
    /// - Parameter namespace: Only that one's; nil for all.
    func list(_ resource: GroupResource, namespace: String?) -> (objects: [KubeObject], revision: Int64)

    /// The objects of a resource as they were at a revision; nil for the present.
    /// - Throws: `.compacted` where what was written since then is no longer remembered, or the revision is yet to come.
    func snapshot(_ resource: GroupResource, at revision: Int64?) throws(StoreError) -> ObjectSnapshot

    /// Stores a new object and returns it with its `resourceVersion`.
    /// - Throws: `.alreadyExists` where the key is taken, `.noSpace` or `.unavailable` where the disk refuses.
    func create(_ object: KubeObject, at key: ObjectKey) async throws(StoreError) -> KubeObject

    /// Replaces an object whose last write was `expected`; the new one is returned with its `resourceVersion`.
    /// An update that changes nothing writes nothing: the stored object is returned, with the revision it has.
    /// - Throws: `.notFound`, `.conflict` where another write came first, `.noSpace`, `.unavailable`.
    func update(_ object: KubeObject, at key: ObjectKey, expected: Int64) async throws(StoreError) -> KubeObject

    /// Removes an object and returns its last state with the revision of the removal as `resourceVersion`.
    /// - Parameter expected: Only if this was its last write; nil for whichever.
    /// - Throws: `.notFound`, `.conflict`, `.noSpace`, `.unavailable`.
    func delete(_ key: ObjectKey, expected: Int64?) async throws(StoreError) -> KubeObject

    /// Everything that happens to a resource after `revision`, in order, without gap or repetition.
    /// - Throws: `.compacted` where the store no longer remembers what followed `revision`, or has not reached it.
    func watch(_ resource: GroupResource, namespace: String?, after revision: Int64) throws(StoreError) -> StoreWatch

    /// Forgets the history before `revision`; watches that would need it end with `.compacted`.
    func compact(before revision: Int64) async throws(StoreError)
}

/// Where an object is kept: all versions of a kind share the key of the group they are stored under.
package struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var resource: GroupResource
    /// Empty for cluster-scoped objects.
    package var namespace: String
    package var name: String

    package init(_ resource: GroupResource, namespace: String, name: String) {
        self.resource = resource
        self.namespace = namespace
        self.name = name
    }

    /// By bytes, as all order and identity in the store: names that only look alike are two.
    package static func < (left: Self, right: Self) -> Bool {
        for (left, right) in zip(left.parts, right.parts) where !left.utf8.elementsEqual(right.utf8) {
            return left.utf8.lexicographicallyPrecedes(right.utf8)
        }
        return false
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.name.utf8.elementsEqual(right.name.utf8) && left.namespace.utf8.elementsEqual(right.namespace.utf8) && left.resource == right.resource
    }

    private var parts: [String] { [resource.group, resource.resource, namespace, name] }

    package var description: String { namespace.isEmpty ? "\(resource) \(name)" : "\(resource) \(namespace)/\(name)" }
}

/// One write, as watchers see it.
package struct StoreEvent: Sendable, Hashable {
    package enum Kind: Sendable, Hashable { case added, modified, deleted }

    package var kind: Kind
    package var key: ObjectKey
    /// After the write; for a deletion the last state, with the deletion's revision.
    package var object: KubeObject
    /// Before the write; nil for an addition. A watcher with a selector needs it to tell entering from staying.
    package var previous: KubeObject?
    package var revision: Int64
    /// Bytes of the object as JSON; 0 for a deletion, which stores none.
    package var size: Int
    /// Bytes of the state before as JSON: what remembering this event costs, since nothing else holds that state.
    package var previousSize: Int

    package init(
        kind: Kind, key: ObjectKey, object: KubeObject, previous: KubeObject?, revision: Int64, size: Int = 0, previousSize: Int = 0
    ) {
        self.kind = kind
        self.key = key
        self.object = object
        self.previous = previous
        self.revision = revision
        self.size = size
        self.previousSize = previousSize
    }
}

package struct StoreError: Error, Sendable, CustomStringConvertible {
    package struct Code: Sendable, Hashable {
        private enum Value: Hashable { case notFound, alreadyExists, conflict, compacted, noSpace, unavailable, corrupt }
        private let value: Value

        package static let notFound = Self(value: .notFound)
        package static let alreadyExists = Self(value: .alreadyExists)
        /// Another write came first.
        package static let conflict = Self(value: .conflict)
        /// The history asked for is forgotten, or a watcher read too slowly.
        package static let compacted = Self(value: .compacted)
        /// The disk is full; reads go on, and writes too as soon as there is space.
        package static let noSpace = Self(value: .noSpace)
        /// The disk does not take writes now; reads go on.
        package static let unavailable = Self(value: .unavailable)
        /// What is on disk is not ours or is damaged; nothing was changed.
        package static let corrupt = Self(value: .corrupt)
    }

    package var code: Code
    /// Names the object and the values that differ.
    package var message: String
    package var cause: (any Error)?

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
