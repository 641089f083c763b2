// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What the connections of one run have done, and what is left for them to do.
final class LoadTally: Sendable {
    private struct State {
        var unstarted: Int
        var isStopped = false
        var requests = 0
        var failures: [String: Int] = [:]
        var bytes = 0
        var histogram = LatencyHistogram()
        /// Failures to connect since somebody last got through.
        var refusedInARow = 0
    }

    private let state: Mutex<State>

    init(maximumRequests: Int) { state = Mutex(State(unstarted: maximumRequests)) }

    /// - Returns: Whether one more request may begin.
    func begin() -> Bool {
        state.withLock { state in
            guard !state.isStopped, state.unstarted > 0 else { return false }
            state.unstarted -= 1
            return true
        }
    }

    func answered(status: Int, bytes: Int, after duration: Duration) {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.requests += 1
            state.bytes += bytes
            state.refusedInARow = 0
            state.histogram.record(duration)
            if status >= 400 { state.failures["status \(status)", default: 0] += 1 }
        }
    }

    func failed(_ reason: String, isConnection: Bool = false) {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.requests += 1
            state.failures[reason, default: 0] += 1
            state.refusedInARow = isConnection ? state.refusedInARow + 1 : 0
        }
    }

    /// No request begins from here on, and none counts.
    func stop() { state.withLock { $0.isStopped = true } }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Why the load is pointless: nobody ever answered, and many attempts failed alike.
    var hopeless: String? {
        state.withLock { state in
            state.histogram.count == 0 && state.refusedInARow >= 10 ? state.failures.max { $0.value < $1.value }?.key : nil
        }
    }

    func progress(elapsed: Duration) -> LoadProgress {
        state.withLock { state in
            LoadProgress(
                elapsed: elapsed, requests: state.requests, failures: state.failures.values.reduce(0, +), latency: state.histogram.summary)
        }
    }

    func report(_ plan: LoadPlan, driver: String, elapsed: Duration) -> LoadReport {
        state.withLock { state in
            LoadReport(
                driver: driver, target: plan.target, concurrency: plan.concurrency, requests: state.requests, failures: state.failures,
                elapsed: elapsed, bytes: state.bytes, latency: state.histogram.summary)
        }
    }
}
