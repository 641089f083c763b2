// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ExpositionText
import KubeModel
import Logging
import MetricRules
import PrometheusClient
import ServiceLifecycle
import Synchronization

/// The custom and external metrics that there are by the rules, kept up with Prometheus' series, and what they are worth.
///
/// Each rule stands for itself: one that is wrong, or whose series cannot be listed, keeps what it made before, and takes nothing from the others.
final class RuledMetrics: Service {
    /// What is not known is looked for again no sooner than after this.
    private static let listingPause = Duration.seconds(2)

    private let configuration: RuledMetricsConfiguration
    let kinds: ResourceKinds
    var groups: Set<RuledMetricsConfiguration.Group> { configuration.groups }
    var forwarding: MetricForwarding? { configuration.forwarding }
    private let servers: PrometheusServers
    /// nil where usage is not told by rules.
    let resources: ResourceUsageQueries?
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state: Mutex<RuledMetricsState>

    init(
        _ configuration: RuledMetricsConfiguration, clock: any Clock<Duration>, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.configuration = configuration
        kinds = configuration.kinds
        self.clock = clock
        self.now = now
        self.logger = logger
        let servers = PrometheusServers(configuration, logger: logger)
        self.servers = servers
        resources =
            if configuration.tellsUsage {
                ResourceUsageQueries(configuration.rules.resourceRules, kinds: configuration.kinds, servers: servers, logger: logger)
            } else { nil }
        let fresh = RuledMetricsState(configuration.rules, [], kinds)
        Self.tell(fresh.leftOut(since: nil), logger)
        state = Mutex(fresh)
    }

    /// Other rules of the file from now on. What a rule made that is among them still, it makes on; the series of new ones are listed at once.
    func replace(_ configuration: MetricsConfiguration) {
        servers.replace(configuration.servers)
        resources?.replace(configuration.resourceRules)
        for group in RuledMetricsConfiguration.groups(of: configuration).subtracting(groups) {
            logger.warning("rules of an API that was not served at the start count from a restart on", metadata: ["group": "\(group.rawValue)"])
        }
        replace { RuledMetricsState(configuration, $0.namespaceRules, kinds) }
    }

    /// Other rules that namespaces have for themselves.
    func replace(_ namespaceRules: [NamespaceRules]) { replace { RuledMetricsState($0.file, namespaceRules, kinds) } }

    private func replace(by make: (RuledMetricsState) -> RuledMetricsState) {
        let leftOut = state.withLock { state in
            var fresh = make(state)
            fresh.keep(state)
            defer { state = fresh }
            return fresh.leftOut(since: state)
        }
        Self.tell(leftOut, logger)
        Task {
            // One that was under way does not know of the new ones.
            await list()
            await list()
        }
    }

    private static func tell(_ leftOut: [RuledMetricsState.Standing], _ logger: Logger) {
        for standing in leftOut {
            let rule = standing.name + (standing.field.isEmpty ? "" : ".\(standing.field)")
            logger.error("a metric rule is left out", metadata: ["rule": "\(rule)", "error": "\(standing.problem ?? "")"])
        }
    }

