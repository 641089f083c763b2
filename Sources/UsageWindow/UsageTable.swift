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

/// Where a pod's windows are: on which node, and at which place there.
package struct PodPlace: Sendable, Hashable {
    package fileprivate(set) var node: UInt32
    package fileprivate(set) var pod: UInt32
    /// Of the node's pods at the time.
    fileprivate var layout: UInt32

    fileprivate init(node: UInt32, pod: UInt32, layout: UInt32) {
        self.node = node
        self.pod = pod
        self.layout = layout
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
/// node no longer does or it is known to run elsewhere; asked for by another node's name, it has no usage.
package struct UsageTable: Sendable {
    private struct Node {
        var name: String
        var window: PointWindow?
        var containers = ContainerBlock()
        /// Another number whenever its pods are others, or in another order.
        var layout: UInt32 = 0
    }

    private struct Place: Equatable {
        var node: Int32
        var pod: Int32
    }

    private var nodes: [Node] = []
    private var numbers: [String: Int32] = [:]
    /// Of nodes that are gone.
    private var freeNumbers: [Int32] = []
    private var places: [NamespacedName: Place] = [:]
    private var lastLayout: UInt32 = 0
    /// How often nodes are scraped.
    private let resolution: Duration

    package init(resolution: Duration) { self.resolution = resolution }

    /// - Parameter isElsewhere: Whether a pod is known to run on another node than the one named. Asked for those only that the node did
    ///   not tell of before, or that another one tells of too.
    package mutating func store(
        _ scrape: NodeScrape, of name: String, isElsewhere: (_ pod: NamespacedName, _ node: String) -> Bool = { _, _ in false }
    ) {
        let number = number(of: name)
        let earlier = nodes[Int(number)].containers
        var told = ContainerBlock(podCapacity: scrape.pods.count, containerCapacity: max(earlier.containerCount, scrape.pods.count))
        for pod in scrape.pods {
            let place = Place(node: number, pod: Int32(told.pods.count))
            // Mostly the same pods in the same order.
            let isWhereItWas = told.pods.count < earlier.pods.count && earlier.pods[told.pods.count] == pod.name
            var known = isWhereItWas ? place : places[pod.name]
            // Told twice; the first counts.
            if let known, known.node == number, told.pods.indices.contains(Int(known.pod)), told.pods[Int(known.pod)] == pod.name { continue }
            if known?.node != number {
                guard !isElsewhere(pod.name, name) else { continue }
                if let holder = known {
                    guard isElsewhere(pod.name, nodes[Int(holder.node)].name) else { continue }
                    nodes[Int(holder.node)].containers.disown(Int(holder.pod))
                    nodes[Int(holder.node)].layout = nextLayout()
                    known = nil
                }
            }
            told.append(pod, after: known.map { (earlier, Int($0.pod)) }, resolution: resolution)
            if known != place { places[pod.name] = place }
        }
        if earlier.pods != told.pods {
            forget(Set(earlier.pods).subtracting(told.pods))
            nodes[Int(number)].layout = nextLayout()
        }
        nodes[Int(number)].window = scrape.node.map { PointWindow(node: $0, after: nodes[Int(number)].window) }
        nodes[Int(number)].containers = told
    }

    private mutating func nextLayout() -> UInt32 {
        lastLayout &+= 1
        return lastLayout
    }

    private mutating func number(of name: String) -> Int32 {
        if let known = numbers[name] { return known }
        let number = freeNumbers.popLast() ?? Int32(nodes.count)
        if Int(number) == nodes.count { nodes.append(Node(name: name)) } else { nodes[Int(number)] = Node(name: name) }
        numbers[name] = number
        return number
    }

    /// After a failed scrape, or when the node is gone.
    package mutating func remove(_ name: String) {
        guard let number = numbers.removeValue(forKey: name) else { return }
        forget(nodes[Int(number)].containers.pods)
        nodes[Int(number)] = Node(name: "")
        freeNumbers.append(number)
    }

    private mutating func forget(_ names: some Sequence<NamespacedName>) {
        for name in names { places[name] = nil }
    }

    package func usage(node name: String) -> Usage? { numbers[name].flatMap { nodes[Int($0)].window?.usage } }

    /// Where a pod's windows are; nil where none are known, or another node than `node` told of it.
    /// - Parameters:
    ///   - node: Where the pod runs; empty where that is not known.
    ///   - guess: What was answered last for the same pod and node.
    package func place(pod name: NamespacedName, on node: String = "", guess: PodPlace? = nil) -> PodPlace? {
        if let guess, isCurrent(guess) { return guess }
        guard let place = places[name] else { return nil }
        guard node.isEmpty || nodes[Int(place.node)].name == node else { return nil }
        return PodPlace(node: UInt32(place.node), pod: UInt32(place.pod), layout: nodes[Int(place.node)].layout)
    }

    /// Whether the pod that was there still is.
    package func isCurrent(_ place: PodPlace) -> Bool { place.node < nodes.count && nodes[Int(place.node)].layout == place.layout }

    /// - Parameter place: a current one.
    package func usage(at place: PodPlace) -> PodUsage? { nodes[Int(place.node)].containers.usage(pod: Int(place.pod)) }

    package func usage(pod name: NamespacedName, on node: String = "") -> PodUsage? { place(pod: name, on: node).flatMap(usage) }

    /// Of all pods of one node, by `PodPlace.pod`.
    /// - Parameter node: As in a current place.
    package func usages(onNode node: Int) -> some Sequence<PodUsage?> {
        let containers = nodes[node].containers
        return containers.pods.indices.lazy.map { containers.usage(pod: $0) }
    }

    /// As in places, whose nodes are all below `nodeCount`; nil where the node is not known.
    package func number(node name: String) -> Int? { numbers[name].map(Int.init) }
    package var nodeCount: Int { nodes.count }

    /// How many points are known of each of a pod's containers: 0 where none was told yet, 1 before there is a usage, 2 after.
    package func pointCount(pod name: NamespacedName) -> Int {
        guard places[name] != nil else { return 0 }
        return usage(pod: name) == nil ? 1 : 2
    }

    /// Whether anything has two points.
    package var isReady: Bool { nodes.contains { $0.window?.previous != nil || $0.containers.usableCount > 0 } }

    /// How many nodes and containers have two points.
    package var pointCounts: (nodes: Int, containers: Int) {
        (nodes.count { $0.window?.previous != nil }, nodes.reduce(0) { $0 + $1.containers.usableCount })
    }
}
