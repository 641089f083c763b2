// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Word of fresh usage, from whoever measures it in the same process to the autoscaler that decides on it.
///
/// It says only that there is some: what it is, the autoscaler asks the API, as ever.
package final class FreshUsage: Sendable {
    /// The least time between two decisions that fresh usage brings about.
    let floor: Duration
    private struct Listener {
        var tell: @Sendable (Set<String>) -> Void = { _ in }
    }

    /// In a struct: a bare closure that goes in and out of a mutex is wrapped once more each time.
    private let listener = Mutex(Listener())

    package init(floor: Duration) { self.floor = floor }

    /// - Parameter namespaces: Of the pods that were measured.
    package func tell(_ namespaces: Set<String>) { listener.withLock { $0 }.tell(namespaces) }

    /// Tells `listener` for as long as `body` runs; nobody else meanwhile.
    func listen(_ listener: @escaping @Sendable (Set<String>) -> Void, while body: () async throws -> Void) async rethrows {
        self.listener.withLock { $0.tell = listener }
        defer { self.listener.withLock { $0 = Listener() } }
        try await body()
    }
}
