// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Yams

/// One composed document to its JSON tree.
struct YAMLConversion {
    /// Values made so far; what aliases repeat counts each time.
    private var count = 0
    private var depth = 0

    private static let maximumValues = 1_000_000
    private static let maximumDepth = 256

    mutating func value(_ node: Node) throws(YAMLError) -> JSONValue {
        count += 1
        guard count <= Self.maximumValues else { throw YAMLError("the document holds more than \(Self.maximumValues) values", at: node.mark) }
        guard depth < Self.maximumDepth else { throw YAMLError("nested deeper than \(Self.maximumDepth) levels", at: node.mark) }
        depth += 1
        defer { depth -= 1 }
        switch node {
        case .scalar(let scalar): return try YAMLScalar.value(scalar)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            elements.reserveCapacity(sequence.count)
            for element in sequence { elements.append(try value(element)) }
            return .array(elements)
        case .mapping(let mapping): return .object(try object(mapping))
        case .alias(let alias): throw YAMLError("an alias stands where a value was expected", at: alias.mark)
        }
    }

    private mutating func object(_ mapping: Node.Mapping) throws(YAMLError) -> JSONObject {
        var members: [JSONObject.Member] = []
        members.reserveCapacity(mapping.count)
        var sources: [JSONObject] = []
        for (key, node) in mapping {
            if Self.isMergeKey(key) {
                sources += try mergeSources(node)
            } else {
                members.append(JSONObject.Member(try self.key(key), try value(node)))
            }
        }
        let object = JSONObject(unsorted: members)
        if object.count < members.count { throw Self.duplicate(in: mapping, members) }
        if sources.isEmpty { return object }
        // What stands in the mapping itself goes before what is merged into it, and an earlier source before a later one.
        return JSONObject(unsorted: sources.reversed().flatMap(\.members) + object.members)
    }

    private static func duplicate(in mapping: Node.Mapping, _ members: [JSONObject.Member]) -> YAMLError {
        var seen: Set<[UInt8]> = []  // by bytes, as the object itself compares them
        for (member, key) in zip(members, mapping.keys.filter { !isMergeKey($0) }) where !seen.insert(Array(member.key.utf8)).inserted {
            return YAMLError("the key \"\(member.key)\" stands twice in one mapping", at: key.mark)
        }
        return YAMLError("a key stands twice in one mapping", at: mapping.mark)
    }

    private static func isMergeKey(_ key: Node) -> Bool {
        guard case .scalar(let scalar) = key else { return false }
        return scalar.string == "<<" && scalar.style == .plain
    }

    private mutating func mergeSources(_ node: Node) throws(YAMLError) -> [JSONObject] {
        switch try value(node) {
        case .object(let object): return [object]
        case .array(let elements):
            let objects = elements.compactMap(\.object)
            guard objects.count == elements.count else { break }
            return objects
        default: break
        }
        throw YAMLError("map merge requires map or sequence of maps as the value", at: node.mark)
    }

    /// JSON knows only text for keys: a number or Boolean is written out.
    private func key(_ node: Node) throws(YAMLError) -> String {
        guard case .scalar(let scalar) = node else { throw YAMLError("a mapping key is not a scalar", at: node.mark) }
        guard scalar.style == .plain else { return scalar.string }
        switch YAMLScalar.resolved(scalar.string) {
        case .string(let text): return text
        case .null: return "null"
        case let other: return other.encodedText
        }
    }
}
