// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The windows of all containers of one node, pod after pod, in four arrays whatever their number: of a hundred thousand pods, an allocation
/// each would be most of the memory.
struct ContainerBlock: Sendable {
    private(set) var pods: [NamespacedName] = []
    /// Where the containers of each pod end; those of the first begin at 0.
    private var ends: [Int32] = []
    /// In the order of their names within each pod.
    private var names: [String] = []
    private var windows: [PointWindow] = []

    init(podCapacity: Int = 0, containerCapacity: Int = 0) {
        pods.reserveCapacity(podCapacity)
        ends.reserveCapacity(podCapacity)
        names.reserveCapacity(containerCapacity)
        windows.reserveCapacity(containerCapacity)
    }

    var containerCount: Int { windows.count }
    /// How many containers have two points.
    var usableCount: Int { windows.count { $0.previous != nil } }

    private func range(_ pod: Int) -> Range<Int> { (pod == 0 ? 0 : Int(ends[pod - 1]))..<Int(ends[pod]) }

    /// A pod's windows after one more scrape; containers that are no longer there are forgotten.
    /// - Parameter earlier: What was known of the pod, and where.
    mutating func append(_ pod: PodPoints, after earlier: (block: ContainerBlock, pod: Int)?, resolution: Duration) {
        let known = earlier.map { $0.block.range($0.pod) } ?? 0..<0
        let podHasPrevious = earlier.map { earlier in known.contains { earlier.block.windows[$0].previous != nil } } ?? false
        let isSorted = pod.containers.isSorted(by: \.name)
        for (index, container) in (isSorted ? pod.containers : pod.containers.sorted { $0.name < $1.name }).enumerated() {
            let old = earlier.flatMap { earlier in
                earlier.block.index(of: container.name, in: known, guess: index).map { earlier.block.windows[$0] }
            }
            names.append(container.name)
            windows.append(PointWindow(container: container.point, after: old, podHasPrevious: podHasPrevious, resolution: resolution))
        }
        pods.append(pod.name)
        ends.append(Int32(windows.count))
    }

    /// The pod turned out to run elsewhere: it is not found here again.
    mutating func disown(_ pod: Int) { pods[pod] = NamespacedName(namespace: "", name: "") }

    /// - Parameter guess: Mostly the containers are the same, in the same order.
    private func index(of name: String, in range: Range<Int>, guess: Int) -> Int? {
        let guessed = range.lowerBound + guess
        if range.contains(guessed), names[guessed] == name { return guessed }
        return range.first { names[$0] == name }
    }

    /// nil unless any of the pod's containers has two points, and unless each has: a part would be taken for the whole.
    /// - Source: podStorage.GetMetrics, metrics-server v0.9 pkg/storage/pod.go
    func usage(pod: Int) -> PodUsage? {
        let range = range(pod)
        guard !range.isEmpty, range.allSatisfy({ windows[$0].previous != nil }) else { return nil }
        return PodUsage(names: names[range], windows: windows[range])
    }
}

extension Array {
    fileprivate func isSorted(by key: KeyPath<Element, String>) -> Bool {
        for index in indices.dropFirst() where self[index][keyPath: key] < self[index - 1][keyPath: key] { return false }
        return true
    }
}
