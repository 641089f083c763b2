// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import Foundation
import KubeClient
import KubeModel
import KubePKI
import Logging
import Synchronization

@testable import MetricsAPI

/// A metrics server behind TLS on a free port, its kubelets, an API server that answers from memory, and clients of each kind.
final class ServedMetrics: Sendable {
    static let now: @Sendable () -> Timestamp = {
        let time = Date().timeIntervalSince1970
        return Timestamp(seconds: Int64(time), nanoseconds: Int32(time.truncatingRemainder(dividingBy: 1) * 1e9))
    }

    let authority: CertificateAuthority
    let frontProxyAuthority: CertificateAuthority
    let api: FakeAPI
    let kubelets: [FakeKubelet]
    let log = RecordedLog()
    let server: MetricsServer

    /// - Parameter kubelets: By name, how each behaves.
    private init(_ behaviours: KeyValuePairs<String, FakeKubelet.Behaviour>, resolution: Duration) throws {
        authority = try CertificateAuthority.make(commonName: "kubernetes", now: Self.now())
        frontProxyAuthority = try CertificateAuthority.make(commonName: "front-proxy-ca", now: Self.now())
        kubelets = try behaviours.map { [authority] in try FakeKubelet($0.key, $0.value, authority: authority) }
        api = FakeAPI()
        var kubelet = KubeletOptions(
            caPEM: authority.certificatePEM, clientCredential: try authority.issue(.client(commonName: "metrics-server"), now: Self.now()))
        kubelet.preferredAddressTypes = ["InternalIP"]
        kubelet.usesNodeStatusPort = true
        var configuration = MetricsServerConfiguration(
            addresses: [.init(host: "127.0.0.1", port: 0)],
            servingCredential: try authority.issue(.server(commonName: "metrics-server", ipAddresses: ["127.0.0.1"]), now: Self.now()), kubelet: kubelet)
        configuration.metricResolution = resolution
        server = try MetricsServer(
            configuration: configuration, client: KubeClient(transport: api, userAgent: "test"), now: Self.now, logger: log.logger)
    }

    static func run<Result: Sendable>(
        _ kubelets: KeyValuePairs<String, FakeKubelet.Behaviour> = ["node-0": .well], resolution: Duration = .milliseconds(250),
        allowedNames: [String] = ["front-proxy-client"], _ body: @Sendable (ServedMetrics) async throws -> Result
    ) async throws -> Result {
        let served = try ServedMetrics(kubelets, resolution: resolution)
        served.api.authentication = [
            "client-ca-file": .string(served.authority.certificatePEM),
            "requestheader-client-ca-file": .string(served.frontProxyAuthority.certificatePEM),
            "requestheader-allowed-names": .string(JSONValue(allowedNames).encodedText), "requestheader-username-headers": #"["X-Remote-User"]"#,
            "requestheader-group-headers": #"["X-Remote-Group"]"#, "requestheader-extra-headers-prefix": #"["X-Remote-Extra-"]"#,
        ]
        for kubelet in served.kubelets {
            served.api.nodes.append(kubelet.node(port: try await kubelet.start()))
            served.api.pods.append(kubelet.pod)
        }
        try await served.server.start()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for kubelet in served.kubelets { group.addTask { try await kubelet.run() } }
            group.addTask { try await served.server.run() }
            let result = try await body(served)
            group.cancelAll()
            return result
        }
    }

    // MARK: Clients

    enum Identity: Sendable {
        case nobody
        case user(String, groups: [String] = [])
        case frontProxy(commonName: String)
    }

    struct Reply: Sendable {
        var code: Int
        var text: String
        var json: JSONValue { (try? JSONValue.parse(text)) ?? .null }
        var message: String { json["message"]?.string ?? "" }
    }

    func get(_ path: String, as identity: Identity, headers: [String: String] = [:]) async throws -> Reply {
        var configuration = ClientConfiguration(server: "https://127.0.0.1:\(server.boundAddresses[0].port)", caPEM: authority.certificatePEM)
        if let credential = try credential(identity) {
            (configuration.certificatePEM, configuration.keyPEM) = (credential.certificatePEM, credential.privateKeyPEM)
        }
        let transport = try HTTPTransport(configuration)
        do {
            let response = try await transport.send(ClientRequest(method: "GET", path: path, headers: headers))
            let text = String(decoding: try await response.body.collect(), as: UTF8.self)
            try await transport.shutdown()
            return Reply(code: response.status, text: text)
        } catch {
            try? await transport.shutdown()
            throw error
        }
    }

    private func credential(_ identity: Identity) throws -> Credential? {
        switch identity {
        case .nobody: nil
        case .user(let name, let groups): try authority.issue(.client(commonName: name, organizations: groups), now: Self.now())
        case .frontProxy(let name): try frontProxyAuthority.issue(.client(commonName: name), now: Self.now())
        }
    }

    struct TookTooLong: Error {}

    /// Waits in small steps until `condition` holds.
    func wait(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw TookTooLong()
    }
}

