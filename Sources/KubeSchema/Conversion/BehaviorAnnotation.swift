// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The scaling behavior as an annotation: upstream writes the internal type, whose members have Go's names and whose absent ones are null.
enum BehaviorAnnotation {
    static func text(_ behavior: JSONValue?) -> String? {
        guard let behavior, !behavior.isNull else { return nil }
        return "{\"ScaleUp\":\(rules(behavior["scaleUp"])),\"ScaleDown\":\(rules(behavior["scaleDown"]))}"
    }

    private static func rules(_ rules: JSONValue?) -> String {
        guard let rules, !rules.isNull else { return "null" }
        let policies = rules["policies"]?.array.map { "[" + $0.map(policy).joined(separator: ",") + "]" } ?? "null"
        return "{\"StabilizationWindowSeconds\":\(text(rules, "stabilizationWindowSeconds")),\"SelectPolicy\":\(text(rules, "selectPolicy")),"
            + "\"Policies\":\(policies),\"Tolerance\":\(text(rules, "tolerance"))}"
    }

    private static func policy(_ policy: JSONValue) -> String {
        "{\"Type\":\(text(policy, "type", absent: "")),\"Value\":\(text(policy, "value", absent: 0)),\"PeriodSeconds\":\(text(policy, "periodSeconds", absent: 0))}"
    }

    private static func text(_ value: JSONValue, _ key: String, absent: JSONValue = .null) -> String { (value[key] ?? absent).encodedText }

    /// Nil where there is none, where it cannot be read, or where it says nothing. Go matches the names whatever their case.
    static func read(_ text: String?) -> JSONValue? {
        guard let text, let type = KubeSchema.builtIn.type(named: "autoscaling/v2.HorizontalPodAutoscalerBehavior"),
            let json = try? JSONValue.parse(text)
        else { return nil }
        var decoder = SchemaDecoder(schema: .builtIn)
        guard let behavior = try? decoder.decode(json.withSchemaNames, as: type), let members = behavior.object, !members.isEmpty else { return nil }
        return behavior
    }
}

extension JSONValue {
    /// `ScaleUp` and `scaleup` are `scaleUp`.
    fileprivate var withSchemaNames: JSONValue {
        switch self {
        case .object(let object): .object(JSONObject(object.members.map { (Self.names[$0.key.lowercased()] ?? $0.key, $0.value.withSchemaNames) }))
        case .array(let elements): .array(elements.map(\.withSchemaNames))
        default: self
        }
    }

    private static let names: [String: String] = {
        let names = ["scaleUp", "scaleDown", "stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance", "type", "value", "periodSeconds"]
        return Dictionary(uniqueKeysWithValues: names.map { ($0.lowercased(), $0) })
    }()
}
