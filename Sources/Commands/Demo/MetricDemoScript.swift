// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import HorizontalAutoscaler
import KubeClient
import KubeModel
import ScalingRules

/// Scales podinfo on a metric of Prometheus' series: as a metric of its pods, and, in a namespace beside, as an external one.
struct MetricDemoScript: Sendable {
    let lab: RunningLab
    let timeline: Timeline
    /// As the rules call it.
    let metric: String
    let connections: Int
    let loadTime: Duration

    private static let name = GuideManifests.guideName
    private static let namespaces = ["default", "external"]
    /// What one pod is to have, a second: more than probes and scrapes ask for, and much less than one connection can.
    private static let target = "20"

    /// - Throws: Where the lab fails; what merely did not hold is in the outcome.
    func run() async throws -> MetricDemoOutcome {
        var outcome = MetricDemoOutcome(metric: metric)
        try await apply()
        for (index, namespace) in Self.namespaces.enumerated() {
            guard try await waitForMetric(namespace) else {
                outcome.metricFailure = try await metricFailure(namespace)
                return outcome
            }
            outcome.kinds[index].wasServed = true
        }
        try await load(&outcome)
        try await watchDecline(&outcome)
        for namespace in Self.namespaces where outcome.metricFailure == nil { outcome.metricFailure = try await metricFailure(namespace) }
        return outcome
    }

    private func apply() async throws {
        timeline.emit(.step, "applying podinfo with an HPA on \(metric) of its pods, and in the namespace external one on it as an external metric")
        let namespace = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Namespace"), name: "external")
        try await lab.client.create(.namespaces, namespace)
        let manifests = try GuideManifests()
        for namespace in Self.namespaces {
            for object in manifests.guide where object.kind != "HorizontalPodAutoscaler" { try await create(object, in: namespace) }
            try await create(autoscaler(isExternal: namespace == "external"), in: namespace)
        }
    }

    private func create(_ object: KubeObject, in namespace: String) async throws {
        var object = object
        object.set(.string(namespace), at: "metadata", "namespace")
        // A namespace that was just made has no service account yet, without which no pod is made: the controllers try again.
        let kind = object.groupVersionKind
        let plural = kind.kind.lowercased() + "s"
        try await lab.client.create(GroupVersionResource(group: kind.group, version: kind.version, resource: plural), object)
    }

    private func autoscaler(isExternal: Bool) -> KubeObject {
        var autoscaler = KubeObject(GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler"), name: Self.name)
        let source: JSONValue = ["metric": ["name": .string(metric)], "target": ["type": "AverageValue", "averageValue": .string(Self.target)]]
        autoscaler["spec"] = [
            "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": .string(Self.name)],
            "minReplicas": 2, "maxReplicas": 6,
            "metrics": [isExternal ? ["type": "External", "external": source] : ["type": "Pods", "pods": source]],
            // The default is to wait five minutes.
            "behavior": ["scaleDown": ["stabilizationWindowSeconds": 10]],
        ]
        return autoscaler
    }

    private func waitForMetric(_ namespace: String) async throws -> Bool {
        try await timeline.wait("", "\(metric) in \(namespace) through the aggregation layer", atMost: .seconds(60), orElse: false) {
            do {
                let path =
                    namespace == "external"
                    ? "/apis/external.metrics.k8s.io/v1beta1/namespaces/external/\(metric)"
                    : "/apis/custom.metrics.k8s.io/v1beta1/namespaces/\(namespace)/pods/*/\(metric)"
                let items = try JSONValue.parse(try await lab.client.raw(path))["items"]?.array ?? []
                return items.isEmpty ? nil : true
            } catch is APIError {
                return nil
            }
        }
    }

    // MARK: Load

