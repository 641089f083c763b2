// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The alerts by which somebody hears of it when autoscalers no longer see what they scale on.
///
/// The chart has the same groups in `charts/updraft/files/alerts.yaml`.
struct AlertsManifest: Sendable {
    var namespace = "kube-system"
    /// By which a Prometheus selects its rules.
    var labels: [String: String] = [:]

    static let name = "updraft-alerts"

    var object: KubeObject {
        var rule = KubeObject(
            GroupVersionKind(group: "monitoring.coreos.com", version: "v1", kind: "PrometheusRule"), namespace: namespace, name: Self.name)
        rule.labels = ["app.kubernetes.io/name": Self.name, "app.kubernetes.io/part-of": "updraft"].merging(labels) { $1 }
        rule["spec"] = Self.groups
        return rule
    }

    /// `{"groups": […]}`, as a rules file of Prometheus has it.
    static var groups: JSONValue {
        let groups = AlertRow.Group.allCases.map { group -> JSONValue in
            ["name": .string(group.rawValue), "rules": .array(AlertRow.all.filter { $0.group == group }.map(\.json))]
        }
        return ["groups": .array(groups)]
    }
}

extension AlertRow {
    fileprivate var json: JSONValue {
        [
            "alert": .string(name), "expr": .string(expression), "for": .string(duration), "labels": ["severity": .string(severity.rawValue)],
            "annotations": ["summary": .string(summary), "description": .string(advice)],
        ]
    }
}
