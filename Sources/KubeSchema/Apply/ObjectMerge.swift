// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ApplyShapes {
    /// An object after a configuration was laid over it; nothing is removed by that.
    ///
    /// - Source: `mergingWalker`, structured-merge-diff typed/merge.go
    func merged(_ old: JSONValue, with new: JSONValue, shape: ApplyShape) -> JSONValue {
        let grain = new.isNull ? shape.grain(of: old) : shape.grain(of: new)
        switch grain {
        case .leaf: return new
        case .members:
            guard let left = old.object, !left.isEmpty else { return new }
            guard let right = new.object else { return old }
            return .object(mergedMembers(left, right, shape))
        case .items:
            guard case .list(let keys, let element) = shape, let left = old.array, !left.isEmpty else { return new }
            guard let right = new.array else { return old }
            return .array(mergedItems(items(left, keys: keys, element: element), items(right, keys: keys, element: element), element))
        }
    }

    private func mergedMembers(_ old: JSONObject, _ new: JSONObject, _ shape: ApplyShape) -> JSONObject {
        JSONObject(
            unsorted: JSONObject.pairs(old, new).compactMap { name, left, right in
                guard let left, let right else { return (left ?? right).map { JSONObject.Member(name, $0) } }
                return JSONObject.Member(name, merged(left, with: right, shape: member(name, of: shape).shape))
            })
    }

    /// The new elements stand in their own order; of the others, each keeps its place among those that both lists have.
    private func mergedItems(_ old: Items, _ new: Items, _ element: ApplyElement) -> [JSONValue] {
        let shape = self.shape(of: element)
        func combined(_ item: Items.Item) -> JSONValue {
            old.only(item.element).map { merged($0, with: item.value, shape: shape) } ?? item.value
        }
        let shared = new.list.map(\.element).filter(old.contains)
        var (result, taken): ([JSONValue], Set<FieldPathElement>) = ([], [])
        result.reserveCapacity(Swift.max(old.list.count, new.list.count))
        var (left, right, nextShared) = (0, 0, 0)
        while left < old.list.count || right < new.list.count {
            if left < old.list.count {
                let item = old.list[left]
                guard new.contains(item.element) else {
                    result.append(item.value)
                    left += 1
                    continue
                }
                let isWanted = nextShared < shared.count && shared[nextShared] == item.element
                if taken.contains(item.element) || right < new.list.count && !isWanted {
                    // It stands where the new list has it.
                    left += 1
                    continue
                }
            }
            guard right < new.list.count else { break }
            let item = new.list[right]
            right += 1
            result.append(combined(item))
            taken.insert(item.element)
            if nextShared < shared.count, shared[nextShared] == item.element { nextShared += 1 }
        }
        return result
    }
}

extension JSONObject {
    /// The members of two objects side by side, in the order of their names.
    static func pairs(_ left: JSONObject, _ right: JSONObject) -> [(name: String, left: JSONValue?, right: JSONValue?)] {
        let (lefts, rights) = (left.members, right.members)
        var pairs: [(name: String, left: JSONValue?, right: JSONValue?)] = []
        pairs.reserveCapacity(Swift.max(lefts.count, rights.count))
        var (i, j) = (0, 0)
        while i < lefts.count || j < rights.count {
            let order = i == lefts.count ? 1 : j == rights.count ? -1 : lefts[i].key.byteOrder(rights[j].key)
            pairs.append((order <= 0 ? lefts[i].key : rights[j].key, order <= 0 ? lefts[i].value : nil, order >= 0 ? rights[j].value : nil))
            if order <= 0 { i += 1 }
            if order >= 0 { j += 1 }
        }
        return pairs
    }
}
