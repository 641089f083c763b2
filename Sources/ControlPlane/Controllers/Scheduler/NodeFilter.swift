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
        let taints = NodeTaints.untolerated(NodeTaints.effective(node), by: spec)
        if NodeTaints.isClosed(node), taints.contains(where: { $0["key"]?.string == NodeTaints.unschedulable }) {
            return ["node(s) were unschedulable"]
        }
        if let name = spec["nodeName"]?.string, !name.isEmpty, name != node.name { return ["node(s) didn't match the requested node name"] }
        if !taints.isEmpty { return ["node(s) had untolerated taint(s)"] }
        if !NodeAffinity(spec).matches(node) { return ["node(s) didn't match Pod's node affinity/selector"] }
        return lacking(node, load)
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
}

/// What runs on a node, or is about to.
struct NodeLoad: Sendable, Hashable {
    var requests = ResourceAmounts()
    var pods = 0
    /// How many pods there are of each controller, by its uid.
    var siblings: [String: Int] = [:]
}
