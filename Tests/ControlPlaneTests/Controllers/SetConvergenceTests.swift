// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import TestKit
import Testing

@testable import ControlPlane

/// Pods that start, fail and end when chance has it, and a controller's plan carried out between.
private struct PodWorld {
    var pods: [Pod] = []
    var random: SeededRandom
    private var made = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func add(_ object: KubeObject, isReady: Bool = false) {
        made += 1
        var object = object
        if object.name.isEmpty { object.set(.string("pod-\(made)"), at: "metadata", "name") }
        object.set(.string("uid-\(made)"), at: "metadata", "uid")
        object.set(.string((SetSamples.now - .seconds(100_000 - Int64(made))).description), at: "metadata", "creationTimestamp")
        if let node = NodeAffinity.nodeName(object.spec) { object.set(.string(node), at: "spec", "nodeName") }
        object["status"] = isReady ? ["phase": "Running", "conditions": SetSamples.ready("True", since: 900)] : ["phase": "Pending"]
        pods.append(Pod(object))
    }

    mutating func delete(_ pod: Pod) { change(pod, SetSamples.going) }

    private mutating func change(_ pod: Pod, _ body: (inout KubeObject) -> Void) {
        pods = pods.map { other in
            guard other.uid == pod.uid else { return other }
            var object = other.object
            body(&object)
            return Pod(object)
        }
    }

    /// - Parameter failures: Whether running pods may fail.
    mutating func live(failures: Bool) {
        for pod in pods {
            let chance = Int.random(in: 0..<10, using: &random)
            if pod.object.isBeingDeleted {
                if chance < 5 { pods.removeAll { $0.uid == pod.uid } }
            } else if pod.phase == "Pending" {
                if chance < 5 { change(pod) { $0["status"] = ["phase": "Running", "conditions": SetSamples.ready("True", since: 900)] } }
            } else if failures, chance == 0 {
                change(pod, SetSamples.failed)
            }
        }
    }

    var available: [Pod] { pods.filter { $0.isReady && !$0.object.isBeingDeleted } }
}

@Suite("Sets in a world of chance")
struct SetConvergenceTests {
    private static let seeds: [UInt64] = [1, 2, 3, 4, 35]
    private static let limit = 2000

    private let old = SetSamples.revision("web-old", 1, image: "podinfo:1")
    private let new = SetSamples.revision("web-new", 2, image: "podinfo:2")

    private func carryOut(_ plan: StatefulSetPlan, _ world: inout PodWorld) {
        for creation in plan.created {
            #expect(!world.pods.contains { $0.name == creation.pod.name }, "two pods never share a name")
            world.add(creation.pod)
        }
        for pod in plan.deleted { world.delete(pod) }
    }

