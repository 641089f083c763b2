// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import TestKit
import Testing

@testable import ControlPlane

@Suite("A node's life", .timeLimit(.minutes(5)))
struct NodeLifecycleTests {
    private let server = ScriptedTransport()
    private let clock = ManualClock()
    private let time = Timestamp("2026-11-24T12:00:00Z") ?? .zero

    private func pod(_ name: String, node: String, isReady: Bool) -> JSONValue {
        [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": .string(name), "namespace": "shop", "uid": .string(name), "resourceVersion": "1"],
            "spec": ["nodeName": .string(node)],
            "status": ["phase": "Running", "conditions": [["type": "Ready", "status": isReady ? "True" : "False"]]],
        ]
    }

    private func list(_ kind: String, _ items: [JSONValue]) -> JSONValue {
        ["kind": .string("\(kind)List"), "apiVersion": "v1", "metadata": ["resourceVersion": "5"], "items": .array(items)]
    }

    private func isAsked(_ method: String, _ path: String) -> Bool { server.requests.contains { $0.method == method && $0.path == path } }

    /// Runs the reconciler over nodes and pods as listed.
    private func run(
        nodes: [JSONValue], pods: [JSONValue], _ body: (NodeLifecycle<ManualClock>, Heartbeats<ManualClock>) async throws -> Void
    ) async throws {
        server.standing("GET", "/api/v1/nodes", list("Node", nodes))
        server.standing("GET", "/api/v1/pods", list("Pod", pods))
        let client = KubeClient(transport: server, userAgent: "test")
        let logger = Logger(label: "test")
        let informers = SharedInformers(client: client, clock: clock, logger: logger)
        let running = [informers.nodes, informers.pods].map { informer in Task { try await informer.run() } }  // cancelled below
        try await Informer.waitUntilSynced([informers.nodes, informers.pods])
        let heartbeats = Heartbeats(clock: clock)
        let recorder = EventRecorder(client: client, component: "node-controller", now: { [time] in time }, logger: logger)
        let lifecycle = NodeLifecycle(
            client: client, nodes: informers.nodes, pods: informers.pods, heartbeats: heartbeats, recorder: recorder, now: { [time] in time })
        try await body(lifecycle, heartbeats)
        for task in running { task.cancel() }
        for task in running { try await task.value }
    }

    /// One that is alive, beside the one that a test is about.
    private let other: JSONValue = [
        "apiVersion": "v1", "kind": "Node", "metadata": ["name": "other", "uid": "o", "resourceVersion": "1"],
        "status": ["conditions": [["type": "Ready", "status": "True"]]],
    ]

    private let node: JSONValue = [
        "apiVersion": "v1", "kind": "Node", "metadata": ["name": "n", "uid": "u", "resourceVersion": "1"],
        "status": ["conditions": [["type": "Ready", "status": "True", "lastHeartbeatTime": "2026-11-24T11:59:00Z"]]],
    ]

    @Test("is unknown once its agent has been silent for 40 seconds, and its pods are no longer ready")
    func silence() async throws {
        try await run(nodes: [node, other], pods: [pod("a", node: "n", isReady: true), pod("b", node: "n", isReady: false)]) {
            lifecycle, heartbeats async throws in
            // It counts from when it was first looked at.
            #expect(try await lifecycle.reconcile("n") == .after(.seconds(40)))
            clock.advance(by: .seconds(30))
            heartbeats.beat("n")
            clock.advance(by: .seconds(15))
            #expect(try await lifecycle.reconcile("n") == .after(.seconds(25)))
            clock.advance(by: .seconds(25))
            server.answer("PATCH", "/api/v1/nodes/n/status", node)
            server.answer("PATCH", "/api/v1/namespaces/shop/pods/a/status", pod("a", node: "n", isReady: false))
            heartbeats.beat("other")
            #expect(try await lifecycle.reconcile("n") == .after(.seconds(300)))
            #expect(isAsked("PATCH", "/api/v1/nodes/n/status") && isAsked("PATCH", "/api/v1/namespaces/shop/pods/a/status"))
            #expect(!isAsked("PATCH", "/api/v1/namespaces/shop/pods/b/status"))
        }
    }

