// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeCoding
import KubeModel

/// Makes a rule file of one PrometheusRule. The expressions are for Prometheus' own parser to judge.
/// - Source: `Validate`, prometheus v2.42 model/rulefmt/rulefmt.go
struct RuleFile {
    private let spec: Fields
    private var reading: ObjectReading

    private init(_ rule: KubeObject, reading: ObjectReading) throws(FieldProblem) {
        spec = try Fields(rule["spec"], at: "spec")
        self.reading = reading
    }

    /// Nil where there are no groups.
    static func text(of rule: KubeObject, reading: inout ObjectReading) throws(FieldProblem) -> String? {
        var file = try RuleFile(rule, reading: reading)
        defer { reading = file.reading }
        return try file.text()
    }

    /// Where the file is, below the folder of rules: a folder for each object, since its name alone may be as long as a file's can.
    static func path(_ name: NamespacedName) -> String { "\(name.namespace)/\(name.name)/rules.yaml" }

    private mutating func text() throws(FieldProblem) -> String? {
        var names: Set<String> = []
        var groups: [JSONValue] = []
        for fields in try spec.fieldsList("groups") {
            guard let name = try fields.text("name") else { throw fields.problem("name", "is missing", fix: "name the group") }
            guard names.insert(name).inserted else {
                throw fields.problem("name", "\(name.quoted) is another group's name too", fix: "choose another name")
            }
            groups.append(.object(try group(fields, name)))
        }
        return groups.isEmpty ? nil : YAML.text(of: ["groups": .array(groups)])
    }

    private mutating func group(_ fields: Fields, _ name: String) throws(FieldProblem) -> JSONObject {
        var group: JSONObject = ["name": .string(name)]
        if let interval = try fields.duration("interval") { group["interval"] = .string(interval.text) }
        if let limit = try fields.integer("limit", in: 0...Int64(Int32.max)), limit > 0 { group["limit"] = .integer(limit) }
        if let offset = try fields.duration("query_offset"), reading.supports(fields.path("query_offset"), since: PrometheusVersion(2, 53)) {
            group["query_offset"] = .string(offset.text)
        }
        // Rules have them each, where the group can't: the rule's own goes first, as it does in versions that know the field.
        let labels = try self.labels(fields)
        var rules: [JSONValue] = []
        for rule in try fields.fieldsList("rules") { rules.append(.object(try self.rule(rule, groupLabels: labels))) }
        group["rules"] = .array(rules)
        return group
    }

    private mutating func rule(_ fields: Fields, groupLabels: JSONObject) throws(FieldProblem) -> JSONObject {
        var rule: JSONObject = ["expr": .string(try expression(fields))]
        switch (try fields.text("record"), try fields.text("alert")) {
        case (let record?, nil):
            guard LabelName.isValidMetric(record) else {
                throw fields.problem("record", "\(record.quoted) is not a metric's name", fix: "use letters, digits, _ and : only")
            }
            for field in ["for", "keep_firing_for", "annotations"] {
                guard fields.value(field).map({ $0 == "" || $0 == [:] }) ?? true else {
                    throw fields.problem(field, "has no place in a recording rule", fix: "remove it, or write alert for record")
                }
            }
            rule["record"] = .string(record)
        case (nil, let alert?):
            rule["alert"] = .string(alert)
            if let time = try fields.duration("for") { rule["for"] = .string(time.text) }
            if let time = try fields.duration("keep_firing_for"), reading.supports(fields.path("keep_firing_for"), since: PrometheusVersion(2, 42)) {
                rule["keep_firing_for"] = .string(time.text)
            }
            let annotations = try fields.stringMap("annotations")
            try checkNames(annotations, "annotations", fields)
            if !annotations.isEmpty { rule["annotations"] = .object(annotations) }
        default:
            throw FieldProblem(fields.path, "has to have either record or alert", fix: "name the series to record, or the alert")
        }
        let labels = groupLabels.merged(with: try self.labels(fields)) { $1.value }
        if !labels.isEmpty { rule["labels"] = .object(labels) }
        return rule
    }

    private func labels(_ fields: Fields) throws(FieldProblem) -> JSONObject {
        let labels = try fields.stringMap("labels")
        try checkNames(labels, "labels", fields)
        guard labels["__name__"] == nil else { throw fields.problem("labels", "names the series itself", fix: "remove __name__") }
        return labels
    }

    /// Text, or a number.
    private func expression(_ fields: Fields) throws(FieldProblem) -> String {
        switch fields.value("expr") {
        case .string(let text) where !text.trimmed.isEmpty: return text
        case .integer(let number): return String(number)
        case .number(let number): return JSONValue.number(number).encodedText
        default: throw fields.problem("expr", "is no expression", fix: "write a PromQL expression")
        }
    }

    private func checkNames(_ labels: JSONObject, _ field: String, _ fields: Fields) throws(FieldProblem) {
        for name in labels.keys where !LabelName.isValid(name) {
            throw fields.problem("\(field).\(name)", "is not a label's name", fix: "use letters, digits and _ only")
        }
    }
}
