// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeModel
import Synchronization

/// Has the autoscalers of a namespace decide as soon as its pods' usage is fresh, rather than in the next round.
///
/// It costs no request beyond those of rounds: a namespace that has just reacted is left out of the round that follows.
final class UsageReaction<C: Clock & Sendable>: Reconciler where C.Duration == Duration {
    private let floor: Duration
    /// Those of a namespace that decide on the usage of pods.
    private let affected: @Sendable (String) -> [NamespacedName]
    private let metrics: MetricsRound<C>
    private let autoscalers: WorkQueue<NamespacedName, C>
    private let clock: C
    let queue: WorkQueue<String, C>
    /// When each namespace reacted last.
    private let reacted = Mutex<[String: C.Instant]>([:])

    /// The nodes of a small cluster are scraped within this of one another: what they tell is decided upon together.
    private static var gathering: Duration { .milliseconds(50) }

    init(
        floor: Duration, affected: @escaping @Sendable (String) -> [NamespacedName], metrics: MetricsRound<C>,
        autoscalers: WorkQueue<NamespacedName, C>, clock: C
    ) {
        self.floor = floor
        self.affected = affected
        self.metrics = metrics
        self.autoscalers = autoscalers
        self.clock = clock
        queue = WorkQueue(clock: clock)
    }

    func usageIsFresh(in namespaces: Set<String>) {
        let now = clock.now
        for namespace in namespaces where !affected(namespace).isEmpty {
            let sinceLast = reacted.withLock { $0[namespace] }.map { $0.duration(to: now) }
            queue.add(namespace, after: max(Self.gathering, sinceLast.map { floor - $0 } ?? .zero))
        }
    }

    func reconcile(_ namespace: String) async -> Requeue {
        let names = affected(namespace)
        reacted.withLock { $0[namespace] = names.isEmpty ? nil : clock.now }
        guard !names.isEmpty else { return .never }
        await metrics.forgetPods(in: namespace)
        for name in names { autoscalers.add(name) }
        return .never
    }

    /// Whether a namespace reacted at this time or later.
    func hasReacted(in namespace: String, since instant: C.Instant) -> Bool {
        reacted.withLock { $0[namespace] }.map { $0 >= instant } ?? false
    }
}
