// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What the Prometheus object lays down for all monitors.
struct ScrapePolicy {
    var scrapeInterval = PrometheusDuration(seconds: 30)
    var evaluationInterval = PrometheusDuration(seconds: 30)
    /// Nil for Prometheus' own default, 10 s, or the interval if that is shorter.
    var scrapeTimeout: PrometheusDuration?
    var overridesHonorLabels = false
    var overridesHonorTimestamps = false
    var ignoresNamespaceSelectors = false
    var fileAccess = FileAccess()
    /// The label that must tell a series' namespace truly; nil where nothing is enforced.
    var enforcedNamespaceLabel: String?
    var exclusions: [Exclusion] = []
    var podTargetLabels: [String] = []
    var usesEndpointSlices = false
    var limits = ScrapeLimits()

    /// Objects that the namespace label is not enforced on.
    struct Exclusion {
        /// Plural, in lower case: `servicemonitors`.
        var resource: String
        var namespace: String
        /// Nil for all of the namespace.
        var name: String?
    }

    /// The label to enforce on an object of `resource`; nil where none is.
    func enforcedLabel(on resource: String, _ name: NamespacedName) -> String? {
        let isExcluded = exclusions.contains {
            $0.resource == resource && $0.namespace == name.namespace && ($0.name == nil || $0.name == name.name)
        }
        return isExcluded ? nil : enforcedNamespaceLabel
    }
}

extension ScrapePolicy {
    /// What can't be read of `spec` is as if it were not there, and is reported; except that what forbids something stays forbidden.
    init(_ spec: Fields, reading: inout ObjectReading) {
        readIntervals(spec, &reading)
        overridesHonorLabels = Self.restricts("overrideHonorLabels", spec, &reading)
        overridesHonorTimestamps = Self.restricts("overrideHonorTimestamps", spec, &reading)
        ignoresNamespaceSelectors = Self.restricts("ignoreNamespaceSelectors", spec, &reading)
        podTargetLabels = reading.attempt { _ throws(FieldProblem) in try spec.strings("podTargetLabels") } ?? []
        let role = reading.attempt { _ throws(FieldProblem) in try spec.word("serviceDiscoveryRole", of: ["Endpoints", "EndpointSlice"]) }
        usesEndpointSlices = role == "EndpointSlice"
        fileAccess = FileAccess(spec, reading: &reading)
        readEnforcement(spec, &reading)
        limits = ScrapeLimits(spec, reading: &reading)
    }

    /// Whether a restriction holds; one that can't be read does.
    fileprivate static func restricts(_ name: String, _ spec: Fields, _ reading: inout ObjectReading) -> Bool {
        guard spec.value(name) != nil else { return false }
        return reading.attempt { _ throws(FieldProblem) in try spec.bool(name) } ?? true
    }

    private mutating func readIntervals(_ spec: Fields, _ reading: inout ObjectReading) {
        for (name, path) in [("scrapeInterval", \Self.scrapeInterval), ("evaluationInterval", \Self.evaluationInterval)] {
            let interval = reading.attempt { _ throws(FieldProblem) in try spec.duration(name) }
            if let interval, interval.milliseconds > 0 { self[keyPath: path] = interval }
        }
        let longest = scrapeInterval
        scrapeTimeout = reading.attempt { _ throws(FieldProblem) in
            guard let timeout = try spec.duration("scrapeTimeout"), timeout.milliseconds > 0 else { return nil }
            guard timeout <= longest else {
                throw spec.problem(
                    "scrapeTimeout", "\(timeout.text) is longer than the interval of \(longest.text)", fix: "make it as long as the interval at most")
            }
            return timeout
        }
    }

    private mutating func readEnforcement(_ spec: Fields, _ reading: inout ObjectReading) {
        let label = reading.attempt { _ throws(FieldProblem) -> String? in
            guard let label = try spec.text("enforcedNamespaceLabel") else { return nil }
            guard LabelName.isValid(label) else {
                throw spec.problem("enforcedNamespaceLabel", "\(label.quoted) is not a label's name", fix: "use letters, digits and _ only")
            }
            return label
        }
        let isAbsent = [nil, ""].contains(spec.value("enforcedNamespaceLabel"))
        enforcedNamespaceLabel = label ?? (isAbsent ? nil : "namespace")
        exclusions = reading.attempt { _ throws(FieldProblem) in try Self.exclusions(spec) } ?? []
    }

    private static func exclusions(_ spec: Fields) throws(FieldProblem) -> [Exclusion]? {
        var exclusions: [Exclusion] = []
        for entry in try spec.fieldsList("excludedFromEnforcement") {
            exclusions.append(
                Exclusion(
                    resource: try entry.string("resource") ?? "", namespace: try entry.string("namespace") ?? "", name: try entry.text("name")))
        }
        for entry in try spec.fieldsList("prometheusRulesExcludedFromEnforce") {
            exclusions.append(
                Exclusion(
                    resource: "prometheusrules", namespace: try entry.string("ruleNamespace") ?? "", name: try entry.string("ruleName") ?? ""))
        }
        return exclusions
    }
}

extension FileAccess {
    fileprivate init(_ spec: Fields, reading: inout ObjectReading) {
        namespace = reading.name.namespace
        secrets = Set(reading.attempt { _ throws(FieldProblem) in try spec.strings("secrets") } ?? [])
        configMaps = Set(reading.attempt { _ throws(FieldProblem) in try spec.strings("configMaps") } ?? [])
        let name = "arbitraryFSAccessThroughSMs"
        let access = reading.attempt { _ throws(FieldProblem) in try spec.fields(name) }
        isAllowed = access.map { !ScrapePolicy.restricts("deny", $0, &reading) } ?? (spec.value(name) == nil)
    }
}