    @Test("loses its pods after five minutes of silence, or when each of them says")
    func eviction() async throws {
        var patient = pod("patient", node: "n", isReady: false)
        patient["spec"]?["tolerations"] = [["key": "node.kubernetes.io/unreachable", "effect": "NoExecute", "tolerationSeconds": 400]]
        var loyal = pod("loyal", node: "n", isReady: false)
        loyal["spec"]?["tolerations"] = [["operator": "Exists"]]
        try await run(nodes: [node, other], pods: [pod("a", node: "n", isReady: false), patient, loyal]) { lifecycle, heartbeats async throws in
            heartbeats.beat("n")
            clock.advance(by: .seconds(340))
            heartbeats.beat("other")
            server.answer("PATCH", "/api/v1/nodes/n/status", node)
            server.answer("DELETE", "/api/v1/namespaces/shop/pods/a", pod("a", node: "n", isReady: false))
            #expect(try await lifecycle.reconcile("n") == .after(.seconds(100)))
            #expect(server.requests.filter { $0.method == "DELETE" }.map(\.path) == ["/api/v1/namespaces/shop/pods/a"])
        }
    }

    @Test("keeps its pods where no node is heard of: then the silence is ours")
    func sleep() async throws {
        try await run(nodes: [node, other], pods: [pod("a", node: "n", isReady: false)]) { lifecycle, heartbeats async throws in
            heartbeats.beat("n")
            heartbeats.beat("other")
            clock.advance(by: .seconds(3600))
            server.answer("PATCH", "/api/v1/nodes/n/status", node)
            #expect(try await lifecycle.reconcile("n") == .after(.seconds(40)))
            #expect(!isAsked("DELETE", "/api/v1/namespaces/shop/pods/a"))
        }
    }

    @Test("is told in all four conditions, once")
    func conditions() throws {
        let known = KubeObject(node.object ?? [:])
        let conditions = try #require(NodeConditions.unknown(known, now: time))
        #expect(conditions.map { $0["type"]?.string } == ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"])
        #expect(conditions.map { $0["reason"]?.string } == ["NodeStatusUnknown"] + Array(repeating: "NodeStatusNeverUpdated", count: 3))
        #expect(conditions[0]["lastHeartbeatTime"] == "2026-11-24T11:59:00Z")
        var told = known
        told.set(.array(conditions), at: "status", "conditions")
        #expect(NodeConditions.unknown(told, now: time) == nil)
    }

    @Test("ends with its pods: those of a node that is gone are removed at once, if the server agrees that it is gone", arguments: [true, false])
    func removal(_ isGone: Bool) async throws {
        try await run(nodes: [], pods: [pod("a", node: "n", isReady: true), pod("b", node: "other", isReady: true)]) { lifecycle, _ async throws in
            if isGone {
                server.answer("GET", "/api/v1/nodes/n", APIError.notFound(GroupResource(group: "", resource: "nodes"), "n"))
                server.answer("DELETE", "/api/v1/namespaces/shop/pods/a", pod("a", node: "n", isReady: true))
            } else {
                server.answer("GET", "/api/v1/nodes/n", node)
            }
            #expect(try await lifecycle.reconcile("n") == .never)
            #expect(isAsked("DELETE", "/api/v1/namespaces/shop/pods/a") == isGone)
            #expect(!isAsked("DELETE", "/api/v1/namespaces/shop/pods/b"))
        }
        if isGone {
            let body = try JSONValue.parse(server.requests.first { $0.method == "DELETE" }?.body ?? [])
            #expect(body["gracePeriodSeconds"] == 0)
        }
    }
}
