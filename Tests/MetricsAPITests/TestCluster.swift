// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import KubeClient
import KubeModel
import KubePKI
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

@testable import APIServerKit
@testable import MetricsAPI

/// A metrics server over TLS on loopback, with an API server that only answers what it needs, and one kubelet.
final class TestCluster: Sendable {
    let ca: CertificateAuthority
    let frontProxyCA: CertificateAuthority
    let api: FakeAPI
    let kubelet: FakeKubelet
    let server: MetricsServer
    let log = LogRecorder()
    private static var now: Timestamp { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }

    private init(allowedNames: [String], _ configure: (inout MetricsServerConfiguration) -> Void) async throws {
        ca = try CertificateAuthority.make(commonName: "kubernetes", now: Self.now)
        frontProxyCA = try CertificateAuthority.make(commonName: "front-proxy-ca", now: Self.now)
        let serving = try ca.issue(.server(commonName: "server", ipAddresses: ["127.0.0.1"]), now: Self.now)
        kubelet = try FakeKubelet(serving, ca: ca, logger: log.logger)
        let port = try await kubelet.server.start().first?.port ?? 0
        api = FakeAPI(kubeletPort: port, ca: ca, frontProxyCA: frontProxyCA, allowedNames: allowedNames)
        var kubeletOptions = KubeletOptions(caPEM: ca.certificatePEM, clientCredential: try ca.issue(.client(commonName: "scraper"), now: Self.now))
        kubeletOptions.usesNodeStatusPort = true
        kubeletOptions.preferredAddressTypes = ["InternalIP"]
        var configuration = MetricsServerConfiguration(
            addresses: [.init(host: "127.0.0.1", port: 0)], servingCredential: serving, kubelet: kubeletOptions)
        // A scrape may take nine tenths of this; less than a second is not always enough beside the other tests.
        configuration.metricResolution = .seconds(1)
        configure(&configuration)
        server = try MetricsServer(
            configuration: configuration, client: KubeClient(transport: api, userAgent: "test"), now: { Self.now }, logger: log.logger)
    }

    static func with(
        allowedNames: [String] = ["front-proxy-client"], untilReady: Bool = true,
        configure: (inout MetricsServerConfiguration) -> Void = { _ in }, _ body: @Sendable (TestCluster) async throws -> Void
    ) async throws {
        let cluster = try await TestCluster(allowedNames: allowedNames, configure)
        try await cluster.server.start()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await cluster.kubelet.server.run() }
            group.addTask { try await cluster.server.run() }
            while untilReady, !cluster.server.isReady { try await Task.sleep(for: .milliseconds(20)) }
            try await body(cluster)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func proxy(_ name: String = "front-proxy-client") throws -> Credential { try frontProxyCA.issue(.client(commonName: name), now: Self.now) }
    func user(_ name: String, groups: [String] = []) throws -> Credential {
        try ca.issue(.client(commonName: name, organizations: groups), now: Self.now)
    }

    func request(_ path: String, method: HTTPMethod = .GET, headers: HTTPHeaders = [:], as credential: Credential? = nil) async throws -> Reply {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(ca.certificatePEM.utf8)))
        if let credential {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(credential.certificatePEM.utf8)).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(credential.privateKeyPEM.utf8), format: .pem))
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(tlsConfiguration: tls))
        let result: Result<Reply, any Error>
        do {
            var request = HTTPClientRequest(url: "https://127.0.0.1:\(server.boundAddresses.first?.port ?? 0)\(path)")
            request.method = method
            request.headers = headers
            let response = try await client.execute(request, timeout: .seconds(20))
            let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
            result = .success(Reply(status: Int(response.status.code), contentType: response.headers.first(name: "content-type") ?? "", text: text))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        return try result.get()
    }
}

struct Reply: Sendable {
    var status: Int
    var contentType: String
    var text: String
    var json: JSONValue { (try? JSONValue.parse(text)) ?? .null }
}

/// Lists two nodes and two pods, the authentication ConfigMap, and reviews access: alice may do everything.
final class FakeAPI: Transport {
    private let kubeletPort: Int
    private let configMap: JSONValue
    let reviews = Mutex<[JSONValue]>([])