/// What the metrics server asks of its API server, answered from memory; watches tell nothing.
final class FakeAPI: Transport {
    private struct State {
        var nodes: [KubeObject] = []
        var pods: [KubeObject] = []
        var authentication: JSONObject = [:]
        var reviews: [JSONValue] = []
        var allowedUsers: Set<String> = []
    }

    private let state = Mutex(State())

    var nodes: [KubeObject] {
        get { state.withLock { $0.nodes } }
        set { state.withLock { $0.nodes = newValue } }
    }
    var pods: [KubeObject] {
        get { state.withLock { $0.pods } }
        set { state.withLock { $0.pods = newValue } }
    }
    /// Of the ConfigMap that says whom to believe.
    var authentication: JSONObject {
        get { state.withLock { $0.authentication } }
        set { state.withLock { $0.authentication = newValue } }
    }
    var allowedUsers: Set<String> {
        get { state.withLock { $0.allowedUsers } }
        set { state.withLock { $0.allowedUsers = newValue } }
    }
    /// The specs of the reviews asked for.
    var reviews: [JSONValue] { state.withLock { $0.reviews } }

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        if request.path.contains("watch=true") { return ClientResponse(status: 200, body: ResponseBody(AsyncStream<[UInt8]> { _ in })) }
        let path = request.path.prefix { $0 != "?" }
        switch (request.method, path) {
        case ("GET", "/api/v1/nodes"): return list(nodes)
        case ("GET", "/api/v1/pods"): return list(pods)
        case ("GET", "/api/v1/namespaces/kube-system/configmaps"):
            var map = KubeObject(
                GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"), namespace: "kube-system", name: "extension-apiserver-authentication")
            map["data"] = .object(authentication)
            return list([map])
        case ("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews"): return review(try JSONValue.parse(request.body))
        default: throw ClientError("nothing answers \(request.method) \(request.path)")
        }
    }

    private func review(_ review: JSONValue) -> ClientResponse {
        let spec = review["spec"] ?? .null
        let isAllowed = state.withLock { state in
            state.reviews.append(spec)
            return state.allowedUsers.contains(spec["user"]?.string ?? "")
        }
        var answer = review
        answer["status"] = ["allowed": .bool(isAllowed)]
        return ClientResponse(status: 201, body: ResponseBody(answer.encoded))
    }

    private func list(_ objects: [KubeObject]) -> ClientResponse {
        let json: JSONValue = ["kind": "List", "apiVersion": "v1", "metadata": ["resourceVersion": "1"], "items": .array(objects.map { .object($0.json) })]
        return ClientResponse(status: 200, body: ResponseBody(json.encoded))
    }
}

/// One node's `/metrics/resource`, behind TLS, with one pod that uses half a core and 64 MiB.
final class FakeKubelet: Sendable {
    enum Behaviour: Sendable {
        case well
        /// Takes connections and never answers.
        case silent
        /// Nobody listens.
        case gone
        /// Answers what is no exposition text.
        case garbled
        /// Tells of the first node's pod too, as if it ran here.
        case lying
        /// Has a certificate of an authority of its own.
        case impostor
    }