    // MARK: Which there are

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.list()
                try? await self.clock.sleep(for: self.configuration.relistInterval)
            }
        }
    }

    /// Whether all series were listed once, as far as that was possible.
    var hasListed: Bool { state.withLock { $0.hasListed } }
    var standings: [RuledMetricsState.Standing] { state.withLock { $0.standings } + (resources.map { [$0.standing] } ?? []) }
    var customMetrics: [CustomMetric] { state.withLock { $0.customMetrics } }
    var externalMetrics: [String] { state.withLock { $0.externalMetrics } }

    /// On `/metrics`.
    var ownText: [UInt8] {
        let standings = standings
        var writer = ExpositionWriter(reservingCapacity: 1024)
        let families: [(name: String, help: String, value: (RuledMetricsState.Standing) -> Int)] = [
            ("updraft_metric_rule_series", "Series that a metric rule's seriesQuery matched when they were listed last.", { $0.seriesCount }),
            ("updraft_metric_rule_metrics", "Metrics that a metric rule makes of them.", { $0.metricCount }),
            ("updraft_metric_rule_failing", "1 for a metric rule that is left out, or whose series cannot be listed.", { $0.problem == nil ? 0 : 1 }),
        ]
        for family in families {
            writer.family(family.name, .gauge, help: family.help)
            for standing in standings { writer.sample(family.name, ["rule": standing.name], integer: UInt64(family.value(standing))) }
        }
        return writer.bytes
    }

    /// Looks which series there are, at all servers at once.
    private func list() async { await list(state.withLock { $0.servers }) }

    private func list(_ servers: Set<String>) async {
        await withDiscardingTaskGroup { group in
            for server in servers { group.addTask { await self.list(server) } }
        }
    }

    /// Looks which series one server has, unless somebody does so already.
    private func list(_ server: String) async {
        let task = state.withLock { state in
            if let running = state.listings[server]?.task { return running }
            let task = Task { await self.listNow(server) }
            state.listings[server, default: .init()].task = task
            return task
        }
        await task.value
    }

    private func listNow(_ server: String) async {
        let selectors = state.withLock { $0.selectors(of: server) }
        let answers: [String: SeriesListing.Answer]
        do throws(UnusableServer) {
            answers = await SeriesListing.answers(to: selectors, by: try servers.answers(of: server), since: now() - configuration.maximumAge)
        } catch {
            answers = selectors.reduce(into: [:]) { $0[$1] = .problem("\(error)") }
        }
        guard !Task.isCancelled else { return }
        take(answers, of: server)
    }

    private func take(_ answers: [String: SeriesListing.Answer], of server: String) {
        for standing in state.withLock({ $0.take(answers, of: server) }) {
            if let problem = standing.problem {
                logger.warning(
                    "cannot list a metric rule's series; what is known of them stays",
                    metadata: ["rule": "\(standing.name)", "server": "\(server)", "error": "\(problem)"])
            } else {
                logger.info("a metric rule's series can be listed again", metadata: ["rule": "\(standing.name)", "server": "\(server)"])
            }
        }
    }

    /// For something that is not known: it may have come since. A further server that failed is not waited for.
    private func listAgain() async {
        await list(
            state.withLock { state in
                state.servers.filter { server in
                    guard let listing = state.listings[server], let last = listing.last else { return true }
                    return .now - last >= Self.listingPause && (server.isEmpty || !listing.isFailing)
                }
            })
    }

    // MARK: What they are worth

    /// The samples of objects, by name; nil where the metric is not there.
    /// - Throws: `APIError`.
    func values(
        of metric: CustomMetric, namespace: String, names: [String], selector: LabelSelector
    ) async throws -> [String: Sample]? {
        if state.withLock({ $0.origin(of: metric, in: namespace) == nil }) { await listAgain() }
        guard let (metric, origin) = state.withLock({ $0.origin(of: metric, in: namespace) }) else { return nil }
        let query: String
        let label: String
        do throws(RuleProblem) {
            query = try origin.rule.query(series: origin.series, metric.resource, namespace: namespace, names: names, selector: selector)
            label = try origin.rule.label(of: metric.resource)
        } catch {
            throw APIError.badRequest("no query can be made for \(metric.name): \(error)")
        }
        var values: [String: Sample] = [:]
        for sample in try await samples(query, origin.rule) { values[sample.labels[label] ?? ""] = sample }
        return values
    }

    /// nil where the metric is not there.
    /// - Throws: `APIError`.
    func values(ofExternal name: String, namespace: String, selector: LabelSelector) async throws -> [Sample]? {
        if state.withLock({ $0.origin(ofExternal: name, in: namespace) == nil }) { await listAgain() }
        guard let origin = state.withLock({ $0.origin(ofExternal: name, in: namespace) }) else { return nil }
        let query: String
        do throws(RuleProblem) {
            query = try origin.rule.externalQuery(series: origin.series, namespace: namespace, selector: selector)
        } catch {
            throw APIError.badRequest("no query can be made for \(name): \(error)")
        }
        return try await samples(query, origin.rule)
    }

    private func samples(_ query: String, _ rule: CompiledRule) async throws -> [Sample] {
        try await servers.samples(query, of: rule.rule.server)
    }
}