    @Test("a StatefulSet comes to the pods that it asks for, whatever fails on the way", arguments: seeds)
    func statefulSet(seed: UInt64) throws {
        var world = PodWorld(seed: seed)
        let isParallel = Bool.random(using: &world.random)
        let partition = Int64.random(in: 0...3, using: &world.random)
        func set(_ replicas: Int64) -> StatefulSet {
            SetSamples.statefulSet(replicas) {
                if isParallel { $0.set("Parallel", at: "spec", "podManagementPolicy") }
                $0.set(.integer(partition), at: "spec", "updateStrategy", "rollingUpdate", "partition")
            }
        }
        for ordinal in 0..<Int64.random(in: 0...6, using: &world.random) {
            world.add(StatefulSetPod.make(ordinal, of: set(9), old), isReady: true)
        }
        let wanted = set(Int64.random(in: 0...6, using: &world.random))
        var steps = 0
        while steps < Self.limit {
            let plan = StatefulSetPlan.make(wanted, current: old, update: new, pods: world.pods, now: SetSamples.now)
            if !isParallel { #expect(plan.created.count + plan.deleted.count <= 1, "in order, one at a time") }
            carryOut(plan, &world)
            if plan.isSettled, steps > 100, world.pods.count == world.available.count { break }
            world.live(failures: steps < 100)
            steps += 1
        }
        #expect(steps < Self.limit)
        #expect(Set(world.pods.map(\.name)) == Set(wanted.ordinals.map(wanted.podName)))
        for ordinal in wanted.ordinals {
            let pod = try #require(world.pods.first { $0.name == wanted.podName(ordinal) })
            #expect(StatefulSetPod.revision(of: pod) == (ordinal < partition ? "web-old" : "web-new"), "\(pod.name)")
        }
    }

    @Test("an update takes no more than one pod of a StatefulSet away at once", arguments: seeds)
    func statefulUpdate(seed: UInt64) {
        var world = PodWorld(seed: seed)
        let set = SetSamples.statefulSet(5) { if seed.isMultiple(of: 2) { $0.set("Parallel", at: "spec", "podManagementPolicy") } }
        for ordinal in set.ordinals { world.add(StatefulSetPod.make(ordinal, of: set, old), isReady: true) }
        var order: [String] = []
        for _ in 0..<Self.limit where world.available.contains(where: { StatefulSetPod.revision(of: $0) == "web-old" }) {
            let plan = StatefulSetPlan.make(set, current: old, update: new, pods: world.pods, now: SetSamples.now)
            order += plan.deleted.map(\.name)
            carryOut(plan, &world)
            #expect(world.available.count >= 4)
            world.live(failures: false)
        }
        #expect(order == ["web-4", "web-3", "web-2", "web-1", "web-0"])
    }

    private func step(_ set: DaemonSet, _ nodes: [KubeObject], _ world: inout PodWorld) -> DaemonSetPlan {
        let plan = DaemonSetPlan.make(set, nodes: nodes, pods: world.pods, hash: "new", held: [], now: SetSamples.now)
        for node in plan.created { world.add(DaemonPod.make(of: set, on: node, hash: "new")) }
        for deletion in plan.deleted { world.delete(deletion.pod) }
        return plan
    }

    private func converge(_ set: DaemonSet, _ nodes: [KubeObject], _ world: inout PodWorld, failures: Bool, _ check: (PodWorld) -> Void) {
        var steps = 0
        while steps < Self.limit {
            let plan = step(set, nodes, &world)
            check(world)
            if plan.isSettled, steps > (failures ? 100 : 0), world.pods.count == world.available.count { break }
            world.live(failures: failures && steps < 100)
            steps += 1
        }
        #expect(steps < Self.limit)
        #expect(world.pods.map(DaemonPod.node).sorted() == nodes.map(\.name).sorted(), "one on each")
        #expect(world.pods.allSatisfy { $0.object.labels[DaemonPod.hashLabel] == "new" })
    }

    private func updating(_ rolling: JSONValue, seed: UInt64) -> (DaemonSet, [KubeObject], PodWorld) {
        let set = SetSamples.daemonSet { $0.set(rolling, at: "spec", "updateStrategy", "rollingUpdate") }
        let nodes = (0..<6).map { SetSamples.node("node-\($0)") }
        var world = PodWorld(seed: seed)
        for node in nodes { world.add(DaemonPod.make(of: set, on: node.name, hash: "old"), isReady: true) }
        return (set, nodes, world)
    }

    @Test("an update of a DaemonSet takes no more nodes' pods away at once than it may", arguments: seeds)
    func unavailable(seed: UInt64) {
        let maximum = Int(seed % 3) + 1
        var (set, nodes, world) = updating(["maxUnavailable": .integer(Int64(maximum)), "maxSurge": 0], seed: seed)
        converge(set, nodes, &world, failures: false) { #expect($0.available.count >= 6 - maximum) }
    }

    @Test("an update with a surge leaves every node a pod, and adds no more than it may", arguments: seeds)
    func surge(seed: UInt64) {
        let maximum = Int(seed % 3) + 1
        var (set, nodes, world) = updating(["maxUnavailable": 0, "maxSurge": .integer(Int64(maximum))], seed: seed)
        converge(set, nodes, &world, failures: false) { world in
            #expect(Set(world.available.map(DaemonPod.node)).count == 6)
            #expect(world.pods.count { !$0.object.isBeingDeleted } <= 6 + maximum)
        }
    }

    @Test("a DaemonSet comes to a pod of its template on each node, whatever fails on the way", arguments: seeds)
    func failures(seed: UInt64) {
        let rolling: JSONValue = seed.isMultiple(of: 2) ? ["maxUnavailable": 2, "maxSurge": 0] : ["maxUnavailable": 0, "maxSurge": 2]
        var (set, nodes, world) = updating(rolling, seed: seed)
        converge(set, nodes, &world, failures: true) { _ in }
    }
}
