// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Where a pod goes.
enum Placement: Sendable, Hashable {
    case node(String)
    /// With the message of the event and the condition.
    case none(String)

    /// The node that fits, has the fewest pods of the same controller, and of those the one whose CPU and memory are asked for least.
    /// - Parameter loads: By the node's name; one that isn't there is empty.
    static func choose(for pod: KubeObject, among nodes: [KubeObject], loads: [String: NodeLoad]) -> Self {
        guard !nodes.isEmpty else { return .none("no nodes available to schedule pods") }
        let filter = NodeFilter(pod: pod, requests: .requests(of: pod.spec))
        let owner = pod.controller?.uid ?? ""
        var best: Score?
        var problems: [String: Int] = [:]
        for node in nodes {
            let load = loads[node.name] ?? NodeLoad()
            let found = filter.problems(node, load)
            for problem in found { problems[problem, default: 0] += 1 }
            guard found.isEmpty else { continue }
            let score = Score(node, load, requests: filter.requests, owner: owner)
            if best.map({ score < $0 }) ?? true { best = score }
        }
        return best.map { .node($0.node) } ?? .none(message(problems, nodes: nodes.count))
    }

    /// - Source: `FitError.Error`, kubernetes pkg/scheduler/framework/types.go
    static func message(_ problems: [String: Int], nodes: Int) -> String {
        let reasons = problems.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
        return "0/\(nodes) nodes are available: \(reasons)."
    }

    /// The lowest is the best.
    private struct Score: Comparable {
        var siblings: Int
        /// Of CPU and memory together, 0 for an idle node and 2 for a full one.
        var share: Double
        var pods: Int
        var node: String

        init(_ node: KubeObject, _ load: NodeLoad, requests: ResourceAmounts, owner: String) {
            self.node = node.name
            siblings = owner.isEmpty ? 0 : load.siblings[owner] ?? 0
            pods = load.pods
            let allocatable = ResourceAmounts(node.status["allocatable"] ?? node.status["capacity"])
            let after = load.requests + requests
            share = ["cpu", "memory"].reduce(0) { $0 + (allocatable[$1] > 0 ? Double(after[$1]) / Double(allocatable[$1]) : 1) }
        }

        static func < (left: Self, right: Self) -> Bool {
            if left.siblings != right.siblings { return left.siblings < right.siblings }
            if left.share != right.share { return left.share < right.share }
            return (left.pods, left.node) < (right.pods, right.node)
        }
    }
}
