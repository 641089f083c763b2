// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle

/// Forgets history as it ages, so that an idle store's memory and disk hold little beyond its objects.
///
/// Events of the last `age` are kept, and at least the last `minimumEvents`. The drivers bound the number from above.
package struct StoreCompaction<C: Clock>: Service where C.Duration == Duration {
    private let store: any ObjectStore
    private let clock: C
    private let age: Duration
    private let minimumEvents: Int64
    private let onFailure: @Sendable (StoreError) -> Void

    /// - Parameter onFailure: Told when a compaction failed; the next one makes up for it.
    package init(
        _ store: any ObjectStore, clock: C, age: Duration = .seconds(300), minimumEvents: Int64 = 1000,
        onFailure: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) {
        self.store = store
        self.clock = clock
        self.age = age
        self.minimumEvents = minimumEvents
        self.onFailure = onFailure
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // What the store's revision was at each of the last rounds, the oldest first.
            var revisions: [Int64] = []
            let rounds = 5
            while (try? await clock.sleep(for: age / rounds)) != nil {
                if revisions.count == rounds { await compact(upTo: revisions.removeFirst()) }
                revisions.append(store.revision)
            }
        }
    }

    private func compact(upTo revision: Int64) async {
        let revision = min(revision, store.revision - minimumEvents)
        guard revision > 0 else { return }
        do { try await store.compact(before: revision + 1) } catch { onFailure(error) }
    }
}
