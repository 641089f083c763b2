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
    /// One rule, and what became of it.
    struct Standing: Sendable {
        /// `rules[0]`
        var rule: String
        /// That it asks, by its name in the rules; empty for the one that flags name.
        var server = ""
        var problem: String?
        var seriesCount = 0
        var metricCount = 0
    }

    private struct Rule {
        /// Where its standing is among all.
        var place: Int
        var compiled: CompiledRule
        var isExternal: Bool
        var server: String { compiled.rule.server }
        /// As its series were last listed.
        var custom: [CustomMetric: String] = [:]
        var external: [String: String] = [:]
    }

    /// Of one server's series.
    private struct Listing {
        var last: ContinuousClock.Instant?
        var isFailing = false
        /// One under way, which whoever wants one too waits for.
        var task: Task<Void, Never>?
    }

    private struct State {
        var rules: [Rule] = []
        /// Of all, also those that cannot be used.
        var standings: [Standing] = []
        var custom: CustomMetricsTable
        var external = ExternalMetricsTable([])
        var hasListed = false
        /// By server.
        var listings: [String: Listing] = [:]

        /// Those that rules ask, and the one that flags name.
        var servers: Set<String> { Set(rules.map(\.server)).union([""]) }

        mutating func take(_ answer: SeriesListing.Answer, ofRule index: Int) {
            let rule = rules[index]
            switch answer {
            case .problem(let problem): standings[rule.place].problem = problem
            case .series(let shapes):
                if rule.isExternal {
                    rules[index].external = ExternalMetricsTable.metrics(of: shapes.lazy.map(\.example), by: rule.compiled)
                } else {
                    rules[index].custom = CustomMetricsTable.metrics(of: shapes.lazy.map(\.example), by: rule.compiled)
                }
                standings[rule.place].seriesCount = shapes.reduce(0) { $0 + $1.count }
                standings[rule.place].metricCount = rules[index].custom.count + rules[index].external.count
                standings[rule.place].problem = nil
            }
        }

        /// After what rules make has changed.
        mutating func rebuild(_ kinds: ResourceKinds) {
            custom = CustomMetricsTable(rules.filter { !$0.isExternal }.map { ($0.compiled, $0.custom) }, kinds)
            external = ExternalMetricsTable(rules.filter(\.isExternal).map { ($0.compiled, $0.external) })
        }
    }

    /// What is not known is looked for again no sooner than after this.
    private static let listingPause = Duration.seconds(2)

    private let configuration: RuledMetricsConfiguration
    let kinds: ResourceKinds
    var groups: Set<RuledMetricsConfiguration.Group> { configuration.groups }
    private let servers: PrometheusServers
    /// nil where usage is not told by rules.
    let resources: ResourceUsageQueries?
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let state: Mutex<State>

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
        state = Mutex(Self.compiled(configuration.rules, kinds, logger))
    }

    private static func compiled(_ configuration: MetricsConfiguration, _ kinds: ResourceKinds, _ logger: Logger) -> State {
        var state = State(custom: CustomMetricsTable([], kinds))
        for (list, rules, isExternal) in [("rules", configuration.rules, false), ("externalRules", configuration.externalRules, true)] {
            for (index, rule) in rules.enumerated() {
                var standing = Standing(rule: "\(list)[\(index)]", server: rule.server)
                do throws(RuleProblem) {
                    state.rules.append(Rule(place: state.standings.count, compiled: try CompiledRule(rule, kinds), isExternal: isExternal))
                } catch {
                    standing.problem = "\(error)"
                    logger.error("a metric rule is left out", metadata: ["rule": "\(standing.rule).\(error.field)", "error": "\(error)"])
                }
                state.standings.append(standing)
            }
        }
        return state
    }

    /// Other rules from now on. What a rule made that is among them still, it makes on; the series of new ones are listed at once.
    func replace(_ configuration: MetricsConfiguration) {
        servers.replace(configuration.servers)
        resources?.replace(configuration.resourceRules)
        for group in RuledMetricsConfiguration.groups(of: configuration).subtracting(groups) {
            logger.warning("rules of an API that was not served at the start count from a restart on", metadata: ["group": "\(group.rawValue)"])
        }
        var fresh = Self.compiled(configuration, kinds, logger)
        state.withLock { state in
            for index in fresh.rules.indices {
                let rule = fresh.rules[index]
                guard let before = state.rules.first(where: { $0.isExternal == rule.isExternal && $0.compiled.rule == rule.compiled.rule }) else {
                    continue
                }
                (fresh.rules[index].custom, fresh.rules[index].external) = (before.custom, before.external)
            }
            (fresh.hasListed, fresh.listings) = (state.hasListed, state.listings)
            fresh.rebuild(kinds)
            state = fresh
        }
        Task {
            // One that was under way does not know of the new ones.
            await list()
            await list()
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
    var standings: [Standing] { state.withLock { $0.standings } + (resources.map { [$0.standing] } ?? []) }
    var customMetrics: [CustomMetric] { state.withLock { Array($0.custom.metrics) } }
    var externalMetrics: [String] { state.withLock { $0.external.names } }

    /// On `/metrics`.
    var ownText: [UInt8] {
        let standings = standings
        var writer = ExpositionWriter(reservingCapacity: 1024)
        let families: [(name: String, help: String, value: (Standing) -> Int)] = [
            ("updraft_metric_rule_series", "Series that a metric rule's seriesQuery matched when they were listed last.", { $0.seriesCount }),
            ("updraft_metric_rule_metrics", "Metrics that a metric rule makes of them.", { $0.metricCount }),
            ("updraft_metric_rule_failing", "1 for a metric rule that is left out, or whose series cannot be listed.", { $0.problem == nil ? 0 : 1 }),
        ]
        for family in families {
            writer.family(family.name, .gauge, help: family.help)
            for standing in standings { writer.sample(family.name, ["rule": standing.rule], integer: UInt64(family.value(standing))) }
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
            state.listings[server, default: Listing()].task = task
            return task
        }
        await task.value
    }

    private func listNow(_ server: String) async {
        let selectors = state.withLock { state in Set(state.rules.filter { $0.server == server }.map(\.compiled.rule.seriesQuery)) }
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
        let news = state.withLock { state -> [(rule: String, problem: String?)] in
            var news: [(rule: String, problem: String?)] = []
            for index in state.rules.indices where state.rules[index].server == server {
                guard let answer = answers[state.rules[index].compiled.rule.seriesQuery] else { continue }
                let place = state.rules[index].place
                let before = state.standings[place].problem
                state.take(answer, ofRule: index)
                let after = state.standings[place].problem
                if (before == nil) != (after == nil) { news.append((state.standings[place].rule, after)) }
            }
            state.rebuild(kinds)
            state.listings[server] = Listing(last: .now, isFailing: answers.values.contains(where: \.isProblem))
            if state.servers.allSatisfy({ state.listings[$0]?.last != nil }) { state.hasListed = true }
            return news
        }
        for (rule, problem) in news {
            if let problem {
                logger.warning(
                    "cannot list a metric rule's series; what is known of them stays",
                    metadata: ["rule": "\(rule)", "server": "\(server)", "error": "\(problem)"])
            } else {
                logger.info("a metric rule's series can be listed again", metadata: ["rule": "\(rule)", "server": "\(server)"])
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
        if state.withLock({ $0.custom.origin(of: metric) == nil }) { await listAgain() }
        guard let (metric, origin) = state.withLock({ $0.custom.origin(of: metric) }) else { return nil }
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
        if state.withLock({ $0.external.origin(of: name) == nil }) { await listAgain() }
        guard let origin = state.withLock({ $0.external.origin(of: name) }) else { return nil }
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
