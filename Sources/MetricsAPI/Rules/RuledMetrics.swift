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
        var problem: String?
        var seriesCount = 0
        var metricCount = 0
    }

    private struct Rule {
        /// Where its standing is among all.
        var place: Int
        var compiled: CompiledRule
        var isExternal: Bool
        /// As its series were last listed.
        var custom: [CustomMetric: String] = [:]
        var external: [String: String] = [:]
    }

    private struct State {
        var rules: [Rule] = []
        /// Of all, also those that cannot be used.
        var standings: [Standing] = []
        var custom: CustomMetricsTable
        var external = ExternalMetricsTable([])
        var hasListed = false
        var lastListing: ContinuousClock.Instant?
        /// One under way, which whoever wants one too waits for.
        var listing: Task<Void, Never>?

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
    private let answers: PrometheusAnswers
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
        let answers = PrometheusAnswers(configuration.prometheus)
        self.answers = answers
        resources =
            if configuration.tellsUsage {
                ResourceUsageQueries(configuration.rules.resourceRules, kinds: configuration.kinds, answers: answers, logger: logger)
            } else { nil }
        state = Mutex(Self.compiled(configuration.rules, kinds, logger))
    }

    private static func compiled(_ configuration: MetricsConfiguration, _ kinds: ResourceKinds, _ logger: Logger) -> State {
        var state = State(custom: CustomMetricsTable([], kinds))
        for (list, rules, isExternal) in [("rules", configuration.rules, false), ("externalRules", configuration.externalRules, true)] {
            for (index, rule) in rules.enumerated() {
                var standing = Standing(rule: "\(list)[\(index)]")
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
            (fresh.hasListed, fresh.listing) = (state.hasListed, state.listing)
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

    /// Looks which series there are, unless somebody does so already.
    private func list() async {
        let task = state.withLock { state in
            if let running = state.listing { return running }
            let task = Task { await self.listNow() }
            state.listing = task
            return task
        }
        await task.value
    }

    private func listNow() async {
        let rules = state.withLock { $0.rules }
        let start = now() - configuration.maximumAge
        let round = ListingRound(Set(rules.map(\.compiled.rule.seriesQuery)))
        // A few at once: each may be a large answer.
        await withDiscardingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    while let selector = round.next() { round.take(await self.listed(selector, since: start), of: selector) }
                }
            }
        }
        guard !Task.isCancelled else { return }
        take(round.answers)
    }

    private enum Listing: Sendable {
        case series([SeriesShape])
        case problem(String)
    }

    /// What is still to be asked for, and what was answered.
    private final class ListingRound: Sendable {
        private let state: Mutex<(selectors: Set<String>, answers: [String: Listing])>

        init(_ selectors: Set<String>) { state = Mutex((selectors, [:])) }

        func next() -> String? { state.withLock { $0.selectors.popFirst() } }
        func take(_ listing: Listing, of selector: String) { state.withLock { $0.answers[selector] = listing } }
        var answers: [String: Listing] { state.withLock { $0.answers } }
    }

    private func listed(_ selector: String, since start: Timestamp) async -> Listing {
        do { return .series(try await configuration.prometheus.series(selector, since: start).value) } catch { return .problem("\(error)") }
    }

    private func take(_ answers: [String: Listing]) {
        let news = state.withLock { state -> [(rule: String, problem: String?)] in
            var news: [(rule: String, problem: String?)] = []
            for index in state.rules.indices {
                guard let answer = answers[state.rules[index].compiled.rule.seriesQuery] else { continue }
                let place = state.rules[index].place
                let before = state.standings[place].problem
                switch answer {
                case .series(let shapes):
                    let rule = state.rules[index]
                    if rule.isExternal {
                        state.rules[index].external = ExternalMetricsTable.metrics(of: shapes.lazy.map(\.example), by: rule.compiled)
                    } else {
                        state.rules[index].custom = CustomMetricsTable.metrics(of: shapes.lazy.map(\.example), by: rule.compiled)
                    }
                    state.standings[place].seriesCount = shapes.reduce(0) { $0 + $1.count }
                    state.standings[place].metricCount = state.rules[index].custom.count + state.rules[index].external.count
                    state.standings[place].problem = nil
                case .problem(let problem): state.standings[place].problem = problem
                }
                let after = state.standings[place].problem
                if (before == nil) != (after == nil) { news.append((state.standings[place].rule, after)) }
            }
            state.rebuild(kinds)
            state.hasListed = true
            state.lastListing = .now
            state.listing = nil
            return news
        }
        for (rule, problem) in news {
            if let problem {
                logger.warning(
                    "cannot list a metric rule's series; what is known of them stays", metadata: ["rule": "\(rule)", "error": "\(problem)"])
            } else {
                logger.info("a metric rule's series can be listed again", metadata: ["rule": "\(rule)"])
            }
        }
    }

    /// For something that is not known: it may have come since.
    private func listAgain() async {
        let isDue = state.withLock { state in state.lastListing.map { .now - $0 >= Self.listingPause } ?? true }
        if isDue { await list() }
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
        for sample in try await answers.samples(query) { values[sample.labels[label] ?? ""] = sample }
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
        return try await answers.samples(query)
    }
}
