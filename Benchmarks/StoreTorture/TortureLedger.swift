// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore
import KubeStoreSQLite

/// What a store must hold: everything that was acknowledged; and what it may hold: everything that was asked for without an answer.
struct TortureLedger {
    /// A promise that the store broke.
    struct Broken: Error, CustomStringConvertible { var description: String }

    /// By revision: acknowledged, or found on disk.
    private var settled: [Int64: TortureWrite] = [:]
    /// Asked for when the process died: each is there once, or not at all, ever.
    private var pending: Set<TortureWrite> = []
    /// Of the running process: by writer.
    private var asked: [Int: TortureWrite] = [:]
    private var lastSettled: Int64 = 0
    /// The objects by name at the revision `checked`, with token and revision.
    private var objects: [String: (token: String, revision: Int64)] = [:]
    private var checked: Int64 = 0

    private(set) var acknowledgedCount = 0
    private(set) var recoveredCount = 0
    private(set) var lostCount = 0

    mutating func note(_ report: TortureReport) throws(Broken) {
        switch report {
        case .opening, .compacting: break
        case .opened(let revision):
            guard revision >= lastSettled else { throw Broken(description: "opened at revision \(revision), after \(lastSettled) was acknowledged") }
        case .intent(let writer, let write): asked[writer] = write
        case .refused(let writer): asked[writer] = nil
        case .acknowledged(let writer, let revision):
            guard let write = asked.removeValue(forKey: writer) else { throw Broken(description: "writer \(writer) was answered without asking") }
            if let other = settled[revision] { throw Broken(description: "revision \(revision) was given to \(other) and to \(write)") }
            guard revision > checked else { throw Broken(description: "\(write) was given revision \(revision), after \(checked) was found on disk") }
            settled[revision] = write
            lastSettled = max(lastSettled, revision)
            acknowledgedCount += 1
        }
    }

    /// The process is dead: what it asked for and was not answered may be there, or not.
    mutating func processDied() {
        pending.formUnion(asked.values)
        asked = [:]
    }

    /// - Throws: `Broken` where the store, just opened, differs from what it must hold.
    mutating func check(_ store: SQLiteStore) async throws {
        guard store.revision >= lastSettled else {
            throw Broken(description: "the store is at revision \(store.revision), but \(lastSettled) was acknowledged")
        }
        let events = try await history(of: store)
        try settle(events)
        try checkChain(events, store)
        try checkObjects(store)
        lostCount += pending.count
        pending = []
        checked = store.revision
        lastSettled = max(lastSettled, checked)
    }

    private func history(of store: SQLiteStore) async throws -> [StoreEvent] {
        let watch = try store.watch(TortureWrite.resource, namespace: nil, after: store.compacted)
        var events: [StoreEvent] = []
        for revision in store.compacted..<store.revision {
            guard let event = try await watch.next(), event.revision == revision + 1 else {
                throw Broken(description: "the event of revision \(revision + 1) is missing")
            }
            events.append(event)
        }
        return events
    }

    /// Every event is one that was acknowledged at that revision, or one that was asked for and not answered.
    private mutating func settle(_ events: [StoreEvent]) throws(Broken) {
        for event in events {
            if let write = settled[event.revision] {
                guard isWrite(write, event) else {
                    throw Broken(description: "revision \(event.revision) was acknowledged as \(write), and is \(event.kind) \(event.key)")
                }
            } else {
                guard event.revision > checked else { throw Broken(description: "revision \(event.revision) appeared after the store was checked") }
                guard let write = pending.first(where: { isWrite($0, event) }) else {
                    throw Broken(description: "revision \(event.revision), \(event.kind) \(event.key), was never asked for")
                }
                settled[event.revision] = pending.remove(write)
                recoveredCount += 1
            }
            if event.kind != .deleted { try checkWhole(event.object) }
        }
    }

    private func isWrite(_ write: TortureWrite, _ event: StoreEvent) -> Bool {
        guard write.key == event.key else { return false }
        return switch write.operation {
        case .create: event.kind == .added && TortureWrite.token(of: event.object) == write.token
        case .update: event.kind == .modified && TortureWrite.token(of: event.object) == write.token
        case .delete: event.kind == .deleted
        }
    }

    private func checkWhole(_ object: KubeObject) throws(Broken) {
        let expected = TortureWrite.object(object.name, token: TortureWrite.token(of: object)).stamped(object.resourceVersion)
        guard object.isIdentical(to: expected) else {
            throw Broken(description: "\(object.name) at revision \(object.resourceVersion) is not what was written")
        }
    }

    /// Each event follows from the one before it on the same object, and the last one is the object's state.
    private func checkChain(_ events: [StoreEvent], _ store: SQLiteStore) throws(Broken) {
        var last: [String: StoreEvent] = [:]
        for event in events {
            if let earlier = last.updateValue(event, forKey: event.key.name) {
                let state = earlier.kind == .deleted ? nil : earlier.object
                guard event.previous == state else {
                    throw Broken(description: "revision \(event.revision) does not follow from \(earlier.revision)")
                }
            }
        }
        for event in last.values {
            let state = event.kind == .deleted ? nil : event.object
            guard store.get(event.key) == state else { throw Broken(description: "\(event.key) is not as revision \(event.revision) left it") }
        }
    }

    /// The objects are those that the writes leave. Revisions in `gaps` are of writes without an answer that later ones have superseded
    /// and compaction has removed: what they did is not known.
    private mutating func checkObjects(_ store: SQLiteStore) throws(Broken) {
        let gaps = Set((checked..<store.revision).map { $0 + 1 }.filter { settled[$0] == nil })
        guard gaps.count <= pending.count else {
            throw Broken(description: "\(gaps.count) revisions since \(checked) belong to no write; \(pending.count) were without an answer")
        }
        for revision in checked..<store.revision { if let write = settled[revision + 1] { apply(write, revision + 1) } }
        let found = store.list(TortureWrite.resource, namespace: nil).objects
        for (left, right) in zip(found, found.dropFirst()) where left.name >= right.name {
            throw Broken(description: "\(right.name) is listed after \(left.name)")
        }
        for object in found {
            try checkWhole(object)
            let (token, revision) = (TortureWrite.token(of: object), Int64(object.resourceVersion) ?? -1)
            if let known = objects[object.name], known == (token, revision) { continue }
            guard gaps.contains(revision), let write = pending.first(where: { $0.name == object.name && $0.token == token }) else {
                throw Broken(
                    description:
                        "\(object.name) is at revision \(revision) with \(token); expected: \(objects[object.name].map { "\($0)" } ?? "none")")
            }
            settled[revision] = pending.remove(write)
            apply(write, revision)
        }
        for name in objects.keys.sorted() where store.get(TortureWrite.key(name)) == nil {
            guard !gaps.isEmpty, let write = pending.first(where: { $0.name == name && $0.operation == .delete }) else {
                throw Broken(description: "\(name), \(objects[name].map { "\($0)" } ?? ""), is gone")
            }
            pending.remove(write)
            objects[name] = nil
        }
    }

    private mutating func apply(_ write: TortureWrite, _ revision: Int64) {
        objects[write.name] = write.operation == .delete ? nil : (write.token, revision)
    }
}
