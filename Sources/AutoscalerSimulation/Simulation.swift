// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import HorizontalAutoscaler
import KubeClient
import KubeModel
import Logging
import Synchronization
import TestKit

/// The autoscaler, twice, on a model cluster with faults, all under one seed and one clock: the same seed is the same run, to the request.
///
/// What is real: the reconciler with its observer, memory, rules and writes, over the client and its bytes, and the rules of leases. What is a
/// model: the API server, what informers know, and the passing of time. After each step the invariants are checked; at the end, when all has
/// been well for a while, the replicas must be right.
package struct Simulation: Sendable {
    package var seed: UInt64
    package var hours: Double
    /// What is made wrong on purpose, to see that it is found.
    package var bug: Bug?

    package enum Bug: Sendable, CaseIterable {
        /// The metrics API says of a pod that it knows nothing of that it uses nothing.
        case missingMetricsAreZero
        /// Who does not hold the Lease acts all the same.
        case ignoresLease
        /// Nothing is remembered from one round to the next.
        case forgetsBetweenRounds
    }

    package struct Outcome: Sendable {
        package var violations: [String]
        package var steps: Int
        package var scalings: Int
        package var refusedWrites: Int
        package var leaderships: Int
        package var faults: Int
    }

    package init(seed: UInt64, hours: Double = 24, bug: Bug? = nil) {
        self.seed = seed
        self.hours = hours
        self.bug = bug
    }

    package func run() async -> Outcome {
        var run = SimulationRun(self)
        await run.run()
        return run.outcome
    }
}

/// One controller: its view of the world, and what it did.
private struct Instance {
    var name: String
    var candidate: LeaseCandidate<ManualClock.Instant>
    var renewedAt: Int?
    /// By how much its wall clock is wrong, in seconds.
    let wall: Shared<Int>
    var steps: AutoscalerSteps<ManualClock>?
    let knowledge: Knowledge
    let reports: Reports
    /// What it proposed, since it leads.
    var proposals: [String: [(second: Int, replicas: Int)]] = [:]
    var writes: [SimulatedCluster.ScaleWrite] = []
    /// Until when it cannot reach the Lease.
    var cutUntil = 0
}

/// A value that closures share.
private final class Shared<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
}

/// What an instance's informers hold.
private final class Knowledge: Sendable {
    struct View: Sendable {
        var autoscalers: [String: KubeObject] = [:]
        var targets: [String: KubeObject] = [:]
        var pods: [String: (isReady: Bool, object: KubeObject)] = [:]
    }
    let view = Mutex(View())
}

private final class Reports: Sendable {
    let all = Mutex<[DecisionReport]>([])
    func take() -> [DecisionReport] {
        all.withLock { all in
            defer { all = [] }
            return all
        }
    }
}

private struct SimulationRun {
    private let settings: Simulation
    private let cluster: SimulatedCluster
    private let clock = ManualClock()
    private let names: [String]
    private var random: SeededRandom
    private var instances: [Instance]
    private var faultUntil = 0
    /// The replicas of each workload in the last ticks, the newest last.
    private var lastReplicas: [String: [Int]] = [:]
    private(set) var outcome = Simulation.Outcome(violations: [], steps: 0, scalings: 0, refusedWrites: 0, leaderships: 0, faults: 0)

    /// Sync period of the controller, and what everything else happens in.
    private static let tick = 15
    private static let renewDeadline = 40
    /// How long all is well before the end.
    private static let calm = 2400
    private static let lease: LeaderElectionSettings = {
        var settings = LeaderElectionSettings()
        settings.leaseDuration = .seconds(60)
        settings.renewDeadline = .seconds(renewDeadline)
        settings.retryPeriod = .seconds(tick)
        return settings
    }()

    init(_ settings: Simulation) {
        self.settings = settings
        var random = SeededRandom(seed: settings.seed)
        var state = SimulatedCluster.State(random: SeededRandom(seed: settings.seed &+ 1))
        let names = (0..<random.int(1...2)).map { "w\($0)" }
        for name in names { state.workloads[name] = SimulatedWorkload(name, &random) }
        state.reportsMissingAsZero = settings.bug == .missingMetricsAreZero
        cluster = SimulatedCluster(state)
        self.names = names
        instances = ["a", "b"].map { name in
            Instance(
                name: name,
                candidate: LeaseCandidate(identity: name, lease: NamespacedName(namespace: "kube-system", name: "hpa"), settings: Self.lease),
                wall: Shared(0), knowledge: Knowledge(), reports: Reports())
        }
        self.random = random
    }

