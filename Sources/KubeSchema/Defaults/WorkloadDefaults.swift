// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// - Source: pkg/apis/apps/v1/defaults.go; for extensions/v1beta1, pkg/apis/extensions/v1beta1/defaults.go of v1.15
enum WorkloadDefaults {
    static func deployment(_ object: inout JSONValue) {
        deployment(&object, step: "25%", historyLimit: 10, progressDeadline: 600)
    }

    /// Rolling by one, no limit of history or time; the selector is made of the template's labels.
    static func legacyDeployment(_ object: inout JSONValue) {
        labelsAndSelector(&object)
        deployment(&object, step: 1, historyLimit: Int64(Int32.max), progressDeadline: Int64(Int32.max))
    }

    /// As apps/v1, but for a shorter history and the selector, which is made of the template's labels.
    static func firstDeployment(_ object: inout JSONValue) {
        labelsAndSelector(&object)
        deployment(&object, step: "25%", historyLimit: 2, progressDeadline: 600)
    }

    private static func deployment(_ object: inout JSONValue, step: JSONValue, historyLimit: Int64, progressDeadline: Int64) {
        object.change("spec") { spec in
            spec.setDefault("replicas", 1)
            spec.setDefault("strategy", [:])
            spec.change("strategy") { strategy in
                strategy.setDefaultForZero("type", "RollingUpdate")
                guard strategy["type"] == "RollingUpdate" else { return }
                strategy.setDefault("rollingUpdate", [:])
                strategy.change("rollingUpdate") { rolling in
                    rolling.setDefault("maxUnavailable", step)
                    rolling.setDefault("maxSurge", step)
                }
            }
            spec.setDefault("revisionHistoryLimit", .integer(historyLimit))
            spec.setDefault("progressDeadlineSeconds", .integer(progressDeadline))
            spec.change("template") { $0.change("spec", PodDefaults.spec) }
        }
    }

    static func replicaSet(_ object: inout JSONValue) {
        object.change("spec") { spec in
            spec.setDefault("replicas", 1)
            spec.change("template") { $0.change("spec", PodDefaults.spec) }
        }
    }

    static func labelsAndSelector(_ object: inout JSONValue) {
        guard let labels = object.value(at: "spec", "template", "metadata", "labels"), !(labels.object?.isEmpty ?? true) else { return }
        object.change("spec") { $0.setDefault("selector", ["matchLabels": labels]) }
        object.change("metadata") { if $0["labels"]?.object?.isEmpty ?? true { $0["labels"] = labels } }
    }
}
