// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A clock that stands still until a test advances it.
///
/// The pattern: start the loop, `await clock.waitForSleepers()`, `clock.advance(by:)`, wait for sleepers again, assert.
package final class ManualClock: Clock, Sendable {
    package struct Instant: InstantProtocol, CustomStringConvertible {
        /// Since the clock was made.
        package var offset: Duration

        package init(offset: Duration) { self.offset = offset }

        package func advanced(by duration: Duration) -> Self { Self(offset: offset + duration) }
        package func duration(to other: Self) -> Duration { other.offset - offset }
        package static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
        package var description: String { offset.description }
    }

    private struct Sleeper {
        let identifier: Int
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Waiter {
        let identifier: Int
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Sleeper] = []
        var waiters: [Waiter] = []
        /// Sleeps whose task was cancelled before they began.
        var cancelled: Set<Int> = []
        var lastIdentifier = 0

        mutating func nextIdentifier() -> Int {
            lastIdentifier += 1
            return lastIdentifier
        }

        mutating func satisfiedWaiters() -> [Waiter] {
            let satisfied = waiters.filter { sleepers.count >= $0.count }
            waiters.removeAll { sleepers.count >= $0.count }
            return satisfied
        }
    }

    private let state = Mutex(State())

    package init() {}

    package var now: Instant { state.withLock { $0.now } }
    package var minimumResolution: Duration { .nanoseconds(1) }
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }
    /// When the next sleeper wakes; nil where none sleeps.
    package var nextDeadline: Instant? { state.withLock { $0.sleepers.map(\.deadline).min() } }

    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        try Task.checkCancellation()
        let identifier = state.withLock { $0.nextIdentifier() }
        defer { state.withLock { _ = $0.cancelled.remove(identifier) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enter(Sleeper(identifier: identifier, deadline: deadline, continuation: continuation))
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                guard let index = state.sleepers.firstIndex(where: { $0.identifier == identifier }) else {
                    state.cancelled.insert(identifier)
                    return nil as Sleeper?
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func enter(_ sleeper: Sleeper) {
        enum Step { case sleep([Waiter]), wake, cancel }
        let step = state.withLock { state in
            if state.cancelled.remove(sleeper.identifier) != nil { return Step.cancel }
            if sleeper.deadline <= state.now { return .wake }
            state.sleepers.append(sleeper)
            return .sleep(state.satisfiedWaiters())
        }
        switch step {
        case .sleep(let waiters): for waiter in waiters { waiter.continuation.resume() }
        case .wake: sleeper.continuation.resume()
        case .cancel: sleeper.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the time on and wakes those whose deadline has come, the earliest first.
    package func advance(by duration: Duration) { advance(to: now.advanced(by: duration)) }

    package func advance(to instant: Instant) {
        let due = state.withLock { state in
            state.now = max(state.now, instant)
            let due = state.sleepers.filter { $0.deadline <= state.now }.sorted { ($0.deadline, $0.identifier) < ($1.deadline, $1.identifier) }
            state.sleepers.removeAll { $0.deadline <= state.now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Moves the time on to the next deadline; does nothing where none sleeps.
    package func advanceToNextDeadline() {
        if let nextDeadline { advance(to: nextDeadline) }
    }

    /// Returns once at least `count` tasks sleep, or the waiting task is cancelled.
    package func waitForSleepers(_ count: Int = 1) async {
        let identifier = state.withLock { $0.nextIdentifier() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.sleepers.count >= count || state.cancelled.remove(identifier) != nil { return true }
                    state.waiters.append(Waiter(identifier: identifier, count: count, continuation: continuation))
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                guard let index = state.waiters.firstIndex(where: { $0.identifier == identifier }) else {
                    state.cancelled.insert(identifier)
                    return nil as Waiter?
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume()
        }
        state.withLock { _ = $0.cancelled.remove(identifier) }
    }
}
