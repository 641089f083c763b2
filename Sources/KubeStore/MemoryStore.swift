// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization

/// A store that forgets everything with its process: for tests, and wherever no object is worth a disk.
package final class MemoryStore: ObjectStore {
    private let cache: ObjectCache
    /// Held from a write's decision until it is published, so that events come out in the order of their revisions.
    private let writer = Mutex(())

    package init(_ limits: StoreLimits = StoreLimits()) { cache = ObjectCache(limits) }

    package var revision: Int64 { cache.revision }
    package var watcherCount: Int { cache.watcherCount }

    package func lastWrite(to resource: GroupResource) -> Int64 { cache.lastWrite(to: resource) }

    package func get(_ key: ObjectKey) -> KubeObject? { cache.get(key) }

    package func list(_ resource: GroupResource, namespace: String?) -> (objects: [KubeObject], revision: Int64) {
        cache.list(resource, namespace: namespace)
    }

    package func snapshot(_ resource: GroupResource, at revision: Int64?) throws(StoreError) -> ObjectSnapshot {
        try cache.snapshot(resource, at: revision)
    }

    package func watch(_ resource: GroupResource, namespace: String?, after revision: Int64) throws(StoreError) -> StoreWatch {
        try cache.watch(resource, namespace: namespace, after: revision)
    }

    package func create(_ object: KubeObject, at key: ObjectKey) async throws(StoreError) -> KubeObject {
        try write(.create(object), size: object.encoded.count, at: key)
    }

    package func update(_ object: KubeObject, at key: ObjectKey, expected: Int64) async throws(StoreError) -> KubeObject {
        try write(.update(object, expected: expected), size: object.encoded.count, at: key)
    }

    package func delete(_ key: ObjectKey, expected: Int64?) async throws(StoreError) -> KubeObject {
        try write(.delete(expected: expected), size: 0, at: key)
    }

    package func compact(before revision: Int64) async throws(StoreError) { cache.compact(before: revision) }

    private func write(_ write: StoreWrite, size: Int, at key: ObjectKey) throws(StoreError) -> KubeObject {
        try writer.withLock { _ throws(StoreError) in
            switch try write.decide(at: key, current: cache.stored(key), revision: cache.revision + 1, size: size) {
            case .unchanged(let object): return object
            case .event(let event):
                cache.publish(CollectionOfOne(event))
                return event.object
            }
        }
    }
}
