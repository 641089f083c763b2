// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import ServiceLifecycle

/// Learns what the server serves, watches the metadata of all of it, and runs the collector over it.
struct GarbageCollectorService<C: Clock & Sendable>: Service where C.Duration == Duration {
    let client: KubeClient
    /// Whole objects that are watched anyway; they are not watched a second time.
    let informers: [Informer]
    /// Told of each object that is gone, with its namespace.
    let onRemoval: @Sendable (_ namespace: String) -> Void
    let clock: C
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            guard let served = await discover() else { return }
            let graph = OwnerGraph()
            let queue = WorkQueue<String, C>(clock: clock)
            let watched = served.resources.filter(Self.isWatched)
            let (shared, own) = follow(watched, graph, queue)
            let collector = GarbageCollector(client: client, graph: graph, served: served, enqueue: { queue.add($0) }, logger: logger)
            let controller = Controller(name: "garbage-collector", reconciler: collector, queue: queue, workers: 4, logger: logger) {
                try await Informer.waitUntilSynced(shared + own)
            }
            await withDiscardingTaskGroup { group in
                for informer in own { group.addTask { try? await informer.run() } }
                group.addTask { try? await controller.run() }
            }
        }
    }

    private static func isWatched(_ resource: ServedResources.Resource) -> Bool {
        // Events depend on nothing and are many.
        resource.resource.resource != "events" && resource.verbs.isSuperset(of: ["list", "watch", "delete"])
    }

    private func follow(_ watched: [ServedResources.Resource], _ graph: OwnerGraph, _ queue: WorkQueue<String, C>) -> ([Informer], [Informer]) {
        var shared: [Informer] = []
        var own: [Informer] = []
        for entry in watched {
            let known = informers.first { $0.resource.groupResource == entry.resource.groupResource && $0.isComplete }
            let informer = known ?? Informer(client: client, resource: entry.resource, metadataOnly: true, clock: clock, logger: logger)
            if known == nil { own.append(informer) } else { shared.append(informer) }
            informer.onChange { [onRemoval] old, new in
                for uid in graph.observe(old: old, new: new, entry.resource) { queue.add(uid) }
                if new == nil, let namespace = old?.namespace, !namespace.isEmpty { onRemoval(namespace) }
            }
        }
        return (shared, own)
    }

    /// nil where the task was cancelled meanwhile.
    private func discover() async -> ServedResources? {
        let backOff = BackOff(first: .milliseconds(50), limit: .seconds(5))
        var failures = 0
        while !Task.isCancelled {
            do {
                return try await ServedResources.discover(client)
            } catch {
                failures += 1
                if failures == 3 { logger.warning("cannot learn what the server serves", metadata: ["error": "\(error)"]) }
                try? await clock.sleep(for: backOff.delay(afterFailures: failures))
            }
        }
        return nil
    }
}
