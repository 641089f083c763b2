// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The last events of the store, for watches that begin at an earlier revision.
///
/// Revisions have no gaps, so an event's place follows from its revision. Memory is bounded in events and in bytes.
struct EventHistory {
    let capacity: Int
    /// What the events may hold of superseded states, in bytes of JSON.
    let byteCapacity: Int
    /// The last revision that is forgotten: the events held are those after it.
    private(set) var compacted: Int64
    /// A ring: the event of revision `compacted + 1` stands at `head`.
    private var slots: [StoreEvent?] = []
    private var head = 0
    private(set) var count = 0
    private(set) var bytes = 0

    init(capacity: Int, bytes: Int, compacted: Int64 = 0) {
        precondition(capacity > 0)
        self.capacity = capacity
        byteCapacity = bytes
        self.compacted = compacted
    }

    /// The revision of the last event; where none is held, the one up to which all are forgotten.
    var last: Int64 { compacted + Int64(count) }

    mutating func append(_ event: StoreEvent) {
        precondition(event.revision == last + 1, "events are recorded in the order of their revisions, without gaps")
        if count == capacity { removeFirst() }
        if count == slots.count { grow() }
        slots[(head + count) % slots.count] = event
        count += 1
        bytes += event.previousSize
        // The last one stays, however large: the watches that are up to date must be able to resume.
        while bytes > byteCapacity, count > 1 { removeFirst() }
    }

    /// Forgets the events up to and including `revision`.
    mutating func compact(through revision: Int64) {
        while count > 0, compacted < revision { removeFirst() }
    }

    /// What happened to a resource after `revision`; nil where that is not known (any more).
    func events(of resource: GroupResource, namespace: String?, after revision: Int64) -> [StoreEvent]? {
        guard revision >= compacted, revision <= last else { return nil }
        var events: [StoreEvent] = []
        for offset in Int(revision - compacted)..<count {
            guard let event = slots[(head + offset) % slots.count], event.key.resource == resource else { continue }
            if let namespace, event.key.namespace != namespace { continue }
            events.append(event)
        }
        return events
    }

    private mutating func removeFirst() {
        bytes -= slots[head]?.previousSize ?? 0
        slots[head] = nil
        head = (head + 1) % slots.count
        count -= 1
        compacted += 1
    }

    private mutating func grow() {
        var larger: [StoreEvent?] = []
        larger.reserveCapacity(min(capacity, max(64, slots.count * 2)))
        for offset in 0..<count { larger.append(slots[(head + offset) % slots.count]) }
        while larger.count < min(capacity, max(64, slots.count * 2)) { larger.append(nil) }
        slots = larger
        head = 0
    }
}
