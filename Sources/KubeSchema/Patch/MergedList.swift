// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Lists that a strategic merge patch merges: of objects by their merge key, of plain values as sets.
struct MergedList {
    let patcher: StrategicMergePatch
    let members: StrategicMergePatch.Members
    /// Nil for lists of plain values.
    let key: String?

    init(_ patcher: StrategicMergePatch, members: StrategicMergePatch.Members, key: String?) {
        self.patcher = patcher
        self.members = members
        self.key = key
    }

    func merged(_ original: [JSONValue], _ patch: [JSONValue]) throws(PatchError) -> [JSONValue] {
        guard !original.isEmpty || !patch.isEmpty else { return [] }
        guard (original.first ?? patch.first)?.object != nil else {
            var seen: Set<JSONValue> = []
            return try ordered((original + patch).filter { seen.insert($0).inserted }, by: patch, original: original)
        }
        guard let key else { throw PatchError("cannot merge lists without merge key") }
        let (kept, changes) = try applyingDirectives(original, patch, key)
        var result = kept
        var places: [JSONValue: Int] = [:]
        for (place, element) in result.enumerated() { if let value = element[key], places[value] == nil { places[value] = place } }
        for change in changes {
            guard let value = change[key] else { throw missingKey(key, change) }
            if let place = places[value], let old = result[place].object, let new = change.object {
                result[place] = .object(try patcher.merged(old, new, members))
            } else if let added = change.withoutDirectives {
                places[value] = result.count
                result.append(added)
            }
        }
        return try ordered(result, by: changes, original: kept)
    }

    /// Elements with `$patch` say what happens to the list: `delete` the element of that key, `replace` the whole list.
    private func applyingDirectives(_ original: [JSONValue], _ patch: [JSONValue], _ key: String) throws(PatchError) -> ([JSONValue], [JSONValue]) {
        var deleted: Set<JSONValue> = []
        var changes: [JSONValue] = []
        var replaces = false
        for element in patch {
            guard element.object != nil else { throw PatchError("invalid patch format: a list of objects holds \(element.encodedText)") }
            guard let directive = element[Directive.patch] else {
                changes.append(element)
                continue
            }
            switch directive.string {
            case "delete":
                guard let value = element[key] else { throw missingKey(key, element) }
                deleted.insert(value)
            case "replace": replaces = true
            case "merge": throw PatchError("merging lists cannot yet be specified in the patch")
            default: throw PatchError("unknown patch type '\(directive.encodedText)' found: \(element.encodedText)")
            }
        }
        if replaces { return (changes, []) }
        return (deleted.isEmpty ? original : original.filter { $0[key].map(deleted.contains) != true }, changes)
    }

    /// Elements named by `order` stand in that order; the others where they stood in the original, relative to those that it had too.
    func ordered(_ list: [JSONValue], by order: [JSONValue], original: [JSONValue]) throws(PatchError) -> [JSONValue] {
        let wanted = places(in: order)
        let previous = places(in: original)
        func place(_ places: [JSONValue: Int], _ element: JSONValue) -> Int? { identity(element).flatMap { places[$0] } }
        let named = list.filter { place(wanted, $0) != nil }.stablySorted { place(wanted, $0) ?? .max }
        let others = list.filter { place(wanted, $0) == nil }.stablySorted { place(previous, $0) ?? .max }
        var result: [JSONValue] = []
        result.reserveCapacity(list.count)
        var (left, right) = (others[...], named[...])
        while let first = left.first, let second = right.first {
            if let before = place(previous, first), let after = place(previous, second), before < after {
                result.append(left.removeFirst())
            } else {
                result.append(right.removeFirst())
            }
        }
        return result + left + right
    }

    /// The elements of a patched list must stand in the order that the patch itself demands.
    func check(_ patch: [JSONValue], isOrderedBy order: [JSONValue]) throws(PatchError) {
        let wanted = places(in: order)
        var last = -1
        for element in patch where element[Directive.patch] == nil {
            guard let value = identity(element) else { throw missingKey(key ?? "", element) }
            guard let place = wanted[value], place >= last else {
                throw PatchError(
                    "The order in patch list:\n\(JSONValue.array(patch).encodedText)\n doesn't match \(Directive.setElementOrder.dropLast()) list:\n\(JSONValue.array(order).encodedText)\n"
                )
            }
            last = place
        }
    }

    private func places(in list: [JSONValue]) -> [JSONValue: Int] {
        var places: [JSONValue: Int] = [:]
        for (place, element) in list.enumerated() { if let value = identity(element), places[value] == nil { places[value] = place } }
        return places
    }

    /// By what an element is known: its merge key, or itself.
    private func identity(_ element: JSONValue) -> JSONValue? {
        guard element.object != nil else { return element }
        return key.flatMap { element[$0] }
    }

    private func missingKey(_ key: String, _ element: JSONValue) -> PatchError {
        PatchError("map: \(element.encodedText) does not contain declared merge key: \(key)")
    }
}

extension [JSONValue] {
    fileprivate func stablySorted(by rank: (JSONValue) -> Int) -> [JSONValue] {
        enumerated().map { (rank($0.element), $0.offset, $0.element) }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }
}
