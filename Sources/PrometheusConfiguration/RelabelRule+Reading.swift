// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension RelabelRule {
    /// The fields' names: those of monitors, or those of Prometheus' own file.
    enum Spelling {
        case camelCase, snakeCase

        func name(_ camelCase: String, _ snakeCase: String) -> String { self == .camelCase ? camelCase : snakeCase }
    }

    /// A list of rules; empty where it is absent.
    static func list(_ name: String, of fields: Fields, _ spelling: Spelling = .camelCase, version: PrometheusVersion) throws(FieldProblem) -> [Self]
    {
        var rules: [Self] = []
        for entry in try fields.fieldsList(name) { rules.append(try Self(entry, spelling, version: version)) }
        return rules
    }

    /// - Throws: For whatever Prometheus would refuse.
    /// - Source: `Config.UnmarshalYAML`, prometheus v2.42 model/relabel/relabel.go
    init(_ fields: Fields, _ spelling: Spelling, version: PrometheusVersion) throws(FieldProblem) {
        if spelling == .snakeCase {
            try fields.checkNames(["action", "source_labels", "separator", "regex", "modulus", "target_label", "replacement"])
        }
        action = try fields.text("action")?.lowercased()
        sourceLabels = try fields.strings(spelling.name("sourceLabels", "source_labels"))
        separator = try fields.string("separator")
        modulus = try fields.integer("modulus", in: 0...Int64.max)
        if modulus == 0 { modulus = nil }
        targetLabel = try fields.text(spelling.name("targetLabel", "target_label"))
        replacement = try fields.string("replacement")
        // Typed clients write what is absent as empty; who writes for Prometheus means it.
        regex = spelling == .camelCase ? try fields.text("regex") : try fields.string("regex")
        if let regex, let problem = RegularExpressionSyntax.problem(in: regex) {
            throw fields.problem("regex", "\(regex.quoted) is not a regular expression of Prometheus: \(problem)", fix: "write it in RE2's syntax")
        }
        for (index, label) in sourceLabels.enumerated() where !LabelName.isValid(label) {
            throw fields.problem(
                "\(spelling.name("sourceLabels", "source_labels"))[\(index)]", "\(label.quoted) is not a label's name", fix: Self.labelFix)
        }
        try checkAction(fields, spelling, version)
    }

    private static let labelFix = "use letters, digits and _ only, with no digit in front"

    private func checkAction(_ fields: Fields, _ spelling: Spelling, _ version: PrometheusVersion) throws(FieldProblem) {
        let target = spelling.name("targetLabel", "target_label")
        switch action ?? "replace" {
        case "replace", "lowercase", "uppercase", "keepequal", "dropequal":
            guard let targetLabel else { throw fields.problem(target, "is missing", fix: "name the label that the rule is about") }
            guard LabelName.isValidTemplate(targetLabel) else {
                throw fields.problem(target, "\(targetLabel.quoted) is not a label's name", fix: Self.labelFix)
            }
        case "hashmod":
            guard let targetLabel, LabelName.isValid(targetLabel) else { throw fields.problem(target, "is not a label's name", fix: Self.labelFix) }
            guard modulus != nil else { throw fields.problem("modulus", "is missing", fix: "write a number above 0") }
        case "labelmap":
            guard LabelName.isValidTemplate(replacement ?? "$1") else {
                throw fields.problem("replacement", "is not a label's name", fix: Self.labelFix)
            }
        case "keep", "drop", "labeldrop", "labelkeep": break
        default:
            throw fields.problem(
                "action", "\((action ?? "").quoted) is not an action of Prometheus",
                fix: "use replace, keep, drop, labelmap, labeldrop, labelkeep or hashmod")
        }
        try checkOthers(fields, spelling)
        if let action, let since = Self.since[action], version < since {
            throw fields.problem("action", "\(action.quoted) needs Prometheus \(since), and this is \(version)", fix: "use keep or drop with a regex")
        }
    }

    private static let since: [String: PrometheusVersion] = [
        "lowercase": PrometheusVersion(2, 36), "uppercase": PrometheusVersion(2, 36), "keepequal": PrometheusVersion(2, 41),
        "dropequal": PrometheusVersion(2, 41),
    ]

    /// Some actions don't take what others need.
    private func checkOthers(_ fields: Fields, _ spelling: Spelling) throws(FieldProblem) {
        let hasReplacement = replacement.map { $0 != "$1" } ?? false
        let hasSeparator = separator.map { $0 != ";" } ?? false
        let hasRegex = regex.map { $0 != "(.*)" } ?? false
        let excess: String? =
            switch action {
            case "lowercase", "uppercase": hasReplacement ? "replacement" : nil
            case "keepequal", "dropequal":
                hasReplacement ? "replacement" : hasSeparator ? "separator" : hasRegex ? "regex" : modulus != nil ? "modulus" : nil
            case "labeldrop", "labelkeep":
                hasReplacement
                    ? "replacement"
                    : hasSeparator
                        ? "separator"
                        : modulus != nil
                            ? "modulus"
                            : targetLabel != nil
                                ? spelling.name("targetLabel", "target_label")
                                : sourceLabels.isEmpty ? nil : spelling.name("sourceLabels", "source_labels")
            default: nil
            }
        if let excess { throw fields.problem(excess, "has no place with the action \((action ?? "").quoted)", fix: "remove it") }
    }
}
