// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import HorizontalAutoscaler
import KubeClient
import KubeModel

/// What the demo does, and what it sees while it does it.
struct DemoScript: Sendable {
    let lab: RunningLab
    let timeline: Timeline
    /// 0: no load.
    let connections: Int
    let loadTime: Duration
    let untilIdle: Bool
    let source: UsageSource
    let manifests: GuideManifests

    private static let guide = NamespacedName(namespace: "default", name: GuideManifests.guideName)
    private static let compared = NamespacedName(namespace: "default", name: GuideManifests.comparedName)

    /// - Throws: Where the lab fails; what merely did not hold is in the outcome.
    func run() async throws -> DemoOutcome {
        var outcome = DemoOutcome(source: source)
        if source == .prometheus { timeline.emit(.note, "", "CPU and memory come from Prometheus at \(lab.prometheus ?? ""), by its resourceRules") }
        try await apply()
        outcome.podsWithMetrics = try await waitForMetrics()
        guard outcome.podsWithMetrics > 0 else {
            outcome.metricFailure = try await metricFailure()
            return outcome
        }
        let guideReplicas = try await waitForGuide()
        outcome.guideReplicas = guideReplicas
        (outcome.idleSeconds, outcome.idleUtilization) = try await watchIdle()
        try await loadAndWatch(&outcome)
        outcome.guideReplicas = max(guideReplicas, try await replicas(Self.guide))
        if untilIdle { outcome.wentBackDown = try await waitUntilIdle() }
        if !outcome.failures.isEmpty { outcome.metricFailure = try await metricFailure() }
        return outcome
    }

    /// What the HPA's condition says against its metrics; nil where it has them.
    private func metricFailure() async throws -> String? {
        let autoscaler = try await lab.client.get(.horizontalPodAutoscalers, namespace: "default", name: GuideManifests.comparedName)
        return autoscaler.conditionStatus("ScalingActive") == "False" ? autoscaler.conditionMessage("ScalingActive") : nil
    }

    private func apply() async throws {
        timeline.emit(.step, "applying the guide's manifests as they are: Deployment and HPA podinfo, cpu request 1m")
        for object in manifests.guide { try await create(object) }
        timeline.emit(.step, "applying the same workload with a cpu request of 100m: podinfo-100m")
        for object in manifests.compared { try await create(object) }
        timeline.emit(
            .note, "hpa/podinfo",
            "it will climb without any load: usage is counted in whole millicores, and any use of a 1m request is 100 % of it; Kubernetes does the same"
        )
    }

    private func create(_ object: KubeObject) async throws {
        var object = object
        object.set("default", at: "metadata", "namespace")
        let kind = object.groupVersionKind
        let plural = kind.kind == "HorizontalPodAutoscaler" ? "horizontalpodautoscalers" : kind.kind.lowercased() + "s"
        try await lab.client.create(GroupVersionResource(group: kind.group, version: kind.version, resource: plural), object)
    }

    // MARK: Idle

    private func waitForMetrics() async throws -> Int {
        try await timeline.wait("", "pod metrics through the aggregation layer", atMost: .seconds(30), orElse: 0) {
            do {
                let items = try await lab.client.list(.podMetrics, namespace: "default").items
                return items.count >= 4 ? items.count : nil
            } catch is APIError {
                return nil
            }
        }
    }

    private func waitForGuide() async throws -> Int64 {
        try await timeline.wait("", "the guide's HPA to go beyond 2 replicas", atMost: .seconds(30), orElse: try await replicas(Self.guide)) {
            let count = try await replicas(Self.guide)
            return count > 2 ? count : nil
        }
    }

    /// How long the 100m workload stood idle with a known use below its target, up to what is required, and its highest use.
    private func watchIdle() async throws -> (seconds: Double, utilization: Int64?) {
        var since: ContinuousClock.Instant?
        var highest: Int64?
        let deadline = ContinuousClock.now + .seconds(60)
        timeline.emit(.step, "watching podinfo-100m idle for 20 s: it must stay at 2 replicas below 80 %")
        while ContinuousClock.now < deadline {
            let count = try await replicas(Self.compared)
            let use = lab.feed.report(Self.compared)?.utilization
            if let use, use < 80, count == 2 {
                let start = since ?? .now
                since = start
                highest = max(highest ?? 0, Int64(use))
                let stood = ContinuousClock.now - start
                if stood >= .seconds(DemoOutcome.requiredIdleSeconds) {
                    timeline.endWait("idle")
                    timeline.emit(.step, "podinfo-100m stood idle for 20 s at 2 replicas, cpu at most \(highest ?? 0)%/80%")
                    return (stood / .seconds(1), highest)
                }
                timeline.emit(.wait, "idle", "\(Timeline.minutes(stood)) of 0:20")
            } else {
                since = nil
                highest = nil
            }
            try await Task.sleep(for: .milliseconds(250))
        }
        timeline.endWait("idle")
        return (since.map { (ContinuousClock.now - $0) / .seconds(1) } ?? 0, highest)
    }

    // MARK: Load

