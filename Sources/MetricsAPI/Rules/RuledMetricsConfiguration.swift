// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricRules
import PrometheusClient

/// Which metrics are made of Prometheus' series, and how: what `--rules` and `--prometheus-url` say.
package struct RuledMetricsConfiguration: Sendable {
    package var rules: MetricsConfiguration
    package var prometheus: PrometheusClient
    /// How the servers are reached that the rules name; whatever it throws is told as it is.
    package var connect: Connect
    /// What labels may name.
    package var kinds: ResourceKinds
    /// Whether `metrics.k8s.io` tells what nodes and pods use by the rules' resourceRules, in the place of kubelets.
    package var tellsUsage = false
    /// The APIs that are served by the rules.
    package var groups: Set<Group> = Set(Group.allCases)
    /// Metrics that another adapter serves still; nil where there are none.
    package var forwarding: MetricForwarding?
    /// Labels of the ConfigMaps in which namespaces have rules for themselves; nil where they have none.
    package var configMapSelector: String?
    /// How often it is looked which series there are; besides, whenever something is asked for that is not known.
    package var relistInterval = Duration.seconds(30)
    /// How old the last sample of a series may be.
    package var maximumAge = Duration.seconds(600)

    package typealias Connect = @Sendable (PrometheusServer) throws -> PrometheusClient

    package enum Group: String, Sendable, CaseIterable {
        case custom = "custom.metrics.k8s.io"
        case external = "external.metrics.k8s.io"
    }

    /// Those that a file has rules for.
    package static func groups(of rules: MetricsConfiguration) -> Set<Group> {
        Set((rules.rules.isEmpty ? [] : [.custom]) + (rules.externalRules.isEmpty ? [] : [.external]))
    }

    package var servesAnything: Bool { tellsUsage || !groups.isEmpty }

    package init(rules: MetricsConfiguration, kinds: ResourceKinds, prometheus: PrometheusClient, connect: @escaping Connect) {
        self.rules = rules
        self.kinds = kinds
        self.prometheus = prometheus
        self.connect = connect
    }
}
