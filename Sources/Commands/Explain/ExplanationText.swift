// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// An explanation for people, within the width of a terminal.
struct ExplanationText {
    let report: ExplanationReport
    let showsEveryPod: Bool
    private static let width = 110
    /// Pods of a metric that are shown without being asked for: those that don't count come first.
    private static let podsShown = 6

    private var explanation: JSONValue { report.explanation }

    var text: String {
        var lines = heading
        for (index, metric) in (explanation["metrics"]?.array ?? []).enumerated() { lines += [""] + self.metric(index, metric) }
        lines += [""] + decision
        for note in explanation["notes"]?.array ?? [] { lines += [""] + Self.wrapped("Note: " + (note.string ?? "")) }
        if !report.differences.isEmpty { lines += [""] + differences }
        return lines.joined(separator: "\n") + "\n"
    }

    private var heading: [String] {
        let name = explanation["autoscaler"]
        let target = explanation["target"]
        let replicas = explanation["currentReplicas"]?.int.map { "\($0) replicas" } ?? "replicas unknown"
        return [
            "hpa/\(name?["name"]?.string ?? "") in \(name?["namespace"]?.string ?? "") scales \(target?["kind"]?.string ?? "")/\(target?["name"]?.string ?? "")"
                + ", \(explanation["minReplicas"]?.int ?? 0) to \(explanation["maxReplicas"]?.int ?? 0); it has \(replicas)"
        ] + Self.wrapped(report.sourceText)
    }

    // MARK: Metrics

    private func metric(_ index: Int, _ metric: JSONValue) -> [String] {
        var lines = ["\(index + 1). \(metric["name"]?.string ?? "")"]
        if let failure = metric["failure"]?.string {
            lines += Self.wrapped("failed: \(failure)", indent: "   ")
        } else {
            let proposal = metric["proposedReplicas"]?.int ?? 0
            lines.append("   is \(metric["current"]?.string ?? "?"), target \(metric["target"]?.string ?? "?") → asks for \(proposal) replicas")
        }
        return lines + pods(metric["pods"]?.array ?? [])
    }

    private func pods(_ pods: [JSONValue]) -> [String] {
        guard !pods.isEmpty else { return [] }
        let counted = pods.filter { $0["standing"] == "counted" }
        let others = pods.filter { $0["standing"] != "counted" }
        let shown = showsEveryPod ? others + counted : Array((others + counted).prefix(Self.podsShown))
        let rows = shown.map { pod in
            [
                pod["name"]?.string ?? "", pod["value"]?.string ?? "–", pod["request"]?.string ?? "–",
                (pod["standing"]?.string ?? "") + (pod["why"]?.string.map { ": \($0)" } ?? ""),
            ]
        }
        var lines = Self.table([["POD", "VALUE", "REQUEST", "COUNTS"]] + rows).map { "   " + $0 }
        if shown.count < pods.count {
            lines.append("   … and \(pods.count - shown.count) more, \(counted.count) of \(pods.count) counted in all (-o wide shows each)")
        }
        return lines
    }

    // MARK: What came of them

    private var decision: [String] {
        var lines: [String] = []
        if let proposed = explanation["proposedReplicas"]?.int { lines.append("The metrics ask for \(proposed).") }
        for step in explanation["adjustments"]?.array ?? [] {
            lines += Self.wrapped(
                "\(step["from"]?.int ?? 0) → \(step["to"]?.int ?? 0)  \(step["reason"]?.string ?? ""): \(step["message"]?.string ?? "")",
                indent: "   ")
        }
        let current = explanation["currentReplicas"]?.int
        let outcome = explanation["replicas"]?.int ?? 0
        lines.append(current == outcome ? "Decision: it stays at \(outcome)." : "Decision: \(current.map { "\($0) → " } ?? "")\(outcome) replicas.")
        if let failure = explanation["failure"]?.string { lines += Self.wrapped("Why not more: " + failure) }
        return lines
    }

    private var differences: [String] {
        let rows = report.differences.map { [$0.field, $0.status, $0.recomputed] }
        return ["The status that the controller wrote differs:"] + Self.table([["FIELD", "STATUS", "RECOMPUTED"]] + rows).map { "   " + $0 }
    }

    // MARK: Layout

    private static func table(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }.joined(separator: "  ")
        }
    }

    /// In lines of at most `width` characters, broken between words.
    private static func wrapped(_ text: String, indent: String = "") -> [String] {
        var lines: [String] = []
        var line = indent
        for word in text.split(separator: " ") {
            if line.count + word.count + 1 > width, line.count > indent.count {
                lines.append(line)
                line = indent
            }
            line += (line.count > indent.count ? " " : "") + word
        }
        return lines + [line]
    }
}
