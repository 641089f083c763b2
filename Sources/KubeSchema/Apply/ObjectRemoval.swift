// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ApplyShapes {
    /// An object without the fields of a set; nil where nothing is left. Values that are owned as a whole are only removed as a whole.
    ///
    /// - Source: `removingWalker`, structured-merge-diff typed/remove.go
    func removing(_ fields: FieldSet, from value: JSONValue, shape: ApplyShape) -> JSONValue? {
        guard !fields.isEmpty else { return value }
        switch (shape.grain(of: value), shape) {
        case (.members, _):
            guard let object = value.object, !object.isEmpty else { return value }
            let kept = object.compactMap { member -> JSONObject.Member? in
                let below = self.member(member.key, of: shape).shape
                return remaining(member.value, fields.node(.field(member.key)), below).map { JSONObject.Member(member.key, $0) }
            }
            return kept.isEmpty ? emptied(shape) : .object(JSONObject(unsorted: kept))
        case (.items, .list(let keys, let element)):
            guard let list = value.array, !list.isEmpty else { return value }
            let below = self.shape(of: element)
            let kept = list.compactMap { item -> JSONValue? in
                guard let path = try? pathElement(of: item, keys: keys, element: element) else { return item }
                return remaining(item, fields.node(path), below)
            }
            return kept.isEmpty ? nil : .array(kept)
        default: return value
        }
    }

    private func remaining(_ value: JSONValue, _ node: FieldSet.Node?, _ shape: ApplyShape) -> JSONValue? {
        guard let node else { return value }
        return node.isMember ? nil : removing(node.children, from: value, shape: shape)
    }

    /// An object without a schema can't tell an empty member from none, so that one stays whose owner still holds it.
    private func emptied(_ shape: ApplyShape) -> JSONValue? { shape.isDeduced ? [:] : nil }

    /// Without the nulls by which a configuration unsets fields. Those in maps, where they stand for zero values, stay, and those
    /// that no row describes.
    func withoutNulls(_ value: JSONValue, shape: ApplyShape) -> JSONValue {
        switch (shape, value) {
        case (.structure, .object(let object)), (.customObject, .object(let object)), (.map, .object(let object)):
            .object(
                JSONObject(
                    unsorted: object.compactMap { member in
                        let known = self.member(member.key, of: shape)
                        if member.value.isNull && known.isNamed { return nil }
                        return JSONObject.Member(member.key, withoutNulls(member.value, shape: known.shape))
                    }))
        case (.list(_, let element), .array(let list)): .array(list.map { withoutNulls($0, shape: self.shape(of: element)) })
        default: value
        }
    }
}
