// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The events of one watcher, in order: a bounded queue that one task reads.
///
/// A reader that falls `capacity` events behind is told so by `.compacted` instead of the event that did not fit, and
/// has to list again; nothing is dropped silently and no slow reader grows the heap.
package final class StoreWatch: AsyncSequence, Sendable {
    package typealias Element = StoreEvent

    private struct State {
        var queue: [StoreEvent] = []
        var head = 0
        var failure: StoreError?
        var isEnded = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let onEnd: Mutex<(@Sendable () -> Void)?>

    /// - Parameter onEnd: Called once, when the reader is done with it, so that the store forgets it.
    package init(capacity: Int = 4096, onEnd: @escaping @Sendable () -> Void) {
        self.capacity = capacity
        self.onEnd = Mutex(onEnd)
    }

    /// Called by the store with each event, in order.
    package func send(_ event: StoreEvent) {
        wake { state in
            guard !state.isEnded else { return }
            if state.queue.count - state.head >= capacity {
                state.failure = StoreError(.compacted, "the watch fell \(capacity) events behind")
                state.isEnded = true
            } else {
                state.queue.append(event)
            }
        }
    }

    /// Ends the watch; what was sent before is still read.
    package func finish(throwing failure: StoreError? = nil) {
        wake { state in
            guard !state.isEnded else { return }
            state.failure = failure
            state.isEnded = true
        }
    }

    /// The reader is done: frees the queue and tells the store.
    package func cancel() {
        wake { state in
            state.isEnded = true
            state.queue = []
            state.head = 0
        }
        let end = onEnd.withLock { onEnd in
            defer { onEnd = nil }
            return onEnd
        }
        end?()
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiter = state.withLock { state in
            change(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    private enum Step {
        case event(StoreEvent)
        case end
        case failure(StoreError)
        case wait
    }

    private func step() -> Step {
        state.withLock { state in
            if state.head < state.queue.count {
                let event = state.queue[state.head]
                state.head += 1
                if state.head == state.queue.count {
                    state.queue.removeAll(keepingCapacity: state.head <= 64)
                    state.head = 0
                } else if state.head >= 256 {
                    state.queue.removeFirst(state.head)
                    state.head = 0
                }
                return .event(event)
            }
            if let failure = state.failure {
                state.failure = nil
                return .failure(failure)
            }
            return state.isEnded ? .end : .wait
        }
    }

    /// The next event, as soon as there is one; nil once the watch has ended or its task was cancelled.
    package func next() async throws -> StoreEvent? {
        while true {
            switch step() {
            case .event(let event): return event
            case .end: return nil
            case .failure(let failure): throw failure
            case .wait:
                await withTaskCancellationHandler {
                    await withCheckedContinuation { continuation in
                        let isReady = state.withLock { state in
                            guard state.head == state.queue.count, !state.isEnded else { return true }
                            state.waiter = continuation
                            return false
                        }
                        if isReady { continuation.resume() }
                    }
                } onCancel: {
                    cancel()
                }
            }
        }
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        let watch: StoreWatch
        package mutating func next() async throws -> StoreEvent? { try await watch.next() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(watch: self) }
}
