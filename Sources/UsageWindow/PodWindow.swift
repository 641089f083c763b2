// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A pod's containers, each with its window.
package struct PodWindow: Sendable, Hashable {
    private struct Container: Hashable {
        var name: String
        var window: PointWindow
    }

    /// In the order of their names.
    private var containers: [Container]

    /// The pod's windows after one more scrape; containers that are no longer there are forgotten.
    package init(_ points: [ContainerPoint], after earlier: PodWindow?, resolution: Duration) {
        containers = []
        containers.reserveCapacity(points.count)
        let podHasPrevious = earlier.map { $0.usableCount > 0 } ?? false
        for (index, point) in points.enumerated() {
            // Mostly the same containers in the same order.
            let known = earlier?.containers
            let old = known.flatMap { $0.indices.contains(index) && $0[index].name == point.name ? $0[index] : $0.first { $0.name == point.name } }
            let window = PointWindow(container: point.point, after: old?.window, podHasPrevious: podHasPrevious, resolution: resolution)
            containers.append(Container(name: point.name, window: window))
        }
        if !containers.isSorted(by: \.name) { containers.sort { $0.name < $1.name } }
    }

    /// How many containers have two points.
    package var usableCount: Int { containers.count { $0.window.previous != nil } }

    /// nil until each container has two points: a part would be taken for the whole. A container whose points contradict each
    /// other is left out. The time and window are those of the container measured first.
    /// - Source: podStorage.GetMetrics, metrics-server v0.9 pkg/storage/pod.go
    package var usage: PodUsage? {
        var usage = PodUsage(containers: [])
        usage.containers.reserveCapacity(containers.count)
        for container in containers {
            guard container.window.previous != nil else { return nil }
            guard let measured = container.window.usage else { continue }
            usage.containers.append(ContainerUsage(name: container.name, usage: measured))
        }
        return usage
    }
}

package struct ContainerUsage: Sendable, Hashable {
    package var name: String
    package var usage: Usage

    package init(name: String, usage: Usage) {
        self.name = name
        self.usage = usage
    }
}

package struct PodUsage: Sendable, Hashable {
    /// In the order of their names; may be empty.
    package var containers: [ContainerUsage]

    package init(containers: [ContainerUsage]) { self.containers = containers }

    /// The usage measured first, whose time and window stand for the pod; nil where no container has one.
    package var earliest: Usage? {
        var earliest: Usage?
        for container in containers where earliest.map({ container.usage.timestampNanoseconds < $0.timestampNanoseconds }) ?? true {
            earliest = container.usage
        }
        return earliest
    }
}

extension Array {
    fileprivate func isSorted(by key: KeyPath<Element, String>) -> Bool {
        for index in indices.dropFirst() where self[index][keyPath: key] < self[index - 1][keyPath: key] { return false }
        return true
    }
}
