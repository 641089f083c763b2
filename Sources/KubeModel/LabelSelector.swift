// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// Why some text or object is no selector, in upstream's words.
package struct SelectorError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    package var description: String { message }

    init(_ message: String) { self.message = message }
}

/// Which objects a query is about, by their labels; all requirements must hold.
package struct LabelSelector: Sendable, Hashable {
    package enum Operator: String, Sendable, Hashable {
        case `in`, notIn = "notin", equals = "=", doubleEquals = "==", notEquals = "!=", exists, doesNotExist = "!", greaterThan = "gt", lessThan =
            "lt"
    }

    package struct Requirement: Sendable, Hashable {
        package var key: String
        package var `operator`: Operator
        package var values: [String]
    }

    /// In the order of their keys.
    package private(set) var requirements: [Requirement]
    /// The selector of an absent object: it matches nothing at all.
    package private(set) var matchesNothing = false

    package static let everything = LabelSelector(requirements: [])
    package static let nothing: LabelSelector = {
        var selector = everything
        selector.matchesNothing = true
        return selector
    }()

    init(requirements: [Requirement]) {
        // Stable, so that requirements on one key stay as they were written.
        self.requirements = requirements.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }.map(\.element)
    }

    /// Every one of `labels`, as in a Service's selector.
    package init(labels: [String: String]) {
        self.init(requirements: labels.map { Requirement(key: $0.key, operator: .equals, values: [$0.value]) })
    }

    /// Whether it leaves nothing out.
    package var isEmpty: Bool { !matchesNothing && requirements.isEmpty }

    package func matches(_ labels: [String: String]) -> Bool { matches { labels[$0] } }

    /// - Parameter value: Of the label with a key; nil where there is none.
    package func matches(_ value: (_ key: String) -> String?) -> Bool {
        !matchesNothing && requirements.allSatisfy { $0.matches(value($0.key)) }
    }
}

extension LabelSelector.Requirement {
    func matches(_ value: String?) -> Bool {
        switch self.operator {
        case .in, .equals, .doubleEquals: value.map(values.contains) ?? false
        case .notIn, .notEquals: !(value.map(values.contains) ?? false)
        case .exists: value != nil
        case .doesNotExist: value == nil
        case .greaterThan: compare(value, >)
        case .lessThan: compare(value, <)
        }
    }

    private func compare(_ value: String?, _ isOrdered: (Int64, Int64) -> Bool) -> Bool {
        guard let value = value.flatMap({ Int64($0) }), values.count == 1, let bound = Int64(values[0]) else { return false }
        return isOrdered(value, bound)
    }

    /// - Throws: `SelectorError` that lists each thing wrong.
    /// - Source: `NewRequirement`, k8s.io/apimachinery pkg/labels/selector.go
    init(checking key: String, _ operator: LabelSelector.Operator, _ values: [String]) throws(SelectorError) {
        var problems: [String] = []
        let keyProblems = LabelSyntax.problems(key: key)
        if !keyProblems.isEmpty { problems.append("key: Invalid value: \(key.quoted): \(keyProblems.joined(separator: "; "))") }
        let list = values.isEmpty ? "null" : JSONValue(values).encodedText
        switch `operator` {
        case .in, .notIn:
            if values.isEmpty { problems.append("values: Invalid value: \(list): for 'in', 'notin' operators, values set can't be empty") }
        case .equals, .doubleEquals, .notEquals:
            if values.count != 1 { problems.append("values: Invalid value: \(list): exact-match compatibility requires one single value") }
        case .exists, .doesNotExist:
            if !values.isEmpty { problems.append("values: Invalid value: \(list): values set must be empty for exists and does not exist") }
        case .greaterThan, .lessThan:
            if values.count != 1 { problems.append("values: Invalid value: \(list): for 'Gt', 'Lt' operators, exactly one value is required") }
            for (index, value) in values.enumerated() where Int64(value) == nil {
                problems.append("values[\(index)]: Invalid value: \(value.quoted): for 'Gt', 'Lt' operators, the value must be an integer")
            }
        }
        for (index, value) in values.enumerated() {
            let valueProblems = LabelSyntax.problems(value: value)
            if !valueProblems.isEmpty {
                problems.append("values[\(index)][\(key)]: Invalid value: \(value.quoted): \(valueProblems.joined(separator: "; "))")
            }
        }
        guard problems.isEmpty else { throw SelectorError(problems.count == 1 ? problems[0] : "[" + problems.joined(separator: ", ") + "]") }
        self.init(key: key, operator: `operator`, values: values)
    }
}

