// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a HorizontalPodAutoscaler (autoscaling/v2, defaults set) must hold.
///
/// - Source: `ValidateHorizontalPodAutoscaler`, kubernetes pkg/apis/autoscaling/validation/validation.go
package enum AutoscalerRules {
    /// - Parameters:
    ///   - old: The spec that is replaced; what was wrong there and came before the rule may stay.
    ///   - allowsScaleToZero: Whether `minReplicas` may be 0, as with the feature gate HPAScaleToZero.
    package static func errors(_ spec: JSONValue, replacing old: JSONValue? = nil, allowsScaleToZero: Bool = false) -> FieldErrors {
        var errors = FieldErrors()
        checkReplicas(spec, least: allowsScaleToZero || old?["minReplicas"] == 0 ? 0 : 1, &errors)
        ObjectReferenceRules.check(spec["scaleTargetRef"], at: "spec.scaleTargetRef", &errors)
        if old.map({ ObjectReferenceRules.hasGroup($0["scaleTargetRef"]) }) ?? true {
            ObjectReferenceRules.checkVersion(spec["scaleTargetRef"], at: "spec.scaleTargetRef", needsGroup: true, &errors)
        }
        let metrics = spec["metrics"]?.array ?? []
        let checksVersions = (old?["metrics"]?.array ?? []).allSatisfy {
            ObjectReferenceRules.hasValidVersion($0.value(at: "object", "describedObject"))
        }
        for (index, metric) in metrics.enumerated() {
            AutoscalerMetricRules.check(metric, at: "spec.metrics[\(index)]", checksVersion: checksVersions, &errors)
        }
        // Pods that are not there cannot tell that they are needed.
        if spec["minReplicas"] == 0, !metrics.contains(where: { $0["type"] == "Object" || $0["type"] == "External" }) {
            errors.forbidden("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas")
        }
        for direction in ["scaleUp", "scaleDown"] {
            if let rules = spec.value(at: "behavior", direction), !rules.isNull {
                BehaviorRules.check(rules, at: "spec.behavior.\(direction)", &errors)
            }
        }
        return errors
    }

    package static func statusErrors(_ status: JSONValue) -> FieldErrors {
        var errors = FieldErrors()
        for field in ["currentReplicas", "desiredReplicas"] {
            if let count = status[field]?.int, count < 0 { errors.invalid("status.\(field)", .integer(count), "must be greater than or equal to 0") }
        }
        return errors
    }

    private static func checkReplicas(_ spec: JSONValue, least: Int64, _ errors: inout FieldErrors) {
        let minimum = spec["minReplicas"]?.int
        let maximum = spec["maxReplicas"]?.int ?? 0
        if let minimum, minimum < least { errors.invalid("spec.minReplicas", .integer(minimum), "must be greater than or equal to \(least)") }
        if maximum == 0 {
            errors.required("spec.maxReplicas", "must be set and greater than 0")
        } else if maximum < 1 {
            errors.invalid("spec.maxReplicas", .integer(maximum), "must be greater than or equal to 1")
        }
        if let minimum, maximum < minimum { errors.invalid("spec.maxReplicas", .integer(maximum), "must be greater than or equal to `minReplicas`") }
    }
}

/// A reference to an object of any version.
enum ObjectReferenceRules {
    static func check(_ reference: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        for field in ["kind", "name"] {
            let text = reference?[field]?.string ?? ""
            if text.isEmpty {
                errors.required("\(path).\(field)")
            } else if let problem = NameRule.pathSegment.problem(text) {
                errors.invalid("\(path).\(field)", .string(text), problem)
            }
        }
    }

    static func checkVersion(_ reference: JSONValue?, at path: String, needsGroup: Bool, _ errors: inout FieldErrors) {
        let apiVersion = reference?["apiVersion"]?.string ?? ""
        if !hasValidVersion(reference) {
            errors.invalid("\(path).apiVersion", .string(apiVersion), "unexpected GroupVersion string: \(apiVersion)")
        } else if needsGroup, !hasGroup(reference) {
            errors.invalid("\(path).apiVersion", .string(apiVersion), "apiVersion must specify API group")
        }
    }

    static func hasValidVersion(_ reference: JSONValue?) -> Bool {
        (reference?["apiVersion"]?.string ?? "").utf8.count { $0 == UInt8(ascii: "/") } < 2
    }

    /// All that scales has a group, but for the one scalable kind of the core group.
    static func hasGroup(_ reference: JSONValue?) -> Bool {
        guard hasValidVersion(reference) else { return false }
        return !GroupVersion(apiVersion: reference?["apiVersion"]?.string ?? "").group.isEmpty || reference?["kind"] == "ReplicationController"
    }
}

/// How fast an autoscaler may move.
enum BehaviorRules {
    private static let longestWindow: Int64 = 3600
    private static let longestPeriod: Int64 = 1800

    static func check(_ rules: JSONValue, at path: String, _ errors: inout FieldErrors) {
        if let window = rules["stabilizationWindowSeconds"]?.int {
            if window < 0 { errors.invalid("\(path).stabilizationWindowSeconds", .integer(window), "must be greater than or equal to zero") }
            if window > longestWindow {
                errors.invalid("\(path).stabilizationWindowSeconds", .integer(window), "must be less than or equal to \(longestWindow)")
            }
        }
        let choices = ["Disabled", "Max", "Min"]
        if let choice = rules["selectPolicy"]?.string, !choices.contains(choice) {
            errors.unsupported("\(path).selectPolicy", .string(choice), supported: choices)
        }
        let policies = rules["policies"]?.array ?? []
        if policies.isEmpty { errors.required("\(path).policies", "must specify at least one Policy") }
        for (index, policy) in policies.enumerated() { check(policy: policy, at: "\(path).policies[\(index)]", &errors) }
        if let tolerance = Quantity(rules["tolerance"]), tolerance.sign < 0 {
            errors.invalid("\(path).tolerance", rules["tolerance"], "must be greater than or equal to 0")
        }
    }

    private static func check(policy: JSONValue, at path: String, _ errors: inout FieldErrors) {
        let types = ["Percent", "Pods"]
        let type = policy["type"]?.string ?? ""
        if !types.contains(type) { errors.unsupported("\(path).type", .string(type), supported: types) }
        for field in ["value", "periodSeconds"] {
            let number = policy[field]?.int ?? 0
            if number <= 0 { errors.invalid("\(path).\(field)", .integer(number), "must be greater than zero") }
        }
        if let period = policy["periodSeconds"]?.int, period > longestPeriod {
            errors.invalid("\(path).periodSeconds", .integer(period), "must be less than or equal to \(longestPeriod)")
        }
    }
}
