// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Durations counted in buckets that grow with the duration: quantiles within 3 % in 10 kB, however many there are.
///
/// Up to 64 µs every microsecond has its bucket; from there on each power of two is divided into 32.
struct LatencyHistogram: Sendable {
    private static let stepsPerPower = 32
    private static let exact = 64
    /// Up to 2^36 µs, 19 hours; longer ones count as that.
    private static let bucketCount = exact + (36 - 6) * stepsPerPower

    private var counts = [Int](repeating: 0, count: bucketCount)
    private(set) var count = 0
    private(set) var longest: Duration = .zero

    mutating func record(_ duration: Duration) {
        counts[Self.bucket(of: Self.microseconds(duration))] += 1
        count += 1
        longest = max(longest, duration)
    }

    /// The duration that the share `quantile` (0 to 1) of all didn't exceed; zero where there are none.
    func value(at quantile: Double) -> Duration {
        let rank = max(1, Int((Double(count) * min(max(quantile, 0), 1)).rounded(.up)))
        var seen = 0
        for (bucket, inBucket) in counts.enumerated() where inBucket > 0 {
            seen += inBucket
            if seen >= rank { return min(.microseconds(Self.upperBound(of: bucket)), longest) }
        }
        return longest
    }

    var summary: LatencySummary? {
        count == 0 ? nil : LatencySummary(p50: value(at: 0.5), p90: value(at: 0.9), p99: value(at: 0.99), longest: longest)
    }

    private static func microseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(clamping: max(0, min(seconds, 1 << 32)) * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    private static func bucket(of microseconds: Int) -> Int {
        guard microseconds >= exact else { return max(0, microseconds) }
        let power = Int.bitWidth - 1 - microseconds.leadingZeroBitCount
        let step = (microseconds >> (power - 5)) & (stepsPerPower - 1)
        return min(exact + (power - 6) * stepsPerPower + step, bucketCount - 1)
    }

    /// The longest duration, in microseconds, that falls into a bucket.
    private static func upperBound(of bucket: Int) -> Int {
        guard bucket >= exact else { return bucket }
        let (power, step) = (bucket - exact).quotientAndRemainder(dividingBy: stepsPerPower)
        return ((stepsPerPower + step + 1) << (power + 1)) - 1
    }
}
