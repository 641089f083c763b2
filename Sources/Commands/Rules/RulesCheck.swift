// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricRules
import PrometheusClient

/// Looks at each rule on its own.
struct RulesCheck {
    private enum Kind { case custom, external }

    private struct Rule {
        var kind: Kind
        var name: String
        var rule: Result<CompiledRule, RuleProblem>
        var query: String
        var server: String
    }

    private var rules: [Rule] = []
    private var entries: [RulesReport.Entry]
    private var isLookedUp = false
    private let servers: [String: PrometheusServer]
    private let kinds: ResourceKinds
    /// So many metrics of one rule are asked for a value: the others are like them.
    private static let valuesPerRule = 3

    init(_ configuration: MetricsConfiguration, kinds: ResourceKinds) {
        self.kinds = kinds
        servers = configuration.servers
        for (index, rule) in configuration.rules.enumerated() { rules.append(Self.rule(.custom, "rules[\(index)]", rule, kinds)) }
        for (index, rule) in configuration.externalRules.enumerated() { rules.append(Self.rule(.external, "externalRules[\(index)]", rule, kinds)) }
        entries = rules.map { rule in
            var entry = RulesReport.Entry(rule: rule.name, seriesQuery: rule.query)
            entry.server = rule.server
            if !rule.server.isEmpty, configuration.servers[rule.server] == nil {
                entry.problem = "server: none is named \(rule.server) under servers"
            }
            if case .failure(let problem) = rule.rule { entry.problem = "\(problem.field.isEmpty ? "" : "\(problem.field): ")\(problem)" }
            return entry
        }
        if let resourceRules = configuration.resourceRules { entries.append(Self.entry(resourceRules, kinds)) }
    }

    private static func rule(_ kind: Kind, _ name: String, _ rule: DiscoveryRule, _ kinds: ResourceKinds) -> Rule {
        let compiled: Result<CompiledRule, RuleProblem>
        do throws(RuleProblem) { compiled = .success(try CompiledRule(rule, kinds)) } catch { compiled = .failure(error) }
        return Rule(kind: kind, name: name, rule: compiled, query: rule.seriesQuery, server: rule.server)
    }

    private static func entry(_ rules: ResourceRules, _ kinds: ResourceKinds) -> RulesReport.Entry {
        var entry = RulesReport.Entry(rule: "resourceRules", seriesQuery: nil)
        do throws(RuleProblem) {
            let compiled = try CompiledResourceRules(rules, kinds)
            let subjects: [(CompiledResourceRules.Subject, String)] = [(.nodes, "nodes"), (.pods(namespace: "NAMESPACE"), "pods")]
            for (resource, metric) in [(CompiledResourceRules.Resource.cpu, "cpu"), (.memory, "memory")] {
                for (subject, name) in subjects {
                    entry.metrics.append(.init(name: "\(name)/\(metric)", query: try compiled.query(resource, subject, names: ["NAME"])))
                }
            }
        } catch {
            entry.problem = "\(error.field): \(error)"
        }
        return entry
    }

    func report() -> RulesReport { RulesReport(entries: entries, isLookedUp: isLookedUp) }

    // MARK: At a server

    /// - Parameter client: To the server of rules that name none.
    /// - Throws: `PrometheusError` where it cannot be reached at all; what it says against one rule is that rule's problem, as is another server's
    ///   being away.
    mutating func look(at client: PrometheusClient, since start: Timestamp) async throws {
        isLookedUp = true
        for (index, rule) in rules.enumerated() {
            guard entries[index].problem == nil, case .success(let compiled) = rule.rule else { continue }
            do {
                let client = try servers[rule.server].map(PrometheusServer.connect) ?? client
                try await look(at: client, since: start, index, rule.kind, compiled)
            } catch let error as PrometheusError where error.kind != .unreachable || !rule.server.isEmpty {
                entries[index].problem = "\(error)"
            }
        }
    }

    private mutating func look(at client: PrometheusClient, since start: Timestamp, _ index: Int, _ kind: Kind, _ rule: CompiledRule) async throws {
        guard !rule.rule.seriesQuery.isEmpty else { return entries[index].problem = "seriesQuery is empty: nothing is looked up" }
        let found = try await client.series(rule.rule.seriesQuery, since: start)
        let kept = found.value.filter { rule.includes($0.example) }
        let series = kept.map(\.example)
        let count = found.value.reduce(0) { $0 + $1.count }
        entries[index].seriesCount = count
        entries[index].keptCount = kept.reduce(0) { $0 + $1.count }
        entries[index].warnings = found.warnings
        guard !found.value.isEmpty else { return entries[index].problem = "Prometheus has no series that seriesQuery matches" }
        guard !series.isEmpty else {
            return entries[index].problem = "seriesFilters and name.matches let none of the \(count) series through"
        }
        var metrics = kind == .custom ? try custom(rule, series) : try external(rule, series)
        guard !metrics.isEmpty else {
            let labels = Set(series.flatMap(\.labels.keys)).sorted().prefix(12).joined(separator: ", ")
            return entries[index].problem = "no label of the series names an object, as resources has it; they have \(labels)"
        }
        for place in metrics.indices.prefix(Self.valuesPerRule) {
            let answer = try await client.query(metrics[place].query)
            entries[index].warnings += answer.warnings
            metrics[place].value = answer.value.first.map { OddValues.absent.quantity($0.value)?.description ?? "\($0.value)" }
            if answer.value.isEmpty { metrics[place].note = "the query gives nothing" }
        }
        entries[index].metrics = metrics
        if metrics.prefix(Self.valuesPerRule).allSatisfy({ $0.value == nil }) { entries[index].problem = "its queries give nothing" }
    }

    /// Each with a query for one object that a series names.
    private func custom(_ rule: CompiledRule, _ series: [Series]) throws -> [RulesReport.Metric] {
        let table = CustomMetricsTable([(rule, CustomMetricsTable.metrics(of: series, by: rule))], kinds)
        return try table.metrics.map { metric in
            guard let origin = table.origin(of: metric)?.origin else { return RulesReport.Metric(name: metric.name, query: "") }
            let label = try rule.label(of: metric.resource)
            let example = series.first { $0.name == origin.series && $0.labels[label] != nil }
            let namespaceLabel = metric.isNamespaced ? try? rule.label(of: GroupResource(group: "", resource: "namespaces")) : nil
            let query = try rule.query(
                series: origin.series, metric.resource, namespace: namespaceLabel.flatMap { example?.labels[$0] } ?? "",
                names: [example?.labels[label] ?? ""], selector: .everything)
            return RulesReport.Metric(name: "\(metric.resource)/\(metric.name)", query: query)
        }.sorted { $0.name < $1.name }
    }

    private func external(_ rule: CompiledRule, _ series: [Series]) throws -> [RulesReport.Metric] {
        let table = ExternalMetricsTable([(rule, ExternalMetricsTable.metrics(of: series, by: rule))])
        return try table.names.map { name in
            guard let origin = table.origin(of: name) else { return RulesReport.Metric(name: name, query: "") }
            let label = try? rule.label(of: GroupResource(group: "", resource: "namespaces"))
            let namespace = label.flatMap { label in series.lazy.filter { $0.name == origin.series }.compactMap { $0.labels[label] }.first } ?? ""
            return RulesReport.Metric(name: name, query: try rule.externalQuery(series: origin.series, namespace: namespace, selector: .everything))
        }
    }
}
