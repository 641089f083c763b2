// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import ScalingRules
import ServiceLifecycle
import Synchronization

/// The scales of autoscalers' targets, known by watching the targets instead of asking for each scale in each round.
///
/// A kind is followed from the first time that an autoscaler names it, and only if its scale follows from its objects: that of a custom
/// resource lies where its definition says. What is known here is good to see that nothing is to be done; whoever acts reads afresh.
///
/// Where the server does not let us follow a kind, or cannot be reached, nothing is known of it, and the caller asks for the scale itself.
final class ScaleTargets<C: Clock & Sendable>: Service, KnownScales where C.Duration == Duration {
    private struct Followed {
        let informer: Informer
        let scales: ScaleIndex
    }

    private let client: KubeClient
    private let clock: C
    private let logger: Logger
    private let followed = Mutex<[GroupVersionResource: Followed]>([:])
    private let started: AsyncStream<Informer>
    private let start: AsyncStream<Informer>.Continuation

    init(client: KubeClient, clock: C, logger: Logger) {
        self.client = client
        self.clock = clock
        self.logger = logger
        // As many as there are kinds.
        (started, start) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await informer in self.started { group.addTask { try? await informer.run() } }
                group.cancelAll()
            }
        }
    }

    /// The target's scale as far as it is known without asking the server; nil where it has to be asked.
    ///
    /// The first call for a kind waits for its first list.
    func scale(of resource: GroupVersionResource, _ name: NamespacedName) async -> FollowedScale? {
        guard FollowedScale.isKnown(of: resource.groupResource) else { return nil }
        let target = follow(resource)
        await target.informer.waitUntilAttempted()
        return target.informer.isCurrent ? target.scales[name] : nil
    }

    private func follow(_ resource: GroupVersionResource) -> Followed {
        followed.withLock { followed in
            if let known = followed[resource] { return known }
            let scales = ScaleIndex()
            let informer = Informer(client: client, resource: resource, keeping: FollowedScale.fields, clock: clock, logger: logger)
            informer.onChange { old, new in scales.update(old, new) }
            let new = Followed(informer: informer, scales: scales)
            followed[resource] = new
            start.yield(informer)
            return new
        }
    }
}

/// Scales by their targets' names, worked out once per change of a target.
final class ScaleIndex: Sendable {
    private let scales = Mutex<[NamespacedName: FollowedScale]>([:])

    /// A change as an informer tells it.
    func update(_ old: KubeObject?, _ new: KubeObject?) {
        guard let name = (new ?? old)?.namespacedName else { return }
        let scale = new.map { FollowedScale($0) }
        scales.withLock { $0[name] = scale }
    }

    subscript(_ name: NamespacedName) -> FollowedScale? { scales.withLock { $0[name] } }
}
