// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The members of a JSON object, kept in the byte order of their keys: equal objects are stored and written alike.
///
/// A sorted array rather than a hash table: API objects have few members a level, and the order is the canonical form.
package struct JSONObject: Sendable, Hashable {
    package struct Member: Sendable, Hashable {
        package let key: String
        package var value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    package private(set) var members: [Member] = []

    package init() {}

    /// Members in any order; of a repeated key the last one counts.
    package init(_ members: some Sequence<(String, JSONValue)>) {
        self.init(unsorted: members.map { Member($0.0, $0.1) })
    }

    package init(unsorted: [Member]) {
        members = unsorted
        guard !members.isStrictlyAscending else { return }
        // A stable sort, so that the last of equal keys is the last written.
        members.sort { Self.precedes($0.key, $1.key) }
        var kept: [Member] = []
        kept.reserveCapacity(members.count)
        for member in members {
            if let last = kept.last, !Self.precedes(last.key, member.key) { kept.removeLast() }
            kept.append(member)
        }
        members = kept
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
    package var keys: some Sequence<String> { members.lazy.map(\.key) }

    package subscript(_ key: String) -> JSONValue? {
        get {
            let place = place(of: key)
            return place.found ? members[place.index].value : nil
        }
        set {
            let place = place(of: key)
            switch (place.found, newValue) {
            case (true, let value?): members[place.index].value = value
            case (true, nil): members.remove(at: place.index)
            case (false, let value?): members.insert(Member(key, value), at: place.index)
            case (false, nil): break
            }
        }
    }

    /// Changes the value of `key` in place (null where it is absent), without copying what lies below it.
    package mutating func update<Result, Failure: Error>(
        _ key: String, _ body: (inout JSONValue) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var place = place(of: key)
        if !place.found {
            members.insert(Member(key, .null), at: place.index)
            place.found = true
        }
        return try body(&members[place.index].value)
    }

    /// Sets the value at a path, making the objects on the way; nil removes it, and makes nothing.
    package mutating func set(_ value: JSONValue?, at path: String...) { set(value, at: path[...]) }

    package mutating func set(_ value: JSONValue?, at path: ArraySlice<String>) {
        guard let first = path.first else { return }
        let rest = path.dropFirst()
        if rest.isEmpty {
            self[first] = value
        } else if value != nil || self[first]?.object != nil {
            update(first) { child in
                var members = JSONObject()
                if case .object(let existing) = child {
                    child = .null
                    members = existing
                }
                members.set(value, at: rest)
                child = .object(members)
            }
        }
    }

    /// The members of both. `combine` says what stands for a member of `changes`, given what stands there now; nil removes it.
    ///
    /// In time proportional to both, where one member after the other could move all that follow, each time.
    package func merged<Failure: Error>(
        with changes: JSONObject, _ combine: (_ current: JSONValue?, _ change: Member) throws(Failure) -> JSONValue?
    ) throws(Failure) -> JSONObject {
        var result = JSONObject()
        result.members.reserveCapacity(members.count + changes.count)
        var rest = members[...]
        for change in changes.members {
            while let first = rest.first, Self.precedes(first.key, change.key) {
                result.members.append(first)
                rest.removeFirst()
            }
            var current: JSONValue?
            if let first = rest.first, !Self.precedes(change.key, first.key) { current = rest.removeFirst().value }
            if let value = try combine(current, change) { result.members.append(Member(change.key, value)) }
        }
        result.members += rest
        return result
    }

    private func place(of key: String) -> (index: Int, found: Bool) {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if Self.precedes(members[middle].key, key) { low = middle + 1 } else { high = middle }
        }
        return (low, low < members.count && !Self.precedes(key, members[low].key))
    }

    /// By bytes: Swift's own order takes canonically equivalent texts for equal, JSON does not.
    fileprivate static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}

extension [JSONObject.Member] {
    fileprivate var isStrictlyAscending: Bool {
        var index = 1
        while index < count {
            guard JSONObject.precedes(self[index - 1].key, self[index].key) else { return false }
            index += 1
        }
        return true
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}
extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
