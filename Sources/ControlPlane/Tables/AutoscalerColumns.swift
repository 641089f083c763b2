// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

extension TableColumns {
    /// - Source: `printHorizontalPodAutoscaler`, kubernetes pkg/printers/internalversion/printers.go
    static let horizontalPodAutoscaler = TableColumns(
        columns: [
            .name, TableColumn("Reference", description: "What is scaled."),
            TableColumn("Targets", description: "Each metric's current value and its target."),
            TableColumn("MinPods", description: "The fewest replicas."), TableColumn("MaxPods", description: "The most replicas."),
            TableColumn("Replicas", description: "The replicas last seen."), .age,
        ],
        cells: { autoscaler, now in
            let (spec, status) = (autoscaler.spec, autoscaler.status)
            let target = spec["scaleTargetRef"]
            let minimum = spec["minReplicas"]?.int.map(String.init) ?? "<unset>"
            return [
                .string(autoscaler.name), .string("\(target?["kind"]?.string ?? "")/\(target?["name"]?.string ?? "")"),
                .string(MetricTargets.text(spec["metrics"]?.array ?? [], status["currentMetrics"]?.array ?? [])),
                .string(minimum), .integer(spec["maxReplicas"]?.int ?? 0), .integer(status["currentReplicas"]?.int ?? 0), autoscaler.age(at: now),
            ]
        })
}

/// The `Targets` cell: `cpu: 53%/50%, memory: 5Mi/200Mi`, of autoscaling/v2 metrics.
///
/// - Source: `formatHPAMetrics`, kubernetes pkg/printers/internalversion/printers.go
enum MetricTargets {
    private static let shown = 2

    static func text(_ metrics: [JSONValue], _ current: [JSONValue]) -> String {
        guard !metrics.isEmpty else { return CellText.none }
        let texts = metrics.enumerated().map { index, metric in target(metric, index < current.count ? current[index] : nil) }
        let text = texts.prefix(shown).joined(separator: ", ")
        return texts.count > shown ? "\(text) + \(texts.count - shown) more..." : text
    }

    private static func target(_ metric: JSONValue, _ status: JSONValue?) -> String {
        switch metric["type"]?.string {
        case "External": withAverage(metric["external"], status?["external"])
        case "Object": withAverage(metric["object"], status?["object"])
        case "Pods": pair(metric["pods"], status?["pods"], "averageValue")
        case "Resource": resource(metric["resource"], status?["resource"])
        case "ContainerResource": resource(metric["containerResource"], status?["containerResource"])
        default: "<unknown type>"
        }
    }

    private static func withAverage(_ source: JSONValue?, _ status: JSONValue?) -> String {
        source?.value(at: "target", "averageValue") != nil ? pair(source, status, "averageValue") + " (avg)" : pair(source, status, "value")
    }

    private static func resource(_ source: JSONValue?, _ status: JSONValue?) -> String {
        let name = source?["name"]?.string ?? ""
        if source?.value(at: "target", "averageValue") != nil { return "\(name): \(pair(source, status, "averageValue"))" }
        let current = status?.value(at: "current", "averageUtilization")?.int.map { "\($0)%" } ?? CellText.unknown
        let target = source?.value(at: "target", "averageUtilization")?.int.map { "\($0)%" } ?? "<auto>"
        return "\(name): \(current)/\(target)"
    }

    private static func pair(_ source: JSONValue?, _ status: JSONValue?, _ field: String) -> String {
        "\(quantity(status?.value(at: "current", field)) ?? CellText.unknown)/\(quantity(source?.value(at: "target", field)) ?? "")"
    }

    private static func quantity(_ value: JSONValue?) -> String? {
        switch value {
        case .string(let text): (try? Quantity(text))?.description ?? text
        case .integer(let number): String(number)
        default: nil
        }
    }
}
