// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// How much load, and on what. Bounded in number and in time, whichever comes first.
package struct LoadPlan: Sendable, Equatable {
    package var target: LoadTarget
    /// Requests under way at once.
    package var concurrency: Int
    package var maximumRequests: Int
    package var duration: Duration
    /// Several requests a connection; otherwise each opens its own, so that a service proxy spreads them.
    package var keepsAlive: Bool
    /// What one request may take before it counts as failed.
    package var requestTimeout: Duration

    package init(
        target: LoadTarget, concurrency: Int, maximumRequests: Int, duration: Duration, keepsAlive: Bool = false,
        requestTimeout: Duration = .seconds(30)
    ) {
        self.target = target
        self.concurrency = concurrency
        self.maximumRequests = maximumRequests
        self.duration = duration
        self.keepsAlive = keepsAlive
        self.requestTimeout = requestTimeout
    }

    static let largestConcurrency = 10_000
    /// ab reserves memory for each request that it is told of.
    static let largestCount = 5_000_000

    package func check() throws(LoadError) {
        guard (1...Self.largestConcurrency).contains(concurrency) else {
            throw LoadError(.usage, "a concurrency of \(concurrency) is not possible: 1 to \(Self.largestConcurrency)")
        }
        guard (concurrency...Self.largestCount).contains(maximumRequests) else {
            throw LoadError(
                .usage, "\(maximumRequests) requests are not possible: at least the concurrency (\(concurrency)), at most \(Self.largestCount)")
        }
        guard duration >= .seconds(1), duration <= .seconds(86_400) else { throw LoadError(.usage, "the duration must be from 1 s to 24 h") }
        guard requestTimeout >= .milliseconds(10) else { throw LoadError(.usage, "the time for one request must be at least 10 ms") }
    }
}

/// Why there is no report.
package struct LoadError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable { case usage, unreachable, driver }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
