// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import ScalingRules

/// Looks at one autoscaler as the controller would, once, and writes nothing.
///
/// What a controller remembers of past recommendations and scalings is not in the API, so the decision is that of one which has just started.
package struct AutoscalerInspector<C: Clock & Sendable>: Sendable where C.Duration == Duration {
    private let client: KubeClient
    private let settings: ScalingSettings
    private let clock: C
    private let now: @Sendable () -> Timestamp

    package init(client: KubeClient, settings: ScalingSettings, clock: C, now: @escaping @Sendable () -> Timestamp) {
        self.client = client
        self.settings = settings
        self.clock = clock
        self.now = now
    }

    /// - Parameter object: The autoscaler as it is.
    /// - Throws: Where the pods and autoscalers of its namespace cannot be read. Whatever else cannot be is part of the decision.
    package func inspect(_ object: KubeObject) async throws -> DecisionReport {
        let autoscaler = HorizontalPodAutoscaler(object)
        let name = autoscaler.name
        let pods = PodIndex()
        for pod in try await client.list(.pods, namespace: name.namespace).items { pods.update(nil, pod) }
        let memory = AutoscalerMemory<C.Instant>()
        let resolver = KindResolver(client: client, clock: clock)
        let observer = AutoscalerObserver(
            client: client, resolver: resolver, targets: nil, metrics: MetricsRound(client: client, resolver: resolver), pods: pods, memory: memory)
        for other in try await client.list(.horizontalPodAutoscalers, namespace: name.namespace).items where other.name != name.name {
            await observer.learnSelector(of: HorizontalPodAutoscaler(other))
        }
        var entry = AutoscalerMemory<C.Instant>.Entry(uid: autoscaler.uid)
        let observed = await observer.observe(autoscaler, .fresh, &entry)
        let time = now()
        let decision = decide(autoscaler.spec, observed.observation, ScalingHistory(), settings: settings, at: time)
        return DecisionReport(
            autoscaler: name, time: time, spec: autoscaler.spec, observation: observed.observation, decision: decision)
    }
}
