// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// RFC 6902: operations on places in a document, all of them or none.
struct JSONPatch: Sendable {
    private struct Operation: Sendable {
        var name: String
        var path: [String]
        /// As given, for messages.
        var text: String
        var from: [String]?
        var value: JSONValue?
    }

    private let operations: [Operation]

    /// - Source: `maxJSONPatchOperations`, k8s.io/apiserver pkg/endpoints/handlers/patch.go
    private static var limit: Int { 10_000 }
    /// A patch may not make an object larger than what a request may hold.
    private static var copyLimit: Int { 3 * 1024 * 1024 }

    /// - Throws: 400 for what is no patch, 413 for one with too many operations.
    init(_ json: JSONValue) throws(APIError) {
        guard case .array(let items) = json else {
            throw .badRequest("error decoding patch: json: cannot unmarshal \(json.goKind) into Go value of type jsonpatch.Patch")
        }
        guard items.count <= Self.limit else {
            throw APIError(
                code: 413, reason: .requestEntityTooLarge, message: "The allowed maximum operations in a JSON patch is \(Self.limit), got \(items.count)")
        }
        var operations: [Operation] = []
        operations.reserveCapacity(items.count)
        for item in items {
            let name = item["op"]?.string ?? ""
            guard ["add", "remove", "replace", "move", "copy", "test"].contains(name) else { throw Self.failure("Unexpected kind: \(name)") }
            guard let text = item["path"]?.string, let path = Self.path(text) else {
                throw Self.failure("\(name) operation has no valid path: missing or malformed value")
            }
            var operation = Operation(name: name, path: path, text: text, value: item["value"])
            if name == "move" || name == "copy" {
                guard let from = item["from"]?.string.flatMap(Self.path) else { throw Self.failure("\(name) operation has no valid from") }
                operation.from = from
            }
            if ["add", "replace", "test"].contains(name), item.object?.keys.contains("value") != true {
                throw Self.failure("\(name) operation has no value")
            }
            operations.append(operation)
        }
        self.operations = operations
    }

