// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A rule's query, filled in for a request.
///
/// - Source: prometheus-adapter v0.12 pkg/naming/metrics_query.go
struct MetricsQuery: Sendable {
    private struct Matcher {
        var label: String
        var `operator`: LabelSelector.Operator
        var values: [String]
    }

    private let template: QueryTemplate
    let labels: ResourceLabels
    /// Whose series alone it asks for, whatever the rule says; nil for those of all.
    let namespace: String?

    /// - Throws: `RuleProblem` about `field`.
    init(_ text: String, _ labels: ResourceLabels, field: String, confinedTo namespace: String? = nil) throws(RuleProblem) {
        self.labels = labels
        self.namespace = namespace
        if namespace != nil { try ConfinedQuery.check(text) }
        do { template = try QueryTemplate(text) } catch {
            throw RuleProblem(field, "unable to parse metrics query template \(PromQL.quoted(text)): template: metrics-query:1: \(error)")
        }
    }

    /// Of objects by their names.
    /// - Parameters:
    ///   - resource: a normalized one.
    ///   - namespace: Empty for what is in none.
    ///   - names: at least one.
    ///   - groups: Further labels to group by.
    func query(
        series: String, _ resource: GroupResource, namespace: String, names: [String], groups: [String] = [], selector: LabelSelector,
        escaping: AlternativesEscaping
    ) throws(RuleProblem) -> String {
        var matchers = Self.matchers(selector)
        if let matcher = try matcher(ofNamespace: namespace) { matchers.append(matcher) }
        let label = try labels.label(of: resource)
        matchers.append(Matcher(label: label, operator: .equals, values: names))
        return try fill(series, matchers, groups: [label] + groups, escaping)
    }

    /// Of an external metric.
    /// - Parameter namespace: Empty where the query is to name none.
    func query(series: String, namespace: String, selector: LabelSelector, escaping: AlternativesEscaping) throws(RuleProblem) -> String {
        var matchers = Self.matchers(selector)
        if let matcher = try matcher(ofNamespace: namespace) { matchers.append(matcher) }
        return try fill(series, matchers, groups: [], escaping)
    }

    /// nil where the query is to name none, or always names its own.
    private func matcher(ofNamespace namespace: String) throws(RuleProblem) -> Matcher? {
        guard !namespace.isEmpty, self.namespace == nil else { return nil }
        return Matcher(label: try labels.label(of: ResourceLabels.namespaces), operator: .equals, values: [namespace])
    }

    private static func matchers(_ selector: LabelSelector) -> [Matcher] {
        selector.requirements.map { Matcher(label: $0.key, operator: $0.operator, values: $0.sortedValues) }
    }

    private func fill(_ series: String, _ matchers: [Matcher], groups: [String], _ escaping: AlternativesEscaping) throws(RuleProblem) -> String {
        var written: [String] = []
        if let namespace {
            try confine(series, matchers.map(\.label) + groups)
            written.append(Self.enforced(namespace))
        }
        var values: [String: String] = [:]
        for matcher in matchers {
            let joined = escaping.joined(matcher.values)
            written.append(try Self.text(matcher, joined))
            values[matcher.label] = matcher.values.count == 1 ? matcher.values[0] : joined
        }
        let fields: [String: TemplateValue] = [
            "Series": .text(series), "LabelMatchers": .text(written.joined(separator: ",")), "LabelValuesByName": .map(values),
            "GroupBy": .text(groups.joined(separator: ",")), "GroupBySlice": .list(groups),
        ]
        let query: String
        do { query = try template.fill(fields) } catch { throw RuleProblem("metricsQuery", "template: metrics-query:1: \(error)") }
        guard !query.isEmpty else { throw RuleProblem("metricsQuery", "empty query produced by metrics query template") }
        return query
    }

    /// By which label series tell their namespace, is not the rule's to say.
    static func enforced(_ namespace: String) -> String { "namespace=" + PromQL.quoted(namespace) }

    /// Names that are put into a query as they are must be nothing but names, whether the rule makes them or the series have them.
    private func confine(_ series: String, _ names: [String]) throws(RuleProblem) {
        guard PromQL.isMetricName(series) else { throw RuleProblem("metricsQuery", "\(PromQL.quoted(series)) is no plain name of series") }
        guard let odd = names.first(where: { !PromQL.isLabelName($0) }) else { return }
        throw RuleProblem("resources", "\(PromQL.quoted(odd)) is no plain name of a label")
    }

    /// - Parameter joined: Its values, as alternatives.
    private static func text(_ matcher: Matcher, _ joined: String) throws(RuleProblem) -> String {
        guard !matcher.label.isEmpty else { throw RuleProblem("metricsQuery", "label not specified") }
        let isMany = matcher.values.count > 1
        let sign: String
        switch matcher.operator {
        case .exists: sign = "!="
        case .doesNotExist: sign = "="
        case .equals, .doubleEquals: sign = isMany ? "=~" : "="
        case .notEquals: sign = isMany ? "!~" : "!="
        case .in: sign = "=~"
        case .notIn: sign = "!~"
        case .greaterThan, .lessThan: throw RuleProblem("metricsQuery", "operator not supported by prometheus")
        }
        let isPattern = sign.hasSuffix("~")
        let value = isPattern ? joined : matcher.values.first ?? ""
        return matcher.label + sign + PromQL.quoted(value)
    }
}