    mutating func run() async {
        let end = Int(settings.hours * 3600)
        for second in stride(from: 0, to: end, by: Self.tick) {
            clock.advance(by: .seconds(Self.tick))
            change(second, isCalm: second > end - Self.calm)
            for index in instances.indices {
                await elect(index, second)
                if isLeading(index, second) { await act(index, second) }
                if outcome.violations.count > 5 { return }
            }
            for name in names { lastReplicas[name] = ((lastReplicas[name] ?? []) + [cluster.with { $0.workloads[name]?.replicas ?? 0 }]).suffix(8) }
        }
        conclude(end)
    }

    // MARK: The world

    /// What happens in it by itself between two rounds, and what goes wrong.
    private mutating func change(_ second: Int, isCalm: Bool) {
        var random = random
        let mayFault = !isCalm && second >= faultUntil && random.happens(0.05)
        cluster.with { state in
            state.second = second
            if second >= faultUntil { state.faults = SimulatedCluster.Faults() }
            for name in names {
                guard var workload = state.workloads[name] else { continue }
                if !isCalm, random.happens(0.02) { workload.demandMilli = random.one(of: [10, 50, 200, 600, 1500, 4000, 9000]) }
                if !isCalm, random.happens(0.001) { Self.edit(&workload, &random) }
                workload.settle(at: second, &random)
                if !state.faults.metricsStandStill { workload.measure(at: second) }
                state.workloads[name] = workload
            }
            if !isCalm, random.happens(0.02) { state.interferes = true }
        }
        if mayFault { fault(second, &random) }
        if isCalm { for index in instances.indices where instances[index].cutUntil > second { instances[index].cutUntil = second } }
        self.random = random
    }

    /// A user at work.
    private static func edit(_ workload: inout SimulatedWorkload, _ random: inout SeededRandom) {
        if random.happens(0.5) {
            workload.replicas = random.int(workload.minReplicas...workload.maxReplicas)
            workload.version += 1
        } else {
            workload.maxReplicas = max(workload.minReplicas, workload.maxReplicas + random.int(-3...3))
            workload.writeSpec()
            workload.autoscaler.resourceVersion = "\((Int(workload.autoscaler.resourceVersion) ?? 0) + 1)"
        }
    }

    private mutating func fault(_ second: Int, _ random: inout SeededRandom) {
        outcome.faults += 1
        let length = random.int(1...40) * Self.tick
        faultUntil = second + length
        let index = random.int(0...(instances.count - 1))
        switch random.int(0...9) {
        case 0: cluster.with { $0.faults.failingRequests = 0.3 }
        case 1: cluster.with { $0.faults.metricsAreDown = true }
        case 2: cluster.with { $0.faults.missingPods = 0.4 }
        case 3: cluster.with { $0.faults.garbledPods = 0.3 }
        case 4: cluster.with { $0.faults.metricsStandStill = true }
        case 5: cluster.with { $0.faults.knowledgeStandsStill = true }
        case 6: instances[index].cutUntil = second + length
        case 7: restart(index)
        case 8: instances[index].wall.value.withLock { $0 += random.one(of: [-7200, -600, -30, 30, 600, 7200]) }
        default:
            cluster.with {
                $0.faults.missingPods = 0.2
                $0.faults.failingRequests = 0.1
            }
        }
    }

    /// The process ends without a word, and another begins in its place.
    private mutating func restart(_ index: Int) {
        instances[index].renewedAt = nil
        forget(index)
    }

    private mutating func forget(_ index: Int) {
        instances[index].steps = nil
        instances[index].proposals = [:]
        instances[index].writes = []
    }

    // MARK: Election

    private func isLeading(_ index: Int, _ second: Int) -> Bool {
        if settings.bug == .ignoresLease { return true }
        return instances[index].renewedAt.map { second < $0 + Self.renewDeadline } ?? false
    }

    private mutating func elect(_ index: Int, _ second: Int) async {
        let wasLeading = isLeading(index, second)
        if !wasLeading, instances[index].steps != nil { forget(index) }
        guard second >= instances[index].cutUntil else { return }
        let client = client(instances[index].name)
        do {
            let lease: KubeObject?
            do {
                lease = try await client.get(.leases, namespace: "kube-system", name: "hpa")
            } catch let error as APIError where error.reason == .notFound {
                lease = nil
            }
            switch instances[index].candidate.step(lease, at: clock.now, now: now(index)) {
            case .create(let object): try await client.create(.leases, object)
            case .update(let object): try await client.update(.leases, object)
            case .wait: return
            }
            if !wasLeading { outcome.leaderships += 1 }
            instances[index].renewedAt = second
        } catch {
            return  // tried again with the next tick
        }
    }

