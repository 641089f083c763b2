// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("Roles and bindings")
struct RoleBasedAccessTests {
    private static let rbac = "/apis/rbac.authorization.k8s.io/v1"
    private static let robot = UserInfo(
        name: "system:serviceaccount:shop:robot", groups: ["system:serviceaccounts", "system:serviceaccounts:shop", UserInfo.authenticatedGroup])
    private static let alice = UserInfo(name: "alice", groups: ["team", UserInfo.authenticatedGroup])

    private func harness() async throws -> Harness {
        let harness = try await Harness()
        try await harness.send(.POST, "/api/v1/namespaces", ["metadata": ["name": "shop"]])
        return harness
    }

    private func role(_ name: String, _ rules: JSONValue, cluster: Bool = false) -> JSONValue {
        ["apiVersion": "rbac.authorization.k8s.io/v1", "kind": cluster ? "ClusterRole" : "Role", "metadata": ["name": .string(name)], "rules": rules]
    }

    private func binding(_ name: String, _ role: String, kind: String = "Role", _ subjects: JSONValue, cluster: Bool = false) -> JSONValue {
        [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": cluster ? "ClusterRoleBinding" : "RoleBinding", "metadata": ["name": .string(name)],
            "roleRef": ["kind": .string(kind), "name": .string(role)], "subjects": subjects,
        ]
    }

    private static let account: JSONValue = [["kind": "ServiceAccount", "namespace": "shop", "name": "robot"]]
    private static let readsPods: JSONValue = [["apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]]]

    @Test("a service account may do what a role gives it, at once, and no longer than the binding is there")
    func grant() async throws {
        let harness = try await harness()
        let pods = "/api/v1/namespaces/shop/pods"
        let authorizer = RoleAuthorizer(store: harness.store)
        let info = try RequestInfo(method: .GET, path: pods, query: Query())
        let refused = authorizer.decide(Self.robot, info)
        #expect(!refused.isAllowed)
        #expect(
            APIError.forbidden(Self.robot, info, reason: refused.reason).message
                == "pods is forbidden: User \"system:serviceaccount:shop:robot\" cannot list resource \"pods\" in API group \"\" in the namespace \"shop\""
        )
        #expect(try await harness.send(.POST, "\(Self.rbac)/namespaces/shop/roles", role("reader", Self.readsPods)).code == 201)
        #expect(try await harness.send(.POST, "\(Self.rbac)/namespaces/shop/rolebindings", binding("robots", "reader", Self.account)).code == 201)
        #expect(
            authorizer.decide(Self.robot, info)
                == AuthorizationDecision(
                    isAllowed: true, reason: "RBAC: allowed by RoleBinding \"robots/shop\" of Role \"reader\" to ServiceAccount \"robot/shop\""))
        let elsewhere = try RequestInfo(method: .GET, path: "/api/v1/namespaces/default/pods", query: Query())
        #expect(!authorizer.decide(Self.robot, elsewhere).isAllowed)
        #expect(try await harness.send(.DELETE, "\(Self.rbac)/namespaces/shop/rolebindings/robots").code == 200)
        #expect(!authorizer.decide(Self.robot, info).isAllowed)
    }

