// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import AsyncHTTPClient
import KubeModel
import KubePKI
import KubeSchema
import KubeStore
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// The single-machine API server: the registry of kinds over a versioned store, and the aggregation layer beside it.
package final class ControlPlane: Sendable {
    private let configuration: ControlPlaneConfiguration
    private let store: ResourceStore
    private let server: APIServer
    /// Those that run beside the server.
    private let controllers: [any Service]
    private let customResources: CustomResourceService
    private let clients: BackendClients
    private let kubelets: HTTPClient
    private let state: Readiness

    /// Whether the server has begun to serve what every cluster has.
    private final class Readiness: Sendable {
        private let isReady = Atomic(false)
        private let address = Mutex("")

        var problem: String? { isReady.load(ordering: .acquiring) ? nil : "not started" }
        var serverAddress: String { address.withLock { $0 } }

        func set(_ address: String) {
            self.address.withLock { $0 = address }
        }

        func becomeReady() { isReady.store(true, ordering: .releasing) }
    }

    /// - Parameters:
    ///   - store: Closed by whoever opened it, after the services have ended.
    ///   - random: 64 random bits at each call.
    package init(
        configuration: ControlPlaneConfiguration, store objects: any ObjectStore, now: @escaping @Sendable () -> Timestamp,
        clock: any Clock<Duration> = ContinuousClock(),
        random: @escaping @Sendable () -> UInt64 = {
            var generator = SystemRandomNumberGenerator()
            return generator.next()
        },
        logger: Logger
    ) throws {
        let state = Readiness()
        let catalog = ResourceCatalog()
        let store = ResourceStore(
            objects: objects, catalog: catalog, block: configuration.block, clusterIPs: ClusterIPAllocator(), now: now,
            identifiers: Identifiers(random: random), ownership: ApplyEngine(schema: .builtIn, customKinds: catalog.customKinds))
        let proxyClient = configuration.proxyClient
        clients = try BackendClients(certificatePEM: proxyClient?.certificatePEM ?? "", keyPEM: proxyClient?.privateKeyPEM ?? "", logger: logger)
        kubelets = try Self.kubeletClient(configuration)
        let authorizer = RoleAuthorizer(store: store)
        let settings = configuration.requestHeader?.settings ?? RequestHeaderSettings()
        let pipeline = ObjectPipeline(customKinds: catalog.customKinds)
        let tokens = try configuration.serviceAccountKeys.map { try ServiceAccountTokens($0) }
        let tokenAuthenticator = tokens.map { TokenAuthenticator(tokens: $0, settings: TokenSettings(), store: store) }
        let trees = TreeEncoder(transcoder: ProtobufTranscoder(schema: pipeline.schema))
        let rest = RESTHandler(
            store: store, escalation: EscalationCheck(authorizer: authorizer, store: store), pipeline: pipeline,
            encoder: ObjectEncoder(pipeline: pipeline, trees: trees), logs: PodLogProxy(client: kubelets),
            tokens: tokens.map { TokenRequests(tokens: $0, settings: TokenSettings(), store: store, pipeline: pipeline) }, clock: clock,
            watchLifetime: { .seconds(1800 + Int64(random() % 1800)) })
        let proxy = APIServiceProxy(store: store, clients: clients, requestHeaders: settings, logger: logger)
        let requests = RequestCounter()
        let discovery = APIDiscovery(store: store, serverAddress: { state.serverAddress })
        let handler = ControlPlaneHandler(
            bodies: RequestBodies(transcoder: trees.transcoder),
            rest: rest, reviews: AccessReviews(authorizer: authorizer, pipeline: pipeline, trees: trees),
            tokenReviews: TokenReviews(authenticator: tokenAuthenticator, pipeline: pipeline, trees: trees, now: now),
            discovery: discovery,
            aggregatedDiscovery: AggregatedDiscovery(
                discovery: discovery, remote: RemoteDiscovery(store: store, proxy: proxy), transcoder: trees.transcoder),
            openAPI: OpenAPIDocuments(store: store, remote: RemoteOpenAPI(store: store, proxy: proxy)),
            health: HealthEndpoints(readyz: [HealthCheck("ping"), HealthCheck("poststarthook/bootstrap-controller") { state.problem }]),
            proxy: proxy, metrics: APIServerMetrics(requests: requests, store: store),
            tokenIssuer: tokens.map { TokenIssuer(tokens: $0, settings: TokenSettings(), serverAddress: { state.serverAddress }) })
        var serverConfiguration = APIServerConfiguration(addresses: configuration.addresses, servingCredential: configuration.serving)
        serverConfiguration.flowControl = FlowControlSettings()
        serverConfiguration.requestCounter = requests
        serverConfiguration.audit = configuration.audit
        // What kubectl sends in protobuf is told as what it says.
        serverConfiguration.audit?.readObject = RequestBodies(transcoder: trees.transcoder).object
        server = try APIServer(
            configuration: serverConfiguration, handler: handler, authenticator: try Self.authenticator(configuration, tokenAuthenticator, logger),
            authorizer: authorizer, statusEncoder: { try? trees.bytes($0, $1) }, logger: logger, now: now)
        let customResources = CustomResourceService(store: store, clock: clock, logger: logger)
        controllers = [
            Self.availability(store, clients, configuration, clock, logger),
            customResources, EventExpiry(store: store, lifetime: configuration.eventLifetime, clock: clock, logger: logger),
        ]
        self.configuration = configuration
        self.store = store
        self.customResources = customResources
        self.state = state
    }

    /// Where the server listens, once started.
    package var boundAddresses: [APIServerConfiguration.ListenAddress] { server.boundAddresses }

    /// Makes what every cluster has and begins to serve; when it returns, clients can come. Services go on from there.
    @discardableResult
    package func start() async throws -> [APIServerConfiguration.ListenAddress] {
        // So that nobody is told that a kind does not exist whose objects are there.
        await customResources.pass()
        let addresses = try await server.start()
        if let first = addresses.first { state.set(first.description) }
        try await Bootstrap(store: store, configuration: configuration).run(addresses: addresses)
        state.becomeReady()
        return addresses
    }

    /// To be run together; each starts what isn't started yet.
    package var services: [any Service] { [ServerService(plane: self)] + controllers }

    private struct ServerService: Service {
        let plane: ControlPlane

        func run() async throws {
            // What was audited is written before the process goes.
            defer { plane.configuration.audit?.log.flush() }
            try await plane.start()
            do { try await plane.server.run() } catch {
                await plane.shutdownClients()
                throw error
            }
            await plane.shutdownClients()
        }
    }

    /// One that never served, since a port was taken, still gives its clients back.
    deinit { kubelets.shutdown { _ in } }

    private func shutdownClients() async {
        await clients.shutdown()
        try? await kubelets.shutdown()
    }

    private static func availability(
        _ store: ResourceStore, _ clients: BackendClients, _ configuration: ControlPlaneConfiguration, _ clock: some Clock<Duration>, _ logger: Logger
    ) -> any Service {
        let cadence = AvailabilityCadence(failing: configuration.availabilityRetry, healthy: configuration.availabilityPeriod)
        return AvailabilityController(store: store, clients: clients, cadence: cadence, clock: clock, logger: logger)
    }

    private static func authenticator(
        _ configuration: ControlPlaneConfiguration, _ tokens: TokenAuthenticator?, _ logger: Logger
    ) throws -> UnionAuthenticator {
        var members: [any Authenticator] = []
        if let header = configuration.requestHeader {
            members.append(
                RequestHeaderAuthenticator(
                    settings: header.settings, trust: ClientTrust(try ClientChainVerifier(rootsPEM: header.clientCAPEM)), logger: logger))
        }
        members.append(ClientCertificateAuthenticator(trust: ClientTrust(try ClientChainVerifier(rootsPEM: configuration.clientCAPEM))))
        if let tokens { members.append(tokens) }
        return UnionAuthenticator(members)
    }

    private static func kubeletClient(_ configuration: ControlPlaneConfiguration) throws -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(configuration.kubeletClient.certificatePEM.utf8)).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(configuration.kubeletClient.privateKeyPEM.utf8), format: .pem))
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(configuration.kubeletCAPEM.utf8)))
        var client = HTTPClient.Configuration(tlsConfiguration: tls)
        client.httpVersion = .http1Only
        client.redirectConfiguration = .disallow
        client.timeout = .init(connect: .seconds(5))
        // Each followed log holds one.
        client.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: client)
    }
}