    init(kubeletPort: Int, ca: CertificateAuthority, frontProxyCA: CertificateAuthority, allowedNames: [String]) {
        self.kubeletPort = kubeletPort
        configMap = [
            "metadata": ["name": "extension-apiserver-authentication", "namespace": "kube-system"],
            "data": [
                "client-ca-file": .string(ca.certificatePEM), "requestheader-client-ca-file": .string(frontProxyCA.certificatePEM),
                "requestheader-allowed-names": .string(JSONValue(allowedNames).encodedText), "requestheader-username-headers": #"["X-Remote-User"]"#,
                "requestheader-group-headers": #"["X-Remote-Group"]"#, "requestheader-extra-headers-prefix": #"["X-Remote-Extra-"]"#,
            ],
        ]
    }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        if request.path.contains("watch=true") {
            try await Task.sleep(for: .seconds(3600))
        }
        if request.path.hasPrefix("/apis/authorization.k8s.io/v1/subjectaccessreviews") {
            var review = try JSONValue.parse(request.body).object ?? [:]
            reviews.withLock { $0.append(.object(review)) }
            review["status"] = ["allowed": .bool(review["spec"]?["user"] == "alice")]
            return Self.json(.object(review))
        }
        if request.path.hasPrefix("/api/v1/nodes") { return Self.list([node("n1", "127.0.0.1", kubeletPort), node("dead", "127.0.0.1", 1)]) }
        if request.path.hasPrefix("/api/v1/pods?") {
            return Self.list([
                ["metadata": ["name": "web", "namespace": "shop", "labels": ["app": "web"]]], ["metadata": ["name": "absent", "namespace": "shop"]],
            ])
        }
        return Self.list([configMap])
    }

    private func node(_ name: String, _ address: String, _ port: Int) -> JSONValue {
        [
            "metadata": ["name": .string(name), "labels": ["zone": "a"]],
            "status": [
                "addresses": [["type": "InternalIP", "address": .string(address)]],
                "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int64(port))]],
            ],
        ]
    }

    private static func list(_ items: [JSONValue]) -> ClientResponse {
        json(["kind": "List", "metadata": ["resourceVersion": "1"], "items": .array(items)])
    }
    private static func json(_ json: JSONValue) -> ClientResponse { ClientResponse(status: 200, body: ResponseBody(json.encoded)) }
}

/// Tells of half a core used by one pod, to the scraper's certificate only.
final class FakeKubelet: Sendable {
    let server: APIServer

    init(_ serving: Credential, ca: CertificateAuthority, logger: Logger) throws {
        server = try APIServer(
            configuration: APIServerConfiguration(addresses: [.init(host: "127.0.0.1", port: 0)], servingCredential: serving, allowsAnonymous: false),
            handler: Handler(start: .now),
            authenticator: ClientCertificateAuthenticator(trust: ClientTrust(try ClientChainVerifier(rootsPEM: ca.certificatePEM))),
            authorizer: AlwaysAllow(), logger: logger, now: { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) })
    }

    private struct Handler: APIHandler {
        let start: ContinuousClock.Instant

        func handle(_ request: APIRequest) throws -> APIAnswer {
            guard request.user.name == "scraper", request.path == "/metrics/resource" else { throw APIError.noSuchPath }
            let elapsed = start.duration(to: .now) / .seconds(1)
            let time = 1_700_000_000_000 + Int64(elapsed * 1000)
            let cpu = 100 + 0.5 * Double(time - 1_700_000_000_000) / 1000
            let labels = #"{container="main",namespace="shop",pod="web"}"#
            let text = """
                node_cpu_usage_seconds_total \(2 * cpu) \(time)
                node_memory_working_set_bytes 1048576 \(time)
                container_cpu_usage_seconds_total\(labels) \(cpu) \(time)
                container_memory_working_set_bytes\(labels) 65536 \(time)
                container_start_time_seconds\(labels) 1600000000 \(time)

                """
            return .ready(APIResponse(contentType: "text/plain", body: Array(text.utf8)))
        }
    }
}

/// What was logged, one line a message.
final class LogRecorder: Sendable {
    private let lines = Mutex<[String]>([])
    var text: String { lines.withLock { $0.joined(separator: "\n") } }
    var logger: Logger { Logger(label: "test") { [self] _ in Handler(recorder: self) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            recorder.lines.withLock { $0.append("\(event.level) \(event.message) \(details)") }
        }
    }
}
