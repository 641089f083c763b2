// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A bell that one loop sleeps beside: rung, it wakes the loop; rung while the loop is awake, it keeps it from sleeping.
final class Wakeup: Sendable {
    private enum State {
        case quiet
        case rung
        case sleeping(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.quiet)

    func ring() {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard case .sleeping(let continuation) = state else {
                state = .rung
                return nil
            }
            state = .quiet
            return continuation
        }
        sleeper?.resume()
    }

    /// Until rung, until the time is up, or until cancelled.
    func sleep(atMost duration: Duration, on clock: any Clock<Duration>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cancelled, the timer must stay silent, or the next sleep would end at once.
                do { try await clock.sleep(for: duration) } catch { return }
                self.ring()
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isAwake = state.withLock { state in
                        if case .rung = state {
                            state = .quiet
                            return true
                        }
                        state = .sleeping(continuation)
                        return false
                    }
                    if isAwake { continuation.resume() }
                }
            } onCancel: {
                ring()
            }
            group.cancelAll()
        }
    }
}
