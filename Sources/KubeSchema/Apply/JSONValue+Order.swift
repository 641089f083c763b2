// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension String {
    /// Negative where this text's bytes come before the other's, zero where they are the same. `==` would also take for equal an
    /// accented letter and its parts.
    func byteOrder(_ other: String) -> Int {
        var left = utf8.makeIterator()
        var right = other.utf8.makeIterator()
        while true {
            switch (left.next(), right.next()) {
            case (nil, nil): return 0
            case (nil, _): return -1
            case (_, nil): return 1
            case (let a?, let b?): if a != b { return a < b ? -1 : 1 }
            }
        }
    }
}

extension JSONValue {
    /// One order for all values: numbers by their value whether they have a fraction or not, texts by their bytes.
    ///
    /// - Source: `Compare`, structured-merge-diff value/value.go
    func order(_ other: JSONValue) -> Int {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right ? -1 : left > right ? 1 : 0
        case (.integer(let left), .number(let right)): Self.order(Double(left), right)
        case (.number(let left), .integer(let right)): Self.order(left, Double(right))
        case (.number(let left), .number(let right)): Self.order(left, right)
        case (.string(let left), .string(let right)): left.byteOrder(right)
        case (.bool(let left), .bool(let right)): left == right ? 0 : left ? 1 : -1
        case (.array(let left), .array(let right)): Self.order(left, right) { $0.order($1) }
        case (.object(let left), .object(let right)): left.order(right)
        default: rank - other.rank
        }
    }

    func isSame(as other: JSONValue) -> Bool { order(other) == 0 }

    /// Consistent with `order`: 1 and 1.0 are hashed alike.
    func hashByValue(into hasher: inout Hasher) {
        switch self {
        case .integer(let value): hasher.combine(Double(value))
        case .number(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        case .bool(let value): hasher.combine(value)
        case .array(let elements): for element in elements { element.hashByValue(into: &hasher) }
        case .object(let object): object.hashByValue(into: &hasher)
        case .null: hasher.combine(0)
        }
    }

    private var rank: Int {
        switch self {
        case .integer, .number: 0
        case .string: 1
        case .bool: 2
        case .array: 3
        case .object: 4
        case .null: 5
        }
    }

    private static func order(_ left: Double, _ right: Double) -> Int { left < right ? -1 : left > right ? 1 : 0 }

    fileprivate static func order<Element>(_ left: [Element], _ right: [Element], _ compare: (Element, Element) -> Int) -> Int {
        for (left, right) in zip(left, right) {
            let order = compare(left, right)
            if order != 0 { return order }
        }
        return left.count - right.count
    }
}

extension JSONObject {
    func order(_ other: JSONObject) -> Int {
        JSONValue.order(members, other.members) { left, right in
            let order = left.key.byteOrder(right.key)
            return order != 0 ? order : left.value.order(right.value)
        }
    }

    func hashByValue(into hasher: inout Hasher) {
        for member in self {
            hasher.combine(member.key)
            member.value.hashByValue(into: &hasher)
        }
    }
}
