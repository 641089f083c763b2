// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Synchronization

/// What every driver answers reads and watches from: the acknowledged objects, the last events, and the watchers.
///
/// Readers hold the lock for a look-up or a copy of references, never while events are handed to watchers.
package final class ObjectCache: Sendable {
    private struct State {
        var tables: [GroupResource: ObjectTable] = [:]
        var lastWrites: [GroupResource: Int64] = [:]
        var history: EventHistory
        var watchers: [GroupResource: [Watcher]] = [:]
        var lastWatcher = 0
    }

    private struct Watcher {
        let identifier: Int
        let namespace: String?
        let queue: WatchQueue
    }

    private let state: Mutex<State>
    private let watchCapacity: Int
    /// The last revision whose events every watch has been sent.
    private let delivered: DeliveredRevision

    /// - Parameter compacted: The revision up to which history is already forgotten; objects loaded are of it.
    package init(_ limits: StoreLimits, compacted: Int64 = 0) {
        watchCapacity = limits.watchCapacity
        delivered = DeliveredRevision(compacted)
        state = Mutex(State(history: EventHistory(capacity: limits.historyCapacity, bytes: limits.historyBytes, compacted: compacted)))
    }

    package var revision: Int64 { state.withLock { $0.history.last } }
    /// The last revision whose event is forgotten.
    package var compacted: Int64 { state.withLock { $0.history.compacted } }

    package func lastWrite(to resource: GroupResource) -> Int64 { state.withLock { $0.lastWrites[resource] ?? 0 } }

    package func get(_ key: ObjectKey) -> KubeObject? { stored(key)?.object }

    package func stored(_ key: ObjectKey) -> StoredObject? {
        state.withLock { $0.tables[key.resource]?.stored(namespace: key.namespace, name: key.name) }
    }

    package func list(_ resource: GroupResource, namespace: String?) -> (objects: [KubeObject], revision: Int64) {
        let (table, revision) = state.withLock { ($0.tables[resource], $0.history.last) }
        return (table?.objects(namespace: namespace) ?? [], revision)
    }

    /// - Throws: `.compacted` for a revision of which too little is remembered, or that is yet to come.
    package func snapshot(_ resource: GroupResource, at revision: Int64?) throws(StoreError) -> ObjectSnapshot {
        let (table, last, events, compacted) = state.withLock { state in
            let last = state.history.last
            // What was not written since then needs no history.
            let isPresent = revision.map { $0 <= last && $0 >= state.lastWrites[resource] ?? .max } ?? true
            let events = isPresent ? [] : revision.flatMap { state.history.events(of: resource, namespace: nil, after: $0) }
            return (state.tables[resource] ?? ObjectTable(), last, events, state.history.compacted)
        }
        guard let events else {
            throw StoreError(.compacted, "revision \(revision ?? last) is not known: the store remembers those after \(compacted), up to \(last)")
        }
        var past = table
        past.undo(events)
        return ObjectSnapshot(revision: revision ?? last, table: past)
    }

    package func watch(_ resource: GroupResource, namespace: String?, after revision: Int64) throws(StoreError) -> StoreWatch {
        try state.withLock { state throws(StoreError) in
            guard let backlog = state.history.events(of: resource, namespace: namespace, after: revision) else {
                throw StoreError(
                    .compacted,
                    "events after revision \(revision) are not known: the store holds those after \(state.history.compacted), up to \(state.history.last)"
                )
            }
            state.lastWatcher += 1
            let identifier = state.lastWatcher
            let queue = WatchQueue(capacity: watchCapacity, backlog: backlog, delivered: { [delivered] in delivered.value }) {
                [weak self] in self?.forget(identifier, of: resource)
            }
            state.watchers[resource, default: []].append(Watcher(identifier: identifier, namespace: namespace, queue: queue))
            return StoreWatch(queue)
        }
    }

    private func forget(_ identifier: Int, of resource: GroupResource) {
        state.withLock { state in
            state.watchers[resource]?.removeAll { $0.identifier == identifier }
            if state.watchers[resource]?.isEmpty == true { state.watchers[resource] = nil }
        }
    }

    /// Shows acknowledged events to readers, then to watchers. Drivers call it from one place at a time, in order.
    package func publish(_ events: some BidirectionalCollection<StoreEvent>) {
        let watchers = state.withLock { state in
            for event in events { Self.apply(event, to: &state) }
            return state.watchers
        }
        // A watch that begins from here on finds these events in the history, and isn't among `watchers`.
        for event in events {
            for watcher in watchers[event.key.resource] ?? [] where watcher.namespace == nil || watcher.namespace == event.key.namespace {
                watcher.queue.send(event)
            }
        }
        if let last = events.last?.revision { delivered.advance(to: last) }
    }

    private static func apply(_ event: StoreEvent, to state: inout State) {
        let key = event.key
        switch event.kind {
        case .added, .modified:
            state.tables[key.resource, default: ObjectTable()].set(
                StoredObject(event.object, size: event.size), namespace: key.namespace, name: key.name)
        case .deleted: state.tables[key.resource]?.remove(namespace: key.namespace, name: key.name)
        }
        state.lastWrites[key.resource] = event.revision
        state.history.append(event)
    }

    /// Puts in an object of the time before the history, while a driver opens.
    package func load(_ stored: StoredObject, at key: ObjectKey) {
        state.withLock { $0.tables[key.resource, default: ObjectTable()].set(stored, namespace: key.namespace, name: key.name) }
    }

    /// Takes out an object that was loaded and then found to be deleted before the history begins.
    package func unload(_ key: ObjectKey) {
        state.withLock { $0.tables[key.resource]?.remove(namespace: key.namespace, name: key.name) }
    }

    /// Forgets the events before `revision`.
    package func compact(before revision: Int64) {
        state.withLock { $0.history.compact(through: revision - 1) }
    }

    /// How many watches are open, for tests and metrics.
    package var watcherCount: Int { state.withLock { $0.watchers.values.reduce(0) { $0 + $1.count } } }

    /// Ends all watches, as the store closes.
    package func finishWatches(throwing failure: StoreError? = nil) {
        let queues = state.withLock { $0.watchers.values.flatMap { $0.map(\.queue) } }
        for queue in queues { queue.finish(throwing: failure) }
    }
}
