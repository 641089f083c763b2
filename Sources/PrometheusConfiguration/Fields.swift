// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The members of one JSON object of a spec, read strictly: one of the wrong type is a problem. Null counts as absent.
struct Fields {
    let members: JSONObject
    /// Where the object stands: `spec.endpoints[0]`.
    let path: String

    init(_ value: JSONValue?, at path: String) throws(FieldProblem) {
        self.path = path
        switch value {
        case nil, .null: members = [:]
        case .object(let object): members = object
        default: throw FieldProblem(path, "is not an object", fix: "write it as an object")
        }
    }

    func path(_ name: String) -> String { "\(path).\(name)" }

    func problem(_ name: String, _ reason: String, fix: String) -> FieldProblem { FieldProblem(path(name), reason, fix: fix) }

    /// Nil where it is absent or null.
    func value(_ name: String) -> JSONValue? {
        guard let value = members[name], !value.isNull else { return nil }
        return value
    }

    func string(_ name: String) throws(FieldProblem) -> String? {
        guard let value = value(name) else { return nil }
        guard let string = value.string else { throw problem(name, "is not text", fix: "quote the value") }
        return string
    }

    /// Nil also where it is empty, which is how typed clients write what is absent.
    func text(_ name: String) throws(FieldProblem) -> String? {
        guard let string = try string(name), !string.isEmpty else { return nil }
        return string
    }

    func bool(_ name: String) throws(FieldProblem) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let bool = value.bool else { throw problem(name, "is not true or false", fix: "write true or false, without quotes") }
        return bool
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws(FieldProblem) -> Int64? {
        guard let value = value(name) else { return nil }
        guard let integer = value.int, range.contains(integer) else {
            throw problem(name, "is not a whole number from \(range.lowerBound) to \(range.upperBound)", fix: "write such a number, without quotes")
        }
        return integer
    }

    /// Empty where it is absent.
    func strings(_ name: String) throws(FieldProblem) -> [String] {
        var strings: [String] = []
        for (index, value) in try list(name).enumerated() {
            guard let string = value.string else { throw problem("\(name)[\(index)]", "is not text", fix: "quote the value") }
            strings.append(string)
        }
        return strings
    }

    /// Empty where it is absent.
    func list(_ name: String) throws(FieldProblem) -> [JSONValue] {
        guard let value = value(name) else { return [] }
        guard let array = value.array else { throw problem(name, "is not a list", fix: "write it as a list") }
        return array
    }

    /// Text by text, in the order of the keys; empty where it is absent.
    func stringMap(_ name: String) throws(FieldProblem) -> JSONObject {
        let fields = try fields(name)
        for member in fields?.members ?? [:] where member.value.string == nil {
            throw problem("\(name).\(member.key)", "is not text", fix: "quote the value")
        }
        return fields?.members ?? [:]
    }

    /// Nil where it is absent.
    func fields(_ name: String) throws(FieldProblem) -> Fields? {
        guard let value = value(name) else { return nil }
        return try Fields(value, at: path(name))
    }

    /// Nil where it is absent, or has no members, which is how typed clients write what is absent.
    func nonEmptyFields(_ name: String) throws(FieldProblem) -> Fields? {
        guard let fields = try fields(name), fields.members.contains(where: { !$0.value.isNull }) else { return nil }
        return fields
    }

    func fieldsList(_ name: String) throws(FieldProblem) -> [Fields] {
        var fields: [Fields] = []
        for (index, value) in try list(name).enumerated() { fields.append(try Fields(value, at: "\(path(name))[\(index)]")) }
        return fields
    }

    /// Nil where it is absent or empty.
    func duration(_ name: String) throws(FieldProblem) -> PrometheusDuration? {
        guard let text = try text(name) else { return nil }
        guard let duration = PrometheusDuration(text) else {
            throw problem(name, "\(text.quoted) is not a duration of Prometheus", fix: "write a number with a unit, such as 30s, 1m or 1h30m")
        }
        return duration
    }

    /// One of `words`; nil where it is absent or empty.
    func word(_ name: String, of words: [String]) throws(FieldProblem) -> String? {
        guard let text = try text(name) else { return nil }
        guard words.contains(text) else { throw problem(name, "\(text.quoted) is not known", fix: "write one of \(words.joined(separator: ", "))") }
        return text
    }

    /// A port by name or number; nil where it is absent, empty or 0.
    func port(_ name: String) throws(FieldProblem) -> PortReference? {
        switch value(name) {
        case nil, .string(""), .integer(0): return nil
        case .string(let text): return .name(text)
        case .integer(let number) where (1...65535).contains(number): return .number(number)
        default: throw problem(name, "is not a port", fix: "write a port's name, or its number from 1 to 65535")
        }
    }
}

enum PortReference: Hashable, CustomStringConvertible {
    case name(String)
    case number(Int64)

    var description: String {
        switch self {
        case .name(let name): name
        case .number(let number): String(number)
        }
    }
}
