// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// prometheus-adapter's configuration file, and what is Updraft's own in it: `servers`, and each rule's `server`.
///
/// - Source: prometheus-adapter v0.12 pkg/config/config.go
package struct MetricsConfiguration: Sendable, Hashable {
    /// Of custom metrics.
    package var rules: [DiscoveryRule] = []
    package var externalRules: [DiscoveryRule] = []
    /// Of `metrics.k8s.io`.
    package var resourceRules: ResourceRules?
    /// Further servers, by the names that rules give them. Not of prometheus-adapter.
    package var servers: [String: PrometheusServer] = [:]

    package init() {}
}

/// Which series become metrics, under which names, and how a value of them is asked for.
package struct DiscoveryRule: Sendable, Hashable {
    /// What Prometheus' list of series is asked for.
    package var seriesQuery = ""
    package var seriesFilters: [SeriesFilter] = []
    package var resources = ResourceMapping()
    package var name = NameMapping()
    package var metricsQuery = ""
    /// One of `servers`; empty for the one that flags name. Not of prometheus-adapter.
    package var server = ""
}

/// A regular expression on a series' name: one of the two.
package struct SeriesFilter: Sendable, Hashable {
    package var `is` = ""
    package var isNot = ""
}

/// How labels name Kubernetes' objects.
package struct ResourceMapping: Sendable, Hashable {
    package var template = ""
    /// By label.
    package var overrides: [String: GroupResource] = [:]
    /// Whether queries of external metrics name the namespace; nil means so.
    package var namespaced: Bool?
}

package struct NameMapping: Sendable, Hashable {
    package var matches = ""
    package var `as` = ""
}

package struct ResourceRules: Sendable, Hashable {
    package var cpu = ResourceRule()
    package var memory = ResourceRule()
    /// What the queries average over, as far as the API tells it.
    package var window = Duration.zero
}

package struct ResourceRule: Sendable, Hashable {
    package var containerQuery = ""
    package var nodeQuery = ""
    package var resources = ResourceMapping()
    /// Which label names the container.
    package var containerLabel = ""
    /// As a `DiscoveryRule`'s.
    package var server = ""
}
