// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("Bodies in other forms")
struct RequestBodyTests {
    private static let maps = "/api/v1/namespaces/default/configmaps"

    @Test("protobuf, as kubectl sends what it makes itself")
    func protobuf() async throws {
        let harness = try await Harness()
        let object: JSONObject = [
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "a"], "data": ["x": "1"], "binaryData": ["b": "AAEC"],
        ]
        let body = try Harness.transcoder.encode(object)
        let made = try await harness.send(.POST, Self.maps, bytes: body, type: "application/vnd.kubernetes.protobuf")
        #expect(made.code == 201, "\(made.text)")
        #expect(made.value(at: "data") == ["x": "1"] && made.value(at: "binaryData") == ["b": "AAEC"])
        let options = try Harness.transcoder.encode(["apiVersion": "v1", "kind": "DeleteOptions", "preconditions": ["uid": "another"]])
        let kept = try await harness.send(.DELETE, "\(Self.maps)/a", bytes: options, type: "application/vnd.kubernetes.protobuf")
        #expect(kept.code == 409, "\(kept.text)")
        let review = try Harness.transcoder.encode([
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": ["resourceAttributes": ["verb": "list", "resource": "pods"]],
        ])
        let allowed = try await harness.send(
            .POST, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", bytes: review, type: "application/vnd.kubernetes.protobuf")
        #expect(allowed.value(at: "status", "allowed")?.bool == true, "\(allowed.text)")
    }

    @Test("YAML, and what is neither")
    func others() async throws {
        let harness = try await Harness()
        let yaml = try await harness.sendText(.POST, Self.maps, "kind: ConfigMap\nmetadata: {name: a}\ndata: {x: hello}\n", type: "application/yaml")
        #expect(yaml.code == 201 && yaml.value(at: "data", "x") == "hello", "\(yaml.text)")
        let unknown = try await harness.sendText(.POST, Self.maps, "<a/>", type: "application/xml")
        #expect(unknown.code == 415)
        #expect(
            unknown.message
                == "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf"
        )
        for (text, type) in [
            ("k8s\u{0}\u{1}", "application/vnd.kubernetes.protobuf"), ("{}", "application/vnd.kubernetes.protobuf"), ("a: b: c", "application/yaml"),
            ("a: 1\n---\nb: 2", "application/yaml"),
        ] {
            #expect(try await harness.sendText(.POST, Self.maps, text, type: type).code == 400, "\(text)")
        }
    }
}
