// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import AsyncHTTPClient
import KubeModel
import KubePKI
import KubeSchema
import KubeStore
import Logging
import NIOHTTP1
import Synchronization
import Testing

@testable import ControlPlane

/// The handlers over a store in memory, called as the server calls them, at a time that stands still.
final class Harness: Sendable {
    let store: ResourceStore
    let handler: ControlPlaneHandler
    /// Not running: a test calls `pass` where the server's would look.
    let customResources: CustomResourceService
    private let counter: Counter

    private final class Counter: Sendable {
        let value = Mutex(UInt64(0))
        func next() -> UInt64 {
            value.withLock { value in
                value &+= 0x9E37_79B9_7F4A_7C15
                return value
            }
        }
    }

    private static let metricsServerRows = """
        role system:metrics-server
          core nodes/metrics get
          core pods,nodes read
        bind system:metrics-server system:metrics-server account:kube-system/metrics-server
        bind kube-system/metrics-server-auth-reader kube-system/extension-apiserver-authentication-reader account:kube-system/metrics-server
        """

    static let transcoder = ProtobufTranscoder(schema: .builtIn)
    static let tokens: ServiceAccountTokens = {
        do { return try ServiceAccountTokens(try .make()) } catch { preconditionFailure("\(error)") }
    }()

    static let now = Timestamp("2026-11-24T12:00:00Z") ?? .zero

    convenience init(historyCapacity: Int = 1000) async throws {
        try await self.init(objects: MemoryStore(StoreLimits(historyCapacity: historyCapacity)))
    }

    init(objects: any ObjectStore) async throws {
        let counter = Counter()
        let catalog = ResourceCatalog()
        let store = ResourceStore(
            objects: objects, catalog: catalog, block: LoopbackBlock(7),
            clusterIPs: ClusterIPAllocator(),
            now: { Self.now }, identifiers: Identifiers(random: { counter.next() }),
            ownership: ApplyEngine(schema: .builtIn, customKinds: catalog.customKinds))
        let logger = Logger(label: "test")
        let pipeline = ObjectPipeline(customKinds: catalog.customKinds)
        let authorizer = RoleAuthorizer(store: store)
        let trees = TreeEncoder(transcoder: Self.transcoder)
        let proxy = APIServiceProxy(
            store: store, clients: try BackendClients(certificatePEM: "", keyPEM: "", logger: logger), requestHeaders: RequestHeaderSettings(),
            logger: logger)
        let discovery = APIDiscovery(store: store, serverAddress: { "127.0.0.1:6443" })
        handler = ControlPlaneHandler(
            bodies: RequestBodies(transcoder: Self.transcoder),
            rest: RESTHandler(
                store: store, escalation: EscalationCheck(authorizer: authorizer, store: store), pipeline: pipeline,
                encoder: ObjectEncoder(pipeline: pipeline, trees: trees), logs: PodLogProxy(client: HTTPClient.shared),
                tokens: TokenRequests(tokens: Self.tokens, settings: TokenSettings(), store: store, pipeline: pipeline),
                clock: ContinuousClock(), watchLifetime: { .seconds(60) }),
            reviews: AccessReviews(authorizer: authorizer, pipeline: pipeline, trees: trees),
            tokenReviews: TokenReviews(
                authenticator: TokenAuthenticator(tokens: Self.tokens, settings: TokenSettings(), store: store), pipeline: pipeline, trees: trees,
                now: { Self.now }),
            discovery: discovery,
            aggregatedDiscovery: AggregatedDiscovery(
                discovery: discovery, remote: RemoteDiscovery(store: store, proxy: proxy), transcoder: Self.transcoder),
            openAPI: OpenAPIDocuments(store: store, remote: RemoteOpenAPI(store: store, proxy: proxy)), health: HealthEndpoints(),
            proxy: proxy, metrics: APIServerMetrics(requests: RequestCounter(), store: store),
            tokenIssuer: TokenIssuer(tokens: Self.tokens, settings: TokenSettings(), serverAddress: { "127.0.0.1:6443" }))
        customResources = CustomResourceService(store: store, clock: ContinuousClock(), logger: logger, patience: .zero)
        self.store = store
        self.counter = counter
        for name in ["default", "kube-system"] {
            try await send(.POST, "/api/v1/namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
            try await send(.POST, "/api/v1/namespaces/\(name)/serviceaccounts", ["metadata": ["name": "default"]])
        }
        try await PolicyBootstrap(store: store, rows: PolicyRows.all + [Self.metricsServerRows]).run()
    }

    struct Reply: Sendable {
        var code: UInt
        var headers: HTTPHeaders
        var bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue { (try? JSONValue.parse(text)) ?? .null }
        var message: String { json["message"]?.string ?? "" }
        func value(at path: String...) -> JSONValue? { json.value(at: path[...]) }
    }

    static let admin = UserInfo(name: "admin", groups: [UserInfo.mastersGroup, UserInfo.authenticatedGroup])

    @discardableResult
    func send(
        _ method: HTTPMethod, _ uri: String, _ body: JSONValue? = nil, type: String = "application/json", accept: String = "application/json",
        as user: UserInfo = admin
    ) async throws -> Reply {
        try await sendText(method, uri, body?.encodedText ?? "", type: type, accept: accept, as: user)
    }

    func sendText(
        _ method: HTTPMethod, _ uri: String, _ body: String, type: String = "application/json", accept: String = "application/json",
        as user: UserInfo = admin
    ) async throws -> Reply {
        try await send(method, uri, bytes: Array(body.utf8), type: type, accept: accept, as: user)
    }

    func send(
        _ method: HTTPMethod, _ uri: String, bytes: [UInt8], type: String, accept: String = "application/json", as user: UserInfo = admin
    ) async throws -> Reply {
        let parts = uri.split(separator: "?", maxSplits: 1).map(String.init)
        let query = Query(parsing: parts.count > 1 ? parts[1] : "")
        let headers: HTTPHeaders = ["Accept": accept, "Content-Type": type]
        do {
            let info = try RequestInfo(method: method, path: parts[0], query: query)
            let request = APIRequest(
                method: method, path: parts[0], uri: uri, query: query, headers: headers, body: bytes, info: info, user: user,
                auditID: "audit", remoteAddress: "127.0.0.1")
            switch try handler.handle(request) {
            case .ready(let response): return Reply(response)
            case .deferred(let answer): return Reply(try await answer())
            case .stream(let stream):
                let writer = CollectingWriter()
                try await stream(writer)
                return writer.reply
            }
        } catch let error as APIError {
            return Reply(code: UInt(error.code), headers: [:], bytes: error.status.encoded)
        }
    }

    func patch(_ uri: String, _ body: JSONValue, type: String = "application/merge-patch+json") async throws -> Reply {
        try await send(.PATCH, uri, body, type: type)
    }
}

extension Harness.Reply {
    init(_ response: APIResponse) {
        self.init(code: response.status.code, headers: response.headers, bytes: response.body)
    }

