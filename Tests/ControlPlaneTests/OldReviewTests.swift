// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import NIOHTTP1
import Testing

@Suite("Reviews of v1beta1")
struct OldReviewTests {
    @Test("a subject's groups stand in `group`, and decide")
    func subject() async throws {
        let harness = try await Harness()
        let review: JSONValue = [
            "apiVersion": "authorization.k8s.io/v1beta1", "kind": "SubjectAccessReview",
            "spec": ["group": ["system:masters"], "resourceAttributes": ["verb": "list", "resource": "nodes"]],
        ]
        let path = "/apis/authorization.k8s.io/v1beta1/subjectaccessreviews"
        let allowed = try await harness.send(.POST, path, review)
        #expect(allowed.code == 201)
        #expect(allowed.value(at: "status", "allowed") == true)
        var other = review
        other["spec"]?["group"] = ["devs"]
        #expect(try await harness.send(.POST, path, other).value(at: "status", "allowed") == false)
    }

    @Test("who asks is told of its rules and of itself", arguments: ["v1", "v1beta1"])
    func own(version: String) async throws {
        let harness = try await Harness()
        let rules = try await harness.send(
            .POST, "/apis/authorization.k8s.io/\(version)/selfsubjectrulesreviews",
            ["apiVersion": .string("authorization.k8s.io/\(version)"), "kind": "SelfSubjectRulesReview", "spec": ["namespace": "default"]])
        #expect(rules.value(at: "status", "resourceRules")?.array?.first?["verbs"] == ["*"])
        let who = try await harness.send(
            .POST, "/apis/authentication.k8s.io/\(version)/selfsubjectreviews",
            ["apiVersion": .string("authentication.k8s.io/\(version)"), "kind": "SelfSubjectReview"])
        #expect(who.value(at: "status", "userInfo", "username") == "admin")
    }
}
