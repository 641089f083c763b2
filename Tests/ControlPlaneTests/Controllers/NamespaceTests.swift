// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ControllerKit
import KubeClient
import KubeModel
import Logging
import TestKit
import Testing

@testable import ControlPlane

@Suite("A namespace that is being deleted", .timeLimit(.minutes(5)))
struct NamespaceTests {
    private let server = ScriptedTransport()
    /// When the patience with a namespace that is being deleted has just ended.
    private let time = Timestamp("2026-11-24T12:00:05Z") ?? .zero
    private let shop: JSONValue = [
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": ["name": "shop", "uid": "u", "resourceVersion": "1", "deletionTimestamp": "2026-11-24T12:00:00Z"],
        "spec": ["finalizers": ["kubernetes", "example.com/mine"]], "status": ["phase": "Terminating"],
    ]

    private func reconcile(failing group: String, earlier: Duration = .zero) async throws -> Requeue {
        server.standing(
            "GET", "/api/v1/namespaces", ["kind": "NamespaceList", "apiVersion": "v1", "metadata": ["resourceVersion": "5"], "items": [shop]])
        let entry: JSONValue = ["name": "configmaps", "kind": "ConfigMap", "namespaced": true, "verbs": ["list", "delete", "deletecollection"]]
        let reviews: JSONValue = ["name": "localreviews", "kind": "LocalReview", "namespaced": true, "verbs": ["create"]]
        server.standing(
            "GET", "/api/v1", ["resources": [entry, reviews, ["name": "nodes", "kind": "Node", "namespaced": false, "verbs": ["list", "delete"]]]])
        server.standing("GET", "/apis", ["groups": [["name": .string(group), "versions": [["groupVersion": .string("\(group)/v1")]]]]])
        server.standing("GET", "/apis/\(group)/v1") { _ in .json(503, APIError.serviceUnavailable("down").status) }
        let client = KubeClient(transport: server, userAgent: "test")
        let informer = Informer(client: client, resource: .namespaces, clock: ManualClock(), logger: Logger(label: "test"))
        let running = Task { try await informer.run() }  // cancelled below
        try await informer.waitUntilSynced()
        let requeue = try await NamespaceController(client: client, namespaces: informer, now: { [time] in time + (.zero - earlier) })
            .reconcile(NamespacedName(namespace: "", name: "shop"))
        running.cancel()
        try await running.value
        return requeue
    }

    private func scriptContents(_ lists: [[JSONValue]]) {
        for items in lists {
            server.answer(
                "GET", "/api/v1/namespaces/shop/configmaps", ["kind": "ConfigMapList", "apiVersion": "v1", "metadata": [:], "items": .array(items)])
        }
    }

    private func body(_ method: String) throws -> JSONValue? { try server.requests.last { $0.method == method }.map { try JSONValue.parse($0.body) } }

    @Test("is emptied and goes, though a server of metrics is down")
    func emptied() async throws {
        scriptContents([[["metadata": ["name": "a"]]], []])
        server.answer("DELETE", "/api/v1/namespaces/shop/configmaps", ["kind": "ConfigMapList", "items": []])
        server.answer("PUT", "/api/v1/namespaces/shop/finalize", shop)
        #expect(try await reconcile(failing: "metrics.k8s.io") == .never)
        #expect(try body("PUT")?["spec"] == ["finalizers": ["example.com/mine"]])
    }

    @Test("keeps its content for five seconds, for whoever deletes it together with the namespace")
    func patience() async throws {
        #expect(try await reconcile(failing: "metrics.k8s.io", earlier: .seconds(3)) == .after(.seconds(3)))
        #expect(server.requests.allSatisfy { $0.method == "GET" })
    }

    @Test("says what it waits for, and comes back")
    func remaining() async throws {
        let held: JSONValue = ["metadata": ["name": "a", "finalizers": ["example.com/hold"], "deletionTimestamp": "2026-11-24T12:00:00Z"]]
        scriptContents([[held]])
        server.answer("PATCH", "/api/v1/namespaces/shop/status", shop)
        #expect(try await reconcile(failing: "metrics.k8s.io") == .after(.seconds(2)))
        let conditions = try body("PATCH")?.value(at: "status", "conditions")?.array ?? []
        #expect(
            conditions.map { "\($0["type"]?.string ?? "") \($0["status"]?.string ?? "")" } == [
                "NamespaceDeletionDiscoveryFailure False", "NamespaceContentRemaining True", "NamespaceFinalizersRemaining True",
            ])
        #expect(conditions[1]["message"] == "Some resources are remaining: configmaps. has 1 resource instances")
    }

    @Test("does not go while another group cannot tell what it holds")
    func unknownGroup() async throws {
        scriptContents([[]])
        server.answer("PATCH", "/api/v1/namespaces/shop/status", shop)
        #expect(try await reconcile(failing: "apps.example.com") == .after(.seconds(2)))
        #expect(try body("PATCH")?.value(at: "status", "conditions")?.array?.first?["reason"] == "DiscoveryFailed")
    }
}
