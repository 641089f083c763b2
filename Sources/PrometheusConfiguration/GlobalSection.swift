// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Prometheus' `global` section.
struct GlobalSection {
    var json: JSONObject
    /// The label by which replicas are told apart; nil where there is none. Alerts go without it.
    var replicaLabel: String?

    init(_ spec: Fields, policy: ScrapePolicy, reading: inout ObjectReading) {
        json = ["scrape_interval": .string(policy.scrapeInterval.text), "evaluation_interval": .string(policy.evaluationInterval.text)]
        if let timeout = policy.scrapeTimeout { json["scrape_timeout"] = .string(timeout.text) }
        var labels = JSONObject()
        let name = Self.labelName("prometheusExternalLabelName", or: "prometheus", spec, &reading)
        if let name { labels[name] = .string(reading.name.description) }
        replicaLabel = Self.labelName("replicaExternalLabelName", or: "prometheus_replica", spec, &reading)
        // One server runs, which is the first of the replicas.
        if let replicaLabel { labels[replicaLabel] = .string("prometheus-\(reading.name.name)-0") }
        Self.addExternalLabels(spec, to: &labels, &reading)
        json["external_labels"] = labels.isEmpty ? nil : .object(labels)
    }

    /// Nil where it is written as empty, which is how to have none.
    private static func labelName(_ field: String, or standard: String, _ spec: Fields, _ reading: inout ObjectReading) -> String? {
        let name =
            reading.attempt { _ throws(FieldProblem) in
                guard let name = try spec.string(field) else { return standard }
                guard name.isEmpty || LabelName.isValid(name) else {
                    throw spec.problem(field, "\(name.quoted) is not a label's name", fix: "use letters, digits and _ only")
                }
                return name
            } ?? standard
        return name.isEmpty ? nil : name
    }

    private static func addExternalLabels(_ spec: Fields, to labels: inout JSONObject, _ reading: inout ObjectReading) {
        let external = reading.attempt { _ throws(FieldProblem) in try spec.fields("externalLabels") }
        for member in external?.members ?? [:] {
            let field = "externalLabels.\(member.key)"
            if labels[member.key] != nil {
                reading.leaveOut(spec.problem(field, "is a label that the server sets itself", fix: "choose another name"))
            } else if !LabelName.isValid(member.key) {
                reading.leaveOut(spec.problem(field, "is not a label's name", fix: "use letters, digits and _ only"))
            } else if let value = member.value.string {
                labels[member.key] = .string(value)
            } else {
                reading.leaveOut(spec.problem(field, "is not text", fix: "quote the value"))
            }
        }
    }
}
