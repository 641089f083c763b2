// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import DequeModule
import HeapModule
import Synchronization

/// The keys that wait to be reconciled.
///
/// A key stands in the queue at most once, however often it is added; one that is added while a worker has it comes back
/// when the worker is done, so that calls for one key never overlap and no change is missed.
package final class WorkQueue<Key: Hashable & Sendable, C: Clock & Sendable>: Sendable where C.Duration == Duration {
    private struct Delay: Comparable {
        var deadline: C.Instant
        var key: Key
        static func < (left: Self, right: Self) -> Bool { left.deadline < right.deadline }
        static func == (left: Self, right: Self) -> Bool { left.deadline == right.deadline }
    }

    private struct State {
        var ready: Deque<Key> = []
        /// Queued, or changed while being processed.
        var dirty: Set<Key> = []
        var processing: Set<Key> = []
        var delays: Heap<Delay> = []
        /// The earliest deadline of each key; heap entries that differ from it are out of date.
        var deadlines: [Key: C.Instant] = [:]
        var failures: [Key: Int] = [:]
        var workers: Deque<CheckedContinuation<Void, Never>> = []
        var timer: CheckedContinuation<Void, Never>?
        var isShutDown = false
    }

    private let state = Mutex(State())
    private let clock: C
    private let backOff: BackOff

    package init(clock: C, backOff: BackOff = BackOff()) {
        self.clock = clock
        self.backOff = backOff
    }

    /// Queues a key at once.
    package func add(_ key: Key) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isShutDown, state.dirty.insert(key).inserted, !state.processing.contains(key) else { return nil }
            state.ready.append(key)
            return state.workers.popFirst()
        }?.resume()
    }

    /// Queues a key once `delay` has passed; the earliest of several delays counts.
    package func add(_ key: Key, after delay: Duration) {
        guard delay > .zero else { return add(key) }
        let deadline = clock.now.advanced(by: delay)
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isShutDown else { return nil }
            if let known = state.deadlines[key], known <= deadline { return nil }
            state.deadlines[key] = deadline
            state.delays.insert(Delay(deadline: deadline, key: key))
            guard state.delays.min?.deadline == deadline else { return nil }
            defer { state.timer = nil }
            return state.timer
        }?.resume()
    }

    /// Queues a key that failed, later each time in a row.
    package func retry(_ key: Key) {
        let failures = state.withLock { state in
            state.failures[key, default: 0] += 1
            return state.failures[key] ?? 1
        }
        add(key, after: backOff.delay(afterFailures: failures))
    }

    /// The key is fine again: its next failure counts as the first.
    package func forget(_ key: Key) { state.withLock { $0.failures[key] = nil } }

    /// The next key, now the caller's until `done`; nil once the queue is shut down or the task cancelled.
    package func next() async -> Key? {
        while !Task.isCancelled {
            let (key, isOver) = state.withLock { state -> (Key?, Bool) in
                guard !state.isShutDown else { return (nil, true) }
                guard let key = state.ready.popFirst() else { return (nil, false) }
                state.dirty.remove(key)
                state.processing.insert(key)
                return (key, false)
            }
            if key != nil || isOver { return key }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    guard state.ready.isEmpty, !state.isShutDown else { return true }
                    state.workers.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
        return nil
    }

    /// The worker is done with a key; if it was added meanwhile, it is queued again.
    package func done(_ key: Key) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.processing.remove(key)
            guard state.dirty.contains(key), !state.isShutDown else { return nil }
            state.ready.append(key)
            return state.workers.popFirst()
        }?.resume()
    }

    /// Ends `next` and `runTimers` for all who wait.
    package func shutDown() {
        let waiting = state.withLock { state in
            state.isShutDown = true
            defer {
                state.workers = []
                state.timer = nil
            }
            return Array(state.workers) + (state.timer.map { [$0] } ?? [])
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Queues delayed keys as they fall due, until the queue is shut down.
    package func runTimers() async {
        while true {
            queueDueKeys()
            let (deadline, isOver) = state.withLock { ($0.delays.min?.deadline, $0.isShutDown) }
            guard !isOver, !Task.isCancelled else { return }
            guard let deadline else {
                await waitForEarlierDelay(than: nil)
                continue
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [clock] in try? await clock.sleep(until: deadline, tolerance: nil) }
                group.addTask { await self.waitForEarlierDelay(than: deadline) }
                await group.next()
                group.cancelAll()
                wakeTimer()
            }
        }
    }

    private func queueDueKeys() {
        let now = clock.now
        let due = state.withLock { state in
            var due: [Key] = []
            while let first = state.delays.min, first.deadline <= now {
                state.delays.removeMin()
                if state.deadlines[first.key] == first.deadline {
                    state.deadlines[first.key] = nil
                    due.append(first.key)
                }
            }
            return due
        }
        for key in due { add(key) }
    }

    private func waitForEarlierDelay(than deadline: C.Instant?) async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                // Cancelled, the sleep beside it has ended already, and nobody would wake it.
                guard !Task.isCancelled, !state.isShutDown, state.timer == nil, state.delays.min?.deadline == deadline else { return true }
                state.timer = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func wakeTimer() {
        state.withLock { state in
            defer { state.timer = nil }
            return state.timer
        }?.resume()
    }
}

/// How long to wait after failures in a row: doubled each time, up to a limit.
package struct BackOff: Sendable, Hashable {
    package var first: Duration
    package var limit: Duration

    package init(first: Duration = .milliseconds(5), limit: Duration = .seconds(30)) {
        self.first = first
        self.limit = limit
    }

    package func delay(afterFailures failures: Int) -> Duration {
        var delay = first
        for _ in 1..<max(2, min(failures, 40)) where failures > 1 && delay < limit { delay = delay * 2 }
        return min(delay, limit)
    }
}
