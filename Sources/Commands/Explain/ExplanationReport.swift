// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import HorizontalAutoscaler
import KubeClient
import KubeCoding
import KubeModel
import ScalingRules

/// An explanation with where it comes from, and what the autoscaler's status says instead.
struct ExplanationReport: Sendable {
    struct Difference: Sendable, Hashable {
        var field: String
        var status: String
        var recomputed: String
    }

    /// `decided` or `recomputed`.
    var source: String
    /// A sentence on that.
    var sourceText: String
    /// As `Explanation.json` has it.
    var explanation: JSONValue
    var differences: [Difference] = []

    /// What our controller decided.
    init(decided explanation: JSONValue, by holder: String) {
        source = "decided"
        sourceText = "decided by \(holder) at \(explanation["time"]?.string ?? "?")"
        self.explanation = explanation
    }

    /// What would be decided now by a controller that has just started.
    ///
    /// - Parameter why: Why it was not asked of the controller that decides.
    init(recomputed report: DecisionReport, settings: ScalingSettings, because why: String) {
        source = "recomputed"
        sourceText =
            "recomputed from the live objects and metrics at \(report.time), without writing anything: \(why). "
            + "What that controller remembers of earlier recommendations is not in the API and has no part in it"
        explanation = report.explanation(settings).json
        differences = Self.differences(report.observation.status, report.decision.status)
    }

    private static func differences(_ status: AutoscalerStatus, _ recomputed: AutoscalerStatus) -> [Difference] {
        var differences: [Difference] = []
        func compare(_ field: String, _ left: String, _ right: String) {
            if left != right { differences.append(Difference(field: field, status: left, recomputed: right)) }
        }
        compare("currentReplicas", "\(status.currentReplicas)", "\(recomputed.currentReplicas)")
        compare("desiredReplicas", "\(status.desiredReplicas)", "\(recomputed.desiredReplicas)")
        for index in 0..<max(status.currentMetrics.count, recomputed.currentMetrics.count) {
            func text(_ metrics: [JSONValue]) -> String { index < metrics.count ? metrics[index].currentText : "<none>" }
            compare("currentMetrics[\(index)]", text(status.currentMetrics), text(recomputed.currentMetrics))
        }
        for type in ["AbleToScale", "ScalingActive", "ScalingLimited"] {
            func text(_ condition: AutoscalerCondition?) -> String { condition.map { "\($0.status) \($0.reason)" } ?? "<none>" }
            compare(type, text(status.condition(type)), text(recomputed.condition(type)))
        }
        return differences
    }

    var json: JSONValue {
        var json = explanation.object ?? [:]
        json["source"] = .string(source)
        json["sourceText"] = .string(sourceText)
        if source == "recomputed" {
            json["statusDiffers"] = .array(
                differences.map { ["field": .string($0.field), "status": .string($0.status), "recomputed": .string($0.recomputed)] })
        }
        return .object(json)
    }

    func rendered(_ format: ExplanationFormat) -> String {
        switch format {
        case .json: json.encodedText + "\n"
        case .yaml: YAML.text(of: json)
        case .text: ExplanationText(report: self, showsEveryPod: false).text
        case .wide: ExplanationText(report: self, showsEveryPod: true).text
        }
    }
}

extension JSONValue {
    /// Of an entry of `status.currentMetrics`.
    fileprivate var currentText: String {
        guard let type = self["type"]?.string, !type.isEmpty else { return "<failed>" }
        let current = self[type.prefix(1).lowercased() + type.dropFirst()]?["current"]
        if let utilization = current?["averageUtilization"]?.int { return "\(utilization)%" }
        return current?["averageValue"]?.string ?? current?["value"]?.string ?? "<none>"
    }
}
