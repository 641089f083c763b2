// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

@Suite("The scheduler")
struct SchedulerTests {
    private static func node(
        _ name: String, cpu: String = "1", memory: String = "1Gi", pods: String = "10", _ change: (inout KubeObject) -> Void = { _ in }
    ) -> KubeObject {
        var node = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Node"), name: name)
        node["status"] = [
            "allocatable": ["cpu": .string(cpu), "memory": .string(memory), "pods": .string(pods)],
            "conditions": [["type": "Ready", "status": "True"]],
        ]
        change(&node)
        return node
    }

    private static func pod(
        _ name: String = "p", cpu: String? = nil, memory: String? = nil, owner: String? = nil, _ change: (inout KubeObject) -> Void = { _ in }
    ) -> KubeObject {
        var pod = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Pod"), namespace: "shop", name: name)
        pod.set(.string("uid-\(name)"), at: "metadata", "uid")
        var requests = JSONObject()
        requests["cpu"] = cpu.map { .string($0) }
        requests["memory"] = memory.map { .string($0) }
        pod["spec"] = ["containers": [["name": "main", "resources": ["requests": .object(requests)]]]]
        if let owner { pod.set([["uid": .string(owner), "controller": true]], at: "metadata", "ownerReferences") }
        change(&pod)
        return pod
    }

    // MARK: Requests

    @Test(
        "a pod needs its containers' sum, or its hungriest init container",
        arguments: [
            (
                ["containers": [["resources": ["requests": ["cpu": "100m", "memory": "1Mi"]]], ["resources": ["requests": ["cpu": 1]]]]], 1100,
                1 << 20
            ),
            (["containers": [["resources": ["limits": ["cpu": "250m"]]]]], 250, 0),
            (["containers": [["resources": ["limits": ["cpu": "250m"], "requests": ["cpu": "0.1"]]]]], 100, 0),
            (["initContainers": [["resources": ["requests": ["cpu": "2"]]]], "containers": [["resources": ["requests": ["cpu": "1"]]]]], 2000, 0),
            (
                [
                    "initContainers": [
                        ["restartPolicy": "Always", "resources": ["requests": ["cpu": "1"]]], ["resources": ["requests": ["cpu": "2"]]],
                    ],
                    "containers": [["resources": ["requests": ["cpu": "1500m"]]]],
                ], 3000, 0
            ),
            (["containers": [["name": "a"]], "overhead": ["cpu": "1m"]], 1, 0),
            (["containers": [["resources": ["requests": ["cpu": "nonsense", "memory": [1]]]]]], 0, 0), ([:], 0, 0), (["containers": "none"], 0, 0),
            (
                ["containers": [["resources": ["requests": ["memory": "9223372036854775807"]]], ["resources": ["requests": ["memory": "9E"]]]]], 0,
                .max
            ),
        ] as [(JSONValue, Int64, Int64)])
    func requests(_ spec: JSONValue, _ cpu: Int64, _ memory: Int64) {
        let amounts = ResourceAmounts.requests(of: spec)
        #expect((amounts["cpu"], amounts["memory"]) == (cpu, memory))
    }

    // MARK: Fitting

