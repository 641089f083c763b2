// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The revision up to which every event is in the queues of all watches that it concerns.
final class DeliveredRevision: Sendable {
    private let revision: Atomic<Int64>

    init(_ revision: Int64) { self.revision = Atomic(revision) }

    var value: Int64 { revision.load(ordering: .acquiring) }

    /// Called by one writer at a time.
    func advance(to revision: Int64) { self.revision.store(revision, ordering: .releasing) }
}
