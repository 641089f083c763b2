// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import Foundation
import KubeModel
import KubePKI
import NIOHTTP1
import TestKit
import Testing

@testable import ControlPlane

@Suite("CertificateSigningRequests")
struct CertificateRequestTests {
    static let path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
    static let jane = UserInfo(name: "jane", groups: ["devs", UserInfo.authenticatedGroup])

    static func csr(
        _ pem: String, _ name: String = "one", signer: String = "kubernetes.io/kube-apiserver-client", usages: [String] = ["client auth"],
        seconds: Int64? = nil
    ) -> JSONValue {
        var csr: JSONValue = [
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": ["name": .string(name)],
            "spec": [
                "request": .string(Data(pem.utf8).base64EncodedString()), "signerName": .string(signer), "usages": JSONValue(usages),
                "username": "somebody-else", "groups": ["system:masters"],
            ],
        ]
        if let seconds { csr["spec"]?["expirationSeconds"] = .integer(seconds) }
        return csr
    }

    static func decided(_ csr: JSONValue, _ type: String) -> JSONValue {
        var csr = csr
        csr["status"] = ["conditions": [["type": .string(type), "status": "True", "reason": "Test", "message": "by hand"]]]
        return csr
    }

    @Test("who asks is who sent the request, and a status can't be sent along")
    func sender() async throws {
        let harness = try await Harness()
        let created = try await harness.send(.POST, Self.path, Self.decided(Self.csr(SigningRequestFixtures.user), "Approved"), as: Self.jane)
        #expect(created.code == 201)
        #expect(created.value(at: "spec", "username") == "jane")
        #expect(created.value(at: "spec", "groups") == ["devs", "system:authenticated"])
        #expect(created.json["status"] == nil || created.json["status"] == [:])
        var changed = created.json
        changed["spec"]?["username"] = "admin"
        #expect(try await harness.send(.PUT, "\(Self.path)/one", changed).value(at: "spec", "username") == "jane")
    }

    @Test(
        "a request that can't be signed is refused with its field",
        arguments: [
            (csr("no PEM"), "spec.request"), (csr(SigningRequestFixtures.user, usages: []), "spec.usages"),
            (csr(SigningRequestFixtures.user, usages: ["client auth", "client auth"]), "spec.usages[1]"),
            (csr(SigningRequestFixtures.user, usages: ["flying"]), "spec.usages[0]"),
            (csr(SigningRequestFixtures.user, seconds: 599), "spec.expirationSeconds"),
            (csr(SigningRequestFixtures.user, signer: "nowhere"), "spec.signerName"),
            (csr(SigningRequestFixtures.user, signer: "local/x"), "spec.signerName"),
        ])
    func invalid(csr: JSONValue, field: String) async throws {
        let harness = try await Harness()
        let reply = try await harness.send(.POST, Self.path, csr)
        #expect(reply.code == 422)
        #expect(reply.value(at: "details", "causes")?.array?.compactMap { $0["field"]?.string } == [field])
    }

    @Test("nobody asks for a certificate of system:masters")
    func masters() async throws {
        let harness = try await Harness()
        let reply = try await harness.send(.POST, Self.path, Self.csr(SigningRequestFixtures.masters))
        #expect(reply.code == 403)
        #expect(reply.message.contains("use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"))
    }

    @Test("only who may approve for the signer decides, and a decision stands")
    func approval() async throws {
        let harness = try await Harness()
        let created = try await harness.send(.POST, Self.path, Self.csr(SigningRequestFixtures.user)).json
        let refused = try await harness.send(.PUT, "\(Self.path)/one/approval", Self.decided(created, "Approved"), as: Self.jane)
        #expect(refused.code == 403)
        #expect(refused.message.hasSuffix("user not permitted to approve requests with signerName \"kubernetes.io/kube-apiserver-client\""))
        let sneaked = try await harness.send(.PUT, "\(Self.path)/one/status", Self.decided(created, "Approved"))
        #expect(sneaked.code == 422)
        let approved = try await harness.send(.PUT, "\(Self.path)/one/approval", Self.decided(created, "Approved"))
        #expect(approved.code == 200)
        let condition = approved.value(at: "status", "conditions")?.array?.first
        #expect(condition?["lastUpdateTime"] == "2026-11-24T12:00:00Z")
        #expect(condition?["lastTransitionTime"] == "2026-11-24T12:00:00Z")
        var undone = approved.json
        undone["status"] = nil
        #expect(try await harness.send(.PUT, "\(Self.path)/one/approval", undone).code == 422)
        var both = approved.json
        both["status"]?["conditions"] = .array((condition.map { [$0] } ?? []) + [["type": "Denied", "status": "True"]])
        #expect(try await harness.send(.PUT, "\(Self.path)/one/approval", both).message.contains("mutually exclusive"))
    }

