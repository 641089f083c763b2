// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// What differs between the two kinds of monitors in where their fields stand, and what they select.
struct MonitorKind: Sendable {
    /// What `selector` and `jobLabel` are about, by its name in discovery's labels.
    enum Subject: String {
        case service, pod
    }

    var kind: String
    /// Plural, as exclusions from enforcement name it.
    var resource: String
    /// The list of endpoints.
    var endpoints: String
    /// The first part of a job's name: `serviceMonitor/NAMESPACE/NAME/INDEX`.
    var jobPrefix: String
    var subject: Subject
    /// From which version on targets may carry their nodes' labels.
    var attachesMetadataSince: PrometheusVersion

    static let service = MonitorKind(
        kind: "ServiceMonitor", resource: "servicemonitors", endpoints: "endpoints", jobPrefix: "serviceMonitor", subject: .service,
        attachesMetadataSince: PrometheusVersion(2, 37))
    static let pod = MonitorKind(
        kind: "PodMonitor", resource: "podmonitors", endpoints: "podMetricsEndpoints", jobPrefix: "podMonitor", subject: .pod,
        attachesMetadataSince: PrometheusVersion(2, 35))
}
