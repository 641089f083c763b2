// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A set of fields, each named by the path to it. A field that is in the set says nothing of the fields below it.
///
/// A tree of sorted nodes: the set operations walk two trees side by side.
///
/// - Source: `Set`, structured-merge-diff fieldpath/set.go
package struct FieldSet: Sendable, Hashable {
    struct Node: Sendable, Hashable {
        var element: FieldPathElement
        /// Whether the field itself is in the set.
        var isMember: Bool
        var children = FieldSet()

        var isEmpty: Bool { !isMember && children.isEmpty }
    }

    /// In the order of their elements, each once, none of them empty.
    private(set) var nodes: [Node] = []

    package init() {}

    package init(_ paths: [[FieldPathElement]]) { for path in paths { insert(path[...]) } }

    /// Nodes in any order; those of one element are united.
    init(unsorted: [Node]) {
        nodes = unsorted.filter { !$0.isEmpty }
        guard !nodes.isStrictlyAscending else { return }
        var united: [Node] = []
        united.reserveCapacity(nodes.count)
        for node in nodes.sorted(by: { $0.element < $1.element }) {
            if let last = united.last, last.element == node.element {
                united[united.count - 1] = Node(
                    element: node.element, isMember: last.isMember || node.isMember, children: last.children.union(node.children))
            } else {
                united.append(node)
            }
        }
        nodes = united
    }

    package var isEmpty: Bool { nodes.isEmpty }
    /// How many fields are in the set.
    package var count: Int { nodes.reduce(0) { $0 + ($1.isMember ? 1 : 0) + $1.children.count } }

    /// The paths in the set, those of a level before those below it.
    package var paths: [[FieldPathElement]] {
        var paths: [[FieldPathElement]] = []
        collect(into: &paths, below: [])
        return paths
    }

    private func collect(into paths: inout [[FieldPathElement]], below prefix: [FieldPathElement]) {
        for node in nodes where node.isMember { paths.append(prefix + [node.element]) }
        for node in nodes where !node.children.isEmpty { node.children.collect(into: &paths, below: prefix + [node.element]) }
    }

    package func contains(_ path: [FieldPathElement]) -> Bool { contains(path[...]) }

    private func contains(_ path: ArraySlice<FieldPathElement>) -> Bool {
        guard let first = path.first, let node = node(first) else { return false }
        return path.count == 1 ? node.isMember : node.children.contains(path.dropFirst())
    }

    private mutating func insert(_ path: ArraySlice<FieldPathElement>) {
        guard let first = path.first else { return }
        let place = place(of: first)
        if !place.found { nodes.insert(Node(element: first, isMember: false), at: place.index) }
        if path.count == 1 { nodes[place.index].isMember = true } else { nodes[place.index].children.insert(path.dropFirst()) }
    }

    func node(_ element: FieldPathElement) -> Node? {
        let place = place(of: element)
        return place.found ? nodes[place.index] : nil
    }

    private func place(of element: FieldPathElement) -> (index: Int, found: Bool) {
        var low = 0
        var high = nodes.count
        while low < high {
            let middle = (low + high) / 2
            let order = nodes[middle].element.order(element)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }
}

extension FieldSet {
    /// The fields of either set.
    package func union(_ other: FieldSet) -> FieldSet {
        if isEmpty { return other }
        if other.isEmpty { return self }
        return walked(with: other) { left, right in
            guard let left, let right else { return left ?? right }
            return Node(element: left.element, isMember: left.isMember || right.isMember, children: left.children.union(right.children))
        }
    }

    /// The fields of both sets.
    package func intersection(_ other: FieldSet) -> FieldSet {
        if isEmpty || other.isEmpty { return FieldSet() }
        return walked(with: other) { left, right in
            guard let left, let right else { return nil }
            return Node(element: left.element, isMember: left.isMember && right.isMember, children: left.children.intersection(right.children))
        }
    }

    /// The fields that are not in the other set; what lies below a field of the other set stays.
    package func difference(_ other: FieldSet) -> FieldSet {
        if isEmpty || other.isEmpty { return self }
        return walked(with: other) { left, right in
            guard let left, let right else { return left }
            return Node(element: left.element, isMember: left.isMember && !right.isMember, children: left.children.difference(right.children))
        }
    }

    /// The fields that are neither in the other set nor below one of its fields.
    package func recursiveDifference(_ other: FieldSet) -> FieldSet {
        if isEmpty || other.isEmpty { return self }
        return walked(with: other) { left, right in
            guard let left, let right else { return left }
            if right.isMember { return nil }
            return Node(element: left.element, isMember: left.isMember, children: left.children.recursiveDifference(right.children))
        }
    }

    private func walked(with other: FieldSet, _ body: (Node?, Node?) -> Node?) -> FieldSet {
        var result = FieldSet()
        var (left, right) = (0, 0)
        while left < nodes.count || right < other.nodes.count {
            let order = left == nodes.count ? 1 : right == other.nodes.count ? -1 : nodes[left].element.order(other.nodes[right].element)
            if let node = body(order <= 0 ? nodes[left] : nil, order >= 0 ? other.nodes[right] : nil), !node.isEmpty { result.nodes.append(node) }
            if order <= 0 { left += 1 }
            if order >= 0 { right += 1 }
        }
        return result
    }
}

extension [FieldSet.Node] {
    fileprivate var isStrictlyAscending: Bool { zip(self, dropFirst()).allSatisfy { $0.element < $1.element } }
}