    /// The lines of a watch.
    var lines: [JSONValue] { text.split(separator: "\n").compactMap { try? JSONValue.parse(String($0)) } }
    /// `ADDED a`, `MODIFIED b`, ….
    var events: [String] { lines.map { "\($0["type"]?.string ?? "") \($0.value(at: "object", "metadata", "name")?.string ?? "")" } }
}

final class CollectingWriter: ResponseWriter {
    private let state = Mutex((status: HTTPResponseStatus.ok, headers: HTTPHeaders(), body: [UInt8]()))

    func start(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) async throws { state.withLock { ($0.status, $0.headers) = (status, headers) } }
    func write(_ bytes: [UInt8]) async throws { state.withLock { $0.body += bytes } }

    var reply: Harness.Reply {
        state.withLock { Harness.Reply(code: $0.status.code, headers: $0.headers, bytes: $0.body) }
    }
}

enum Manifests {
    static func configMap(_ name: String, data: [String: String] = [:], labels: [String: String] = [:]) -> JSONValue {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "labels": JSONValue(labels)], "data": JSONValue(data)]
    }

    static func pod(_ name: String, node: String? = nil, labels: [String: String] = [:]) -> JSONValue {
        var pod: JSONValue = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "labels": JSONValue(labels)],
            "spec": ["containers": [["name": "main", "image": "podinfo"]]],
        ]
        if let node { pod["spec"]?["nodeName"] = .string(node) }
        return pod
    }

    static func deployment(_ name: String, replicas: Int64 = 2) -> JSONValue {
        [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(name)],
            "spec": [
                "replicas": .integer(replicas), "selector": ["matchLabels": ["app": .string(name)]],
                "template": ["metadata": ["labels": ["app": .string(name)]], "spec": ["containers": [["name": "main", "image": "podinfo"]]]],
            ],
        ]
    }
}
