// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Why a node cannot take a pod, in the words of upstream's events.
///
/// - Source: the Filter plugins of kubernetes pkg/scheduler/framework/plugins
struct NodeFilter: Sendable {
    let pod: KubeObject
    let requests: ResourceAmounts

    /// nothing where the pod fits.
    func problems(_ node: KubeObject, _ load: NodeLoad) -> [String] {
        let spec = pod.spec
        if node.spec["unschedulable"]?.bool == true, !isTolerated(key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule") {
            return ["node(s) were unschedulable"]
        }
        if let name = spec["nodeName"]?.string, !name.isEmpty, name != node.name { return ["node(s) didn't match the requested node name"] }
        if !untoleratedTaints(node).isEmpty { return ["node(s) had untolerated taint(s)"] }
        if !selects(node) { return ["node(s) didn't match Pod's node affinity/selector"] }
        return lacking(node, load)
    }

    private func selects(_ node: KubeObject) -> Bool {
        let labels = node.labels
        return (pod.spec["nodeSelector"]?.stringMap ?? [:]).allSatisfy { labels[$0.key] == $0.value }
    }

    private func lacking(_ node: KubeObject, _ load: NodeLoad) -> [String] {
        let allocatable = ResourceAmounts(node.status["allocatable"] ?? node.status["capacity"])
        var problems: [String] = []
        if allocatable["pods"] > 0, Int64(load.pods) + 1 > allocatable["pods"] { problems.append("Too many pods") }
        for (name, amount) in requests.amounts.sorted(by: { $0.key < $1.key }) where amount > 0 && name != "pods" {
            let free = (allocatable - load.requests)[name]
            if amount > free { problems.append("Insufficient \(name)") }
        }
        return problems
    }

    // MARK: Taints

    /// A node that isn't ready counts as tainted, whether or not something has written the taint yet.
    private func untoleratedTaints(_ node: KubeObject) -> [JSONValue] {
        var taints = node.spec["taints"]?.array ?? []
        let key: String? =
            switch node.condition("Ready")?["status"]?.string {
            case "True": nil
            case "Unknown": "node.kubernetes.io/unreachable"
            default: "node.kubernetes.io/not-ready"
            }
        if let key { taints.append(["key": .string(key), "effect": "NoSchedule"]) }
        return taints.filter { taint in
            let effect = taint["effect"]?.string ?? ""
            guard effect == "NoSchedule" || effect == "NoExecute" else { return false }
            return !isTolerated(key: taint["key"]?.string ?? "", value: taint["value"]?.string ?? "", effect: effect)
        }
    }

    private func isTolerated(key: String, value: String, effect: String) -> Bool {
        (pod.spec["tolerations"]?.array ?? []).contains { toleration in
            let (wantedEffect, wantedKey) = (toleration["effect"]?.string ?? "", toleration["key"]?.string ?? "")
            guard wantedEffect.isEmpty || wantedEffect == effect, wantedKey.isEmpty || wantedKey == key else { return false }
            switch toleration["operator"]?.string ?? "Equal" {
            case "Exists": return true
            case "Equal", "": return !wantedKey.isEmpty && (toleration["value"]?.string ?? "") == value
            default: return false
            }
        }
    }
}

/// What runs on a node, or is about to.
struct NodeLoad: Sendable, Hashable {
    var requests = ResourceAmounts()
    var pods = 0
    /// How many pods there are of each controller, by its uid.
    var siblings: [String: Int] = [:]
}
