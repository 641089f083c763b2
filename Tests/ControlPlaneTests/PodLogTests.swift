// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import Foundation
import KubeModel
import KubePKI
import Logging
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import ControlPlane

@Suite("logs of pods", .timeLimit(.minutes(5)))
struct PodLogTests {
    /// A node agent that answers with what it was asked, and by whom.
    private struct Kubelet: APIHandler {
        func handle(_ request: APIRequest) throws -> APIAnswer {
            let lines = ["\(request.user.name)\n", "\(request.uri)\n"]
            return .stream { writer in
                try await writer.start(.ok, ["Content-Type": "text/plain"])
                for line in lines { try await writer.write(Array(line.utf8)) }
            }
        }
    }

    private static let now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }

    private func withNode(_ body: (PlaneClient) async throws -> Void) async throws {
        try await ServedPlane.run { served in
            let serving = try served.authority.issue(.server(commonName: "system:node:node-0", ipAddresses: ["127.7.0.10"]), now: Self.now())
            let server = try APIServer(
                configuration: APIServerConfiguration(
                    addresses: [.init(host: "127.7.0.10", port: 0)], servingCredential: serving, allowsAnonymous: false),
                handler: Kubelet(),
                authenticator: ClientCertificateAuthenticator(trust: ClientTrust(try ClientChainVerifier(rootsPEM: served.authority.certificatePEM))),
                authorizer: AlwaysAllow(), logger: Logger(label: "test"), now: Self.now)
            let port = try await server.start()[0].port
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                try await PlaneClient.run(served, try served.client("kubernetes-admin", ["system:masters"])) { admin in
                    try await admin.send(
                        .POST, "/api/v1/nodes",
                        [
                            "metadata": ["name": "node-0"],
                            "status": [
                                "addresses": [["type": "InternalIP", "address": "127.7.0.10"]],
                                "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int64(port))]],
                            ],
                        ])
                    try await admin.send(.POST, "/api/v1/namespaces/default/pods", Manifests.pod("web", node: "node-0"))
                    try await admin.send(.POST, "/api/v1/namespaces/default/pods", Manifests.pod("loose"))
                    try await body(admin)
                }
                group.cancelAll()
            }
        }
    }

    @Test("are streamed from the pod's node, asked for under the API server's own name")
    func proxied() async throws {
        try await withNode { admin in
            let reply = try await admin.send(.GET, "/api/v1/namespaces/default/pods/web/log?follow=true&tailLines=5&other=x")
            #expect(reply.code == 200)
            #expect(reply.headers["content-type"] == ["text/plain"])
            #expect(reply.text == "kube-apiserver-kubelet-client\n/containerLogs/default/web/main?follow=true&tailLines=5\n")
        }
    }

    @Test("are empty before there is a node, and need a container that exists")
    func absent() async throws {
        try await withNode { admin in
            let loose = try await admin.send(.GET, "/api/v1/namespaces/default/pods/loose/log")
            #expect(loose.code == 200)
            #expect(loose.text.isEmpty)
            let other = try await admin.send(.GET, "/api/v1/namespaces/default/pods/web/log?container=sidecar")
            #expect(other.code == 400)
            #expect(other.json["message"]?.string == "container sidecar is not valid for pod web")
        }
    }
}