    struct Misfit: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var pod: KubeObject
        var nodes: [KubeObject]
        var load: NodeLoad = NodeLoad()
    }

    @Test(
        "says why a pod fits nowhere, in upstream's words",
        arguments: [
            Misfit(testDescription: "0/3 nodes are available: 3 Insufficient cpu.", pod: pod(cpu: "2"), nodes: ["a", "b", "c"].map { node($0) }),
            Misfit(
                testDescription: "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.", pod: pod(cpu: "2", memory: "2Gi"),
                nodes: [node("a")]),
            Misfit(testDescription: "0/1 nodes are available: 1 Too many pods.", pod: pod(), nodes: [node("a", pods: "1")], load: NodeLoad(pods: 1)),
            Misfit(
                testDescription: "0/1 nodes are available: 1 node(s) were unschedulable.", pod: pod(),
                nodes: [node("a") { $0.set(true, at: "spec", "unschedulable") }]),
            Misfit(
                testDescription: "0/1 nodes are available: 1 node(s) had untolerated taint(s).", pod: pod(),
                nodes: [node("a") { $0.set([["key": "gpu", "value": "yes", "effect": "NoSchedule"]], at: "spec", "taints") }]),
            Misfit(
                testDescription: "0/1 nodes are available: 1 node(s) had untolerated taint(s).", pod: pod(),
                nodes: [node("a") { $0.set([], at: "status", "conditions") }]),
            Misfit(
                testDescription: "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 2 Insufficient cpu.",
                pod: pod(cpu: "2") { $0.set(["disk": "ssd"], at: "spec", "nodeSelector") },
                nodes: [node("a"), node("b") { $0.labels = ["disk": "ssd"] }, node("c") { $0.labels = ["disk": "ssd"] }]),
            Misfit(testDescription: "no nodes available to schedule pods", pod: pod(), nodes: []),
        ])
    func misfits(_ test: Misfit) {
        let loads = Dictionary(uniqueKeysWithValues: test.nodes.map { ($0.name, test.load) })
        #expect(Placement.choose(for: test.pod, among: test.nodes, loads: loads) == .none(test.testDescription))
    }

    @Test(
        "a taint is tolerated by key and value, by key, or by all",
        arguments: [
            (["key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"], true), (["key": "gpu", "value": "yes"], true),
            (["key": "gpu", "operator": "Exists"], true), (["operator": "Exists"], true), (["key": "gpu", "value": "no"], false),
            (["key": "gpu", "operator": "Exists", "effect": "NoExecute"], false), ([:], false),
            (["key": "gpu", "operator": "Gt", "value": "yes"], false),
        ] as [(JSONValue, Bool)])
    func tolerations(_ toleration: JSONValue, _ fits: Bool) {
        let node = Self.node("a") {
            $0.set([["key": "gpu", "value": "yes", "effect": "NoSchedule"], ["key": "x", "effect": "PreferNoSchedule"]], at: "spec", "taints")
        }
        let placement = Placement.choose(for: Self.pod { $0.set([toleration], at: "spec", "tolerations") }, among: [node], loads: [:])
        #expect(placement == (fits ? .node("a") : .none("0/1 nodes are available: 1 node(s) had untolerated taint(s).")))
    }

    // MARK: Choosing

    @Test("spreads the pods of a workload before it evens out the load, and takes the idle node where all else is equal")
    func spreads() {
        let nodes = [Self.node("a"), Self.node("b"), Self.node("c", cpu: "4", memory: "4Gi")]
        let ledger = SchedulerLedger()
        var placed: [String] = []
        for index in 0..<6 {
            guard case .node(let node) = ledger.place(Self.pod("w\(index)", cpu: "100m", memory: "10Mi", owner: "rs"), among: nodes) else { continue }
            placed.append(node)
        }
        #expect(placed.count == 6)
        #expect(Set(placed[0..<3]) == ["a", "b", "c"] && Set(placed[3..<6]) == ["a", "b", "c"])
        #expect(placed[0] == "c")
        #expect(ledger.place(Self.pod("single", cpu: "100m"), among: nodes) == .node("c"))
    }

    @Test("gives room to one pod only, and gives it back when the pod ends, moves out or could not be bound")
    func ledger() {
        let ledger = SchedulerLedger()
        let nodes = [Self.node("a")]
        let (first, second) = (Self.pod("first", cpu: "600m"), Self.pod("second", cpu: "600m"))
        #expect(ledger.place(first, among: nodes) == .node("a"))
        ledger.begin(second)
        #expect(ledger.place(second, among: nodes) == .none("0/1 nodes are available: 1 Insufficient cpu."))
        #expect(ledger.unplaced == [second.namespacedName])
        ledger.withdraw(first)
        #expect(ledger.place(second, among: nodes) == .node("a"))
        #expect(ledger.unplaced.isEmpty)
        var bound = second
        bound.set("a", at: "spec", "nodeName")
        #expect(!ledger.observe(old: second, new: bound))
        ledger.withdraw(second)
        #expect(ledger.isPlaced(second), "what the server confirmed is not withdrawn")
        var done = bound
        done.set("Succeeded", at: "status", "phase")
        #expect(ledger.observe(old: bound, new: done))
        #expect(!ledger.observe(old: done, new: nil))
        #expect(ledger.place(first, among: nodes) == .node("a"))
    }

    @Test("heeds what can make room, not heartbeats")
    func relevance() {
        let node = Self.node("a")
        #expect(Scheduler.isRelevant(old: nil, new: node))
        #expect(!Scheduler.isRelevant(old: node, new: nil))
        #expect(
            !Scheduler.isRelevant(
                old: node,
                new: Self.node("a") { $0.set([["type": "Ready", "status": "True", "lastHeartbeatTime": "now"]], at: "status", "conditions") }))
        #expect(Scheduler.isRelevant(old: node, new: Self.node("a", cpu: "2")))
        #expect(Scheduler.isRelevant(old: node, new: Self.node("a") { $0.labels = ["a": "b"] }))
        #expect(Scheduler.isRelevant(old: Self.node("a") { $0.set([], at: "status", "conditions") }, new: node))
    }
}