    private func client(_ name: String) -> KubeClient { KubeClient(transport: cluster, userAgent: name) }

    private func now(_ index: Int) -> Timestamp {
        SimulatedCluster.start + .seconds(cluster.with { $0.second } + instances[index].wall.value.withLock { $0 })
    }

    // MARK: Steps

    private func makeSteps(_ index: Int) -> AutoscalerSteps<ManualClock> {
        let instance = instances[index]
        let (wall, knowledge, reports, cluster) = (instance.wall, instance.knowledge, instance.reports, cluster)

        return AutoscalerSteps(
            client: client(instance.name), options: AutoscalerOptions(), clock: clock,
            now: { SimulatedCluster.start + .seconds(cluster.with { $0.second } + wall.value.withLock { $0 }) },
            knowledge: .init(
                autoscaler: { name in knowledge.view.withLock { $0.autoscalers[name.name] } },
                target: { _, name in knowledge.view.withLock { $0.targets[name.name] } }),
            observer: { report in reports.all.withLock { $0.append(report) } },
            logger: Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() })
    }

    private mutating func act(_ index: Int, _ second: Int) async {
        let isNew = instances[index].steps == nil || settings.bug == .forgetsBetweenRounds
        let steps = (isNew ? nil : instances[index].steps) ?? makeSteps(index)
        instances[index].steps = steps
        learn(index, steps, isNew: isNew, second)
        await steps.beginRound()
        for name in names {
            cluster.with {
                $0.failedMetrics = []
                $0.writes = []
            }
            do { try await steps.step(NamespacedName(namespace: "shop", name: name)) } catch { violate("a step failed: \(error)", second, name) }
            outcome.steps += 1
            check(index, name, second)
        }
    }

    /// Brings what the instance's informers hold up to date, unless they are cut off.
    private func learn(_ index: Int, _ steps: AutoscalerSteps<ManualClock>, isNew: Bool, _ second: Int) {
        let state = cluster.with { $0 }
        guard isNew || !state.faults.knowledgeStandsStill else { return }
        instances[index].knowledge.view.withLock { view in
            if isNew { view.pods = [:] }
            view.autoscalers = state.workloads.mapValues(\.autoscaler)
            view.targets = state.workloads.mapValues(\.deployment)
            var pods: [String: (isReady: Bool, object: KubeObject)] = [:]
            for workload in state.workloads.values {
                for pod in workload.pods {
                    let (known, isReady) = (view.pods[pod.name], pod.isReady(at: second))
                    if let known, known.isReady == isReady {
                        pods[pod.name] = known
                        continue
                    }
                    let object = workload.object(of: pod, at: second)
                    pods[pod.name] = (isReady, object)
                    steps.podChanged(known?.object, object)
                }
            }
            for (name, old) in view.pods where pods[name] == nil { steps.podChanged(old.object, nil) }
            view.pods = pods
        }
    }

    // MARK: Invariants

    private mutating func violate(_ text: String, _ second: Int, _ workload: String) {
        outcome.violations.append("seed \(settings.seed), \(second) s, \(workload): \(text)")
    }

    private mutating func check(_ index: Int, _ name: String, _ second: Int) {
        let state = cluster.with { $0 }
        guard let workload = state.workloads[name], let seen = instances[index].knowledge.view.withLock({ $0.autoscalers[name] }) else { return }
        for report in instances[index].reports.take() {
            if let proposal = report.proposedReplicas { instances[index].proposals[name, default: []].append((second, Int(proposal))) }
        }
        instances[index].proposals[name]?.removeAll { $0.second <= second - 700 }
        guard let write = state.writes.last else { return }
        outcome.scalings += 1
        if state.writes.count > 1 { violate("\(state.writes.count) writes in one step", second, name) }
        let bounds = (min: Int(seen.spec["minReplicas"]?.int ?? 1), max: Int(seen.spec["maxReplicas"]?.int ?? 0))
        if write.to < bounds.min || write.to > bounds.max { violate("\(write.to) replicas are outside \(bounds)", second, name) }
        for other in instances.indices where other != index && isLeading(other, second) { violate("two leaders act", second, name) }
        if write.to < write.from, write.from <= bounds.max { checkShrinking(write, workload, state, bounds.max, index) }
        if write.to > write.from, write.from >= bounds.min { checkGrowing(write, workload, index) }
        instances[index].writes.append(write)
        instances[index].writes.removeAll { $0.second < second - 200 }
    }

    /// Never fewer than the metrics ask for, never on metrics that failed, never within the stabilization window of a higher recommendation.
    private mutating func checkShrinking(
        _ write: SimulatedCluster.ScaleWrite, _ workload: SimulatedWorkload, _ state: SimulatedCluster.State, _ most: Int, _ index: Int
    ) {
        let metrics = (workload.metric.usesPods ? ["cpu"] : []) + (workload.metric.usesQueue ? ["queue-\(workload.name)"] : [])
        if !state.failedMetrics.isDisjoint(with: metrics) { violate("\(write.from) → \(write.to) on failed metrics", write.second, write.workload) }
        // With pods that it has not heard of it cannot know better.
        if workload.metric.usesPods, !state.faults.knowledgeStandsStill {
            let used = state.reportedMilli[workload.name] ?? 0
            // Percents are rounded down, so that one pod less is right too.
            let needed = min(most, (used + workload.targetMilli - 1) / workload.targetMilli) - 1
            if write.to < needed { violate("\(write.from) → \(write.to), where the pods' \(used)m need \(needed + 1)", write.second, write.workload) }
        }
        if workload.metric.usesQueue {
            let needed = min(most, (workload.queue + workload.targetQueue - 1) / workload.targetQueue)
            if write.to < needed { violate("\(write.from) → \(write.to), where the queue needs \(needed)", write.second, write.workload) }
        }
        let recent =
            (instances[index].proposals[workload.name] ?? []).filter { $0.second > write.second - workload.downWindow }.map(\.replicas).max() ?? 0
        if write.to < min(most, recent) {
            violate("\(write.from) → \(write.to), \(recent) was recommended within \(workload.downWindow) s", write.second, write.workload)
        }
    }

    /// Never faster than the policy allows.
    private mutating func checkGrowing(_ write: SimulatedCluster.ScaleWrite, _ workload: SimulatedWorkload, _ index: Int) {
        guard let growth = workload.growth else { return }
        var start = write.from
        for past in instances[index].writes where past.workload == write.workload && past.second > write.second - growth.seconds {
            start -= past.to - past.from
        }
        if write.to > max(write.from, start + growth.pods) {
            violate(
                "\(write.from) → \(write.to), where \(growth.pods) pods in \(growth.seconds) s are allowed from \(start)", write.second,
                write.workload)
        }
    }

    /// After a long calm the replicas fit the load, and the status says so.
    ///
    /// Without a stabilization window they may not rest: upstream's rules leave pods that have just started out of a shrinking proposal, so that
    /// where one more pod is needed than those that count would propose, it is taken away again as soon as it is there. Then it is enough
    /// that they fitted within the last two minutes.
    private mutating func conclude(_ end: Int) {
        let state = cluster.with { $0 }
        outcome.refusedWrites = state.refusedWrites
        for name in names {
            guard let workload = state.workloads[name] else { continue }
            func fits(_ demand: Int, _ target: Int) -> (fits: Bool, ideal: Int) {
                let ideal = min(workload.maxReplicas, max(workload.minReplicas, (demand + target - 1) / target))
                let ratio = Double(demand) / Double(target * workload.replicas)
                let wasIdeal = workload.downWindow == 0 && lastReplicas[name]?.contains(ideal) == true
                return (workload.replicas == ideal || wasIdeal || (0.89...1.11).contains(ratio), ideal)
            }
            var answers: [(fits: Bool, ideal: Int)] = []
            if workload.metric.usesPods { answers.append(fits(workload.demandMilli, workload.targetMilli)) }
            if workload.metric.usesQueue { answers.append(fits(workload.queue, workload.targetQueue)) }
            let deciding = answers.max { $0.ideal < $1.ideal }
            if deciding?.fits != true { violate("it came to rest at \(workload.replicas) replicas, not \(deciding?.ideal ?? 0)", end, name) }
            if workload.autoscaler.status["desiredReplicas"]?.int != Int64(workload.replicas) { violate("the status says something else", end, name) }
        }
    }
}
