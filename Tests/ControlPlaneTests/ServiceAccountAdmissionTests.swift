// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("A pod's service account")
struct ServiceAccountAdmissionTests {
    private static let pods = "/api/v1/namespaces/default/pods"
    private static let path = "/var/run/secrets/kubernetes.io/serviceaccount"

    private func create(_ harness: Harness, _ change: (inout JSONValue) -> Void = { _ in }) async throws -> Harness.Reply {
        var pod = Manifests.pod("web", node: "node-0")
        change(&pod)
        return try await harness.send(.POST, Self.pods, pod)
    }

    @Test("is `default` where none is named, with its token, the authority and the namespace in every container")
    func defaults() async throws {
        let harness = try await Harness()
        let pod = try await create(harness)
        #expect(pod.value(at: "spec", "serviceAccountName") == "default" && pod.value(at: "spec", "serviceAccount") == "default")
        let volume = pod.value(at: "spec", "volumes")?.array?.last
        let name = volume?["name"]?.string ?? ""
        #expect(name.hasPrefix("kube-api-access-") && name.count == 21)
        let sources = volume?.value(at: "projected", "sources")?.array ?? []
        #expect(sources.count == 3)
        #expect(sources[0]["serviceAccountToken"] == ["expirationSeconds": 3607, "path": "token"])
        #expect(sources[1].value(at: "configMap", "name") == "kube-root-ca.crt")
        for container in pod.value(at: "spec", "containers")?.array ?? [] {
            #expect(container["volumeMounts"]?.array?.last == ["name": .string(name), "readOnly": true, "mountPath": .string(Self.path)])
        }
    }

    @Test("must be there")
    func missing() async throws {
        let reply = try await create(try await Harness()) { $0["spec"]?["serviceAccountName"] = "nobody" }
        #expect(reply.code == 403)
        #expect(reply.message == "pods \"web\" is forbidden: error looking up service account default/nobody: serviceaccount \"nobody\" not found")
    }

    @Test("gives no token to a pod, or of an account, that wants none; nor where the path is taken")
    func optingOut() async throws {
        let harness = try await Harness()
        let own = try await create(harness) { $0["spec"]?["automountServiceAccountToken"] = false }
        #expect(own.value(at: "spec", "volumes") == nil)
        try await harness.send(.DELETE, "\(Self.pods)/web?gracePeriodSeconds=0")
        try await harness.send(
            .POST, "/api/v1/namespaces/default/serviceaccounts", ["metadata": ["name": "mute"], "automountServiceAccountToken": false])
        let mute = try await create(harness) { $0["spec"]?["serviceAccountName"] = "mute" }
        #expect(mute.value(at: "spec", "volumes") == nil && mute.value(at: "spec", "serviceAccountName") == "mute")
        try await harness.send(.DELETE, "\(Self.pods)/web?gracePeriodSeconds=0")
        let taken = try await create(harness) { pod in
            let containers = (pod.value(at: "spec", "containers")?.array ?? []).map { container in
                var container = container
                container["volumeMounts"] = [["name": "mine", "mountPath": .string(Self.path)]]
                return container
            }
            pod["spec"]?["containers"] = .array(containers)
            pod["spec"]?["volumes"] = [["name": "mine", "emptyDir": [:]]]
        }
        #expect(taken.value(at: "spec", "volumes")?.array?.count == 1, "\(taken.message)")
    }

    @Test("a node reads the secrets and makes the tokens of its own pods only")
    func nodes() async throws {
        let harness = try await Harness()
        _ = try await create(harness) { pod in
            pod["spec"]?["volumes"] = [["name": "s", "secret": ["secretName": "mine"]]]
        }
        let authorizer = RoleAuthorizer(store: harness.store)
        func may(_ node: String, _ method: HTTPMethod, _ path: String) throws -> Bool {
            let user = UserInfo(name: "system:node:\(node)", groups: ["system:nodes", UserInfo.authenticatedGroup])
            return authorizer.decide(user, try RequestInfo(method: method, path: path, query: Query())).isAllowed
        }
        let secrets = "/api/v1/namespaces/default/secrets"
        #expect(try may("node-0", .GET, "\(secrets)/mine"))
        #expect(try !may("node-0", .GET, "\(secrets)/other"))
        #expect(try !may("node-0", .GET, secrets))
        #expect(try !may("node-1", .GET, "\(secrets)/mine"))
        let accounts = "/api/v1/namespaces/default/serviceaccounts"
        #expect(try may("node-0", .POST, "\(accounts)/default/token"))
        #expect(try !may("node-0", .POST, "\(accounts)/other/token"))
        #expect(try !may("node-1", .POST, "\(accounts)/default/token"))
    }
}
