// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import ControllerKit
import DelegatedAccess
import KubeClient
import KubeModel
import KubePKI
import Logging
import MetricRules
import ServiceLifecycle
import Synchronization
import UsageWindow

/// Scrapes kubelets, or asks Prometheus, and serves `metrics.k8s.io`.
///
/// An ordinary client of the API server: it lists nodes and running pods, reads whom to believe, and asks what users may do.
package final class MetricsServer: Service {
    private let configuration: MetricsServerConfiguration
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let nodes: Informer
    private let pods: PodFeed
    private let catalog: MetricsCatalog
    /// What was scraped.
    private let store: UsageStore
    private let authentication: DelegatedAuthentication
    private let server: APIServer
    /// Once it has been told to stop, and goes on for a while.
    private let stopping = StopFlag()
    /// For tests; nil where kubelets are scraped.
    private let source: (any NodeMetricsSource)?
    /// nil where none are scraped.
    private let kubelets: KubeletClient?
    private let ownMetrics: SelfMetrics
    private let ruled: RuledMetrics?
    /// nil where namespaces have no rules for themselves.
    private let ruleConfigMaps: RuleConfigMaps?

    /// Who is asked about users: mostly one and the same cluster.
    package struct Reviewers: Sendable {
        /// `--authentication-kubeconfig`: reads the ConfigMap, and creates TokenReviews.
        package var authentication: KubeClient
        /// `--authorization-kubeconfig`: creates SubjectAccessReviews.
        package var authorization: KubeClient

        package init(authentication: KubeClient, authorization: KubeClient) {
            self.authentication = authentication
            self.authorization = authorization
        }
    }

    /// - Parameters:
    ///   - client: With the metrics server's own identity, which may list nodes and pods.
    ///   - reviewers: nil where `client` may also read the authentication ConfigMap, and create TokenReviews and SubjectAccessReviews.
    ///   - now: For the timestamps served, and certificates.
    ///   - observer: Told of usage once it is served.
    package convenience init(
        configuration: MetricsServerConfiguration, client: KubeClient, reviewers: Reviewers? = nil, clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Timestamp, observer: UsageObserver? = nil, logger: Logger
    ) throws {
        try self.init(
            configuration: configuration, client: client, reviewers: reviewers, source: nil, clock: clock, now: now, observer: observer,
            logger: logger)
    }

    init(
        configuration: MetricsServerConfiguration, client: KubeClient, reviewers: Reviewers? = nil, source: (any NodeMetricsSource)?,
        clock: any Clock<Duration>,
        now: @escaping @Sendable () -> Timestamp, observer: UsageObserver? = nil, logger: Logger
    ) throws {
        self.configuration = configuration
        self.source = source
        kubelets = source == nil && configuration.scrapesKubelets ? try KubeletClient(configuration.kubelet, now: now) : nil
        self.clock = clock
        self.now = now
        self.logger = logger
        let uptime = Self.uptime(clock)
        let runningPods = ObjectDirectory()
        let store = UsageStore(
            resolution: configuration.metricResolution, observer: observer, isElsewhere: { runningPods.isElsewhere($0, than: $1) }, uptime: uptime)
        self.store = store
        let catalog = MetricsCatalog(nodes: ObjectDirectory(), pods: runningPods, usage: store)
        self.catalog = catalog
        let ownMetrics = SelfMetrics(resolution: configuration.metricResolution, points: { store.read { $0.pointCounts } })
        self.ownMetrics = ownMetrics
        nodes = Informer(
            client: client, resource: .nodes, labelSelector: configuration.nodeSelector.isEmpty ? nil : configuration.nodeSelector,
            keeping: ScrapeTarget.fields, clock: clock, logger: logger)
        pods = PodFeed(client: client, directory: catalog.pods, clock: clock, logger: logger)
        nodes.onChange { old, new in catalog.nodes.update(old, new) }
        let tokens = TokenReviewAuthenticator(
            client: reviewers?.authentication ?? client, time: configuration.tokenCacheTime, uptime: uptime, logger: logger)
        authentication = try DelegatedAuthentication(
            configuration.authentication, client: reviewers?.authentication ?? client, tokens: tokens, now: now(), logger: logger)
        let ruled = configuration.rules.map { RuledMetrics($0, clock: clock, now: now, logger: logger) }
        self.ruled = ruled
        if let ruled, let selector = configuration.rules?.configMapSelector {
            ruleConfigMaps = RuleConfigMaps(selector: selector, client: client, metrics: ruled, clock: clock, logger: logger)
        } else {
            ruleConfigMaps = nil
        }
        let health = Self.health(
            configuration.scrapesKubelets ? store : nil, objects: configuration.servesUsage ? (nodes, pods) : nil, ruled: ruled, stopping: stopping)
        let rules = ruled.map { RuledMetricsHandler(metrics: $0, names: { try await Self.names($0, $1, $2, client) }, now: now) }
        var handler = MetricsHandler(
            catalog: catalog, health: health,
            documents: MetricsDocuments(version: configuration.version, tellsOfUsage: configuration.servesUsage, others: rules?.groups ?? []),
            ownMetrics: { ownMetrics.text + (ruled?.ownText ?? []) }, served: { ownMetrics.served(ages: $0) }, now: now)
        handler.queries = ruled?.resources
        handler.ruled = rules
        var serving = APIServerConfiguration(addresses: configuration.addresses, servingCredential: configuration.servingCredential)
        serving.tls = configuration.tls
        serving.audit = configuration.audit
        if let streams = configuration.concurrentStreams { serving.limits.concurrentStreams = streams }
        serving.limits.requestsUnderWay = configuration.requestsUnderWay
        serving.limits.answer = configuration.answerTime
        server = try APIServer(
            configuration: serving, handler: handler, authenticator: authentication,
            authorizer: DelegatedAuthorizer(
                client: reviewers?.authorization ?? client, openPaths: configuration.openPaths, allowedTime: configuration.allowedCacheTime,
                refusedTime: configuration.refusedCacheTime, uptime: uptime, logger: logger),
            logger: logger, now: now)
    }

    /// Where it listens, with the ports it got; empty before `start`.
    package var boundAddresses: [APIServerConfiguration.ListenAddress] { server.boundAddresses }

    /// Whether usage can be served.
    package var isReady: Bool { nodes.hasSynced && pods.hasSynced && (!configuration.scrapesKubelets || store.isReady) }

    /// How far a pod is from having a usage: 0 before it was scraped, 1 after one scrape, which gives no CPU yet, 2 from then on.
    package func samplesSeen(pod name: String, in namespace: String) -> Int {
        store.pointCount(pod: NamespacedName(namespace: namespace, name: name))
    }

    /// Binds the addresses, so that a port taken shows before anything runs. `run` does it too, unless it was done.
    @discardableResult
    package func start() async throws -> [APIServerConfiguration.ListenAddress] { try await server.start() }

    /// Other authorities than those that flags named before; the old ones count on where these cannot be read.
    package func reload(clientCAPEM: String) throws { try authentication.replace(clientCAPEM: clientCAPEM) }
    package func reload(requestHeaderCAPEM: String) throws { try authentication.replace(requestHeaderCAPEM: requestHeaderCAPEM) }

    /// Other authorities and credentials for kubelets; which addresses and ports are used stays as it was.
    package func reload(kubelet: KubeletOptions) throws { try kubelets?.reload(kubelet) }

    /// Other rules of custom and external metrics.
    package func reload(rules: MetricsConfiguration) { ruled?.replace(rules) }

    /// Another serving certificate, for new connections.
    package func reload(servingCredential: Credential) throws { try server.reload(servingCredential: servingCredential) }

    /// Until told to stop, and then for `shutdownDelay`, no longer ready.
    package func run() async throws {
        guard configuration.shutdownDelay > .zero else { return try await runAtOnce() }
        // Detached, since it would otherwise hear of the graceful shutdown too, and end at once.
        let server = Task.detached { try await self.runAtOnce() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await server.value
            } onGracefulShutdown: {
                self.stopping.set()
                Task.detached {
                    try? await self.clock.sleep(for: self.configuration.shutdownDelay)
                    server.cancel()
                }
            }
        } onCancel: {
            server.cancel()
        }
    }

    private func runAtOnce() async throws {
        try await server.start()
        let result: Result<Void, any Error>
        do { result = .success(try await scrapeAndServe()) } catch { result = .failure(error) }
        await kubelets?.shutdown()
        try result.get()
    }

    private func scrapeAndServe() async throws {
        let scraper = scraper()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.server.run() }
            if let ruled { group.addTask { try await ruled.run() } }
            if let ruleConfigMaps { group.addTask { try await ruleConfigMaps.run() } }
            group.addTask { try await self.authentication.run() }
            if configuration.servesUsage {
                group.addTask { try await self.nodes.run() }
                group.addTask { try await self.pods.run() }
            }
            if let scraper { group.addTask { await scraper.run(on: self.clock) } }
            try await group.waitForAll()
        }
    }

    /// That follows which nodes there are; nil where no kubelets are scraped.
    private func scraper() -> NodeScraper? {
        guard let source: any NodeMetricsSource = self.source ?? kubelets else { return nil }
        let scraper = NodeScraper(
            period: configuration.metricResolution, requestTimeout: configuration.kubelet.requestTimeout, source: source, store: store,
            metrics: ownMetrics, now: now, logger: logger)
        nodes.onChange { [options = configuration.kubelet] old, new in
            if let name = (new ?? old)?.name { scraper.update(name, new, options) }
        }
        return scraper
    }

    /// The names are those that upstream's `?verbose` shows; where we have no such part, it is always well.
    /// - Parameters:
    ///   - store: nil where nothing is scraped: then nothing of kubelets counts.
    ///   - objects: Which there are; nil where no usage is served.
    private static func health(
        _ store: UsageStore?, objects: (nodes: Informer, pods: PodFeed)?, ruled: RuledMetrics?, stopping: StopFlag
    ) -> HealthEndpoints {
        let common = ["ping", "log", "poststarthook/max-in-flight-filter", "poststarthook/storage-object-count-tracker-hook"].map { HealthCheck($0) }
        let podsSynced = objects.map { objects in
            HealthCheck("metadata-informer-sync") { objects.pods.hasSynced ? nil : "metadata informer has not synced yet" }
        }
        let nodesSynced = objects.map { objects in
            HealthCheck("metric-informer-sync") { objects.nodes.hasSynced ? nil : "metric informer has not synced yet" }
        }
        let timely = store.map { store in HealthCheck("metric-collection-timely") { store.isTimely ? nil : "metric collection is late" } }
        let ready = store.map { store in HealthCheck("metric-storage-ready") { store.isReady ? nil : "no metrics to serve" } }
        let shutdown = HealthCheck("shutdown") { stopping.isSet ? "process is shutting down" : nil }
        // Only where there are rules, since the names are otherwise those that upstream's clients know.
        let listed = ruled.map { ruled in
            HealthCheck("metric-rules-listed") { ruled.hasListed ? nil : "the rules' series were not listed yet" }
        }
        return HealthEndpoints(
            healthz: common + [podsSynced].compactMap { $0 }, livez: common + [timely, podsSynced].compactMap { $0 },
            readyz: common + [ready, nodesSynced, podsSynced, listed, shutdown].compactMap { $0 })
    }

    /// - Throws: `APIError`; what keeps the API server from answering is told as such.
    private static func names(_ kind: ResourceKinds.Kind, _ namespace: String, _ labels: String, _ client: KubeClient) async throws -> [String] {
        let resource = GroupVersionResource(group: kind.group, version: kind.version, resource: kind.plural)
        do {
            return try await client.list(
                resource, namespace: namespace.isEmpty ? nil : namespace, labelSelector: labels.isEmpty ? nil : labels, metadataOnly: true
            ).items.map(\.name)
        } catch let error as ClientError {
            throw APIError.internalError("cannot list \(kind.plural): \(error.message)")
        } catch let error as APIError {
            throw APIError.internalError("cannot list \(kind.plural): \(error.message)")
        }
    }

    private static func uptime<C: Clock>(_ clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}

private final class StopFlag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}
