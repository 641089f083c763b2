// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Brings one object's world in line with its spec.
///
/// It is told which object, never what happened to it: whatever it needs it reads afresh, so that missed, repeated and
/// reordered events do no harm. Calls for one key never overlap.
package protocol Reconciler: Sendable {
    associatedtype Key: Hashable & Sendable

    /// - Returns: Whether to come back though nothing happens to the object.
    /// - Throws: To be tried again with back-off; a conflict is tried again at once, from fresh state.
    func reconcile(_ key: Key) async throws -> Requeue
}

/// When to reconcile a key again, beside the events that concern it.
package enum Requeue: Sendable, Hashable {
    case never
    /// Counted from the end of this reconciliation; an event in between comes earlier and does not cancel it.
    case after(Duration)
}
