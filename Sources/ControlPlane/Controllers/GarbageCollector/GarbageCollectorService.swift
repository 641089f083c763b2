// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import ServiceLifecycle
import Synchronization

/// Learns what the server serves, watches the metadata of all of it, and runs the collector over it.
///
/// What comes later, as custom resources do, is watched from then on; what is no longer served is forgotten.
struct GarbageCollectorService<C: Clock & Sendable>: Service where C.Duration == Duration {
    let client: KubeClient
    /// Whole objects that are watched anyway; they are not watched a second time.
    let informers: [Informer]
    /// Definitions and APIServices: what is served may change with them.
    let registrations: [Informer]
    /// Told of each object that is gone, with its namespace.
    let onRemoval: @Sendable (_ namespace: String) -> Void
    let clock: C
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let wakeup = Wakeup()
            for informer in registrations { informer.onChange { old, new in if Self.isRegistration(old, new) { wakeup.ring() } } }
            guard let first = await discover() else { return }
            let served = ServedKinds(first)
            let graph = OwnerGraph()
            let queue = WorkQueue<String, C>(clock: clock)
            let collector = GarbageCollector(client: client, graph: graph, served: served, enqueue: { queue.add($0) }, logger: logger)
            await withDiscardingTaskGroup { group in
                var running = follow(first, besides: [:], graph, queue, in: &group)
                let needed = Array(running.values)
                group.addTask {
                    let controller = Controller(name: "garbage-collector", reconciler: collector, queue: queue, workers: 4, logger: logger) {
                        try await Informer.waitUntilSynced(needed.map(\.informer))
                    }
                    try? await controller.run()
                }
                while !Task.isCancelled {
                    await wakeup.sleep(atMost: .seconds(3600), on: clock)
                    // Definitions come in groups.
                    try? await clock.sleep(for: .milliseconds(200))
                    guard let next = await discover() else { break }
                    served.replace(by: next)
                    running = follow(next, besides: running, graph, queue, in: &group)
                }
            }
        }
    }

    /// Of an APIService a new spec or the turn of its condition, not what else its status tells; of a definition anything.
    private static func isRegistration(_ old: KubeObject?, _ new: KubeObject?) -> Bool {
        guard let old, let new, new.kind == "APIService" else { return true }
        return old.spec != new.spec || old.hasTrueCondition("Available") != new.hasTrueCondition("Available")
    }

    private static func isWatched(_ resource: ServedResources.Resource) -> Bool {
        // Events depend on nothing and are many.
        resource.resource.resource != "events" && resource.verbs.isSuperset(of: ["list", "watch", "delete"])
    }

    /// One kind that is watched: an informer of its own runs until it is stopped.
    private struct Followed: Sendable {
        var informer: Informer
        var stop: @Sendable () -> Void = {}
    }

    /// Begins to watch what is new, and stops what is served no more.
    private func follow(
        _ served: ServedResources, besides running: [GroupVersionResource: Followed], _ graph: OwnerGraph, _ queue: WorkQueue<String, C>,
        in group: inout DiscardingTaskGroup
    ) -> [GroupVersionResource: Followed] {
        var followed: [GroupVersionResource: Followed] = [:]
        for entry in served.resources where Self.isWatched(entry) {
            if let known = running[entry.resource] {
                followed[entry.resource] = known
                continue
            }
            let shared = informers.first { $0.resource.groupResource == entry.resource.groupResource && $0.isComplete }
            let informer = shared ?? Informer(client: client, resource: entry.resource, metadataOnly: true, clock: clock, logger: logger)
            informer.onChange { [onRemoval] old, new in
                for uid in graph.observe(old: old, new: new, entry.resource) { queue.add(uid) }
                if new == nil, let namespace = old?.namespace, !namespace.isEmpty { onRemoval(namespace) }
            }
            followed[entry.resource] = shared.map { Followed(informer: $0) } ?? start(informer, in: &group)
        }
        for (resource, gone) in running where followed[resource] == nil {
            // A group that did not answer may still be there.
            if served.failedGroups.contains(resource.group) { followed[resource] = gone } else { gone.stop() }
        }
        return followed
    }

    private func start(_ informer: Informer, in group: inout DiscardingTaskGroup) -> Followed {
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        group.addTask {
            await withTaskGroup(of: Void.self) { race in
                race.addTask { try? await informer.run() }
                race.addTask { for await _ in stopped {} }
                await race.next()
                race.cancelAll()
            }
        }
        return Followed(informer: informer, stop: { stop.finish() })
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

/// What the server serves as it was last learned.
final class ServedKinds: Sendable {
    private let current: Mutex<ServedResources>

    init(_ served: ServedResources) { current = Mutex(served) }

    func replace(by served: ServedResources) { current.withLock { $0 = served } }

    func resource(ofKind kind: String, apiVersion: String) -> ServedResources.Resource? {
        current.withLock { $0 }.resource(ofKind: kind, apiVersion: apiVersion)
    }
}
