// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Makes scrape jobs of one ServiceMonitor or PodMonitor, one per endpoint.
///
/// `selectorMechanism` changes only who looks at the labels, and so isn't looked at itself.
/// - Source: `generateServiceMonitorConfig`, `generatePodMonitorConfig`, prometheus-operator pkg/prometheus/promcfg.go
struct MonitorReading {
    let kind: MonitorKind
    let policy: ScrapePolicy
    let spec: Fields
    var reading: ObjectReading

    static func jobs(
        of monitor: KubeObject, _ kind: MonitorKind, policy: ScrapePolicy, reading: inout ObjectReading
    ) throws(FieldProblem) -> [JSONValue] {
        var monitor = try MonitorReading(monitor, kind, policy: policy, reading: reading)
        defer { reading = monitor.reading }
        return try monitor.jobs()
    }

    private init(_ monitor: KubeObject, _ kind: MonitorKind, policy: ScrapePolicy, reading: ObjectReading) throws(FieldProblem) {
        self.kind = kind
        self.policy = policy
        self.reading = reading
        self.reading.fileAccess = policy.fileAccess
        spec = try Fields(monitor["spec"], at: "spec")
    }

    private mutating func jobs() throws(FieldProblem) -> [JSONValue] {
        let endpoints = try spec.fieldsList(kind.endpoints)
        guard !endpoints.isEmpty else {
            throw spec.problem(kind.endpoints, "has no endpoint", fix: "add one with the port to scrape")
        }
        let query = try discoveryQuery()
        let common = try commonRules()
        reportUnsupported()
        var jobs: [JSONValue] = []
        for (index, endpoint) in endpoints.enumerated() {
            jobs.append(.object(try job(endpoint, index, query, common)))
        }
        return jobs
    }

    private mutating func job(_ endpoint: Fields, _ index: Int, _ query: DiscoveryQuery, _ common: CommonRules) throws(FieldProblem) -> JSONObject {
        var job = try reading.httpClient(endpoint)
        job["job_name"] = .string("\(kind.jobPrefix)/\(reading.name.namespace)/\(reading.name.name)/\(index)")
        reading.environment.discovery.add(query, to: &job)
        try addRequest(endpoint, to: &job)
        try addTrust(endpoint, to: &job)
        try policy.limits.add(to: &job, spec, reading: &reading)
        try addVersioned(spec, Self.versionedOfMonitors, to: &job)
        try addVersioned(endpoint, Self.versionedOfEndpoints, to: &job)
        try addRules(endpoint, common, to: &job)
        return job
    }

    /// When, where and how to ask.
    private mutating func addRequest(_ endpoint: Fields, to job: inout JSONObject) throws(FieldProblem) {
        let interval = try endpoint.duration("interval").flatMap { $0.milliseconds > 0 ? $0 : nil }
        if let interval { job["scrape_interval"] = .string(interval.text) }
        if let timeout = try endpoint.duration("scrapeTimeout"), timeout.milliseconds > 0 {
            let longest = interval ?? policy.scrapeInterval
            guard timeout <= longest else {
                throw endpoint.problem(
                    "scrapeTimeout", "\(timeout.text) is longer than the interval of \(longest.text)", fix: "make it as long as the interval at most")
            }
            job["scrape_timeout"] = .string(timeout.text)
        }
        if let path = try endpoint.text("path") { job["metrics_path"] = .string(path) }
        if let scheme = try endpoint.text("scheme")?.lowercased() {
            guard ["http", "https"].contains(scheme) else {
                throw endpoint.problem("scheme", "\(scheme.quoted) is not known", fix: "write http or https")
            }
            job["scheme"] = .string(scheme)
        }
        if let params = try endpoint.fields("params") {
            for member in params.members { _ = try params.strings(member.key) }
            if !params.members.isEmpty { job["params"] = .object(params.members) }
        }
    }

    /// What of a target's own labels and times counts.
    private func addTrust(_ endpoint: Fields, to job: inout JSONObject) throws(FieldProblem) {
        let honorsLabels = try endpoint.bool("honorLabels") ?? false
        job["honor_labels"] = .bool(honorsLabels && !policy.overridesHonorLabels)
        let honorsTimestamps = try endpoint.bool("honorTimestamps")
        if policy.overridesHonorTimestamps {
            job["honor_timestamps"] = false
        } else if let honorsTimestamps {
            job["honor_timestamps"] = .bool(honorsTimestamps)
        }
    }

    private mutating func addRules(_ endpoint: Fields, _ common: CommonRules, to job: inout JSONObject) throws(FieldProblem) {
        let version = reading.environment.version
        let own = try RelabelRule.list("relabelings", of: endpoint, version: version)
        let ofSeries = try RelabelRule.list("metricRelabelings", of: endpoint, version: version)
        var enforced: [RelabelRule] = []
        if let label = policy.enforcedLabel(on: kind.resource, reading.name) { enforced = [.set(label, to: reading.name.namespace)] }
        job["relabel_configs"] = .array((try rules(endpoint, common) + own + enforced).map(\.json))
        if !(ofSeries + enforced).isEmpty { job["metric_relabel_configs"] = .array((ofSeries + enforced).map(\.json)) }
    }

    private var role: DiscoveryRole { kind.subject == .pod ? .pod : usesEndpointSlices ? .endpointslice : .endpoints }

    private mutating func discoveryQuery() throws(FieldProblem) -> DiscoveryQuery {
        _ = try spec.word("serviceDiscoveryRole", of: ["Endpoints", "EndpointSlice"])
        var query = DiscoveryQuery(role: role, namespaces: try namespaces())
        if let metadata = try spec.fields("attachMetadata"), try metadata.bool("node") ?? false {
            query.attachesNodeMetadata = reading.supports(metadata.path("node"), since: kind.attachesMetadataSince)
        }
        return query
    }

    /// Empty for all of them.
    private func namespaces() throws(FieldProblem) -> [String] {
        guard !policy.ignoresNamespaceSelectors, let selector = try spec.fields("namespaceSelector") else { return [reading.name.namespace] }
        if try selector.bool("any") ?? false { return [] }
        let names = try selector.strings("matchNames")
        for (index, name) in names.enumerated() where !ObjectName.isValidNamespace(name) {
            throw selector.problem("matchNames[\(index)]", "\(name.quoted) is not the name of a namespace", fix: "write a namespace's name")
        }
        return names.isEmpty ? [reading.name.namespace] : names
    }
}
