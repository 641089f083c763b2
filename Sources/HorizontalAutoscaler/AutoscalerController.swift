// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import ScalingRules
import ServiceLifecycle
import Telemetry

/// The horizontal pod autoscaler: in rounds, one each sync period, every autoscaler observes, decides and acts; where it is told of fresh usage,
/// those that it concerns do so at once.
///
/// It is an ordinary client of the API, with informers of its own for autoscalers, pods and the kinds of their targets. All autoscalers of a
/// round share one list of pod metrics per namespace. A round that takes longer than the period delays the next step of those it has not reached, and of no other.
package struct AutoscalerController<C: Clock & Sendable>: Service where C.Duration == Duration {
    private let autoscalers: Informer
    private let pods: Informer
    private let recorder: EventRecorder
    private let targets: ScaleTargets<C>
    private let steps: AutoscalerSteps<C>
    private let selfMetrics: AutoscalerMetrics
    private let queue: WorkQueue<NamespacedName, C>
    private let controller: Controller<AutoscalerReconciler<C>, C>
    private let freshUsage: FreshUsage?
    private let reaction: UsageReaction<C>
    private let period: Duration
    private let clock: C
    private let logger: Logger

    private static var byNamespaceOfUsage: String { "namespace, where the usage of pods is a metric" }

    /// - Parameters:
    ///   - client: Acts as `system:serviceaccount:kube-system:horizontal-pod-autoscaler`, or as the controller manager.
    ///   - now: Wall time, for the rules and for what is written.
    ///   - selfMetrics: Where the controller counts what it does.
    ///   - freshUsage: Tells when to decide before the next round.
    ///   - observer: Told of every decision.
    package init(
        client: KubeClient, options: AutoscalerOptions, clock: C, now: @escaping @Sendable () -> Timestamp,
        selfMetrics: AutoscalerMetrics = AutoscalerMetrics(registry: MetricsRegistry()), freshUsage: FreshUsage? = nil,
        observer: DecisionObserver? = nil, logger: Logger
    ) {
        self.clock = clock
        self.logger = logger
        self.freshUsage = freshUsage
        self.selfMetrics = selfMetrics
        // Whatever a flag says, rounds leave the machine some air.
        period = max(.milliseconds(10), options.syncPeriod)
        autoscalers = Informer(
            client: client, resource: .horizontalPodAutoscalers,
            indexes: [Self.byNamespaceOfUsage: { $0.decidesOnUsage ? [$0.namespace] : [] }], clock: clock, logger: logger)
        pods = Informer(client: client, resource: .pods, keeping: PodState.fields, clock: clock, logger: logger)
        recorder = EventRecorder(client: client, component: "horizontal-pod-autoscaler", now: now, logger: logger)
        targets = ScaleTargets(client: client, clock: clock, logger: logger)
        steps = AutoscalerSteps(
            client: client, options: options, clock: clock, now: now, autoscaler: { [autoscalers] in autoscalers.get($0) }, targets: targets,
            recorder: recorder, selfMetrics: selfMetrics, observer: observer, logger: logger)
        queue = WorkQueue(clock: clock)
        reaction = UsageReaction(
            floor: freshUsage?.floor ?? period,
            affected: { [autoscalers] in autoscalers.list(index: Self.byNamespaceOfUsage, $0).map(\.namespacedName) },
            metrics: steps.metrics, autoscalers: queue, clock: clock)
        pods.onChange { [steps] old, new in steps.podChanged(old, new) }
        autoscalers.onChange { [queue] old, new in
            // One that is gone leaves at once; one that came or changed waits for the round.
            if let old, new == nil { queue.add(old.namespacedName) }
        }
        controller = Controller(
            name: "horizontal-pod-autoscaler", reconciler: steps.reconciler, queue: queue, workers: max(1, options.concurrentSyncs), logger: logger
        ) { [autoscalers, pods] in
            try await autoscalers.waitUntilSynced()
            try await pods.waitUntilSynced()
        }
    }

    package func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await autoscalers.run() }
            group.addTask { try await pods.run() }
            group.addTask { try await targets.run() }
            group.addTask { try await recorder.run() }
            group.addTask { try await controller.run() }
            group.addTask { await cancelWhenGracefulShutdown { await self.runRounds() } }
            if let freshUsage { group.addTask { try await react(to: freshUsage) } }
        }
    }

    private func react(to usage: FreshUsage) async throws {
        try await usage.listen(reaction.usageIsFresh) {
            try await Controller(name: "fresh usage", reconciler: reaction, queue: reaction.queue, workers: 1, logger: logger).run()
        }
    }

    private func runRounds() async {
        do {
            try await autoscalers.waitUntilSynced()
            try await pods.waitUntilSynced()
        } catch {
            return  // shut down before the first list came
        }
        var next = clock.now
        var previous = next
        while !Task.isCancelled {
            let now = clock.now
            await steps.beginRound()
            let all = autoscalers.list()
            selfMetrics.count(all.count)
            for autoscaler in all where !(autoscaler.decidesOnUsage && reaction.hasReacted(in: autoscaler.namespace, since: previous)) {
                queue.add(autoscaler.namespacedName)
            }
            previous = now
            // Rounds keep their beat; those that a slow machine missed are not made up for.
            repeat { next = next.advanced(by: period) } while next <= clock.now
            do { try await clock.sleep(until: next, tolerance: nil) } catch { return }
        }
    }
}

extension KubeObject {
    /// Whether the usage of pods, rather than a custom or external metric, may move this autoscaler.
    fileprivate var decidesOnUsage: Bool {
        guard let metrics = spec["metrics"]?.array, !metrics.isEmpty else { return true }
        return metrics.contains { $0["type"] == "Resource" || $0["type"] == "ContainerResource" }
    }
}
