// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel
import KubePKI
import Testing

@testable import APIServerKit
@testable import MetricsAPI

@Suite("Nodes that misbehave, over TLS", .timeLimit(.minutes(5)))
struct MisbehavingNodesTests {
    private static let behaviours: KeyValuePairs<String, TestNode.Behaviour> = [
        "n-0": .well, "n-1": .silent, "n-2": .gone, "n-3": .garbled, "n-4": .impostor, "n-5": .liar, "n-6": .well,
    ]

    @Test("keep nothing from the others, and nobody believes them")
    func others() async throws {
        let ca = try CertificateAuthority.make(commonName: "kubernetes", now: TestNode.now())
        let log = LogRecorder()
        let nodes = try Self.behaviours.map { try TestNode($0.key, $0.value, ca: ca, log: log) }
        var kubelet = KubeletOptions(caPEM: ca.certificatePEM, clientCredential: try ca.issue(.client(commonName: "scraper"), now: TestNode.now()))
        kubelet.preferredAddressTypes = ["InternalIP"]
        kubelet.usesNodeStatusPort = true
        var configuration = MetricsServerConfiguration(
            addresses: [.init(host: "127.0.0.1", port: 0)],
            servingCredential: try ca.issue(.server(commonName: "metrics-server", ipAddresses: ["127.0.0.1"]), now: TestNode.now()), kubelet: kubelet)
        configuration.metricResolution = .milliseconds(500)
        for node in nodes { try await node.start() }
        let server = try MetricsServer(
            configuration: configuration, client: KubeClient(transport: Listing(nodes), userAgent: "test"), now: TestNode.now, logger: log.logger)

        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes { group.addTask { try await node.run() } }
            group.addTask { try await server.run() }
            while !["web-n-0", "web-n-5", "web-n-6"].allSatisfy({ server.samplesSeen(pod: $0, in: "shop") == 2 })
                || !["n-1", "n-2", "n-3", "n-4"].allSatisfy({ log.text.contains("node=\($0)") })
            {
                try await Task.sleep(for: .milliseconds(20))
            }
            let items = try await Self.pods(server, ca)
            #expect(items.compactMap { $0.value(at: "metadata", "name")?.string } == ["web-n-0", "web-n-5", "web-n-6"])
            for item in items {
                let cpu = try #require(Quantity(item["containers"]?.array?.first?.value(at: "usage", "cpu")))
                #expect((400...600).contains(cpu.milliValue), "\(item)")
            }
            #expect(server.samplesSeen(pod: "web-n-1", in: "shop") == 0)
            group.cancelAll()
        }
    }

    private static func pods(_ server: MetricsServer, _ ca: CertificateAuthority) async throws -> [JSONValue] {
        let port = try #require(server.boundAddresses.first?.port)
        let admin = try ca.issue(.client(commonName: "admin", organizations: ["system:masters"]), now: TestNode.now())
        let transport = try HTTPTransport(
            ClientConfiguration(
                server: "https://127.0.0.1:\(port)", caPEM: ca.certificatePEM, certificatePEM: admin.certificatePEM, keyPEM: admin.privateKeyPEM))
        let bytes = try await KubeClient(transport: transport, userAgent: "test").raw("/apis/metrics.k8s.io/v1beta1/pods")
        try await transport.shutdown()
        return try JSONValue.parse(bytes)["items"]?.array ?? []
    }

    /// An API server that lists the nodes and their pods, and says that who shows a certificate of the cluster's is believed.
    private struct Listing: Transport {
        let nodes: [TestNode]
        init(_ nodes: [TestNode]) { self.nodes = nodes }

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            if request.path.contains("watch=true") { try await Task.sleep(for: .seconds(3600)) }
            let items: [JSONValue]
            switch request.path.prefix(while: { $0 != "?" }) {
            case "/api/v1/nodes": items = nodes.map(\.object)
            case "/api/v1/pods": items = nodes.map(\.pod)
            default:
                items = [
                    [
                        "metadata": ["name": "extension-apiserver-authentication", "namespace": "kube-system"],
                        "data": ["client-ca-file": .string(nodes[0].ca.certificatePEM)],
                    ]
                ]
            }
            let list: JSONValue = ["kind": "List", "metadata": ["resourceVersion": "1"], "items": .array(items)]
            return ClientResponse(status: 200, body: ResponseBody(list.encoded))
        }
    }
}

