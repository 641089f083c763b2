// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ApplyShapes {
    /// What is wrong with a configuration: values of the wrong type, and list elements without keys or with the same ones.
    ///
    /// - Source: `validatingObjectWalker`, structured-merge-diff typed/validate.go
    func errors(in object: JSONValue, shape: ApplyShape) -> [String] {
        var errors: [String] = []
        check(object, shape, path: "", &errors)
        return errors
    }

    private func check(_ value: JSONValue, _ shape: ApplyShape, path: String, _ errors: inout [String]) {
        guard !value.isNull else { return }
        func note(_ message: String) { errors.append(path.isEmpty ? message : "\(path): \(message)") }
        switch shape {
        case .atomic, .deduced: break
        case .scalar(let type): if let message = Self.mismatch(value, type) { note(message) }
        case .structure, .fields, .customObject, .map:
            guard let object = value.object else { return note("expected map, got \(value.encodedText)") }
            for member in object { check(member.value, self.member(member.key, of: shape).shape, path: "\(path).\(member.key)", &errors) }
        case .list(let keys, let element):
            guard let list = value.array else { return note("expected list, got \(value.encodedText)") }
            let elementShape = self.shape(of: element)
            var seen: Set<FieldPathElement> = []
            for (index, item) in list.enumerated() {
                do throws(ListItemError) {
                    let known = try pathElement(of: item, keys: keys, element: element)
                    if !seen.insert(known).inserted { note("duplicate entries for key \(known)") }
                    check(item, elementShape, path: "\(path)\(known)", &errors)
                } catch {
                    // Without what it is known by, nothing can be said of the rest either.
                    return note("element \(index): \(error.message)")
                }
            }
        }
    }

    private static func mismatch(_ value: JSONValue, _ type: FieldType) -> String? {
        switch (type, value) {
        case (.quantity, .object), (.quantity, .array), (.intOrString, .object), (.intOrString, .array):
            "expected scalar, got \(value.encodedText)"
        case (.quantity, _), (.intOrString, _): nil
        case (.int32, .integer), (.int32, .number), (.int64, .integer), (.int64, .number), (.float64, .integer), (.float64, .number): nil
        case (.int32, _), (.int64, _), (.float64, _): "expected numeric (int or float), got \(goType(value))"
        case (.bool, .bool): nil
        case (.bool, _): "expected boolean, got \(value.encodedText)"
        case (_, .string): nil
        default: "expected string, got \(value.encodedText)"
        }
    }

    private static func goType(_ value: JSONValue) -> String {
        switch value {
        case .object: "map[string]interface {}"
        case .array: "[]interface {}"
        case .string: "string"
        case .bool: "bool"
        case .integer: "int64"
        case .number: "float64"
        case .null: "<nil>"
        }
    }
}
