// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization

/// A number that only grows.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let state = Mutex(0.0)

    var value: Double { state.withLock { $0 } }

    func increment(by amount: Int64) { increment(by: Double(amount)) }
    /// Negative and non-finite amounts are ignored: a counter never goes back.
    func increment(by amount: Double) { if amount > 0, amount.isFinite { state.withLock { $0 += amount } } }
    func reset() { state.withLock { $0 = 0 } }
}

/// A number as it was last set.
final class GaugeSeries: MeterHandler, RecorderHandler {
    private let state = Mutex(0.0)

    var value: Double { state.withLock { $0 } }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { state.withLock { $0 = value } }
    func increment(by amount: Double) { state.withLock { $0 += amount } }
    func decrement(by amount: Double) { state.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

/// How many observations fell under each bound, and their sum. Times are in seconds.
final class HistogramSeries: RecorderHandler, TimerHandler {
    struct Value: Sendable, Equatable {
        /// Upper bounds, ascending; the last bucket, without bound, isn't among them.
        var bounds: [Double]
        /// One more than bounds; not cumulative.
        var counts: [UInt64]
        var sum: Double
    }

    private let state: Mutex<Value>

    init(bounds: [Double]) { state = Mutex(Value(bounds: bounds, counts: Array(repeating: 0, count: bounds.count + 1), sum: 0)) }

    var value: Value { state.withLock { $0 } }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            let index = state.bounds.firstIndex { value <= $0 } ?? state.bounds.count
            state.counts[index] &+= 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
