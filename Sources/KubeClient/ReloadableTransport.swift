// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A way to an API server whose credentials and authorities can be replaced while it is used.
package final class ReloadableTransport: Transport {
    private let current: Mutex<HTTPTransport>
    private let timeLimit: Duration

    /// - Parameter timeLimit: How long a server may take to answer; of a stream, it counts for the head only.
    /// - Throws: `ClientError` naming the server where a certificate or key cannot be read.
    package init(_ configuration: ClientConfiguration, timeLimit: Duration = .seconds(60)) throws {
        self.timeLimit = timeLimit
        current = Mutex(try HTTPTransport(configuration, timeLimit: timeLimit))
    }

    package func send(_ request: ClientRequest) async throws -> ClientResponse { try await current.withLock { $0 }.send(request) }

    /// From the next request on; answers and streams under way end as they began, and the old connections with the last of them.
    /// - Throws: as `init`; then what was there before counts on.
    package func replace(_ configuration: ClientConfiguration) throws {
        let fresh = try HTTPTransport(configuration, timeLimit: timeLimit)
        current.withLock { $0 = fresh }
    }

    package func shutdown() async throws { try await current.withLock { $0 }.shutdown() }
}
