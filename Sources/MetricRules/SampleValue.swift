// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One sample of an answer of Prometheus.
package struct Sample: Sendable, Hashable {
    package var labels: [String: String]
    package var value: Double
    /// Since 1970.
    package var milliseconds: Int64

    package init(labels: [String: String], value: Double, milliseconds: Int64) {
        self.labels = labels
        self.value = value
        self.milliseconds = milliseconds
    }

    package var time: Timestamp {
        let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000)
        return rest < 0
            ? Timestamp(seconds: seconds - 1, nanoseconds: Int32(rest + 1000) * 1_000_000)
            : Timestamp(seconds: seconds, nanoseconds: Int32(rest) * 1_000_000)
    }
}

/// What a sample is taken for that is no number an autoscaler could use.
package enum OddValues: Sendable, Hashable {
    /// Such a sample counts as if it were not there: nobody scales by it.
    case absent
    /// As prometheus-adapter: what is no number is nothing, what is infinite the greatest or least.
    case upstream

    /// - Parameter zeroesNaN: prometheus-adapter does so for custom metrics, not for external ones.
    package func quantity(_ value: Double, zeroesNaN: Bool = true, _ format: Quantity.Format = .decimalSI) -> Quantity? {
        if self == .absent, !value.isFinite { return nil }
        if value.isNaN, zeroesNaN { return Quantity(0, format) }
        return Quantity(milli: Self.milli(value), format)
    }

    /// Cut to thousandths, as Go converts on amd64: what does not fit is the least number.
    private static func milli(_ value: Double) -> Int64 {
        let scaled = value * 1000
        return scaled > -0x1p63 && scaled < 0x1p63 ? Int64(scaled) : .min
    }
}
