// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// - Source: pkg/apis/autoscaling/v*/defaults.go
enum AutoscalerDefaults {
    /// Version v1 leaves the metric to its conversion, which sees the annotations that may hold some.
    static func apply(to object: inout JSONValue, version: String) {
        object.change("spec") { spec in
            spec.setDefault("minReplicas", 1)
            if spec["metrics"]?.array?.isEmpty ?? true {
                switch version {
                case "v2", "v2beta2": spec["metrics"] = [cpuMetric(utilization: 80)]
                case "v2beta1": spec["metrics"] = [["type": "Resource", "resource": ["name": "cpu", "targetAverageUtilization": 80]]]
                default: break
                }
            }
            behavior(&spec)
        }
    }

    static func cpuMetric(utilization: JSONValue) -> JSONValue {
        ["type": "Resource", "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": utilization]]]
    }

    /// Who gives a part of the behavior gets the rest of it.
    static func behavior(_ spec: inout JSONValue) {
        spec.change("behavior") { behavior in
            for (key, defaults) in [("scaleUp", scaleUp), ("scaleDown", scaleDown)] {
                behavior.setDefault(key, [:])
                behavior.change(key) { rules in for rule in defaults { rules.setDefault(rule.key, rule.value) } }
            }
        }
    }

    private static let scaleUp: JSONObject = [
        "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
        "policies": [["type": "Pods", "value": 4, "periodSeconds": 15], ["type": "Percent", "value": 100, "periodSeconds": 15]],
    ]

    /// The window is the controller's, unless it is given.
    private static let scaleDown: JSONObject = ["selectPolicy": "Max", "policies": [["type": "Percent", "value": 100, "periodSeconds": 15]]]
}
