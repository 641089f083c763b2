// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import KubeModel

/// What was found of each rule.
struct RulesReport {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    struct Metric {
        /// `pods/http_requests`, or an external metric's name.
        var name: String
        /// For one object.
        var query: String
        var value: String?
        var note: String?
    }

    struct Entry {
        /// `rules[0]`
        var rule: String
        var seriesQuery: String?
        /// Empty for the one that the command line names.
        var server = ""
        var problem: String?
        var seriesCount: Int?
        /// Of those, how many the rule's filters let through.
        var keptCount: Int?
        var metrics: [Metric] = []
        var warnings: [String] = []
    }

    var entries: [Entry]
    /// Whether a server was asked.
    var isLookedUp: Bool

    var problemCount: Int { entries.count { $0.problem != nil } }

    /// So many metrics of a rule are shown as text.
    private static let shown = 10

    func text(_ format: Format) -> String {
        switch format {
        case .json: return json.encodedText + "\n"
        case .text:
            let summary = "\(entries.count) rules, \(problemCount) with a problem\(isLookedUp ? "" : "; --prometheus URL shows what they find")\n"
            return entries.map(Self.text).joined() + summary
        }
    }

    private static func text(_ entry: Entry) -> String {
        var lines = [entry.rule + (entry.seriesQuery.map { "  \($0)" } ?? "")]
        if !entry.server.isEmpty { lines.append("  server: \(entry.server)") }
        if let problem = entry.problem { lines.append("  problem: \(problem)") }
        if let found = entry.seriesCount, let kept = entry.keptCount { lines.append("  series: \(found), of which the filters keep \(kept)") }
        for warning in Set(entry.warnings).sorted() { lines.append("  warning: \(warning)") }
        for metric in entry.metrics.prefix(shown) {
            lines.append("  \(metric.name)\(metric.value.map { " = \($0)" } ?? metric.note.map { ": \($0)" } ?? "")")
            lines.append("    \(metric.query.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " "))")
        }
        if entry.metrics.count > shown { lines.append("  and \(entry.metrics.count - shown) more metrics") }
        return lines.joined(separator: "\n") + "\n"
    }

    private var json: JSONValue {
        let rules = entries.map { entry -> JSONValue in
            var object: JSONObject = ["rule": .string(entry.rule)]
            object["seriesQuery"] = entry.seriesQuery.map { .string($0) }
            object["server"] = entry.server.isEmpty ? nil : .string(entry.server)
            object["problem"] = entry.problem.map { .string($0) }
            object["series"] = entry.seriesCount.map { .integer(Int64($0)) }
            object["keptSeries"] = entry.keptCount.map { .integer(Int64($0)) }
            object["warnings"] = entry.warnings.isEmpty ? nil : JSONValue(entry.warnings)
            object["metrics"] = .array(
                entry.metrics.map { metric in
                    var object: JSONObject = ["name": .string(metric.name), "query": .string(metric.query)]
                    object["value"] = metric.value.map { .string($0) }
                    object["note"] = metric.note.map { .string($0) }
                    return .object(object)
                })
            return .object(object)
        }
        return ["rules": .array(rules), "problems": .integer(Int64(problemCount))]
    }
}
