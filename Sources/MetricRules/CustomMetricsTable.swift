// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A metric as `custom.metrics.k8s.io` offers it.
package struct CustomMetric: Sendable, Hashable {
    package var resource: GroupResource
    package var isNamespaced: Bool
    package var name: String

    package init(resource: GroupResource, isNamespaced: Bool, name: String) {
        self.resource = resource
        self.isNamespaced = isNamespaced
        self.name = name
    }
}

/// The custom metrics that series make by the rules.
///
/// - Source: prometheus-adapter v0.12 pkg/custom-provider/series_registry.go
package struct CustomMetricsTable: Sendable {
    package struct Origin: Sendable {
        package var series: String
        package var rule: CompiledRule
    }

    private var origins: [CustomMetric: Origin] = [:]
    private let kinds: ResourceKinds

    /// - Parameter found: What each rule makes of its series; of two rules that make the same metric the later one counts.
    package init(_ found: [(rule: CompiledRule, metrics: [CustomMetric: String])], _ kinds: ResourceKinds) {
        self.kinds = kinds
        for (rule, metrics) in found {
            for (metric, series) in metrics { origins[metric] = Origin(series: series, rule: rule) }
        }
    }

    /// What a rule makes of its series: the metrics, with the name of the series that each is of.
    package static func metrics(of series: some Sequence<Series>, by rule: CompiledRule) -> [CustomMetric: String] {
        var metrics: [CustomMetric: String] = [:]
        var reading = SeriesReading(rule)
        for series in series {
            guard let name = reading.metricName(of: series) else { continue }
            for label in series.labels.keys {
                guard let resource = reading.resource(of: label) else { continue }
                let metric = CustomMetric(resource: resource, isNamespaced: !ResourceLabels.clusterScoped.contains(resource), name: name)
                // What is in no namespace is not for one of them to tell of.
                if rule.namespace == nil || metric.isNamespaced { metrics[metric] = series.name }
            }
        }
        return metrics
    }

    package var metrics: Dictionary<CustomMetric, Origin>.Keys { origins.keys }

    /// What answers a request; nil where nothing does.
    /// - Parameter metric: Its resource may be written in any way that names one.
    package func origin(of metric: CustomMetric) -> (metric: CustomMetric, origin: Origin)? {
        guard let resource = kinds.normalized(metric.resource) else { return nil }
        let normalized = CustomMetric(resource: resource, isNamespaced: metric.isNamespaced, name: metric.name)
        return origins[normalized].map { (normalized, $0) }
    }

    /// - Returns: nil where the metric is not there, no object is named, or the rule makes no query of it.
    package func query(
        _ metric: CustomMetric, namespace: String, names: [String], selector: LabelSelector, escaping: AlternativesEscaping = .literal
    ) -> String? {
        guard !names.isEmpty, let (metric, origin) = origin(of: metric) else { return nil }
        return try? origin.rule.query(
            series: origin.series, metric.resource, namespace: namespace, names: names, selector: selector, escaping: escaping)
    }
}

/// The external metrics that series make by the rules.
///
/// - Source: prometheus-adapter v0.12 pkg/external-provider/external_series_registry.go
package struct ExternalMetricsTable: Sendable {
    private var origins: [String: CustomMetricsTable.Origin] = [:]

    /// - Parameter found: As for custom metrics.
    package init(_ found: [(rule: CompiledRule, metrics: [String: String])]) {
        for (rule, metrics) in found {
            for (name, series) in metrics { origins[name] = CustomMetricsTable.Origin(series: series, rule: rule) }
        }
    }

    /// The names of the metrics, with the name of the series that each is of.
    package static func metrics(of series: some Sequence<Series>, by rule: CompiledRule) -> [String: String] {
        var metrics: [String: String] = [:]
        var reading = SeriesReading(rule)
        for series in series { if let name = reading.metricName(of: series) { metrics[name] = series.name } }
        return metrics
    }

    package var names: [String] { origins.keys.sorted() }

    package func origin(of name: String) -> CustomMetricsTable.Origin? { origins[name] }
}

/// What a rule makes of names and labels, each looked at once.
private struct SeriesReading {
    private let rule: CompiledRule
    private var names: [String: String?] = [:]
    private var resources: [String: GroupResource?] = [:]

    init(_ rule: CompiledRule) { self.rule = rule }

    /// nil where the rule leaves the series out.
    mutating func metricName(of series: Series) -> String? {
        if let known = names[series.name] { return known }
        let name = rule.includes(series) ? try? rule.metricName(of: series) : nil
        names[series.name] = .some(name)
        return name
    }

    mutating func resource(of label: String) -> GroupResource? {
        if let known = resources[label] { return known }
        let resource = rule.resource(of: label)
        resources[label] = .some(resource)
        return resource
    }
}
