// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A mapping of a configuration, none of whose keys is unknown.
struct ConfigurationFields {
    private let object: JSONObject
    private let path: [ConfigurationError.Step]

    init(_ json: JSONValue, _ path: [ConfigurationError.Step], _ known: [String]) throws(ConfigurationError) {
        guard let object = json.isNull ? [:] : json.object else {
            throw ConfigurationError(path: path, message: "is \(json.yamlKind), where a mapping belongs with \(known.joined(separator: ", "))")
        }
        for member in object where !known.contains(member.key) {
            let near = known.first { $0.lowercased() == member.key.lowercased() } ?? known.first { $0.hasPrefix(member.key.prefix(3)) }
            let hint = near.map { "; did you mean \($0)?" } ?? "; known are \(known.joined(separator: ", "))"
            throw ConfigurationError(path: path + [.key(member.key)], message: "is not known\(hint)")
        }
        self.object = object
        self.path = path
    }

    func value(_ key: String) -> (value: JSONValue, path: [ConfigurationError.Step])? {
        guard let value = object[key], !value.isNull else { return nil }
        return (value, path + [.key(key)])
    }

    /// A number or truth is taken as it is written, as upstream's reader does.
    func text(_ key: String) throws(ConfigurationError) -> String {
        guard let (value, path) = value(key) else { return "" }
        if let text = value.string { return text }
        guard value.array == nil, value.object == nil else {
            throw ConfigurationError(path: path, message: "is \(value.yamlKind), where a text belongs")
        }
        return value.encodedText
    }

    /// Texts by name.
    func texts(_ key: String) throws(ConfigurationError) -> [String: String] {
        guard let (value, path) = value(key) else { return [:] }
        guard let names = value.object else {
            throw ConfigurationError(path: path, message: "is \(value.yamlKind), where names and their texts belong")
        }
        let fields = try ConfigurationFields(value, path, names.map(\.key))
        var texts: [String: String] = [:]
        for name in names { texts[name.key] = try fields.text(name.key) }
        return texts
    }

    func truth(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let (value, path) = value(key) else { return nil }
        guard let truth = value.bool else { throw ConfigurationError(path: path, message: "is \(value.yamlKind), where true or false belongs") }
        return truth
    }

    func list<Element>(
        _ key: String, _ read: (JSONValue, [ConfigurationError.Step]) throws(ConfigurationError) -> Element
    ) throws(ConfigurationError) -> [Element] {
        guard let (value, path) = value(key) else { return [] }
        guard let array = value.array else { throw ConfigurationError(path: path, message: "is \(value.yamlKind), where a list belongs") }
        var elements: [Element] = []
        for (index, element) in array.enumerated() { elements.append(try read(element, path + [.index(index)])) }
        return elements
    }
}

extension JSONValue {
    var yamlKind: String {
        if array != nil { return "a list" }
        if object != nil { return "a mapping" }
        return isNull ? "empty" : "a single value"
    }
}
