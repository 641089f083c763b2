// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

package struct ContainerPoint: Sendable, Hashable {
    package var name: String
    package var point: UsagePoint

    package init(name: String, point: UsagePoint) {
        self.name = name
        self.point = point
    }
}

package struct PodPoints: Sendable, Hashable {
    package var name: NamespacedName
    /// Each name once.
    package var containers: [ContainerPoint]

    package init(name: NamespacedName, containers: [ContainerPoint]) {
        self.name = name
        self.containers = containers
    }
}

/// What one scrape of one node told.
package struct NodeScrape: Sendable, Hashable {
    /// nil where the node did not tell all of its own usage.
    package var node: UsagePoint?
    /// Each name once.
    package var pods: [PodPoints]

    package init(node: UsagePoint? = nil, pods: [PodPoints] = []) {
        self.node = node
        self.pods = pods
    }
}

/// The windows of all nodes and their pods, filled node by node as scrapes come in.
///
/// A scrape replaces what the same node told before; what it no longer tells of is forgotten, and a failed one forgets all of
/// the node, so that what is served is never older than one period. A pod belongs to the node that told of it first, until that
/// node no longer does; asked for by another node's name, it has no usage.
package struct UsageTable: Sendable {
    private struct Node {
        var window: PointWindow?
        var pods: [NamespacedName]
    }

    private struct Pod {
        /// The node's name.
        var owner: String
        var window: PodWindow
    }

    private var nodes: [String: Node] = [:]
    private var pods: [NamespacedName: Pod] = [:]
    /// How often nodes are scraped.
    private let resolution: Duration

    package init(resolution: Duration) { self.resolution = resolution }

    package mutating func store(_ scrape: NodeScrape, of name: String) {
        let earlier = nodes[name]
        var told: [NamespacedName] = []
        told.reserveCapacity(scrape.pods.count)
        for pod in scrape.pods {
            let known = pods[pod.name]
            guard known.map({ $0.owner == name }) ?? true else { continue }
            told.append(pod.name)
            pods[pod.name] = Pod(owner: name, window: PodWindow(pod.containers, after: known?.window, resolution: resolution))
        }
        if let earlier, earlier.pods != told { forget(Set(earlier.pods).subtracting(told)) }
        nodes[name] = Node(window: scrape.node.map { PointWindow(node: $0, after: earlier?.window) }, pods: told)
    }

    /// After a failed scrape, or when the node is gone.
    package mutating func remove(_ name: String) {
        guard let node = nodes.removeValue(forKey: name) else { return }
        forget(node.pods)
    }

    private mutating func forget(_ names: some Sequence<NamespacedName>) {
        for name in names { pods[name] = nil }
    }

    package func usage(node name: String) -> Usage? { nodes[name]?.window?.usage }

    /// - Parameter node: Where the pod runs; empty where that is not known.
    package func usage(pod name: NamespacedName, on node: String = "") -> PodUsage? {
        guard let pod = pods[name], node.isEmpty || pod.owner == node, pod.window.usableCount > 0 else { return nil }
        return pod.window.usage
    }

    /// How many points are known of each of a pod's containers: 0 where none was told yet, 1 before there is a usage, 2 after.
    package func pointCount(pod name: NamespacedName) -> Int {
        guard let window = pods[name]?.window else { return 0 }
        return window.usage == nil ? 1 : 2
    }

    /// Whether anything has two points.
    package var isReady: Bool {
        nodes.values.contains { $0.window?.previous != nil } || pods.values.contains { $0.window.usableCount > 0 }
    }

    /// How many nodes and containers have two points.
    package var pointCounts: (nodes: Int, containers: Int) {
        (nodes.values.count { $0.window?.previous != nil }, pods.values.reduce(0) { $0 + $1.window.usableCount })
    }
}
