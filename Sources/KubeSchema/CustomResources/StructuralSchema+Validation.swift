// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension StructuralSchema {
    /// What is wrong with a custom resource's fields, in upstream's words; fields that the schema does not know are no fault here.
    ///
    /// Metadata is `MetadataRules`' matter, rules in CEL are not enforced.
    ///
    /// - Source: `customResourceStrategy.Validate`, k8s.io/apiextensions-apiserver pkg/registry/customresource/strategy.go
    package func validate(_ object: JSONObject) -> [APIError.Cause] {
        var causes = causes(.object(object), at: "")
        var embedded = EmbeddedResourceRules()
        embedded.check(.object(object), self, isRoot: true)
        causes += embedded.errors.causes
        var lists = ListTypeRules()
        lists.check(.object(object), self, at: "")
        return causes + lists.errors.causes
    }

    /// What the schema alone says of a value.
    ///
    /// - Parameter prefix: Put before the fields' own paths; empty for a whole object.
    func causes(_ value: JSONValue, at prefix: String) -> [APIError.Cause] {
        var validator = SchemaValidator(prefix: prefix)
        var seen: Set<String> = []
        return validator.validate(value, self).faults.filter { seen.insert($0.message).inserted }.map(\.cause)
    }
}

/// Checks a value against a schema; every check that applies is made, so that all faults are told at once.
///
/// - Source: `SchemaValidator.Validate`, k8s.io/kube-openapi pkg/validation/validate/schema.go
struct SchemaValidator {
    /// Stands before the fields' paths.
    let prefix: String
    var trail = SchemaTrail()

    init(prefix: String) { self.prefix = prefix }

    struct Fault {
        /// The validator's own sentence: what is said twice is told once.
        var message: String
        var cause: APIError.Cause
    }

    struct Result {
        var faults: [Fault] = []
        /// How many checks were met or made: of alternatives that fail, the one that went furthest is told of.
        var matches = 0

        var isValid: Bool { faults.isEmpty }

        mutating func merge(_ other: Result) {
            faults += other.faults
            matches += other.matches
        }
    }

    mutating func validate(_ value: JSONValue, _ schema: StructuralSchema) -> Result {
        let facts = schema.facts
        var result = Result()
        if value.isNull {
            result.merge(checkType(value, facts))
            checkAllowed(value, facts.checks, &result)
            return result
        }
        if !facts.types.isEmpty || StringFormat.isKnown(facts.checks.format) {
            result.merge(checkType(value, facts))
            result.matches += 1
        }
        result.merge(checkLogic(value, facts.checks))
        switch value {
        case .string(let text): checkText(text, facts.checks, &result)
        case .integer, .number: checkNumber(value, facts.checks, &result)
        case .array(let elements): checkElements(elements, facts, &result)
        default: break
        }
        checkAllowed(value, facts.checks, &result)
        if case .object(let object) = value { checkMembers(object, schema, &result) }
        result.matches += 3
        return result
    }

    // MARK: Type

    private func checkType(_ value: JSONValue, _ facts: StructuralSchema.Facts) -> Result {
        let types = facts.types
        let format = StringFormat.isKnown(facts.checks.format) ? facts.checks.format : ""
        func mismatch(_ wanted: String, _ actual: String) -> Result {
            var result = Result()
            typeInvalid(.string(actual), "must be of type \(wanted): \(JSONValue.string(actual).encodedText)", &result)
            return result
        }
        let met = Result(matches: 1)
        if value.isNull { return types.isEmpty || facts.isNullable ? met : mismatch(types.joined(separator: ","), "null") }
        let actual = value.schemaType
        let fits =
            types.contains(actual) || actual == "integer" && types.contains("number")
            || actual == "number" && types.contains("integer") && value.isWholeNumber
        let isTextOrList = value.string != nil || value.array != nil
        if !format.isEmpty, !isTextOrList, !fits { return mismatch(format, value.goFormat) }
        // A format makes text and lists pass here; the format itself is checked for text.
        if !format.isEmpty, isTextOrList, !types.contains("number"), !types.contains("integer") { return met }
        return fits ? met : mismatch(types.joined(separator: ","), actual)
    }

    // MARK: Containers

    private mutating func checkElements(_ elements: [JSONValue], _ facts: StructuralSchema.Facts, _ result: inout Result) {
        let checks = facts.checks
        if let items = facts.items {
            for (index, element) in elements.enumerated() {
                trail.push(index)
                result.merge(validate(element, items))
                trail.pop()
            }
        }
        let count = Int64(elements.count)
        if let minimum = checks.minItems, count < minimum {
            invalid(.integer(count), "should have at least \(minimum) items", &result)
        }
        if let maximum = checks.maxItems, count > maximum { tooMany(elements.count, maximum, "should have at most \(maximum) items", &result) }
        if checks.itemsAreUnique, Set(elements.map(\.encodedText)).count < elements.count { invalid("", "shouldn't contain duplicates", &result) }
        result.matches += 1
    }

    private mutating func checkMembers(_ object: JSONObject, _ schema: StructuralSchema, _ result: inout Result) {
        let checks = schema.facts.checks
        let count = Int64(object.count)
        if let minimum = checks.minProperties, count < minimum {
            return invalid(.integer(count), "should have at least \(minimum) properties", &result)
        }
        if let maximum = checks.maxProperties, count > maximum {
            return tooMany(object.count, maximum, "should have at most \(maximum) properties", &result)
        }
        for member in object where schema.child(named: member.key) == nil {
            switch schema.facts.additional {
            case .schema(let additional): result.merge(validate(member, additional))
            case .refused: notAllowed(member.key, &result)
            case .any, nil: break
            }
        }
        for member in object { if let property = schema.child(named: member.key) { result.merge(validate(member, property)) } }
        for name in checks.required where object[name] == nil { required(name, &result) }
    }

    private mutating func validate(_ member: JSONObject.Member, _ schema: StructuralSchema) -> Result {
        trail.push(member.key)
        defer { trail.pop() }
        return validate(member.value, schema)
    }
}

extension StructuralSchema.Facts {
    fileprivate var types: [String] { isIntOrString ? ["integer", "string"] : type.isEmpty ? [] : [type] }
}

extension JSONValue {
    /// The type that JSON Schema gives it.
    fileprivate var schemaType: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    fileprivate var goFormat: String {
        switch self {
        case .integer: "int64"
        case .number: "float64"
        default: ""
        }
    }

    /// Within what a double holds exactly.
    fileprivate var isWholeNumber: Bool { double.map { $0.rounded() == $0 && $0.magnitude < 9_007_199_254_740_992 } ?? false }
}
