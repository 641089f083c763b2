// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The store's end of one watch: a bounded queue that the store fills and one `StoreWatch` empties.
///
/// A reader that falls `capacity` events behind is told so by `.compacted` in place of the event that did not fit, and
/// has to list again; nothing is dropped silently and no slow reader grows the heap.
package final class WatchQueue: Sendable {
    private struct State {
        /// Newest last; what the store appends to.
        var incoming: [StoreEvent] = []
        /// Newest first, so that taking the next one is a `popLast`.
        var outgoing: [StoreEvent] = []
        var failure: StoreError?
        var isEnded = false
        /// Asked for: the revision up to which everything has been read once the queue is empty.
        var mark: Int64?
        /// Readers asleep in `next()`: one as a rule. All are woken by any change and look again, so none is forgotten.
        var waiters: [CheckedContinuation<Void, Never>] = []
        var onEnd: (@Sendable () -> Void)?

        var count: Int { incoming.count + outgoing.count }
    }

    private let state: Mutex<State>
    private let capacity: Int
    private let delivered: @Sendable () -> Int64

    /// - Parameters:
    ///   - backlog: What happened between the revision asked for and now; it doesn't count against `capacity`.
    ///   - delivered: The revision up to which every event has been sent to every queue it concerns.
    ///   - onEnd: Called once, when nothing more will be taken, so that the store forgets the queue. No lock is held.
    package init(
        capacity: Int, backlog: [StoreEvent] = [], delivered: @escaping @Sendable () -> Int64 = { 0 }, onEnd: @escaping @Sendable () -> Void
    ) {
        self.capacity = capacity + backlog.count
        self.delivered = delivered
        state = Mutex(State(outgoing: backlog.reversed(), onEnd: onEnd))
    }

    /// Adds an event. The store calls it with each event once, in order.
    package func send(_ event: StoreEvent) {
        change { state in
            guard !state.isEnded else { return }
            if state.count >= capacity {
                state.failure = StoreError(.compacted, "the watch fell \(capacity) events behind")
                state.isEnded = true
            } else {
                state.incoming.append(event)
            }
        }
    }

    /// Ends the watch; what was sent before is still read.
    package func finish(throwing failure: StoreError? = nil) {
        change { state in
            guard !state.isEnded else { return }
            state.failure = failure
            state.isEnded = true
        }
    }

    /// Has the reader told, once it has read all there is now, up to which revision that was.
    func mark() {
        // Read before the queue is looked at: all up to it is in the queue already.
        let revision = delivered()
        change { $0.mark = revision }
    }

    /// The reader is done: frees what is queued and tells the store.
    func cancel() {
        change { state in
            state.isEnded = true
            state.failure = nil
            state.mark = nil
            state.incoming = []
            state.outgoing = []
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let (waiters, onEnd) = state.withLock { state in
            body(&state)
            let waiters = state.waiters
            state.waiters = []
            guard state.isEnded else { return (waiters, nil as (@Sendable () -> Void)?) }
            defer { state.onEnd = nil }
            return (waiters, state.onEnd)
        }
        for waiter in waiters { waiter.resume() }
        onEnd?()
    }

    private enum Step {
        case item(StoreWatch.Item)
        case end
        case failure(StoreError)
        case wait
    }

    private func step() -> Step {
        state.withLock { state in
            if state.outgoing.isEmpty, !state.incoming.isEmpty {
                state.outgoing = state.incoming.reversed()
                state.incoming.removeAll(keepingCapacity: state.outgoing.count <= 64)
            }
            if let event = state.outgoing.popLast() { return .item(.event(event)) }
            if let revision = state.mark {
                state.mark = nil
                return .item(.mark(revision))
            }
            if let failure = state.failure {
                state.failure = nil
                return .failure(failure)
            }
            return state.isEnded ? .end : .wait
        }
    }

    func next() async throws(StoreError) -> StoreWatch.Item? {
        while true {
            switch step() {
            case .item(let item): return item
            case .end: return nil
            case .failure(let failure): throw failure
            case .wait: await wait()
            }
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A cancellation or an event may have come before: then there is nothing left to wait for.
                let isReady = state.withLock { state in
                    guard state.count == 0, state.mark == nil, !state.isEnded else { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            cancel()
        }
    }
}
