// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What keeps pods off a node.
///
/// - Source: `FindMatchingUntoleratedTaint`, `ToleratesTaint`, k8s.io/component-helpers scheduling/corev1/helpers.go
enum NodeTaints {
    /// A node's taints; one that isn't ready counts as tainted, and so does one closed to new pods, whether or not something has written
    /// the taint yet.
    static func effective(_ node: KubeObject) -> [JSONValue] {
        var taints = node.spec["taints"]?.array ?? []
        switch node.condition("Ready")?["status"]?.string {
        case "True": break
        case "Unknown": taints.append(noSchedule("node.kubernetes.io/unreachable"))
        default: taints.append(noSchedule("node.kubernetes.io/not-ready"))
        }
        if isClosed(node) { taints.append(noSchedule(unschedulable)) }
        return taints
    }

    static let unschedulable = "node.kubernetes.io/unschedulable"
    static func isClosed(_ node: KubeObject) -> Bool { node.spec["unschedulable"]?.bool == true }

    /// Those with one of `effects` that a pod doesn't tolerate.
    static func untolerated(_ taints: [JSONValue], by spec: JSONValue, effects: Set<String> = ["NoSchedule", "NoExecute"]) -> [JSONValue] {
        let tolerations = spec["tolerations"]?.array ?? []
        return taints.filter { taint in
            effects.contains(taint["effect"]?.string ?? "") && !tolerations.contains { tolerates($0, taint) }
        }
    }

    private static func tolerates(_ toleration: JSONValue, _ taint: JSONValue) -> Bool {
        let (effect, key) = (toleration["effect"]?.string ?? "", toleration["key"]?.string ?? "")
        guard effect.isEmpty || effect == taint["effect"]?.string, key.isEmpty || key == taint["key"]?.string else { return false }
        switch toleration["operator"]?.string ?? "Equal" {
        case "Exists": return true
        case "Equal", "": return !key.isEmpty && (toleration["value"]?.string ?? "") == taint["value"]?.string ?? ""
        default: return false
        }
    }

    private static func noSchedule(_ key: String) -> JSONValue { ["key": .string(key), "effect": "NoSchedule"] }
}
