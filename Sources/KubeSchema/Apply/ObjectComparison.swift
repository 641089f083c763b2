// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What differs between two states of an object. No field is in more than one of the sets.
struct ObjectComparison {
    var added = FieldSet()
    var modified = FieldSet()
    var removed = FieldSet()

    /// Without the fields of `ignored` and what lies below them.
    func excluding(_ ignored: FieldSet) -> ObjectComparison {
        ObjectComparison(
            added: added.recursiveDifference(ignored), modified: modified.recursiveDifference(ignored), removed: removed.recursiveDifference(ignored))
    }

    var changed: FieldSet { modified.union(added) }
}

extension ApplyShapes {
    /// - Source: `compareWalker`, structured-merge-diff typed/compare.go
    func comparison(_ old: JSONValue, _ new: JSONValue, shape: ApplyShape) -> ObjectComparison { compare(old, new, shape).below }

    private enum Change {
        case added, modified, removed
    }

    private struct Difference {
        /// What happened to the value as such.
        var own: Change?
        var below = ObjectComparison()
    }

    private func compare(_ old: JSONValue?, _ new: JSONValue?, _ shape: ApplyShape) -> Difference {
        let (left, right) = (old.map(shape.grain), new.map(shape.grain))
        if let left, let right, left != right {
            // An object where something else was, or the other way round: all of it is new.
            return Difference(
                own: .modified, below: ObjectComparison(added: compare(nil, new, shape).below.added, removed: compare(old, nil, shape).below.removed))
        }
        switch (right ?? left, shape) {
        case (.members?, _):
            let (left, right) = (old?.object ?? JSONObject(), new?.object ?? JSONObject())
            guard !left.isEmpty || !right.isEmpty else { return leaf(old, new) }
            return Difference(own: presence(old, new), below: compareMembers(old == nil ? nil : left, new == nil ? nil : right, shape))
        case (.items?, .list(let keys, let element)):
            let (left, right) = (old?.array ?? [], new?.array ?? [])
            guard !left.isEmpty || !right.isEmpty else { return leaf(old, new) }
            let below = compareItems(items(left, keys: keys, element: element), items(right, keys: keys, element: element), element)
            return Difference(own: presence(old, new), below: below)
        default: return leaf(old, new)
        }
    }

    private func presence(_ old: JSONValue?, _ new: JSONValue?) -> Change? { old == nil ? .added : new == nil ? .removed : nil }

    private func leaf(_ old: JSONValue?, _ new: JSONValue?) -> Difference {
        guard let old, let new else { return Difference(own: presence(old, new)) }
        return Difference(own: old.isSame(as: new) ? nil : .modified)
    }

    private func compareMembers(_ old: JSONObject?, _ new: JSONObject?, _ shape: ApplyShape) -> ObjectComparison {
        var nodes = Nodes()
        for (name, left, right) in JSONObject.pairs(old ?? JSONObject(), new ?? JSONObject()) {
            let member = self.member(name, of: shape)
            let difference = compare(
                left ?? (old == nil ? nil : member.absentValue), right ?? (new == nil ? nil : member.absentValue), member.shape)
            nodes.append(difference, at: .field(name))
        }
        return nodes.comparison
    }

    private func compareItems(_ old: Items, _ new: Items, _ element: ApplyElement) -> ObjectComparison {
        let shape = self.shape(of: element)
        var nodes = Nodes()
        for path in Set(old.places.keys).union(new.places.keys) {
            let (left, right) = (old.all(path), new.all(path))
            let difference: Difference =
                if left.count <= 1 && right.count <= 1 {
                    compare(left.first, right.first, shape)
                } else if left.count > 1 && right.count > 1 {
                    leaf(.array(left), .array(right))
                } else if right.count > 1 {
                    Difference(own: .added)
                } else if let only = right.first {
                    // What was there several times has become one new element.
                    compare(nil, only, shape)
                } else {
                    Difference(own: .removed)
                }
            nodes.append(difference, at: path)
        }
        return nodes.comparison
    }

    /// The nodes of the three sets, while they are gathered.
    private struct Nodes {
        var (added, modified, removed): ([FieldSet.Node], [FieldSet.Node], [FieldSet.Node]) = ([], [], [])

        mutating func append(_ difference: Difference, at element: FieldPathElement) {
            let below = difference.below
            added.append(FieldSet.Node(element: element, isMember: difference.own == .added, children: below.added))
            modified.append(FieldSet.Node(element: element, isMember: difference.own == .modified, children: below.modified))
            removed.append(FieldSet.Node(element: element, isMember: difference.own == .removed, children: below.removed))
        }

        var comparison: ObjectComparison {
            ObjectComparison(added: FieldSet(unsorted: added), modified: FieldSet(unsorted: modified), removed: FieldSet(unsorted: removed))
        }
    }
}