    private func load(_ outcome: inout MetricDemoOutcome) async throws {
        guard connections > 0 else {
            timeline.emit(.step, "no load, as asked; watching for 10 s")
            try await Task.sleep(for: .seconds(10))
            for index in Self.namespaces.indices { outcome.kinds[index].replicas = try await replicas(Self.namespaces[index]) }
            return
        }
        var targets: [LoadTarget] = []
        for namespace in Self.namespaces {
            let service = try await lab.client.get(.services, namespace: namespace, name: GuideManifests.guideService)
            targets.append(try LoadTarget("http://\(service.spec["clusterIP"]?.string ?? ""):\(GuideManifests.port)/"))
        }
        timeline.emit(.load, "load", "\(connections) connections on each of the two, for at most \(loadTime.components.seconds) s")
        let loading = Task {
            await withDiscardingTaskGroup { tasks in
                for target in targets {
                    let plan = LoadPlan(target: target, concurrency: connections, maximumRequests: 2_000_000, duration: loadTime)
                    tasks.addTask { _ = try? await LoadGenerator().run(plan) { _ in } }
                }
            }
        }
        defer { loading.cancel() }
        let deadline = ContinuousClock.now + loadTime
        while ContinuousClock.now < deadline, !outcome.kinds.allSatisfy({ $0.hasGrown }) {
            for index in Self.namespaces.indices {
                let count = try await replicas(Self.namespaces[index])
                guard count > outcome.kinds[index].replicas else { continue }
                outcome.kinds[index].replicas = count
                let autoscaler = try await lab.client.get(.horizontalPodAutoscalers, namespace: Self.namespaces[index], name: Self.name)
                if count > 2, outcome.kinds[index].reason == nil {
                    outcome.kinds[index].reason = lab.feed.report(autoscaler.namespacedName)?.decision.rescale?.reason
                }
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func watchDecline(_ outcome: inout MetricDemoOutcome) async throws {
        guard outcome.kinds.allSatisfy(\.hasGrown) else { return }
        for index in Self.namespaces.indices {
            let namespace = Self.namespaces[index]
            outcome.kinds[index].wentBack = try await timeline.wait(
                "", "podinfo in \(namespace) to go back to 2 replicas", atMost: .seconds(120), orElse: false
            ) { try await replicas(namespace) == 2 ? true : nil }
        }
    }

    // MARK: Asking

    private func replicas(_ namespace: String) async throws -> Int64 {
        try await lab.client.get(.deployments, namespace: namespace, name: Self.name).spec["replicas"]?.int ?? 0
    }

    /// What the HPA's condition says against its metric; nil where it has it.
    private func metricFailure(_ namespace: String) async throws -> String? {
        let autoscaler = try await lab.client.get(.horizontalPodAutoscalers, namespace: namespace, name: Self.name)
        return autoscaler.conditionStatus("ScalingActive") == "False" ? autoscaler.conditionMessage("ScalingActive") : nil
    }
}

/// What such a demo saw.
struct MetricDemoOutcome: DemoResult, Hashable {
    struct Kind: Sendable, Hashable {
        /// `Pods` or `External`, as the HPA has it.
        var name: String
        var wasServed = false
        /// The highest count seen.
        var replicas: Int64 = 0
        /// In the autoscaler's words, why it grew.
        var reason: String?
        var wentBack = false

        var hasGrown: Bool { replicas > 2 && reason != nil }
    }

    var metric: String
    var kinds = [Kind(name: "Pods"), Kind(name: "External")]
    /// Why the metric is not known, in the autoscaler's words.
    var metricFailure: String?

    var failures: [String] {
        var failures: [String] = []
        for kind in kinds {
            if !kind.wasServed {
                failures.append("\(metric) was not served for the HPA of type \(kind.name)")
            } else if kind.replicas <= 2 {
                failures.append("the workload with the metric of type \(kind.name) did not grow")
            } else if !(kind.reason ?? "").contains(metric) {
                failures.append("the workload with the metric of type \(kind.name) grew, but not because of \(metric)")
            } else if !kind.wentBack {
                failures.append("the workload with the metric of type \(kind.name) did not go back to 2 replicas")
            }
        }
        if !failures.isEmpty, let metricFailure { failures.append(metricFailure) }
        return failures
    }

    var proof: String {
        "\(metric) came from Prometheus through the aggregation layer; "
            + kinds.map { "as a metric of type \($0.name) it took podinfo from 2 to \($0.replicas) replicas and back" }.joined(separator: ", ")
    }

    var figures: [(text: String, values: [String: Double])] { [] }
    var commands: [String] {
        [
            "get hpa -A", "get --raw /apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/*/\(metric)",
            "describe hpa \(GuideManifests.guideName)",
        ]
    }

    var json: JSONValue {
        [
            "passed": .bool(failures.isEmpty), "failures": JSONValue(failures), "metric": .string(metric),
            "types": .array(
                kinds.map {
                    [
                        "type": .string($0.name), "served": .bool($0.wasServed), "replicasUnderLoad": JSONValue($0.replicas),
                        "reason": .string($0.reason ?? ""), "wentBackDown": .bool($0.wentBack),
                    ]
                }),
        ]
    }
}