/// A kubelet on a port of its own with one pod, `web-NAME`, that uses half a core.
private final class TestNode: Sendable {
    enum Behaviour: Sendable {
        case well
        /// Takes connections and never answers.
        case silent
        /// Nobody listens.
        case gone
        /// Answers what is no exposition text.
        case garbled
        /// Tells of another node's pod too.
        case liar
        /// Its certificate is of no authority known.
        case impostor
    }

    static let now: @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) }

    let name: String
    let behaviour: Behaviour
    let ca: CertificateAuthority
    private let server: APIServer

    init(_ name: String, _ behaviour: Behaviour, ca: CertificateAuthority, log: LogRecorder) throws {
        self.name = name
        self.behaviour = behaviour
        self.ca = ca
        let signer = behaviour == .impostor ? try CertificateAuthority.make(commonName: "kubernetes", now: Self.now()) : ca
        server = try APIServer(
            configuration: APIServerConfiguration(
                addresses: [.init(host: "127.0.0.1", port: 0)],
                servingCredential: try signer.issue(.server(commonName: "system:node:\(name)", ipAddresses: ["127.0.0.1"]), now: Self.now()),
                allowsAnonymous: false),
            handler: Handler(name: name, behaviour: behaviour),
            authenticator: ClientCertificateAuthenticator(trust: ClientTrust(try ClientChainVerifier(rootsPEM: ca.certificatePEM))),
            authorizer: AlwaysAllow(), logger: log.logger, now: Self.now)
    }

    func start() async throws {
        if behaviour != .gone { try await server.start() }
    }

    func run() async throws {
        if behaviour != .gone { try await server.run() }
    }

    var object: JSONValue {
        [
            "metadata": ["name": .string(name)],
            "status": [
                "addresses": [["type": "InternalIP", "address": "127.0.0.1"]],
                "daemonEndpoints": ["kubeletEndpoint": ["Port": .integer(Int64(server.boundAddresses.first?.port ?? 1))]],
            ],
        ]
    }

    var pod: JSONValue { ["metadata": ["name": .string("web-\(name)"), "namespace": "shop"], "spec": ["nodeName": .string(name)]] }

    private struct Handler: APIHandler {
        let name: String
        let behaviour: Behaviour
        let start = ContinuousClock.now

        init(name: String, behaviour: Behaviour) {
            self.name = name
            self.behaviour = behaviour
        }

        func handle(_ request: APIRequest) throws -> APIAnswer {
            switch behaviour {
            case .silent:
                return .deferred {
                    try await Task.sleep(for: .seconds(3600))
                    throw CancellationError()
                }
            case .garbled: return .ready(APIResponse(contentType: "text/plain", body: Array("<html>{{{\n".utf8)))
            default:
                let lie = behaviour == .liar ? text(of: "web-n-0", factor: 1000) : ""
                return .ready(APIResponse(contentType: "text/plain", body: Array((text(of: "web-\(name)", factor: 1) + lie).utf8)))
            }
        }

        private func text(of pod: String, factor: Double) -> String {
            let milliseconds = Int64(start.duration(to: .now) / .milliseconds(1))
            let time = 1_700_000_000_000 + milliseconds
            let labels = "{container=\"web\",namespace=\"shop\",pod=\"\(pod)\"}"
            return """
                container_cpu_usage_seconds_total\(labels) \((100 + Double(milliseconds) / 2000) * factor) \(time)
                container_memory_working_set_bytes\(labels) 65536 \(time)

                """
        }
    }
}
