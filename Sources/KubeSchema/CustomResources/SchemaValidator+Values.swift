// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension SchemaValidator {
    func checkText(_ text: String, _ checks: StructuralSchema.Checks, _ result: inout Result) {
        if checks.maxLength != nil || checks.minLength != nil {
            let count = Int64(text.unicodeScalars.count)
            // As upstream's, the first of these that fails is the one told.
            if let maximum = checks.maxLength, count > maximum {
                tooLong(maximum, &result)
            } else if let minimum = checks.minLength, count < minimum {
                invalid(.string(text), "should be at least \(minimum) chars long", &result)
            } else {
                checkPattern(text, checks, &result)
            }
        } else {
            checkPattern(text, checks, &result)
        }
        result.matches += 1
        guard StringFormat.isKnown(checks.format) else { return }
        result.matches += 1
        if !StringFormat.accepts(text, format: checks.format) {
            typeInvalid(.string(text), "must be of type \(checks.format): \(JSONValue.string(text).encodedText)", &result)
        }
    }

    private func checkPattern(_ text: String, _ checks: StructuralSchema.Checks, _ result: inout Result) {
        if let pattern = checks.pattern, !pattern.matches(text) { invalid(.string(text), "should match '\(pattern.text)'", &result) }
    }

    func checkNumber(_ value: JSONValue, _ checks: StructuralSchema.Checks, _ result: inout Result) {
        if let factor = checks.multipleOf {
            if (factor.double ?? 0) <= 0 {
                let message = "factor MultipleOf declared for \(name) must be positive: \(factor.goText(beside: value))"
                invalid(factor, saying: message, &result)
            } else if !value.isMultiple(of: factor) {
                invalid(value, "should be a multiple of \(factor.goText(beside: value))", &result)
            }
        }
        if let minimum = checks.minimum, !value.isAbove(minimum, orEqual: !checks.isMinimumExclusive) {
            let words = checks.isMinimumExclusive ? "greater than" : "greater than or equal to"
            invalid(value, "should be \(words) \(minimum.goText(beside: value))", &result)
        }
        if let maximum = checks.maximum, !maximum.isAbove(value, orEqual: !checks.isMaximumExclusive) {
            let words = checks.isMaximumExclusive ? "less than" : "less than or equal to"
            invalid(value, "should be \(words) \(maximum.goText(beside: value))", &result)
        }
        result.matches += 2
    }

    func checkAllowed(_ value: JSONValue, _ checks: StructuralSchema.Checks, _ result: inout Result) {
        guard !checks.allowed.isEmpty, !checks.allowed.contains(where: { $0.isSchemaEqual(to: value) }) else { return }
        var errors = FieldErrors()
        // Null is told as text, as upstream does.
        errors.unsupported(field, value.isNull ? "null" : value, supported: checks.allowed.map { $0.string ?? $0.encodedText })
        result.add(errors, "\(name) in body should be one of \(JSONValue.array(checks.allowed).encodedText)")
    }

    // MARK: Logic

    /// - Source: `schemaPropsValidator.Validate`, k8s.io/kube-openapi pkg/validation/validate/schema_props.go
    mutating func checkLogic(_ value: JSONValue, _ checks: StructuralSchema.Checks) -> Result {
        var result = Result()
        if !checks.anyOf.isEmpty { checkAnyOf(value, checks.anyOf, &result) }
        if !checks.oneOf.isEmpty { checkOneOf(value, checks.oneOf, &result) }
        if !checks.allOf.isEmpty {
            var valid = 0
            for schema in checks.allOf {
                let one = validate(value, schema)
                if one.isValid { valid += 1 }
                result.merge(one)
            }
            if valid < checks.allOf.count { composite("must validate all the schemas (allOf)\(valid == 0 ? ". None validated" : "")", &result) }
        }
        if let not = checks.not, validate(value, not).isValid { composite("must not validate the schema (not)", &result) }
        result.matches += 1
        return result
    }

    private mutating func checkAnyOf(_ value: JSONValue, _ schemas: [StructuralSchema], _ result: inout Result) {
        var best: Result?
        for schema in schemas {
            let one = validate(value, schema)
            if one.isValid { return result.merge(one) }
            if one.matches > best?.matches ?? -1 { best = one }
        }
        composite("must validate at least one schema (anyOf)", &result)
        if let best { result.merge(best) }
    }

    private mutating func checkOneOf(_ value: JSONValue, _ schemas: [StructuralSchema], _ result: inout Result) {
        var best: Result?
        var first: Result?
        var valid = 0
        for schema in schemas {
            let one = validate(value, schema)
            if one.isValid {
                valid += 1
                first = first ?? one
            } else if one.matches > best?.matches ?? -1 {
                best = one
            }
        }
        switch valid {
        case 0:
            composite("must validate one and only one schema (oneOf). Found none valid", &result)
            if let best { result.merge(best) }
        case 1: if let first { result.merge(first) }
        default: composite("must validate one and only one schema (oneOf). Found \(valid) valid alternatives", &result)
        }
    }
}

// MARK: Faults

extension SchemaValidator {
    var name: String { trail.text }

    /// Where the fault is told to be; upstream's nil path has this name.
    var field: String {
        let name = name
        if prefix.isEmpty { return name.isEmpty ? "<nil>" : name }
        return name.isEmpty ? prefix : "\(prefix).\(name)"
    }

    func invalid(_ value: JSONValue, _ words: String, _ result: inout Result) { invalid(value, saying: "\(name) in body \(words)", &result) }

    func invalid(_ value: JSONValue, saying message: String, _ result: inout Result) {
        var errors = FieldErrors()
        errors.invalid(field, value, message)
        result.add(errors, message)
    }

    func typeInvalid(_ value: JSONValue, _ words: String, _ result: inout Result) {
        var errors = FieldErrors()
        let message = "\(name) in body \(words)"
        errors.typeInvalid(field, value, message)
        result.add(errors, message)
    }

    func tooMany(_ count: Int, _ maximum: Int64, _ words: String, _ result: inout Result) {
        var errors = FieldErrors()
        errors.tooMany(field, actual: count, maximum: maximum)
        result.add(errors, "\(name) in body \(words)")
    }

    func tooLong(_ maximum: Int64, _ result: inout Result) {
        var errors = FieldErrors()
        errors.tooLong(field, maximumBytes: Int(clamping: maximum))
        result.add(errors, "\(name) in body should be at most \(maximum) chars long")
    }

    mutating func required(_ member: String, _ result: inout Result) {
        trail.push(member)
        defer { trail.pop() }
        var errors = FieldErrors()
        errors.required(field)
        result.add(errors, "\(name) in body is required")
    }

    func notAllowed(_ member: String, _ result: inout Result) {
        invalid(.string(member), saying: "\(name).\(member) in body is a forbidden property", &result)
    }

    func composite(_ words: String, _ result: inout Result) {
        var errors = FieldErrors()
        let message = "\(JSONValue.string(name).encodedText) \(words)"
        errors.invalid(prefix.isEmpty ? "<nil>" : prefix, "", message)
        result.add(errors, message)
    }
}

extension SchemaValidator.Result {
    mutating func add(_ errors: FieldErrors, _ message: String) {
        faults += errors.causes.map { SchemaValidator.Fault(message: message, cause: $0) }
    }
}
