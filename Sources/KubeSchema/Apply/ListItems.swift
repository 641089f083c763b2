// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ApplyShapes {
    /// How an element of a list is known: by its key fields, or as a member of a set.
    ///
    /// - Throws: Why it can't be known: it is null, of the wrong type, or lacks a key field that has no default.
    /// - Source: `listItemToPathElement`, structured-merge-diff typed/helpers.go
    func pathElement(of item: JSONValue, keys: [String], element: ApplyElement) throws(ListItemError) -> FieldPathElement {
        guard !keys.isEmpty else { return .value(try setMember(item)) }
        if item.isNull { throw ListItemError("associative list with keys may not have a null element") }
        guard let object = item.object else { throw ListItemError("associative list with keys may not have non-map elements") }
        var members: [JSONObject.Member] = []
        for name in keys {
            guard let value = object[name] ?? defaultKey(name, element: element) else {
                throw ListItemError("associative list with keys has an element that omits key field \"\(name)\" (and doesn't have default value)")
            }
            members.append(JSONObject.Member(name, value))
        }
        return .key(JSONObject(unsorted: members))
    }

    private func setMember(_ item: JSONValue) throws(ListItemError) -> JSONValue {
        switch item {
        case .object: throw ListItemError("associative list without keys has an element that's a map type")
        case .array: throw ListItemError("not supported: associative list with lists as elements")
        case .null: throw ListItemError("associative list without keys has an element that's an explicit null")
        default: item
        }
    }

    struct ListItemError: Error {
        var message: String
        init(_ message: String) { self.message = message }
    }

    /// The elements of a list that can be known, found by what they are known by.
    struct Items {
        struct Item {
            var element: FieldPathElement
            var value: JSONValue
        }

        /// In the list's order.
        var list: [Item] = []
        /// The places in `list` where an element stands; more than one where a list holds it twice, as no valid one does.
        var places: [FieldPathElement: [Int]] = [:]

        /// The only value of an element; nil where there is none, or several.
        func only(_ element: FieldPathElement) -> JSONValue? {
            guard let places = places[element], places.count == 1 else { return nil }
            return list[places[0]].value
        }

        func all(_ element: FieldPathElement) -> [JSONValue] { (places[element] ?? []).map { list[$0].value } }
        func contains(_ element: FieldPathElement) -> Bool { places[element] != nil }
    }

    func items(_ list: [JSONValue], keys: [String], element: ApplyElement) -> Items {
        var items = Items()
        items.list.reserveCapacity(list.count)
        items.places.reserveCapacity(list.count)
        for value in list {
            guard let path = try? pathElement(of: value, keys: keys, element: element) else { continue }
            items.places[path, default: []].append(items.list.count)
            items.list.append(Items.Item(element: path, value: value))
        }
        return items
    }
}
