// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ApplyShapes {
    /// The fields that a configuration sets, which its manager comes to own.
    ///
    /// Objects with named fields own none but those; maps and lists also own each member and element as such, and an object that is
    /// empty or null owns itself. An empty list that is merged by keys, or a set, owns nothing.
    ///
    /// - Source: `toFieldSetWalker`, structured-merge-diff typed/tofieldset.go
    func ownedFields(_ object: JSONValue, shape: ApplyShape) -> FieldSet { owned(object, shape).children }

    private func owned(_ value: JSONValue, _ shape: ApplyShape) -> (isMember: Bool, children: FieldSet) {
        switch shape.grain(of: value) {
        case .leaf: return (true, FieldSet())
        case .members: return (false, FieldSet(unsorted: (value.object ?? JSONObject()).map { ownedMember($0, shape) }))
        case .items:
            guard case .list(let keys, let element) = shape, let list = value.array else { return (false, FieldSet()) }
            let items = items(list, keys: keys, element: element)
            let elementShape = self.shape(of: element)
            return (
                false,
                FieldSet(
                    unsorted: items.list.map { item in
                        let isDuplicate = (items.places[item.element]?.count ?? 0) > 1
                        let children = isDuplicate ? FieldSet() : owned(item.value, elementShape).children
                        return FieldSet.Node(element: item.element, isMember: true, children: children)
                    })
            )
        }
    }

    private func ownedMember(_ member: JSONObject.Member, _ shape: ApplyShape) -> FieldSet.Node {
        let known = self.member(member.key, of: shape)
        let (isMember, children) = owned(member.value, known.shape)
        let isEmpty = member.value.isNull || member.value.object?.isEmpty ?? false
        return FieldSet.Node(element: .field(member.key), isMember: isMember || isEmpty || !known.isNamed, children: children)
    }

    /// The set, and in it the named fields on the way to its members.
    ///
    /// - Source: `EnsureNamedFieldsAreMembers`, structured-merge-diff fieldpath/set.go
    func withNamedFields(_ set: FieldSet, shape: ApplyShape) -> FieldSet {
        FieldSet(
            unsorted: set.nodes.map { node in
                guard !node.children.isEmpty else { return node }
                var (node, shapeBelow) = (node, ApplyShape.deduced)
                switch (node.element, shape) {
                case (.field(let name), _):
                    let member = member(name, of: shape)
                    shapeBelow = member.shape
                    if member.isNamed { node.isMember = true }
                case (_, .list(_, let element)): shapeBelow = self.shape(of: element)
                default: break
                }
                node.children = withNamedFields(node.children, shape: shapeBelow)
                return node
            })
    }
}