    @Test("a binding to a role that is not there says so")
    func missingRole() async throws {
        let harness = try await harness()
        try await harness.send(.POST, "\(Self.rbac)/namespaces/shop/rolebindings", binding("robots", "none", Self.account))
        try await harness.send(
            .POST, "\(Self.rbac)/clusterrolebindings", binding("robots", "nothing", kind: "ClusterRole", Self.account, cluster: true))
        let decision = RoleAuthorizer(store: harness.store).decide(
            Self.robot, try RequestInfo(method: .GET, path: "/api/v1/namespaces/shop/pods", query: Query()))
        #expect(!decision.isAllowed)
        #expect(
            decision.reason
                == "RBAC: [clusterrole.rbac.authorization.k8s.io \"nothing\" not found, role.rbac.authorization.k8s.io \"none\" not found]")
    }

    @Test("every cluster has upstream's roles; those for people collect the rules of others")
    func defaults() async throws {
        let harness = try await harness()
        let admin = try await harness.send(.GET, "\(Self.rbac)/clusterroles/admin")
        let rules = admin.value(at: "rules")?.array ?? []
        #expect(rules.contains { $0["resources"]?.array?.contains("horizontalpodautoscalers/status") == true }, "of view, through edit")
        #expect(rules.contains { $0["resources"] == ["rolebindings", "roles"] })
        #expect(admin.value(at: "metadata", "labels", "kubernetes.io/bootstrapping") == "rbac-defaults")
        let root = try await harness.send(.GET, "\(Self.rbac)/clusterroles/cluster-admin")
        #expect(
            root.value(at: "rules") == [
                ["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]], ["nonResourceURLs": ["*"], "verbs": ["*"]],
            ])
        let bindings = try await harness.send(.GET, "\(Self.rbac)/clusterrolebindings/system:controller:horizontal-pod-autoscaler")
        #expect(bindings.value(at: "roleRef", "name") == "system:controller:horizontal-pod-autoscaler")
        #expect(
            bindings.value(at: "subjects")?.array?.first == [
                "kind": "ServiceAccount", "namespace": "kube-system", "name": "horizontal-pod-autoscaler",
            ])
        #expect(
            try await harness.send(.GET, "/apis/rbac.authorization.k8s.io/v1beta1/clusterroles/view").value(at: "apiVersion")
                == "rbac.authorization.k8s.io/v1beta1")
    }

    @Test("what is missing from them comes back at the next start, what was added stays, and one that opted out is left alone")
    func reconciliation() async throws {
        let harness = try await harness()
        let own: JSONValue = ["apiGroups": [""], "resources": ["pods"], "verbs": ["get"]]
        func rules(_ name: String) async throws -> [JSONValue] {
            try await harness.send(.GET, "\(Self.rbac)/clusterroles/\(name)").value(at: "rules")?.array ?? []
        }
        let before = try await rules("system:auth-delegator")
        for name in ["system:auth-delegator", "system:kube-dns"] {
            let reply = try await harness.send(
                .PATCH, "\(Self.rbac)/clusterroles/\(name)", ["rules": [own]], type: "application/merge-patch+json")
            #expect(reply.code == 200)
        }
        try await harness.send(
            .PATCH, "\(Self.rbac)/clusterroles/system:kube-dns",
            ["metadata": ["annotations": ["rbac.authorization.kubernetes.io/autoupdate": "false"]]],
            type: "application/merge-patch+json")
        try await PolicyBootstrap(store: harness.store, rows: PolicyRows.all).run()
        #expect(try await rules("system:auth-delegator") == [own] + before)
        #expect(try await rules("system:kube-dns") == [own])
        let revision = harness.store.objects.revision
        try await PolicyBootstrap(store: harness.store, rows: PolicyRows.all).run()
        #expect(harness.store.objects.revision == revision, "nothing is written where nothing is missing")
    }

    @Test("nobody gives rights that they do not have")
    func escalation() async throws {
        let harness = try await harness()
        let roles: JSONValue = [
            ["apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": ["create", "update", "get"]],
            ["apiGroups": [""], "resources": ["pods"], "verbs": ["get"]],
        ]
        try await harness.send(.POST, "\(Self.rbac)/namespaces/shop/roles", role("manager", roles))
        try await harness.send(
            .POST, "\(Self.rbac)/namespaces/shop/rolebindings", binding("managers", "manager", [["kind": "Group", "name": "team"]]))
        let path = "\(Self.rbac)/namespaces/shop/roles"
        let refused = try await harness.send(
            .POST, path,
            role(
                "more",
                [
                    ["apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]]
                ]), as: Self.alice)
        #expect(refused.code == 403)
        #expect(
            refused.message
                == "roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"alice\" (groups=[\"team\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\"]}\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"list\"]}"
        )
        let same = try await harness.send(
            .POST, path, role("same", [["apiGroups": [""], "resources": ["pods"], "resourceNames": ["web"], "verbs": ["get"]]]), as: Self.alice)
        #expect(same.code == 201)
        let widened = try await harness.send(
            .PUT, "\(path)/same", role("same", [["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]]]), as: Self.alice)
        #expect(widened.code == 403)
        let bound = try await harness.send(
            .POST, "\(Self.rbac)/namespaces/shop/rolebindings",
            binding("up", "cluster-admin", kind: "ClusterRole", [["kind": "User", "name": "alice"]]),
            as: Self.alice)
        #expect(bound.code == 403)
        try await harness.send(
            .PUT, "\(path)/manager",
            role(
                "manager",
                .array((roles.array ?? []) + [["apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "verbs": ["bind"]]])))
        let permitted = try await harness.send(
            .POST, "\(Self.rbac)/namespaces/shop/rolebindings",
            binding("up", "cluster-admin", kind: "ClusterRole", [["kind": "User", "name": "alice"]]),
            as: Self.alice)
        #expect(permitted.code == 201, "who may bind may bind")
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var path: String
        var body: JSONValue
        var message: String
        var testDescription: String { message }
    }
    static let mistakes = [
        Mistake(
            path: "/namespaces/shop/roles", body: ["metadata": ["name": "a"], "rules": [["apiGroups": [""], "resources": ["pods"]]]],
            message: "rules[0].verbs: Required value: verbs must contain at least one value"),
        Mistake(
            path: "/namespaces/shop/roles", body: ["metadata": ["name": "a"], "rules": [["nonResourceURLs": ["/x"], "verbs": ["get"]]]],
            message: "rules[0].nonResourceURLs: Invalid value: [\"/x\"]: namespaced rules cannot apply to non-resource URLs"),
        Mistake(
            path: "/clusterrolebindings",
            body: ["metadata": ["name": "a"], "roleRef": ["kind": "Role", "name": "x"], "subjects": [["kind": "User", "name": "u"]]],
            message: "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\""),
        Mistake(
            path: "/clusterrolebindings",
            body: [
                "metadata": ["name": "a"], "roleRef": ["kind": "ClusterRole", "name": "x"], "subjects": [["kind": "ServiceAccount", "name": "u"]],
            ],
            message: "subjects[0].namespace: Required value"),
        Mistake(
            path: "/namespaces/shop/rolebindings",
            body: ["metadata": ["name": "a"], "roleRef": ["kind": "Role", "name": "x"], "subjects": [["kind": "Robot", "name": "u"]]],
            message: "subjects[0].kind: Unsupported value: \"Robot\": supported values: \"ServiceAccount\", \"User\", \"Group\""),
    ]

    @Test("mistakes are told in upstream's words", arguments: mistakes)
    func validation(_ mistake: Mistake) async throws {
        let harness = try await harness()
        let reply = try await harness.send(.POST, Self.rbac + mistake.path, mistake.body)
        #expect(reply.code == 422)
        #expect(reply.message.hasSuffix(mistake.message), "\(reply.message)")
    }

    @Test("a binding keeps its role")
    func immutable() async throws {
        let harness = try await harness()
        let path = "\(Self.rbac)/namespaces/shop/rolebindings"
        try await harness.send(.POST, path, binding("a", "one", Self.account))
        let reply = try await harness.send(.PUT, "\(path)/a", binding("a", "two", Self.account))
        #expect(reply.code == 422 && reply.message.hasSuffix("cannot change roleRef"), "\(reply.message)")
    }

    @Test("secrets take text, keep their type, and what is immutable stays")
    func secrets() async throws {
        let harness = try await harness()
        let path = "/api/v1/namespaces/shop/secrets"
        let made = try await harness.send(
            .POST, path, ["metadata": ["name": "s"], "stringData": ["a": "hello"], "data": ["b": "AQI="], "immutable": true])
        #expect(made.value(at: "data") == ["a": "aGVsbG8=", "b": "AQI="])
        #expect(made.value(at: "stringData") == nil)
        #expect(made.value(at: "type") == "Opaque")
        let changed = try await harness.send(.PATCH, "\(path)/s", ["stringData": ["a": "other"]], type: "application/merge-patch+json")
        #expect(changed.code == 422 && changed.message.contains("field is immutable when `immutable` is set"), "\(changed.message)")
        let tls = try await harness.send(.POST, path, ["metadata": ["name": "t"], "type": "kubernetes.io/tls", "data": ["tls.crt": ""]])
        #expect(tls.code == 422 && tls.message.contains("data[tls.key]: Required value"), "\(tls.message)")
        let bad = try await harness.send(.POST, path, ["metadata": ["name": "u"], "data": ["a/b": ""]])
        #expect(bad.code == 422 && bad.message.contains("a valid config key must consist of"), "\(bad.message)")
    }

    @Test("what the lab keeps without enforcing comes with a warning")
    func warnings() async throws {
        let harness = try await harness()
        let reply = try await harness.send(
            .POST, "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies",
            ["metadata": ["name": "n"], "spec": ["podSelector": [:], "egress": [[:]]]])
        #expect(reply.code == 201)
        #expect(reply.value(at: "spec", "policyTypes") == ["Ingress", "Egress"])
        #expect(reply.headers.first(name: "warning")?.contains("does not enforce") == true)
    }
}
