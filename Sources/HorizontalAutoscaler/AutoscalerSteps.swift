// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import ScalingRules
import Telemetry

/// The controller without its informers, its queue and its rounds: the steps alone. The controller drives them, and so does the simulation, by
/// hand.
package struct AutoscalerSteps<C: Clock & Sendable>: Sendable where C.Duration == Duration {
    /// What is known without asking the server.
    package struct Knowledge: Sendable {
        /// The autoscaler as last heard of; nil once it is gone.
        package var autoscaler: @Sendable (NamespacedName) -> KubeObject?
        /// A target as last heard of; nil where its scale has to be asked for.
        package var target: @Sendable (GroupVersionResource, NamespacedName) -> KubeObject?

        package init(
            autoscaler: @escaping @Sendable (NamespacedName) -> KubeObject?,
            target: @escaping @Sendable (GroupVersionResource, NamespacedName) -> KubeObject?
        ) {
            self.autoscaler = autoscaler
            self.target = target
        }
    }

    private struct Targets: KnownScales {
        let target: @Sendable (GroupVersionResource, NamespacedName) -> KubeObject?

        func scale(of resource: GroupVersionResource, _ name: NamespacedName) async -> FollowedScale? {
            target(resource, name).map { FollowedScale($0) }
        }
    }

    private let pods = PodIndex()
    let metrics: MetricsRound<C>
    let reconciler: AutoscalerReconciler<C>

    init(
        client: KubeClient, options: AutoscalerOptions, clock: C, now: @escaping @Sendable () -> Timestamp,
        autoscaler: @escaping @Sendable (NamespacedName) -> KubeObject?, targets: any KnownScales, recorder: EventRecorder,
        selfMetrics: AutoscalerMetrics, observer: DecisionObserver?, logger: Logger
    ) {
        let resolver = KindResolver(client: client, clock: clock)
        let memory = AutoscalerMemory<C.Instant>()
        metrics = MetricsRound(client: client, resolver: resolver)
        reconciler = AutoscalerReconciler(
            autoscaler: autoscaler, memory: memory,
            observer: AutoscalerObserver(client: client, resolver: resolver, targets: targets, metrics: metrics, pods: pods, memory: memory),
            writer: AutoscalerWriter(client: client), recorder: recorder, options: options, metrics: selfMetrics, clock: clock, now: now,
            report: observer, logger: logger)
    }

    package init(
        client: KubeClient, options: AutoscalerOptions, clock: C, now: @escaping @Sendable () -> Timestamp, knowledge: Knowledge,
        observer: @escaping DecisionObserver, logger: Logger
    ) {
        self.init(
            client: client, options: options, clock: clock, now: now, autoscaler: knowledge.autoscaler, targets: Targets(target: knowledge.target),
            recorder: EventRecorder(client: client, component: "horizontal-pod-autoscaler", now: now, logger: logger),
            selfMetrics: AutoscalerMetrics(registry: MetricsRegistry()), observer: observer, logger: logger)
    }

    /// From here on every metric is asked for anew.
    package func beginRound() async { await metrics.begin() }

    /// A change of a pod, as an informer tells it.
    package func podChanged(_ old: KubeObject?, _ new: KubeObject?) { pods.update(old, new) }

    package func step(_ name: NamespacedName) async throws { _ = try await reconciler.reconcile(name) }
}
