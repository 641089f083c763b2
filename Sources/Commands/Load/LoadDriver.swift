// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Something that puts load on an HTTP server: our own generator, or `ab`.
package protocol LoadDriver: Sendable {
    var name: String { get }

    /// Carries out the plan and reports. A cancelled task ends the load early, and the report is of what was done.
    ///
    /// - Parameter progress: Called a few times a second at most, from any thread.
    /// - Throws: `LoadError` where there was no load at all: a plan that is not possible, nobody listening.
    func run(_ plan: LoadPlan, progress: @escaping @Sendable (LoadProgress) -> Void) async throws -> LoadReport
}

/// The figures so far.
package struct LoadProgress: Sendable, Equatable {
    package var elapsed: Duration
    package var requests: Int
    package var failures: Int
    /// Of all requests so far; nil where the driver doesn't say before its end.
    package var latency: LatencySummary?
}

package struct LatencySummary: Sendable, Equatable {
    package var p50: Duration
    package var p90: Duration
    package var p99: Duration
    package var longest: Duration
}

package struct LoadReport: Sendable, Equatable {
    package var driver: String
    package var target: LoadTarget
    package var concurrency: Int
    /// Answered or failed; those cut off by the end of the load don't count.
    package var requests: Int
    /// Requests without a whole answer, and answers of status 400 and above, by reason.
    package var failures: [String: Int]
    package var elapsed: Duration
    package var bytes: Int
    /// From opening the connection to the end of the answer; nil where none was answered.
    package var latency: LatencySummary?

    package var failed: Int { failures.values.reduce(0, +) }
    package var requestsPerSecond: Double { elapsed > .zero ? Double(requests) / (elapsed / .seconds(1)) : 0 }
}
