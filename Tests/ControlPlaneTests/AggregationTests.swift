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

@Suite("the aggregation layer", .timeLimit(.minutes(5)))
struct AggregationTests {
    /// Answers with what it was asked, who asked, and the headers that came.
    private struct Mirror: APIHandler {
        func handle(_ request: APIRequest) throws -> APIAnswer {
            if request.path.hasSuffix("/stream") {
                return .stream { writer in
                    try await writer.start(.ok, ["Content-Type": "text/plain"])
                    for part in ["one\n", "two\n"] { try await writer.write(Array(part.utf8)) }
                }
            }
            var headers = JSONObject()
            for header in request.headers { headers[header.name.lowercased()] = .string(header.value) }
            let body: JSONValue = [
                "uri": .string(request.uri), "user": .string(request.user.name), "groups": JSONValue(request.user.groups),
                "extra": .object(JSONObject(request.user.extra.map { ($0.key, JSONValue($0.value)) })), "headers": .object(headers),
                "body": .string(String(decoding: request.body, as: UTF8.self)),
            ]
            return .ready(APIResponse(status: request.method == .POST ? .created : .ok, contentType: "application/json", body: body.encoded))
        }
    }

    private static let now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }
    private static let path = "/apis/mirror.example.com/v1"

    /// An extension server that believes the front proxy, and is reached at an address of the block.
    private static func extensionServer(_ served: ServedPlane, authority: CertificateAuthority, name: String = "mirror.default.svc") throws
        -> APIServer
    {
        let authenticator = RequestHeaderAuthenticator(
            settings: RequestHeaderSettings(allowedNames: ["front-proxy-client"]),
            trust: ClientTrust(try ClientChainVerifier(rootsPEM: served.frontProxyAuthority.certificatePEM)), logger: Logger(label: "test"))
        return try APIServer(
            configuration: APIServerConfiguration(
                addresses: [.init(host: "127.7.0.20", port: 0)],
                servingCredential: try authority.issue(.server(commonName: "mirror", dnsNames: [name]), now: now()), allowsAnonymous: false),
            handler: Mirror(), authenticator: authenticator, authorizer: AlwaysAllow(), logger: Logger(label: "test"), now: now)
    }

    private static func register(_ client: PlaneClient, port: Int, caPEM: String) async throws {
        try await client.send(
            .POST, "/api/v1/namespaces/default/services",
            ["metadata": ["name": "mirror"], "spec": ["ports": [["port": 443, "targetPort": "https", "name": "https"]]]])
        try await client.send(
            .POST, "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
            [
                "metadata": ["name": "mirror-1", "labels": ["kubernetes.io/service-name": "mirror"]], "addressType": "IPv4",
                "endpoints": [["addresses": ["127.7.0.20"]]], "ports": [["name": "https", "port": .integer(Int64(port))]],
            ])
        let reply = try await client.send(
            .POST, "/apis/apiregistration.k8s.io/v1/apiservices",
            [
                "metadata": ["name": "v1.mirror.example.com"],
                "spec": [
                    "group": "mirror.example.com", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100,
                    "caBundle": .string(Data(caPEM.utf8).base64EncodedString()), "service": ["namespace": "default", "name": "mirror"],
                ],
            ])
        #expect(reply.code == 201, "\(reply.text)")
    }

    /// Waits until the condition is as `isExpected` wants it; the time limit ends a wait in vain.
    private static func condition(_ client: PlaneClient, _ isExpected: (JSONValue) -> Bool) async throws -> JSONValue {
        while true {
            let object = KubeObject(
                try await client.send(.GET, "/apis/apiregistration.k8s.io/v1/apiservices/v1.mirror.example.com").json.object ?? [:])
            if let condition = object.condition("Available"), isExpected(condition) { return condition }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func withMirror(
        name: String = "mirror.default.svc", _ body: (PlaneClient, ServedPlane) async throws -> Void
    ) async throws {
        try await ServedPlane.run { served in
            let authority = try CertificateAuthority.make(commonName: "extension-ca", now: Self.now())
            let server = try Self.extensionServer(served, authority: authority, name: name)
            let port = try await server.start()[0].port
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                try await PlaneClient.run(served, try served.client("kubernetes-admin", ["system:masters"])) { admin in
                    try await Self.register(admin, port: port, caPEM: authority.certificatePEM)
                    try await body(admin, served)
                }
                group.cancelAll()
            }
        }
    }

    @Test("requests reach the extension server with who sent them, and nothing a client claims")
    func proxying() async throws {
        try await withMirror { admin, _ in
            let available = try await Self.condition(admin) { $0["status"]?.string == "True" }
            #expect(available["reason"]?.string == "Passed")
            #expect(available["message"]?.string == "all checks passed")
            let reply = try await admin.send(
                .POST, "\(Self.path)/namespaces/default/things?a=b%2Cc", ["hello": "world"],
                headers: [
                    "X-Remote-User": "mallory", "x-remote-group": "evil", "X-Remote-Extra-Scopes": "all", "X-Remote-Uid": "0", "X-Custom": "kept",
                    "X-Forwarded-For": "9.9.9.9",
                ])
            #expect(reply.code == 201)
            let json = reply.json
            #expect(json["user"]?.string == "kubernetes-admin")
            #expect(json["groups"] == ["system:masters", "system:authenticated"])
            #expect(json["uri"]?.string == "\(Self.path)/namespaces/default/things?a=b%2Cc")
            #expect(json["body"]?.string == #"{"hello":"world"}"#)
            #expect(json.value(at: "extra", "authentication.kubernetes.io/credential-id")?.array?.first?.string?.hasPrefix("X509SHA256=") == true)
            #expect(json.value(at: "extra", "scopes") == nil)
            #expect(json.value(at: "headers", "x-custom")?.string == "kept")
            let impersonating = try await admin.send(.GET, "\(Self.path)/stream", headers: ["Impersonate-User": "root"])
            #expect(impersonating.code == 403, "who asks as another is not answered as itself")
            #expect(json.value(at: "headers", "x-forwarded-for")?.string == "9.9.9.9, 127.0.0.1")
            #expect(json.value(at: "headers", "x-forwarded-uri")?.string == "\(Self.path)/namespaces/default/things")
            #expect(json.value(at: "headers", "host")?.string?.hasPrefix("127.7.0.20:") == true)
            let stream = try await admin.send(.GET, "\(Self.path)/stream")
            #expect(stream.text == "one\ntwo\n")
            let groups = try await admin.send(.GET, "/apis").json["groups"]?.array ?? []
            #expect(groups.last?["name"]?.string == "mirror.example.com")
            let group = try await admin.send(.GET, "/apis/mirror.example.com").json
            #expect(group.value(at: "preferredVersion", "version")?.string == "v1")
        }
    }

    @Test("a group asks for leave before anything is passed on")
    func authorization() async throws {
        try await withMirror { admin, served in
            _ = try await Self.condition(admin) { $0["status"]?.string == "True" }
            let alice = try await PlaneClient.run(served, try served.client("alice")) { try await $0.send(.GET, "\(Self.path)/things") }
            #expect(alice.code == 403)
            let nobody = try await PlaneClient.run(served, nil) {
                try await $0.send(.GET, "\(Self.path)/things", headers: ["X-Remote-User": "kubernetes-admin", "X-Remote-Group": "system:masters"])
            }
            #expect(nobody.code == 403)
            #expect(nobody.json["message"]?.string?.contains("User \"system:anonymous\"") == true)
        }
    }

    @Test("a server that shows another name is not believed, and its group is unavailable")
    func wrongName() async throws {
        try await withMirror(name: "other.default.svc") { admin, _ in
            let condition = try await Self.condition(admin) { $0["status"]?.string == "False" && $0["reason"]?.string == "FailedDiscoveryCheck" }
            #expect(condition["message"]?.string?.hasPrefix("failing or missing response from https://127.7.0.20:") == true)
            let reply = try await admin.send(.GET, "\(Self.path)/things")
            #expect(reply.code == 503)
            #expect(reply.text == "service unavailable\n")
            #expect(reply.headers["content-type"] == ["text/plain; charset=utf-8"])
        }
    }

    @Test("what is missing on the way is named")
    func missing() async throws {
        try await withMirror { admin, _ in
            _ = try await Self.condition(admin) { $0["status"]?.string == "True" }
            try await admin.send(.DELETE, "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/mirror-1")
            let endpoints = try await Self.condition(admin) { $0["status"]?.string == "False" }
            #expect(endpoints["reason"]?.string == "EndpointsNotFound")
            try await admin.send(.DELETE, "/api/v1/namespaces/default/services/mirror")
            let service = try await Self.condition(admin) { $0["reason"]?.string == "ServiceNotFound" }
            #expect(service["message"]?.string == "service/mirror in \"default\" is not present")
        }
    }

    @Test("a front proxy's word counts by its certificate's name only")
    func requestHeaders() async throws {
        try await ServedPlane.run { served in
            func whoami(_ commonName: String) async throws -> PlaneClient.Reply {
                let credential = try served.frontProxyAuthority.issue(.client(commonName: commonName), now: Self.now())
                return try await PlaneClient.run(served, credential) {
                    try await $0.send(.GET, "/api/v1/pods", headers: ["X-Remote-User": "root", "X-Remote-Group": "system:masters"])
                }
            }
            let allowed = try await whoami("front-proxy-client")
            #expect(allowed.code == 200)
            let other = try await whoami("aggregator")
            #expect(other.code == 401)
        }
    }

    @Test("the authentication settings are published for extension servers")
    func configMap() async throws {
        try await ServedPlane.run { served in
            try await PlaneClient.run(served, try served.client("kubernetes-admin", ["system:masters"])) { admin in
                let data = try await admin.send(.GET, "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication").json["data"]
                #expect(data?["client-ca-file"]?.string == served.authority.certificatePEM)
                #expect(data?["requestheader-client-ca-file"]?.string == served.frontProxyAuthority.certificatePEM)
                #expect(data?["requestheader-allowed-names"]?.string == #"["front-proxy-client"]"#)
                #expect(data?["requestheader-extra-headers-prefix"]?.string == #"["X-Remote-Extra-"]"#)
            }
        }
    }
}