    let name: String
    private let behaviour: Behaviour
    private let server: APIServer

    init(_ name: String, _ behaviour: Behaviour, authority: CertificateAuthority) throws {
        self.name = name
        self.behaviour = behaviour
        let signer = behaviour == .impostor ? try CertificateAuthority.make(commonName: "someone", now: ServedMetrics.now()) : authority
        let credential = try signer.issue(.server(commonName: "system:node:\(name)", ipAddresses: ["127.0.0.1"]), now: ServedMetrics.now())
        let trust = ClientTrust(try ClientChainVerifier(rootsPEM: authority.certificatePEM))
        server = try APIServer(
            configuration: APIServerConfiguration(addresses: [.init(host: "127.0.0.1", port: 0)], servingCredential: credential, allowsAnonymous: false),
            handler: Handler(name: name, behaviour: behaviour), authenticator: ClientCertificateAuthenticator(trust: trust), authorizer: AlwaysAllow(),
            logger: RecordedLog().logger, now: ServedMetrics.now)
    }

    func start() async throws -> Int { behaviour == .gone ? 1 : try await server.start()[0].port }

    func run() async throws {
        if behaviour != .gone { try await server.run() }
    }

    func node(port: Int) -> KubeObject {
        var node = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Node"), name: name)
        node.labels = ["kubernetes.io/hostname": name]
        node.set([["type": "InternalIP", "address": "127.0.0.1"]], at: "status", "addresses")
        node.set(.integer(Int64(port)), at: "status", "daemonEndpoints", "kubeletEndpoint", "Port")
        return node
    }

    var pod: KubeObject {
        var pod = KubeObject(GroupVersionKind(group: "", version: "v1", kind: "Pod"), namespace: "shop", name: "web-\(name)")
        pod.labels = ["app": "web"]
        pod.set("Running", at: "status", "phase")
        return pod
    }

    private struct Handler: APIHandler {
        let name: String
        let behaviour: Behaviour
        private let start = ServedMetrics.now() - .seconds(100)

        init(name: String, behaviour: Behaviour) {
            self.name = name
            self.behaviour = behaviour
        }

        func handle(_ request: APIRequest) throws -> APIAnswer {
            guard request.path == "/metrics/resource" else { throw APIError.noSuchPath }
            switch behaviour {
            case .silent: return .deferred {
                try await Task.sleep(for: .seconds(3600))
                throw CancellationError()
            }
            case .garbled: return .ready(APIResponse(contentType: "text/plain", body: Array("<html>{{{\n".utf8)))
            default: return .ready(APIResponse(contentType: "text/plain", body: Array(text.utf8)))
            }
        }

        private var text: String {
            let now = ServedMetrics.now()
            let used = Double((now - start).components.seconds) * 0.5 + Double((now - start).components.attoseconds) / 2e18
            let time = now.nanosecondsSinceEpoch / 1_000_000
            func container(_ pod: String, _ usage: Double) -> String {
                let labels = "{container=\"web\",namespace=\"shop\",pod=\"\(pod)\"}"
                return """
                    container_cpu_usage_seconds_total\(labels) \(usage) \(time)
                    container_memory_working_set_bytes\(labels) 6.7108864e+07 \(time)
                    container_start_time_seconds\(labels) \(start.seconds)

                    """
            }
            var text = "node_cpu_usage_seconds_total \(used * 2) \(time)\nnode_memory_working_set_bytes 1.34217728e+08 \(time)\n"
            text += container("web-\(name)", used)
            if behaviour == .lying { text += container("web-node-0", used * 1000) }
            return text
        }
    }
}

/// Keeps what is logged.
final class RecordedLog: Sendable {
    private let lines = Mutex<[String]>([])

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .debug
        return logger
    }

    func contains(_ parts: String...) -> Bool { lines.withLock { lines in lines.contains { line in parts.allSatisfy { line.contains($0) } } } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let details = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            log.lines.withLock { $0.append("\(event.level) \(event.message) \(details)") }
        }
    }
}