    @Test("a certificate is set once, by who may sign, and is one")
    func certificate() async throws {
        let harness = try await Harness()
        let authority = try CertificateAuthority.make(commonName: "kubernetes", now: Harness.now)
        let created = try await harness.send(.POST, Self.path, Self.csr(SigningRequestFixtures.user)).json
        var signed = created
        signed["status"] = ["certificate": .string(Data("garbage".utf8).base64EncodedString())]
        #expect(try await harness.send(.PUT, "\(Self.path)/one/status", signed).code == 422)
        signed["status"] = ["certificate": .string(Data(authority.certificatePEM.utf8).base64EncodedString())]
        #expect(try await harness.send(.PUT, "\(Self.path)/one/status", signed, as: Self.jane).code == 403)
        let stored = try await harness.send(.PUT, "\(Self.path)/one/status", signed)
        #expect(stored.code == 200)
        var other = stored.json
        other["status"]?["certificate"] = nil
        #expect(try await harness.send(.PUT, "\(Self.path)/one/status", other).message.contains("field is immutable"))
    }

    @Test("v1beta1 fills in the signer and the usages")
    func v1beta1() async throws {
        let harness = try await Harness()
        var csr = Self.csr(SigningRequestFixtures.user)
        csr["apiVersion"] = "certificates.k8s.io/v1beta1"
        csr["spec"]?["signerName"] = nil
        csr["spec"]?["usages"] = nil
        let created = try await harness.send(.POST, "/apis/certificates.k8s.io/v1beta1/certificatesigningrequests", csr)
        #expect(created.code == 201)
        let stored = try await harness.send(.GET, "\(Self.path)/one")
        #expect(stored.value(at: "spec", "signerName") == "kubernetes.io/legacy-unknown")
        #expect(stored.value(at: "spec", "usages") == ["digital signature", "key encipherment"])
    }

    // MARK: Rules

    @Test(
        "each signer has its rules",
        arguments: [
            (Signer.client, SigningRequestFixtures.user, ["client auth", "digital signature"], nil),
            (.client, SigningRequestFixtures.user, ["digital signature"], "missing required usage for client certificate: client auth"),
            (.client, SigningRequestFixtures.user, ["client auth", "server auth"], "invalid usage for client certificate: server auth"),
            (.client, SigningRequestFixtures.authority, ["client auth"], "a certificate that may sign others is not issued"),
            (.nodeClient, SigningRequestFixtures.node, ["digital signature", "client auth"], nil),
            (.nodeClient, SigningRequestFixtures.node, ["digital signature", "key encipherment", "client auth"], nil),
            (.nodeClient, SigningRequestFixtures.user, ["digital signature", "client auth"], "subject organization is not system:nodes"),
            (.nodeClient, SigningRequestFixtures.serving, ["digital signature", "client auth"], "DNS subjectAltNames are not allowed"),
            (.nodeServing, SigningRequestFixtures.serving, ["digital signature", "server auth"], nil),
            (.nodeServing, SigningRequestFixtures.node, ["digital signature", "server auth"], "DNS or IP subjectAltName is required"),
            (.nodeServing, SigningRequestFixtures.uri, ["digital signature", "server auth"], "URI subjectAltNames are not allowed"),
        ] as [(Signer, String, [String], String?)])
    func signers(signer: Signer, pem: String, usages: [String], problem: String?) throws {
        #expect(signer.problem(try SigningRequest(pem: Array(pem.utf8)), usages: usages) == problem)
    }

    @Test("a node agent's own client certificate is renewed by its own right, another's by a bootstrapper's")
    func approvals() throws {
        let request = try SigningRequest(pem: Array(SigningRequestFixtures.node.utf8))
        let usages = ["digital signature", "client auth"]
        #expect(
            Signer.nodeClient.approvals(request, usages: usages, sender: "system:node:node-0").map(\.subresource) == ["selfnodeclient", "nodeclient"])
        #expect(Signer.nodeClient.approvals(request, usages: usages, sender: "system:bootstrap:x").map(\.subresource) == ["nodeclient"])
        #expect(Signer.nodeServing.approvals(request, usages: usages, sender: "system:node:node-0").isEmpty)
        #expect(Signer.nodeClient.approvals(request, usages: ["server auth"], sender: "system:node:node-0").isEmpty)
    }

    @Test("requests go an hour after they were decided, or a day after nobody did")
    func lifetime() throws {
        var csr = KubeObject(Self.csr(SigningRequestFixtures.user).object ?? [:])
        csr.set("2026-11-24T12:00:00Z", at: "metadata", "creationTimestamp")
        #expect(SigningRequestLifetime.end(of: csr).description == "2026-11-25T12:00:00Z")
        csr["status"] = ["conditions": [["type": "Approved", "status": "True", "lastUpdateTime": "2026-11-24T13:00:00Z"]]]
        // Approved, and its signer is elsewhere: it may yet come.
        #expect(SigningRequestLifetime.end(of: csr).description == "2026-11-25T12:00:00Z")
        csr["status"] = ["conditions": [["type": "Denied", "status": "True", "lastUpdateTime": "2026-11-24T13:00:00Z"]]]
        #expect(SigningRequestLifetime.end(of: csr).description == "2026-11-24T14:00:00Z")
    }
}
