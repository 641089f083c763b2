// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Sends no more than so many requests a second, after a burst; upstream's `--kube-api-qps` and `--kube-api-burst`.
///
/// A token bucket. Requests wait in the order in which they came.
package final class RateLimitedTransport<C: Clock & Sendable>: Transport where C.Duration == Duration {
    private let transport: any Transport
    private let interval: Duration
    private let burst: Int
    private let clock: C
    /// When the bucket would be full again.
    private let fullAt: Mutex<C.Instant>

    /// - Parameters:
    ///   - requestsPerSecond: More than 0.
    ///   - burst: At least 1.
    package init(_ transport: any Transport, requestsPerSecond: Double, burst: Int, clock: C) {
        self.transport = transport
        interval = .seconds(1) / requestsPerSecond
        self.burst = max(1, burst)
        self.clock = clock
        fullAt = Mutex(clock.now)
    }

    package func send(_ request: ClientRequest) async throws -> ClientResponse {
        let due = fullAt.withLock { fullAt in
            let now = clock.now
            let taken = max(fullAt, now).advanced(by: interval)
            fullAt = taken
            return taken.advanced(by: interval * -burst)
        }
        if due > clock.now { try await clock.sleep(until: due, tolerance: nil) }
        return try await transport.send(request)
    }
}
