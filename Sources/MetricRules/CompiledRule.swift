// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import RegularExpressions

/// A time series as Prometheus' list tells it.
package struct Series: Sendable, Hashable {
    package var name: String
    package var labels: [String: String]

    package init(name: String, labels: [String: String]) {
        self.name = name
        self.labels = labels
    }
}

/// Series that have the same name and the same labels, whatever the labels' values: a rule makes the same of each.
package struct SeriesShape: Sendable, Hashable {
    /// One of them.
    package var example: Series
    package var count: Int

    package init(example: Series, count: Int) {
        self.example = example
        self.count = count
    }
}

/// A rule ready for use.
///
/// - Source: prometheus-adapter v0.12 pkg/naming/metric_namer.go
package struct CompiledRule: Sendable {
    private struct Filter {
        var pattern: RegularExpression
        var isNegative: Bool
    }

    package let rule: DiscoveryRule
    /// What Prometheus' list of series is asked for.
    package let seriesQuery: String
    /// Whose series alone it is about, whatever it says; nil for those of all.
    package var namespace: String? { metricsQuery.namespace }
    private let filters: [Filter]
    private let namePattern: RegularExpression
    private let nameTemplate: String
    private let metricsQuery: MetricsQuery
    private var labels: ResourceLabels { metricsQuery.labels }

    /// - Parameter namespace: That wrote it, and to which it is confined; nil for rules of all.
    /// - Throws: `RuleProblem` that tells the field.
    package init(_ rule: DiscoveryRule, _ kinds: ResourceKinds, confinedTo namespace: String? = nil) throws(RuleProblem) {
        self.rule = rule
        if let namespace {
            seriesQuery = try ConfinedQuery.selector(rule.seriesQuery, enforcing: MetricsQuery.enforced(namespace))
        } else {
            seriesQuery = rule.seriesQuery
        }
        let about = "associated with series query \(PromQL.quoted(rule.seriesQuery))"
        let labels = try ResourceLabels(rule.resources, kinds)
        do { metricsQuery = try MetricsQuery(rule.metricsQuery, labels, field: "metricsQuery", confinedTo: namespace) } catch {
            throw RuleProblem("metricsQuery", "unable to construct metrics query \(about): \(error)")
        }
        var filters: [Filter] = []
        for (index, filter) in rule.seriesFilters.enumerated() {
            do throws(RuleProblem) { filters.append(try Self.compiled(filter)) } catch {
                throw RuleProblem("seriesFilters[\(index)]", "unable to generate series name filter \(about): \(error)")
            }
        }
        if !rule.name.matches.isEmpty {
            do throws(RuleProblem) { filters.append(try Self.compiled(SeriesFilter(is: rule.name.matches))) } catch {
                throw RuleProblem("name.matches", "unable to generate series name filter from name rules \(about): \(error)")
            }
        }
        self.filters = filters
        do { namePattern = try RegularExpression(rule.name.matches.isEmpty ? ".*" : rule.name.matches) } catch {
            throw RuleProblem("name.matches", "\(error)")
        }
        if rule.name.as.isEmpty {
            guard namePattern.groupCount < 2 else {
                throw RuleProblem("name.as", "must specify an 'as' value for name matcher \(PromQL.quoted(rule.name.matches)) \(about)")
            }
            nameTemplate = namePattern.groupCount == 0 ? "$0" : "$1"
        } else {
            nameTemplate = rule.name.as
        }
    }

    private static func compiled(_ filter: SeriesFilter) throws(RuleProblem) -> Filter {
        guard filter.is.isEmpty || filter.isNot.isEmpty else {
            throw RuleProblem(
                "",
                "cannot have both an `is` (\(PromQL.quoted(filter.is))) and `isNot` (\(PromQL.quoted(filter.isNot))) expression in a single filter")
        }
        let text = filter.is.isEmpty ? filter.isNot : filter.is
        guard !text.isEmpty else { throw RuleProblem("", "must have either an `is` or `isNot` expression in a filter") }
        do { return Filter(pattern: try RegularExpression(text), isNegative: filter.is.isEmpty) } catch {
            throw RuleProblem("", "unable to compile series filter \(PromQL.quoted(text)): \(error)")
        }
    }

    // MARK: Series

    package func includes(_ series: Series) -> Bool {
        (namespace == nil || PromQL.isMetricName(series.name)) && filters.allSatisfy { $0.pattern.matches(series.name) != $0.isNegative }
    }

    /// Under which name the API offers a series.
    package func metricName(of series: Series) throws(RuleProblem) -> String {
        guard let match = namePattern.firstMatch(in: series.name) else {
            throw RuleProblem(
                "name.matches", "series name \(PromQL.quoted(series.name)) did not match expected pattern \(PromQL.quoted(namePattern.pattern))")
        }
        return namePattern.expand(nameTemplate, match)
    }

    /// What the objects are that a label names; nil for labels that name none.
    func resource(of label: String) -> GroupResource? { labels.resource(of: label) }

    /// Which label of an answer names the object.
    package func label(of resource: GroupResource) throws(RuleProblem) -> String { try labels.label(of: resource) }

    // MARK: Queries

    /// The value of a metric of objects.
    package func query(
        series: String, _ resource: GroupResource, namespace: String, names: [String], selector: LabelSelector,
        escaping: AlternativesEscaping = .literal
    ) throws(RuleProblem) -> String {
        try metricsQuery.query(series: series, resource, namespace: namespace, names: names, selector: selector, escaping: escaping)
    }

    /// The values of an external metric.
    package func externalQuery(
        series: String, namespace: String, selector: LabelSelector, escaping: AlternativesEscaping = .literal
    ) throws(RuleProblem) -> String {
        try metricsQuery.query(
            series: series, namespace: rule.resources.namespaced == false ? "" : namespace, selector: selector, escaping: escaping)
    }
}
