// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeClient
import KubeModel
import MetricRules
import MetricsAPI
import PrometheusClient

/// By which rules a lab makes metrics of its Prometheus' series: those in its directory, or the built-in ones.
struct LabMetricRules: Sendable {
    let directory: LabDirectory
    /// How often the lab scrapes.
    let resolution: Duration

    /// A scrape may be late or missed, and a rate still be known.
    private var window: Duration { max(.seconds(10), resolution * 4) }

    /// - Throws: `CommandFailure` naming the file and the line.
    func configuration(port: Int, usageSource: UsageSource) throws -> RuledMetricsConfiguration {
        let hasFile = FileManager.default.fileExists(atPath: directory.metricRules)
        let rules = try hasFile ? RulesFile(path: directory.metricRules).configuration() : RulesFile.standard(window: window)
        guard let address = PrometheusAddress("http://127.0.0.1:\(port)") else { throw CommandFailure(.failed, "port \(port) is none") }
        if usageSource == .prometheus, rules.resourceRules == nil {
            throw CommandFailure(.usage, "\(directory.metricRules) has no resourceRules", fix: "add them; updraft rules default shows some")
        }
        let transport = try HTTPTransport(ClientConfiguration(server: address.server), timeLimit: .seconds(10))
        var configuration = RuledMetricsConfiguration(
            rules: rules, kinds: ResourceKinds(ResourceKinds.builtIn), prometheus: PrometheusClient(address, transport: transport),
            connect: PrometheusServer.connect)
        configuration.tellsUsage = usageSource == .prometheus
        return configuration
    }
}
