// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel

/// All that a Prometheus server is run with.
package struct ServerConfiguration: Sendable, Hashable {
    /// `prometheus.yml`. It holds no secret but user names; what it refers to is in the two below.
    package var file: [UInt8]
    /// By path below the folder of rules; each is in a folder of its own. A file that is no longer here is to be removed.
    package var ruleFiles: [String: [UInt8]] = [:]
    /// By path below the folder of credentials; for the server alone to read. A file that is no longer here is to be removed.
    package var secretFiles: [String: [UInt8]] = [:]
    package var settings = ServerSettings()
    /// What of the objects is not in the configuration; by object, those of the Prometheus object first.
    package var problems: [ConfigurationProblem] = []
    /// Which Secrets and ConfigMaps were asked for, found or not: when one of them changes, so may the configuration.
    package var references: Set<DataReference> = []

    /// Where the file of a PrometheusRule is among `ruleFiles`.
    package static func rulePath(_ rule: NamespacedName) -> String { RuleFile.path(rule) }

    /// The configuration's text.
    package var text: String { String(decoding: file, as: UTF8.self) }
}

extension ServerConfiguration: CustomStringConvertible, CustomDebugStringConvertible {
    /// Without the bytes, some of which are secret.
    package var description: String {
        "configuration of \(file.count) bytes, \(ruleFiles.count) rule files, \(secretFiles.count) secret files, \(problems.count) problems"
    }

    package var debugDescription: String { description }
}

extension ServerConfiguration {
    /// What prometheus-operator would make of the objects, for a server that runs as a process beside the API server.
    ///
    /// Total: whatever an object holds, the others are in the configuration, and Prometheus loads it, rules' expressions aside: a rule file whose
    /// PromQL is wrong has to be found and left out by the caller. An object that Prometheus would refuse is dropped whole, as the operator
    /// does: nothing is scraped with other credentials or rules than it was meant to be.
    /// - Parameter lab: What is scraped besides, by the lab's own server.
    package init(_ objects: MonitoringObjects, lab: LabTargets? = nil, in environment: ServerEnvironment) {
        var rendering = Rendering(objects, lab, environment)
        rendering.render()
        self = rendering.configuration
    }
}

private struct Rendering {
    private let objects: MonitoringObjects
    private let environment: ServerEnvironment
    private let spec: Fields
    private var server: ObjectReading
    private let policy: ScrapePolicy
    private(set) var configuration = ServerConfiguration(file: [])
    private var jobs: [JSONValue]

    init(_ objects: MonitoringObjects, _ lab: LabTargets?, _ environment: ServerEnvironment) {
        self.objects = objects
        jobs = (lab?.jobs(environment.discovery) ?? []).map { .object($0) }
        self.environment = environment
        var server = ObjectReading(objects.prometheus, kind: "Prometheus", environment: environment, data: objects.data)
        let spec = server.attempt { _ throws(FieldProblem) in try Fields(objects.prometheus["spec"], at: "spec") } ?? Fields(empty: "spec")
        policy = ScrapePolicy(spec, reading: &server)
        // The Prometheus object's own paths are never denied.
        server.fileAccess = policy.fileAccess
        server.fileAccess.isAllowed = true
        self.spec = spec
        self.server = server
    }

    mutating func render() {
        var file = JSONObject()
        let global = GlobalSection(spec, policy: policy, reading: &server)
        file["global"] = .object(global.json)
        var others: [ObjectReading] = []
        for (kind, monitors, prefix) in [
            (MonitorKind.service, objects.serviceMonitors, "serviceMonitor"), (MonitorKind.pod, objects.podMonitors, "podMonitor"),
        ] {
            others += addJobs(of: monitors, kind, Selection(prefix, of: spec, reading: &server))
        }
        others += addRules(Selection("rule", of: spec, reading: &server))
        let names = Set(jobs.compactMap { $0["job_name"]?.string })
        jobs += server.additionalJobs(of: spec, policy: policy, besides: names)
        file["scrape_configs"] = .array(jobs)
        let ruleFiles = configuration.ruleFiles.keys.sorted().map { environment.rulesFolder.escapedForGlob.appendingPath($0) }
        if !ruleFiles.isEmpty { file["rule_files"] = JSONValue(ruleFiles) }
        let alerting = AlertingSection(spec, policy: policy, replicaLabel: global.replicaLabel, reading: &server)
        if let section = alerting.json { file["alerting"] = .object(section) }
        let write = server.remoteWrite(spec)
        if !write.isEmpty { file["remote_write"] = .array(write) }
        let read = server.remoteRead(spec)
        if !read.isEmpty { file["remote_read"] = .array(read) }
        if let storage = server.storageSection(spec) { file["storage"] = .object(storage) }
        configuration.settings = ServerSettings(spec, policy: policy, reading: &server)
        server.reportUnsupported(spec)
        configuration.file = Array(YAML.text(of: .object(file)).utf8)
        for reading in [server] + others { configuration.add(reading) }
    }

    private mutating func addJobs(of monitors: [KubeObject], _ kind: MonitorKind, _ selection: Selection) -> [ObjectReading] {
        each(selection.select(monitors, in: objects.namespaces), kind.kind) { rendering, monitor, reading throws(FieldProblem) in
            rendering.jobs += try MonitorReading.jobs(of: monitor, kind, policy: rendering.policy, reading: &reading)
        }
    }

    private mutating func addRules(_ selection: Selection) -> [ObjectReading] {
        each(selection.select(objects.rules, in: objects.namespaces), "PrometheusRule") { rendering, rule, reading throws(FieldProblem) in
            if let label = rendering.policy.enforcedLabel(on: "prometheusrules", rule.namespacedName) {
                throw FieldProblem(
                    "spec.groups", "would have to be held to the namespace by the label \(label), which is not supported for expressions",
                    fix: "exclude the object in the Prometheus object's excludedFromEnforcement")
            }
            let text = try RuleFile.text(of: rule, reading: &reading)
            if let text { rendering.configuration.ruleFiles[RuleFile.path(rule.namespacedName)] = Array(text.utf8) }
        }
    }

    /// Goes through objects, each once and on its own; what is wrong with one costs that one.
    private mutating func each(
        _ selected: [KubeObject], _ kind: String, _ body: (inout Rendering, KubeObject, inout ObjectReading) throws(FieldProblem) -> Void
    ) -> [ObjectReading] {
        var seen: Set<NamespacedName> = []
        return selected.map { object in
            var reading = ObjectReading(object, kind: kind, environment: environment, data: objects.data)
            do throws(FieldProblem) {
                guard ObjectName.isValidNamespace(object.namespace), ObjectName.isValid(object.name) else {
                    throw FieldProblem("metadata.name", "is not an object's name", fix: "use lower-case letters, digits, - and . only")
                }
                guard seen.insert(object.namespacedName).inserted else {
                    throw FieldProblem("metadata.name", "is another object's name too", fix: "remove one of the two")
                }
                try body(&self, object, &reading)
            } catch {
                reading.drop(error)
            }
            return reading
        }
    }
}

extension ServerConfiguration {
    fileprivate mutating func add(_ reading: ObjectReading) {
        secretFiles.merge(reading.files) { $1 }
        problems += reading.problems
        references.formUnion(reading.references)
    }
}