extension String {
    /// As Go's `%q` writes plain text.
    fileprivate var quoted: String { JSONValue.string(self).encodedText }
}

// MARK: The object form

extension LabelSelector {
    /// From a `LabelSelector` object (`matchLabels`, `matchExpressions`); an absent one matches nothing, an empty one everything.
    /// - Source: `LabelSelectorAsSelector`, k8s.io/apimachinery pkg/apis/meta/v1/helpers.go
    package init(object: JSONValue?) throws(SelectorError) {
        guard let object, !object.isNull else {
            self = .nothing
            return
        }
        var requirements: [Requirement] = []
        for member in object["matchLabels"]?.object ?? [:] {
            requirements.append(try Requirement(checking: member.key, .equals, [member.value.string ?? ""]))
        }
        for expression in object["matchExpressions"]?.array ?? [] {
            let name = expression["operator"]?.string ?? ""
            guard let `operator` = Self.objectOperators[name] else { throw SelectorError("\(name.quoted) is not a valid label selector operator") }
            let values = expression["values"]?.array?.compactMap(\.string) ?? []
            requirements.append(try Requirement(checking: expression["key"]?.string ?? "", `operator`, values))
        }
        self.init(requirements: requirements)
    }

    private static let objectOperators: [String: Operator] = ["In": .in, "NotIn": .notIn, "Exists": .exists, "DoesNotExist": .doesNotExist]

    /// As a `LabelSelector` object.
    /// - Throws: `SelectorError` for operators that objects do not have (`!=`, `gt`, `lt`).
    package func object() throws(SelectorError) -> JSONValue {
        var labels = JSONObject()
        var expressions: [JSONValue] = []
        for requirement in requirements {
            switch requirement.operator {
            case .equals, .doubleEquals: labels[requirement.key] = .string(requirement.values.first ?? "")
            case .in: expressions.append(["key": .string(requirement.key), "operator": "In", "values": JSONValue(requirement.sortedValues)])
            case .notIn: expressions.append(["key": .string(requirement.key), "operator": "NotIn", "values": JSONValue(requirement.sortedValues)])
            case .exists: expressions.append(["key": .string(requirement.key), "operator": "Exists"])
            case .doesNotExist: expressions.append(["key": .string(requirement.key), "operator": "DoesNotExist"])
            case .greaterThan, .lessThan: throw SelectorError("\(requirement.operator.rawValue.quoted) isn't supported in label selectors")
            case .notEquals: throw SelectorError("\(requirement.operator.rawValue.quoted) is not a valid label selector operator")
            }
        }
        var object = JSONObject()
        if !labels.isEmpty { object["matchLabels"] = .object(labels) }
        if !expressions.isEmpty { object["matchExpressions"] = .array(expressions) }
        return .object(object)
    }
}

// MARK: Writing

extension LabelSelector: CustomStringConvertible {
    /// The canonical text; empty for the selector of everything.
    package var description: String { requirements.map(\.description).joined(separator: ",") }
}

extension LabelSelector.Requirement: CustomStringConvertible {
    package var description: String {
        let list = values.count == 1 ? values[0] : values.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ",")
        return switch self.operator {
        case .equals: "\(key)=\(list)"
        case .doubleEquals: "\(key)==\(list)"
        case .notEquals: "\(key)!=\(list)"
        case .in: "\(key) in (\(list))"
        case .notIn: "\(key) notin (\(list))"
        case .greaterThan: "\(key)>\(list)"
        case .lessThan: "\(key)<\(list)"
        case .exists: key
        case .doesNotExist: "!\(key)"
        }
    }

    /// Each value once.
    package var sortedValues: [String] { Set(values).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}

extension LabelSelector {
    /// A selector object as Go's `%+v` prints one, which is how it stands in the autoscaler's messages.
    package static func goText(_ object: JSONValue) -> String {
        let labels = (object["matchLabels"]?.stringMap ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)," }
        let expressions = (object["matchExpressions"]?.array ?? []).map { expression in
            let values = (expression["values"]?.array ?? []).compactMap(\.string).joined(separator: " ")
            return
                "LabelSelectorRequirement{Key:\(expression["key"]?.string ?? ""),Operator:\(expression["operator"]?.string ?? ""),Values:[\(values)],},"
        }
        return
            "&LabelSelector{MatchLabels:map[string]string{\(labels.joined())},MatchExpressions:[]LabelSelectorRequirement{\(expressions.joined())},}"
    }
}
