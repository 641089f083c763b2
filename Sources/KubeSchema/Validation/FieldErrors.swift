// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What is wrong with an object, field by field, in the words that upstream's validation uses.
///
/// - Source: k8s.io/apimachinery pkg/util/validation/field/errors.go
package struct FieldErrors: Sendable {
    package private(set) var causes: [APIError.Cause] = []

    package init() {}

    package mutating func required(_ field: String, _ detail: String = "") {
        add("FieldValueRequired", field, "Required value" + suffix(detail))
    }

    package mutating func invalid(_ field: String, _ value: JSONValue?, _ detail: String) {
        add("FieldValueInvalid", field, "Invalid value: \((value ?? .null).encodedText)" + suffix(detail))
    }

    package mutating func forbidden(_ field: String, _ detail: String) { add("FieldValueForbidden", field, "Forbidden" + suffix(detail)) }

    package mutating func duplicate(_ field: String, _ value: JSONValue) {
        add("FieldValueDuplicate", field, "Duplicate value: \(value.encodedText)")
    }

    package mutating func notFound(_ field: String, _ value: JSONValue) { add("FieldValueNotFound", field, "Not found: \(value.encodedText)") }

    package mutating func unsupported(_ field: String, _ value: JSONValue?, supported: [String]) {
        let list = supported.map { JSONValue.string($0).encodedText }.joined(separator: ", ")
        add("FieldValueNotSupported", field, "Unsupported value: \((value ?? "").encodedText): supported values: \(list)")
    }

    /// A value of another type than the schema's.
    package mutating func typeInvalid(_ field: String, _ value: JSONValue, _ detail: String) {
        add("FieldValueTypeInvalid", field, "Invalid value: \(value.encodedText)" + suffix(detail))
    }

    package mutating func tooMany(_ field: String, actual: Int, maximum: Int64) {
        add("FieldValueTooMany", field, "Too many: \(actual): must have at most \(maximum) \(maximum == 1 ? "item" : "items")")
    }

    package mutating func tooLong(_ field: String, maximumBytes: Int) {
        add("FieldValueTooLong", field, "Too long: may not be more than \(maximumBytes) bytes")
    }

    package mutating func immutable(_ field: String, _ value: JSONValue?) { invalid(field, value, "field is immutable") }

    package mutating func append(_ other: FieldErrors) { causes += other.causes }
    package mutating func append(_ others: [APIError.Cause]) { causes += others }

    mutating func add(_ reason: String, _ field: String, _ message: String) {
        causes.append(APIError.Cause(reason: reason, message: message, field: field))
    }

    func suffix(_ detail: String) -> String { detail.isEmpty ? "" : ": \(detail)" }
}
