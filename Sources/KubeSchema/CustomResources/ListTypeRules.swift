// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Lists that are sets hold nothing twice, lists that are maps no key twice. Elements are compared by hash.
///
/// - Source: `ValidateListSetsAndMaps`, k8s.io/apiextensions-apiserver pkg/apiserver/schema/listtype/validation.go
struct ListTypeRules {
    private(set) var errors = FieldErrors()

    mutating func check(_ value: JSONValue, _ schema: StructuralSchema, at path: String) {
        switch value {
        case .object(let object):
            for member in object {
                if let property = schema.child(named: member.key) {
                    check(member.value, property, at: path.isEmpty ? member.key : "\(path).\(member.key)")
                } else if let additional = schema.additional {
                    check(member.value, additional, at: "\(path)[\(member.key)]")
                }
            }
        case .array(let elements):
            switch schema.listType {
            case .set: for index in Self.repeated(elements) { errors.duplicate("\(path)[\(index)]", elements[index]) }
            case .map: checkKeys(elements, schema.listMapKeys, path)
            case .atomic, nil: break
            }
            guard let items = schema.items else { return }
            for (index, element) in elements.enumerated() { check(element, items, at: "\(path)[\(index)]") }
        default: break
        }
    }

    private mutating func checkKeys(_ elements: [JSONValue], _ names: [String], _ path: String) {
        if let index = elements.firstIndex(where: { $0.object == nil && !$0.isNull }) {
            return errors.invalid("\(path)[\(index)]", elements[index], "must be an object for an array of list-type map")
        }
        let keys = elements.map { element in
            JSONValue.object(JSONObject(names.compactMap { name in element[name].map { (name, $0) } }))
        }
        for index in Self.repeated(keys) { errors.duplicate("\(path)[\(index)]", keys[index]) }
    }

    /// The second places of what stands more than once.
    private static func repeated(_ elements: [JSONValue]) -> [Int] {
        var counts: [[UInt8]: Int] = [:]
        return elements.indices.filter { index in
            let key = elements[index].encoded
            counts[key, default: 0] += 1
            return counts[key] == 2
        }
    }
}

/// An object inside of another has a kind, as any object of the API.
///
/// - Source: `validateEmbeddedResource`, k8s.io/apiextensions-apiserver pkg/apiserver/schema/objectmeta/validation.go
struct EmbeddedResourceRules {
    private(set) var errors = FieldErrors()
    private var trail = SchemaTrail()

    mutating func check(_ value: JSONValue, _ schema: StructuralSchema, isRoot: Bool = false) {
        switch value {
        case .object(let object):
            if !isRoot, schema.isEmbeddedResource { check(object) }
            for member in object {
                guard let child = schema.member(named: member.key) else { continue }
                trail.push(member.key)
                check(member.value, child)
                trail.pop()
            }
        case .array(let elements):
            guard let items = schema.items else { return }
            for (index, element) in elements.enumerated() {
                trail.push(index)
                check(element, items)
                trail.pop()
            }
        default: break
        }
    }

    private mutating func check(_ object: JSONObject) {
        let path = trail.text
        if let metadata = object["metadata"], metadata.object == nil { errors.invalid("\(path).metadata", metadata, "must be an object") }
        for name in ["apiVersion", "kind"] {
            guard let value = object[name] else {
                errors.required("\(path).\(name)", "must not be empty")
                continue
            }
            guard let text = value.string else {
                errors.invalid("\(path).\(name)", value, "must be a string")
                continue
            }
            if text.isEmpty {
                errors.invalid("\(path).\(name)", value, "must not be empty")
            } else if name == "kind", let problem = NameRule.letterLabel.problem(text.lowercased()) {
                errors.invalid("\(path).kind", value, "may have mixed case, but should otherwise match: \(problem)")
            } else if name == "apiVersion", text.split(separator: "/", omittingEmptySubsequences: false).count > 2 {
                errors.invalid("\(path).apiVersion", value, "unexpected GroupVersion string: \(text)")
            }
        }
    }
}
