// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import ScalingRules
import ServiceLifecycle
import Telemetry

/// The horizontal pod autoscaler: in rounds, one each sync period, every autoscaler observes, decides and acts.
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
    private let period: Duration
    private let clock: C

    /// - Parameters:
    ///   - client: Acts as `system:serviceaccount:kube-system:horizontal-pod-autoscaler`, or as the controller manager.
    ///   - now: Wall time, for the rules and for what is written.
    ///   - selfMetrics: Where the controller counts what it does.
    ///   - observer: Told of every decision.
    package init(
        client: KubeClient, options: AutoscalerOptions, clock: C, now: @escaping @Sendable () -> Timestamp,
        selfMetrics: AutoscalerMetrics = AutoscalerMetrics(registry: MetricsRegistry()), observer: DecisionObserver? = nil, logger: Logger
    ) {
        self.clock = clock
        self.selfMetrics = selfMetrics
        // Whatever a flag says, rounds leave the machine some air.
        period = max(.milliseconds(10), options.syncPeriod)
        autoscalers = Informer(client: client, resource: .horizontalPodAutoscalers, clock: clock, logger: logger)
        pods = Informer(client: client, resource: .pods, keeping: PodState.fields, clock: clock, logger: logger)
        recorder = EventRecorder(client: client, component: "horizontal-pod-autoscaler", now: now, logger: logger)
        targets = ScaleTargets(client: client, clock: clock, logger: logger)
        steps = AutoscalerSteps(
            client: client, options: options, clock: clock, now: now, autoscaler: { [autoscalers] in autoscalers.get($0) }, targets: targets,
            recorder: recorder, selfMetrics: selfMetrics, observer: observer, logger: logger)
        queue = WorkQueue(clock: clock)
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
        while !Task.isCancelled {
            await steps.beginRound()
            let all = autoscalers.list()
            selfMetrics.count(all.count)
            for autoscaler in all { queue.add(autoscaler.namespacedName) }
            // Rounds keep their beat; those that a slow machine missed are not made up for.
            repeat { next = next.advanced(by: period) } while next <= clock.now
            do { try await clock.sleep(until: next, tolerance: nil) } catch { return }
        }
    }
}
