// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// What a node said of itself or of one container at one moment.
package struct UsagePoint: Sendable, Hashable {
    /// When it started, since 1970; nil where not told, which counts as long ago.
    package var startNanoseconds: Int64?
    /// When it was measured, since 1970.
    package var timestampNanoseconds: Int64
    /// CPU used since the start: billionths of a core's second.
    package var cpuNanoCoreSeconds: UInt64
    /// The working set.
    package var memoryBytes: UInt64

    package init(startNanoseconds: Int64? = nil, timestampNanoseconds: Int64, cpuNanoCoreSeconds: UInt64, memoryBytes: UInt64) {
        self.startNanoseconds = startNanoseconds
        self.timestampNanoseconds = timestampNanoseconds
        self.cpuNanoCoreSeconds = cpuNanoCoreSeconds
        self.memoryBytes = memoryBytes
    }

    fileprivate var start: Int64 { startNanoseconds ?? .min }
}

/// What is used at present: CPU as the mean over the window before `timestampNanoseconds`, memory at that time.
package struct Usage: Sendable, Hashable {
    package var cpuNanocores: UInt64
    package var memoryBytes: UInt64
    package var timestampNanoseconds: Int64
    package var windowNanoseconds: Int64

    package init(cpuNanocores: UInt64, memoryBytes: UInt64, timestampNanoseconds: Int64, windowNanoseconds: Int64) {
        self.cpuNanocores = cpuNanocores
        self.memoryBytes = memoryBytes
        self.timestampNanoseconds = timestampNanoseconds
        self.windowNanoseconds = windowNanoseconds
    }
}

/// The last two points of one node or container.
package struct PointWindow: Sendable, Hashable {
    package private(set) var last: UsagePoint
    /// nil until a second point has come that can be compared with the last.
    package private(set) var previous: UsagePoint?

    /// How long a container must have run before its start counts as a point.
    package static let freshContainerAge = Duration.seconds(10)

    /// A node's window after one more point.
    ///
    /// Points that come out of order replace the last one; the previous stays where it is still older.
    /// - Source: nodeStorage.Store, metrics-server v0.9 pkg/storage/node.go
    package init(node point: UsagePoint, after earlier: PointWindow?) {
        last = point
        previous = earlier?.previous(to: point)
    }

    /// A container's window after one more point.
    ///
    /// A container that started less than `resolution` ago, but long enough, is measured from its start, so that it has a
    /// usage after one scrape. One that restarted after the last point begins anew.
    ///
    /// - Parameter podHasPrevious: Whether any container of the pod has a previous point. Then one that has none, and whose new point
    ///   is no newer than its last, is measured from the beginning of time, so that it counts as idle rather than missing; an
    ///   oddity that upstream's users see, and so ours.
    /// - Source: podStorage.Store, metrics-server v0.9 pkg/storage/pod.go
    package init(container point: UsagePoint, after earlier: PointWindow?, podHasPrevious: Bool = false, resolution: Duration) {
        last = point
        if let start = point.startNanoseconds, Self.isFresh(age: point.timestampNanoseconds.subtractingReportingOverflow(start), resolution) {
            previous = UsagePoint(startNanoseconds: start, timestampNanoseconds: start, cpuNanoCoreSeconds: 0, memoryBytes: point.memoryBytes)
        } else if let earlier, point.start < earlier.last.timestampNanoseconds {
            previous = earlier.previous(to: point)
            if previous == nil, earlier.previous == nil, podHasPrevious { previous = Self.beginningOfTime }
        }
    }

    private static let beginningOfTime = UsagePoint(timestampNanoseconds: .min, cpuNanoCoreSeconds: 0, memoryBytes: 0)

    private static func isFresh(age: (partialValue: Int64, overflow: Bool), _ resolution: Duration) -> Bool {
        guard !age.overflow, age.partialValue > 0 else { return false }
        let age = Duration.nanoseconds(age.partialValue)
        return age < resolution && age >= freshContainerAge
    }

    private func previous(to point: UsagePoint) -> UsagePoint? {
        if last.timestampNanoseconds < point.timestampNanoseconds { return last }
        guard let previous, previous.timestampNanoseconds < point.timestampNanoseconds else { return nil }
        return previous
    }

    /// nil where there is one point only, and where the two contradict each other: a start or a counter that went back.
    /// - Source: resourceUsage, metrics-server v0.9 pkg/storage/types.go
    package var usage: Usage? {
        guard let previous, last.start >= previous.start, last.cpuNanoCoreSeconds >= previous.cpuNanoCoreSeconds else { return nil }
        let (difference, overflow) = last.timestampNanoseconds.subtractingReportingOverflow(previous.timestampNanoseconds)
        let window = overflow ? .max : difference
        guard window > 0 else { return nil }
        let seconds = Double(window / 1_000_000_000) + Double(window % 1_000_000_000) / 1e9
        let nanocores = Double(last.cpuNanoCoreSeconds - previous.cpuNanoCoreSeconds) / seconds
        return Usage(
            cpuNanocores: nanocores < 0x1p64 ? UInt64(nanocores) : .max, memoryBytes: last.memoryBytes,
            timestampNanoseconds: last.timestampNanoseconds, windowNanoseconds: window)
    }
}
