// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The reader's end of one watch: its events in order, for one task to read.
///
/// The watch ends when it is cancelled, when the task that waits in it is cancelled, or when nobody holds it any more.
/// A reader that falls too far behind gets every event up to there and then `.compacted`.
package final class StoreWatch: AsyncSequence, Sendable {
    package typealias Element = StoreEvent

    /// An event, or a mark that was asked for.
    package enum Item: Sendable {
        case event(StoreEvent)
        /// Everything up to this revision has been read, and everything after it is still to come or was read too.
        case mark(Int64)
    }

    private let queue: WatchQueue

    package init(_ queue: WatchQueue) { self.queue = queue }

    deinit { queue.cancel() }

    /// Ends the watch; events not yet read are dropped.
    package func cancel() { queue.cancel() }

    /// Asks for a mark behind the events that there are.
    package func mark() { queue.mark() }

    /// The next event or mark, as soon as there is one; nil once the watch has ended.
    package func nextItem() async throws(StoreError) -> Item? { try await queue.next() }

    /// The next event, as soon as there is one; nil once the watch has ended.
    package func next() async throws(StoreError) -> StoreEvent? {
        while let item = try await queue.next() { if case .event(let event) = item { return event } }
        return nil
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        let watch: StoreWatch

        package mutating func next() async throws -> StoreEvent? { try await watch.next() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(watch: self) }
}
