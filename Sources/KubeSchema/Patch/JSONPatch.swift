// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// RFC 6902: operations on places in a document, all of them or none.
struct JSONPatch: Sendable {
    struct Operation: Sendable {
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

    /// - Throws: 400 for what is no patch, 413 for one with too many operations.
    init(_ json: JSONValue) throws(APIError) {
        guard case .array(let items) = json else {
            throw .badRequest("error decoding patch: json: cannot unmarshal \(json.goKind) into Go value of type jsonpatch.Patch")
        }
        guard items.count <= Self.limit else {
            throw APIError(
                code: 413, reason: .requestEntityTooLarge,
                message: "The allowed maximum operations in a JSON patch is \(Self.limit), got \(items.count)")
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

    private static func replacingTilde(_ part: Substring) -> String {
        part.split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
    }

    /// - Throws: 422 naming the operation that does not apply, 413 for a patch that costs too much.
    func apply(to document: JSONValue) throws(APIError) -> JSONValue {
        var document = document
        var cost = JSONPatchCost()
        for operation in operations {
            try cost.spend(operation.path.count)
            switch operation.name {
            case "add": try Self.add(operation.value ?? .null, in: &document, operation, &cost)
            case "remove": _ = try Self.remove(operation.path[...], from: &document, operation, &cost)
            case "replace": try Self.replace(in: &document, operation, &cost)
            case "move":
                let from = operation.from ?? []
                guard !operation.path.starts(with: from) || operation.path.count == from.count else {
                    throw Self.failure("move operation does not apply: it moves a value into itself: \(operation.text)")
                }
                let value = try Self.remove(from[...], from: &document, operation, &cost)
                try Self.add(value, in: &document, operation, &cost)
            case "copy":
                guard let value = Self.find((operation.from ?? [])[...], in: document) else { throw Self.missing(operation) }
                try cost.copy(value)
                try Self.add(value, in: &document, operation, &cost)
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

    private static func add(_ new: JSONValue, in document: inout JSONValue, _ operation: Operation, _ cost: inout JSONPatchCost) throws(APIError) {
        try cost.nest(new, below: operation.path.count)
        guard let last = operation.path.last else {
            document = new
            return
        }
        try change(operation.path.dropLast(), in: &document, operation) { parent throws(APIError) in
            switch parent {
            case .object(var members):
                try cost.spend(members.count)
                parent = .null
                members[last] = new
                parent = .object(members)
            case .array(var items):
                guard let place = last == "-" ? items.count : index(last, items.count + 1) else { throw missing(operation) }
                try cost.spend(items.count - place)
                parent = .null
                items.insert(new, at: place)
                parent = .array(items)
            default: throw missing(operation)
            }
        }
    }

    private static func replace(in document: inout JSONValue, _ operation: Operation, _ cost: inout JSONPatchCost) throws(APIError) {
        let new = operation.value ?? .null
        try cost.nest(new, below: operation.path.count)
        try change(operation.path[...], in: &document, operation) { $0 = new }
    }

    private static func remove(
        _ path: ArraySlice<String>, from document: inout JSONValue, _ operation: Operation, _ cost: inout JSONPatchCost
    ) throws(APIError) -> JSONValue {
        guard let last = path.last else { throw missing(operation) }
        var removed = JSONValue.null
        try change(path.dropLast(), in: &document, operation) { parent throws(APIError) in
            switch parent {
            case .object(var members):
                guard let found = members[last] else { throw missing(operation) }
                try cost.spend(members.count)
                removed = found
                parent = .null
                members[last] = nil
                parent = .object(members)
            case .array(var items):
                guard let place = index(last, items.count) else { throw missing(operation) }
                try cost.spend(items.count - place)
                parent = .null
                removed = items.remove(at: place)
                parent = .array(items)
            default: throw missing(operation)
            }
        }
        return removed
    }

    /// Changes what stands at `path` in place: nothing beside the way there is copied. What is left of a document after an error is not used.
    private static func change(
        _ path: ArraySlice<String>, in value: inout JSONValue, _ operation: Operation, _ body: (inout JSONValue) throws(APIError) -> Void
    ) throws(APIError) {
        guard let step = path.first else { return try body(&value) }
        switch value {
        case .object(var members):
            guard members[step] != nil else { throw missing(operation) }
            value = .null
            try members.update(step) { child throws(APIError) in try change(path.dropFirst(), in: &child, operation, body) }
            value = .object(members)
        case .array(var items):
            guard let place = index(step, items.count) else { throw missing(operation) }
            value = .null
            try change(path.dropFirst(), in: &items[place], operation, body)
            value = .array(items)
        default: throw missing(operation)
        }
    }

    private static func index(_ text: String, _ count: Int) -> Int? {
        guard text == "0" || !text.hasPrefix("0"), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let index = Int(text), index < count else {
            return nil
        }
        return index
    }

    // MARK: Errors

    private static func missing(_ operation: Operation) -> APIError {
        failure("\(operation.name) operation does not apply: doc is missing path: \"\(operation.text)\": missing value")
    }

    static func failure(_ message: String) -> APIError {
        APIError(
            code: 422, reason: .invalid, message: "the server rejected our request due to an error in our request",
            details: APIError.Details(causes: [APIError.Cause(reason: "", message: message, field: "")]))
    }
}
