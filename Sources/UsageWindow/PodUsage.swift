// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

package struct ContainerUsage: Sendable, Hashable {
    package var name: String
    package var usage: Usage

    package init(name: String, usage: Usage) {
        self.name = name
        self.usage = usage
    }
}

/// What a pod's containers use: a view of its windows, each of which has two points, or usages that came as such. A container whose points
/// contradict each other is left out.
package struct PodUsage: Sendable {
    private enum Measured {
        case windows(ArraySlice<PointWindow>)
        case usages([Usage])
    }

    private let names: ArraySlice<String>
    private let measured: Measured

    init(names: ArraySlice<String>, windows: ArraySlice<PointWindow>) {
        self.names = names
        measured = .windows(windows)
    }

    /// - Parameter containers: Each name once.
    package init(_ containers: [ContainerUsage]) {
        let sorted = containers.sorted { $0.name < $1.name }
        names = sorted.map(\.name)[...]
        measured = .usages(sorted.map(\.usage))
    }

    /// Of the containers, in the order of their names.
    package var indices: Range<Int> {
        switch measured {
        case .windows(let windows): windows.indices
        case .usages(let usages): usages.indices
        }
    }

    package func name(_ index: Int) -> String { names[index] }
    package func usage(_ index: Int) -> Usage? {
        switch measured {
        case .windows(let windows): windows[index].usage
        case .usages(let usages): usages[index]
        }
    }

    /// None may be left.
    package var containers: [ContainerUsage] {
        indices.compactMap { index in usage(index).map { ContainerUsage(name: name(index), usage: $0) } }
    }

    /// The usage measured first, whose time and window stand for the pod; nil where no container has one.
    package var earliest: Usage? {
        var earliest: Usage?
        for index in indices {
            guard let usage = usage(index) else { continue }
            if earliest.map({ usage.timestampNanoseconds < $0.timestampNanoseconds }) ?? true { earliest = usage }
        }
        return earliest
    }
}
