// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import NIOHTTP1
import Testing

@testable import ControlPlane

private func user(_ name: String, _ groups: [String] = []) -> UserInfo { UserInfo(name: name, groups: groups + [UserInfo.authenticatedGroup]) }

private let node = user("system:node:node-0", ["system:nodes"])
private let controllers = user("system:kube-controller-manager")
private let scheduler = user("system:kube-scheduler")
private let metrics = user("system:serviceaccount:kube-system:metrics-server", ["system:serviceaccounts"])

@Suite("who may do what")
struct AuthorizationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var user: UserInfo
        var method: HTTPMethod
        var uri: String
        var isAllowed: Bool

        init(_ user: UserInfo, _ method: HTTPMethod, _ uri: String, _ isAllowed: Bool) {
            (self.user, self.method, self.uri, self.isAllowed) = (user, method, uri, isAllowed)
        }

        var testDescription: String { "\(user.name) \(method) \(uri)" }
    }

    static let cases: [Case] = [
        Case(.anonymous, .GET, "/healthz", true),
        Case(.anonymous, .GET, "/readyz", true),
        Case(.anonymous, .GET, "/readyz/ping", false),
        Case(.anonymous, .GET, "/version", true),
        Case(.anonymous, .GET, "/apis", false),
        Case(.anonymous, .GET, "/api/v1/pods", false),
        Case(user("alice"), .GET, "/apis/apps/v1", true),
        Case(user("alice"), .GET, "/openapi/v3", true),
        Case(user("alice"), .GET, "/api/v1/pods", false),
        Case(user("alice"), .POST, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", true),
        Case(user("alice"), .POST, "/apis/authorization.k8s.io/v1/subjectaccessreviews", false),
        Case(user("root", ["system:masters"]), .DELETE, "/api/v1/nodes/a", true),
        Case(controllers, .PUT, "/apis/apps/v1/namespaces/a/deployments/b/status", true),
        Case(controllers, .GET, "/apis/metrics.k8s.io/v1beta1/pods", true),
        Case(controllers, .POST, "/api/v1/namespaces/a/pods", true),
        Case(controllers, .POST, "/api/v1/nodes", false),
        Case(scheduler, .POST, "/api/v1/namespaces/a/pods/b/binding", true),
        Case(scheduler, .POST, "/api/v1/namespaces/a/pods", false),
        Case(metrics, .GET, "/api/v1/pods?watch=true", true),
        Case(metrics, .DELETE, "/api/v1/namespaces/a/pods/b", false),
        Case(metrics, .GET, "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication", true),
        Case(metrics, .GET, "/api/v1/namespaces/default/configmaps/a", false),
        Case(node, .PATCH, "/api/v1/nodes/node-0/status", true),
        Case(node, .PATCH, "/api/v1/nodes/node-1/status", false),
        Case(node, .GET, "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-0", true),
        Case(node, .GET, "/api/v1/pods", false),
        Case(node, .GET, "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1", false),
        Case(node, .PUT, "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-0", true),
        Case(node, .PUT, "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1", false),
        Case(node, .PATCH, "/api/v1/namespaces/default/pods/mine/status", true),
        Case(node, .PATCH, "/api/v1/namespaces/default/pods/other/status", false),
    ]

    @Test("each identity may do what it is for, and no more", arguments: cases)
    func roles(_ test: Case) async throws {
        let harness = try await Harness()
        try await harness.send(.POST, "/api/v1/namespaces/default/pods", Manifests.pod("mine", node: "node-0"))
        try await harness.send(.POST, "/api/v1/namespaces/default/pods", Manifests.pod("other", node: "node-1"))
        let parts = test.uri.split(separator: "?", maxSplits: 1).map(String.init)
        let query = Query(parsing: parts.count > 1 ? parts[1] : "")
        let info = try RequestInfo(method: test.method, path: parts[0], query: query)
        #expect(RoleAuthorizer(store: harness.store).decide(test.user, info, query).isAllowed == test.isAllowed)
    }

    @Test("a node reads the claims of its pods and their volumes, and no others")
    func claims() async throws {
        let harness = try await Harness()
        for (name, owner) in [("mine", "node-0"), ("other", "node-1")] {
            var pod = Manifests.pod(name, node: owner)
            pod["spec"]?["volumes"] = [["name": "data", "persistentVolumeClaim": ["claimName": .string(name)]]]
            #expect(try await harness.send(.POST, "/api/v1/namespaces/default/pods", pod).code == 201)
            let spec: JSONValue = [
                "accessModes": ["ReadWriteOnce"], "capacity": ["storage": "1Gi"], "hostPath": ["path": "/v"],
                "claimRef": ["namespace": "default", "name": .string(name)],
            ]
            let made = try await harness.send(.POST, "/api/v1/persistentvolumes", ["metadata": ["name": .string("pv-\(name)")], "spec": spec])
            #expect(made.code == 201, "\(made.text)")
        }
        func may(_ uri: String, _ method: HTTPMethod = .GET) throws -> Bool {
            let info = try RequestInfo(method: method, path: uri, query: Query(parsing: ""))
            return RoleAuthorizer(store: harness.store).decide(node, info, Query(parsing: "")).isAllowed
        }
        #expect(try may("/api/v1/namespaces/default/persistentvolumeclaims/mine"))
        #expect(try !may("/api/v1/namespaces/default/persistentvolumeclaims/other"))
        #expect(try !may("/api/v1/namespaces/default/persistentvolumeclaims"))
        #expect(try !may("/api/v1/namespaces/default/persistentvolumeclaims/mine", .DELETE))
        #expect(try may("/api/v1/persistentvolumes/pv-mine"))
        #expect(try !may("/api/v1/persistentvolumes/pv-other"))
    }

    @Test("a review answers for another user what a request would be answered")
    func subjectAccessReview() async throws {
        let harness = try await Harness()
        func ask(_ name: String, _ verb: String, _ resource: String) async throws -> Bool? {
            let review: JSONValue = [
                "spec": ["user": .string(name), "resourceAttributes": ["verb": .string(verb), "resource": .string(resource), "group": ""]]
            ]
            let reply = try await harness.send(.POST, "/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s", review)
            #expect(reply.code == 201)
            return reply.value(at: "status", "allowed")?.bool
        }
        #expect(try await ask("system:kube-scheduler", "list", "pods") == true)
        #expect(try await ask("system:kube-scheduler", "create", "pods") == false)
        #expect(try await ask("kube-apiserver-kubelet-client", "list", "pods") == false)
        let none = try await harness.send(.POST, "/apis/authorization.k8s.io/v1/subjectaccessreviews", ["spec": ["user": "a"]])
        #expect(none.code == 422)
        #expect(none.message.contains("exactly one of nonResourceAttributes or resourceAttributes must be specified"))
    }

    @Test("anyone may ask about themselves")
    func selfReviews() async throws {
        let harness = try await Harness()
        let review: JSONValue = ["spec": ["nonResourceAttributes": ["verb": "get", "path": "/apis"]]]
        let mine = try await harness.send(.POST, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, as: user("alice"))
        #expect(mine.value(at: "status", "allowed")?.bool == true)
        let rules = try await harness.send(
            .POST, "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", ["spec": ["namespace": "default"]], as: scheduler)
        #expect(rules.value(at: "status", "incomplete")?.bool == false)
        #expect((rules.value(at: "status", "resourceRules")?.array?.count ?? 0) > 3)
    }
}
