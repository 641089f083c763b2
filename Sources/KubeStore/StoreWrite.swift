// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A write as it was asked for, and the rule by which every driver decides on it.
package enum StoreWrite: Sendable {
    case create(KubeObject)
    case update(KubeObject, expected: Int64)
    case delete(expected: Int64?)

    package enum Outcome: Sendable {
        case event(StoreEvent)
        /// An update that changes nothing: no revision is taken and no watcher hears of it.
        /// Source: kubernetes v1.36 apiserver/pkg/storage/etcd3/store.go, GuaranteedUpdate.
        case unchanged(KubeObject)
    }

    /// - Parameters:
    ///   - current: The object as the last accepted write left it; nil where there is none.
    ///   - revision: The one this write would take.
    ///   - size: Bytes of the object to write as JSON; 0 for a deletion.
    package func decide(at key: ObjectKey, current: StoredObject?, revision: Int64, size: Int) throws(StoreError) -> Outcome {
        switch self {
        case .create(let object):
            guard current == nil else { throw StoreError(.alreadyExists, "\(key) exists already") }
            return .event(StoreEvent(kind: .added, key: key, object: object.stamped(revision), previous: nil, revision: revision, size: size))
        case .update(let object, let expected):
            let stored = try Self.check(current, at: key, expected: expected)
            let (current, currentSize) = (stored.object, stored.size)
            let unchanged = object.stamped(current.resourceVersion)
            if unchanged.isIdentical(to: current) { return .unchanged(current) }
            return .event(
                StoreEvent(
                    kind: .modified, key: key, object: object.stamped(revision), previous: current, revision: revision, size: size,
                    previousSize: currentSize))
        case .delete(let expected):
            let stored = try Self.check(current, at: key, expected: expected)
            return .event(
                StoreEvent(
                    kind: .deleted, key: key, object: stored.object.stamped(revision), previous: stored.object, revision: revision,
                    previousSize: stored.size))
        }
    }

    private static func check(_ current: StoredObject?, at key: ObjectKey, expected: Int64?) throws(StoreError) -> StoredObject {
        guard let current else { throw StoreError(.notFound, "\(key) does not exist") }
        let found = current.object.resourceVersion
        if let expected, String(expected) != found { throw StoreError(.conflict, "\(key): revision \(expected) expected, found \(found)") }
        return current
    }
}

/// An object and what it costs.
package struct StoredObject: Sendable {
    package var object: KubeObject
    /// Bytes as JSON.
    package var size: Int

    package init(_ object: KubeObject, size: Int) {
        self.object = object
        self.size = size
    }
}

extension KubeObject {
    package func stamped(_ revision: Int64) -> KubeObject { stamped(String(revision)) }

    /// A copy with that `resourceVersion`; empty for none.
    package func stamped(_ resourceVersion: String) -> KubeObject {
        var object = self
        object.resourceVersion = resourceVersion
        return object
    }
}