    /// `/a/b~1c` is `a`, then `b/c`; nil for a path that does not begin with a slash.
    private static func path(_ text: String) -> [String]? {
        guard !text.isEmpty else { return [] }
        guard text.hasPrefix("/") else { return nil }
        return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard part.contains("~") else { return String(part) }
            return part.split(separator: "~1", omittingEmptySubsequences: false).map { replacingTilde($0) }.joined(separator: "/")
        }
    }

    private static func replacingTilde(_ part: Substring) -> String { part.split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~") }

    /// - Throws: 422 naming the operation that does not apply.
    func apply(to document: JSONValue) throws(APIError) -> JSONValue {
        var document = document
        var copied = 0
        for operation in operations {
            switch operation.name {
            case "add": try Self.add(operation.value ?? .null, at: operation.path[...], in: &document, operation)
            case "remove": _ = try Self.remove(operation.path[...], from: &document, operation)
            case "replace":
                guard Self.find(operation.path[...], in: document) != nil else { throw Self.missing(operation) }
                try Self.replace(operation.path[...], by: operation.value ?? .null, in: &document, operation)
            case "move":
                let from = operation.from ?? []
                guard !operation.path.starts(with: from) || operation.path.count == from.count else {
                    throw Self.failure("move operation does not apply: it moves a value into itself: \(operation.text)")
                }
                let value = try Self.remove(from[...], from: &document, operation)
                try Self.add(value, at: operation.path[...], in: &document, operation)
            case "copy":
                guard let value = Self.find((operation.from ?? [])[...], in: document) else { throw Self.missing(operation) }
                copied += value.encoded.count
                guard copied <= Self.copyLimit else { throw Self.failure("Unable to copy, the accumulated size increase of copy is over the limit \(Self.copyLimit)") }
                try Self.add(value, at: operation.path[...], in: &document, operation)
            default:
                guard (Self.find(operation.path[...], in: document) ?? .null) == (operation.value ?? .null) else {
                    throw Self.failure("testing value \(operation.text) failed: test failed")
                }
            }
        }
        return document
    }

    // MARK: Places

    private static func find(_ path: ArraySlice<String>, in value: JSONValue) -> JSONValue? {
        guard let first = path.first else { return value }
        switch value {
        case .object(let members): return members[first].flatMap { find(path.dropFirst(), in: $0) }
        case .array(let items): return index(first, items.count).flatMap { find(path.dropFirst(), in: items[$0]) }
        default: return nil
        }
    }

    private static func add(_ new: JSONValue, at path: ArraySlice<String>, in value: inout JSONValue, _ operation: Operation) throws(APIError) {
        guard let first = path.first else {
            value = new
            return
        }
        try change(first, in: &value, isLast: path.count == 1, operation) { child throws(APIError) in
            try add(new, at: path.dropFirst(), in: &child, operation)
        } last: { parent throws(APIError) in
            switch parent {
            case .object(var members):
                members[first] = new
                parent = .object(members)
            case .array(var items):
                guard let place = first == "-" ? items.count : index(first, items.count + 1) else { throw missing(operation) }
                items.insert(new, at: place)
                parent = .array(items)
            default: throw missing(operation)
            }
        }
    }

    private static func replace(_ path: ArraySlice<String>, by new: JSONValue, in value: inout JSONValue, _ operation: Operation) throws(APIError) {
        guard let first = path.first else {
            value = new
            return
        }
        try change(first, in: &value, isLast: path.count == 1, operation) { child throws(APIError) in
            try replace(path.dropFirst(), by: new, in: &child, operation)
        } last: { parent throws(APIError) in
            switch parent {
            case .object(var members):
                members[first] = new
                parent = .object(members)
            case .array(var items):
                guard let place = index(first, items.count) else { throw missing(operation) }
                items[place] = new
                parent = .array(items)
            default: throw missing(operation)
            }
        }
    }

    private static func remove(_ path: ArraySlice<String>, from value: inout JSONValue, _ operation: Operation) throws(APIError) -> JSONValue {
        guard let first = path.first else { throw missing(operation) }
        var removed = JSONValue.null
        try change(first, in: &value, isLast: path.count == 1, operation) { child throws(APIError) in
            removed = try remove(path.dropFirst(), from: &child, operation)
        } last: { parent throws(APIError) in
            switch parent {
            case .object(var members):
                guard let found = members[first] else { throw missing(operation) }
                removed = found
                members[first] = nil
                parent = .object(members)
            case .array(var items):
                guard let place = index(first, items.count) else { throw missing(operation) }
                removed = items.remove(at: place)
                parent = .array(items)
            default: throw missing(operation)
            }
        }
        return removed
    }

    /// Goes one step down to change what is below, or changes `value` itself at the last.
    private static func change(
        _ step: String, in value: inout JSONValue, isLast: Bool, _ operation: Operation, _ below: (inout JSONValue) throws(APIError) -> Void,
        last: (inout JSONValue) throws(APIError) -> Void
    ) throws(APIError) {
        guard !isLast else { return try last(&value) }
        switch value {
        case .object(var members):
            guard var child = members[step] else { throw missing(operation) }
            try below(&child)
            members[step] = child
            value = .object(members)
        case .array(var items):
            guard let place = index(step, items.count) else { throw missing(operation) }
            try below(&items[place])
            value = .array(items)
        default: throw missing(operation)
        }
    }

    private static func index(_ text: String, _ count: Int) -> Int? {
        guard text == "0" || !text.hasPrefix("0"), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let index = Int(text), index < count else { return nil }
        return index
    }

    // MARK: Errors

    private static func missing(_ operation: Operation) -> APIError {
        failure("\(operation.name) operation does not apply: doc is missing path: \"\(operation.text)\": missing value")
    }

    private static func failure(_ message: String) -> APIError {
        APIError(
            code: 422, reason: .invalid, message: "the server rejected our request due to an error in our request",
            details: APIError.Details(causes: [APIError.Cause(reason: "", message: message, field: "")]))
    }
}
