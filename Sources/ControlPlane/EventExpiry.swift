// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeStore
import Logging
import ServiceLifecycle

/// Deletes events that have not been repeated for a while (`--event-ttl`); without it they would fill the store.
struct EventExpiry: Service {
    let store: ResourceStore
    let lifetime: Duration
    let clock: any Clock<Duration>
    let logger: Logger
    private static let period = Duration.seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await sweep()
                try? await clock.sleep(for: Self.period)
            }
        }
    }

    func sweep() async {
        guard let definition = store.registry.definition(.events) else { return }
        let oldest = store.now() - lifetime
        for event in store.objects.list(definition.groupResource, namespace: nil).objects where Self.lastSeen(event) < oldest {
            do {
                _ = try await store.objects.delete(definition.key(of: event), expected: event.revision)
            } catch  where error.code == .conflict || error.code == .notFound {
                continue  // repeated, or gone, meanwhile
            } catch {
                return logger.warning("old events can't be deleted", metadata: ["error": "\(error)"])
            }
        }
    }

    private static func lastSeen(_ event: KubeObject) -> Timestamp {
        let times = [event.value(at: "series", "lastObservedTime"), event["lastTimestamp"], event["eventTime"]].compactMap { $0?.timestamp }
        return times.max() ?? event.creationTimestamp ?? .zero
    }
}
