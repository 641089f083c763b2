// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricRules
import PrometheusClient

/// Which rules there are, what became of them, and what they make.
struct RuledMetricsState {
    /// One rule, and what became of it.
    struct Standing: Sendable {
        /// `rules[0]`; of a ConfigMap's rules file as a whole, `file`.
        var rule: String
        /// Of a rule that a namespace has for itself: its ConfigMap and the key in it.
        var configMap: NamespacedName?
        var key = ""
        /// That it asks, by its name in the rules; empty for the one that flags name.
        var server = ""
        var problem: String?
        /// Of a rule that is left out: the field that is wrong.
        var field = ""
        var seriesCount = 0
        var metricCount = 0

        /// Among all rules.
        var name: String { configMap.map { "\($0)/\(key): \(rule)" } ?? rule }
    }

    struct Rule {
        /// Where its standing is among all.
        var place: Int
        var compiled: CompiledRule
        var isExternal: Bool
        var server: String { compiled.rule.server }
        /// As its series were last listed.
        var custom: [CustomMetric: String] = [:]
        var external: [String: String] = [:]

        func isSame(as other: Rule) -> Bool {
            isExternal == other.isExternal && compiled.rule == other.compiled.rule && compiled.namespace == other.compiled.namespace
        }
    }

    /// Of one server's series.
    struct Listing {
        var last: ContinuousClock.Instant?
        var isFailing = false
        /// One under way, which whoever wants one too waits for.
        var task: Task<Void, Never>?
    }

    struct Tables {
        var custom: CustomMetricsTable
        var external: ExternalMetricsTable

        init(_ rules: [Rule], _ kinds: ResourceKinds) {
            custom = CustomMetricsTable(rules.filter { !$0.isExternal }.map { ($0.compiled, $0.custom) }, kinds)
            external = ExternalMetricsTable(rules.filter(\.isExternal).map { ($0.compiled, $0.external) })
        }
    }

    private let kinds: ResourceKinds
    /// What all of this is made of.
    private(set) var file: MetricsConfiguration
    private(set) var namespaceRules: [NamespaceRules]
    private(set) var rules: [Rule] = []
    /// Of all, also those that cannot be used.
    private(set) var standings: [Standing] = []
    private var tables: Tables
    /// Of the rules that namespaces have for themselves.
    private var namespaceTables: [String: Tables] = [:]
    var hasListed = false
    /// By server.
    var listings: [String: Listing] = [:]

    init(_ file: MetricsConfiguration, _ namespaceRules: [NamespaceRules], _ kinds: ResourceKinds) {
        self.kinds = kinds
        self.file = file
        self.namespaceRules = namespaceRules
        tables = Tables([], kinds)
        add(file, kinds) { Standing(rule: $0) }
        for own in namespaceRules {
            let standing = Standing(rule: "file", configMap: own.configMap, key: own.key, problem: own.problem)
            if own.problem != nil { standings.append(standing) }
            add(own.rules, kinds, confinedTo: own.configMap.namespace) { Standing(rule: $0, configMap: own.configMap, key: own.key) }
        }
    }

    private mutating func add(
        _ file: MetricsConfiguration, _ kinds: ResourceKinds, confinedTo namespace: String? = nil, _ standing: (String) -> Standing
    ) {
        for (list, rules, isExternal) in [("rules", file.rules, false), ("externalRules", file.externalRules, true)] {
            for (index, rule) in rules.enumerated() {
                var standing = standing("\(list)[\(index)]")
                standing.server = rule.server
                do throws(RuleProblem) {
                    let compiled = try CompiledRule(rule, kinds, confinedTo: namespace)
                    self.rules.append(Rule(place: standings.count, compiled: compiled, isExternal: isExternal))
                } catch {
                    (standing.problem, standing.field) = ("\(error)", error.field)
                }
                standings.append(standing)
            }
        }
    }

    /// What a rule made before that is among these still, it makes on.
    mutating func keep(_ before: Self) {
        for index in rules.indices {
            guard let same = before.rules.first(where: { $0.isSame(as: rules[index]) }) else { continue }
            (rules[index].custom, rules[index].external) = (same.custom, same.external)
            let (standing, place) = (before.standings[same.place], rules[index].place)
            (standings[place].problem, standings[place].seriesCount, standings[place].metricCount) =
                (standing.problem, standing.seriesCount, standing.metricCount)
        }
        (hasListed, listings) = (before.hasListed, before.listings)
        rebuild()
    }

    /// Those that are left out, and were not so before or for another reason.
    func leftOut(since before: Self?) -> [Standing] {
        let used = Set(rules.map(\.place))
        return standings.enumerated().filter { !used.contains($0.offset) }.map(\.element).filter { standing in
            before?.standings.contains { $0.name == standing.name && $0.problem == standing.problem } != true
        }
    }

    // MARK: Listing

    /// Those that rules ask, and the one that flags name.
    var servers: Set<String> { Set(rules.map(\.server)).union([""]) }

    /// What one is asked for.
    func selectors(of server: String) -> Set<String> { Set(rules.filter { $0.server == server }.map(\.compiled.seriesQuery)) }

    /// What changed of rules that began to fail, or ended to: as they stand now.
    mutating func take(_ answers: [String: SeriesListing.Answer], of server: String) -> [Standing] {
        var news: [Standing] = []
        for index in rules.indices where rules[index].server == server {
            guard let answer = answers[rules[index].compiled.seriesQuery] else { continue }
            let place = rules[index].place
            let before = standings[place].problem
            take(answer, ofRule: index)
            if (before == nil) != (standings[place].problem == nil) { news.append(standings[place]) }
        }
        rebuild()
        listings[server] = Listing(last: .now, isFailing: answers.values.contains(where: \.isProblem))
        if servers.allSatisfy({ listings[$0]?.last != nil }) { hasListed = true }
        return news
    }

    private mutating func take(_ answer: SeriesListing.Answer, ofRule index: Int) {
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
    private mutating func rebuild() {
        tables = Tables(rules.filter { $0.compiled.namespace == nil }, kinds)
        namespaceTables = Dictionary(grouping: rules.filter { $0.compiled.namespace != nil }) { $0.compiled.namespace ?? "" }
            .mapValues { Tables($0, kinds) }
    }

    // MARK: What they make

    private var allTables: [Tables] { [tables] + namespaceTables.values }
    var customMetrics: [CustomMetric] { Array(Set(allTables.flatMap(\.custom.metrics))) }
    var externalMetrics: [String] { Set(allTables.flatMap(\.external.names)).sorted() }

    /// A namespace's own rules come before those of the file.
    func origin(of metric: CustomMetric, in namespace: String) -> (metric: CustomMetric, origin: CustomMetricsTable.Origin)? {
        namespaceTables[namespace]?.custom.origin(of: metric) ?? tables.custom.origin(of: metric)
    }

    func origin(ofExternal name: String, in namespace: String) -> CustomMetricsTable.Origin? {
        namespaceTables[namespace]?.external.origin(of: name) ?? tables.external.origin(of: name)
    }
}