    private func loadAndWatch(_ outcome: inout DemoOutcome) async throws {
        let known = Set(lab.pods.list(namespace: "default").map(\.uid))
        let restarts = restartsOfCompared()
        let watch = LoadWatch(lab: lab, target: Self.compared, knownPods: known)
        if connections == 0 {
            timeline.emit(.step, "no load, as asked; watching for 10 s")
            try await Task.sleep(for: .seconds(10))
            outcome.comparedReplicas = try await replicas(Self.compared)
            return
        }
        let service = try await lab.client.get(.services, namespace: "default", name: GuideManifests.comparedService)
        let address = service.spec["clusterIP"]?.string ?? ""
        let plan = LoadPlan(
            target: try LoadTarget("http://\(address):\(GuideManifests.port)/index.html"), concurrency: connections, maximumRequests: 2_000_000,
            duration: loadTime)
        let ab = AbLoad()
        let driver: any LoadDriver = await ab.isInstalled() ? ab : LoadGenerator()
        timeline.emit(
            .load, "load",
            "\(driver.name) -c \(connections) on \(GuideManifests.comparedService), http://\(address):\(GuideManifests.port)/index.html, for at most \(loadTime.components.seconds) s"
        )
        let began = ContinuousClock.now
        let seen = try await withThrowingTaskGroup(of: LoadWatch.Seen?.self) { tasks in
            tasks.addTask {
                await load(plan, by: driver, until: began.advanced(by: loadTime))
                return nil
            }
            tasks.addTask { try await watch.run(from: began, atMost: loadTime) }
            var seen = LoadWatch.Seen()
            while let result = try await tasks.next() {
                if let result {
                    seen = result
                    tasks.cancelAll()
                }
            }
            return seen
        }
        outcome.secondsToDecision = seen.decision.map { $0 / .seconds(1) }
        outcome.secondsToReady = seen.ready.map { $0 / .seconds(1) }
        outcome.loadedUtilization = seen.utilization
        outcome.comparedReplicas = try await replicas(Self.compared)
        outcome.restartsUnderLoad = restartsOfCompared() - restarts
    }

    /// Keeps the load up until `end`: ab gives up after ten refused connections, which a moment without a ready pod is enough for.
    private func load(_ plan: LoadPlan, by driver: any LoadDriver, until end: ContinuousClock.Instant) async {
        var plan = plan
        while !Task.isCancelled {
            plan.duration = max(.seconds(1), end - .now)
            do {
                let report = try await driver.run(plan) { _ in }
                timeline.emit(
                    .load, "load", "ended: \(report.requests) requests, \(report.failed) failed, \(Int(report.requestsPerSecond)) a second",
                    values: ["requests": Double(report.requests), "failed": Double(report.failed)])
                return
            } catch {
                guard !(error is CancellationError) else { return }
                timeline.emit(.load, "load", "broke off: \(error)")
                guard end - .now > .seconds(2), (try? await Task.sleep(for: .seconds(1))) != nil else { return }
                timeline.emit(.load, "load", "\(driver.name) -c \(plan.concurrency) again")
            }
        }
    }

    private func restartsOfCompared() -> Int64 {
        let pods = lab.pods.list(namespace: "default").filter { $0.labels["app"] == GuideManifests.comparedName }
        return pods.reduce(0) { sum, pod in
            (pod.status["containerStatuses"]?.array ?? []).reduce(sum) { $0 + ($1["restartCount"]?.int ?? 0) }
        }
    }

    private func waitUntilIdle() async throws -> Bool {
        try await timeline.wait("", "podinfo-100m to go back to 2 replicas", atMost: .seconds(600), orElse: false) {
            try await replicas(Self.compared) == 2 ? true : nil
        }
    }

    // MARK: Asking

    private func replicas(_ name: NamespacedName) async throws -> Int64 {
        try await lab.client.get(.deployments, namespace: name.namespace, name: name.name).spec["replicas"]?.int ?? 0
    }
}

/// Watches one workload while it is under load: the first scale-up and the first new Ready pod.
struct LoadWatch: Sendable {
    struct Seen: Sendable, Hashable {
        /// From the load's start.
        var decision: Duration?
        var ready: Duration?
        /// On which the first scale-up was decided.
        var utilization: Int64?
    }

    let lab: RunningLab
    let target: NamespacedName
    let knownPods: Set<String>
    /// How long the load goes on after both were seen, so that probes under load are seen too.
    static let lingering = Duration.seconds(8)

    func run(from start: ContinuousClock.Instant, atMost limit: Duration) async throws -> Seen {
        var seen = Seen()
        var both: ContinuousClock.Instant?
        while ContinuousClock.now - start < limit {
            let now = ContinuousClock.now
            if seen.decision == nil, let report = lab.feed.report(target), report.desiredReplicas > 2 {
                seen.decision = now - start
                seen.utilization = report.utilization.map { Int64($0) }
            }
            if seen.ready == nil {
                let ready = lab.pods.list(namespace: target.namespace).contains {
                    $0.labels["app"] == target.name && !knownPods.contains($0.uid) && $0.conditionStatus("Ready") == "True"
                }
                if ready { seen.ready = now - start }
            }
            if seen.decision != nil, seen.ready != nil {
                let since = both ?? now
                both = since
                if now - since >= Self.lingering { return seen }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        return seen
    }
}
