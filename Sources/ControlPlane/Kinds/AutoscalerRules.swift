// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a HorizontalPodAutoscaler's spec (autoscaling/v2) must hold.
///
/// - Source: `validateHorizontalPodAutoscalerSpec`, kubernetes pkg/apis/autoscaling/validation/validation.go
enum AutoscalerRules {
    private static let sources = ["ContainerResource": "containerResource", "External": "external", "Object": "object", "Pods": "pods", "Resource": "resource"]

    static func errors(_ spec: JSONValue) -> FieldErrors {
        var errors = FieldErrors()
        let minimum = spec["minReplicas"]?.int
        let maximum = spec["maxReplicas"]?.int ?? 0
        if let minimum, minimum < 1 { errors.invalid("spec.minReplicas", .integer(minimum), "must be greater than or equal to 1") }
        if maximum < 1 { errors.invalid("spec.maxReplicas", .integer(maximum), "must be greater than 0") }
        if let minimum, maximum < minimum {
            errors.invalid("spec.maxReplicas", .integer(maximum), "must be greater than or equal to `minReplicas`")
        }
        checkReference(spec["scaleTargetRef"], at: "spec.scaleTargetRef", &errors)
        for (index, metric) in (spec["metrics"]?.array ?? []).enumerated() { check(metric, at: "spec.metrics[\(index)]", &errors) }
        return errors
    }

    private static func checkReference(_ reference: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        let kind = reference?["kind"]?.string ?? ""
        let name = reference?["name"]?.string ?? ""
        if kind.isEmpty {
            errors.required("\(path).kind")
        } else if let problem = NameRule.pathSegment.problem(kind) {
            errors.invalid("\(path).kind", .string(kind), problem)
        }
        if name.isEmpty {
            errors.required("\(path).name")
        } else if let problem = NameRule.pathSegment.problem(name) {
            errors.invalid("\(path).name", .string(name), problem)
        }
        let version = GroupVersion(apiVersion: reference?["apiVersion"]?.string ?? "")
        if version.group.isEmpty, kind != "ReplicationController" {
            errors.invalid("\(path).apiVersion", reference?["apiVersion"] ?? "", "apiVersion must specify API group")
        }
    }

    private static func check(_ metric: JSONValue, at path: String, _ errors: inout FieldErrors) {
        let type = metric["type"]?.string ?? ""
        guard !type.isEmpty else { return errors.required("\(path).type", "must specify a metric source type") }
        guard let field = sources[type] else {
            return errors.unsupported("\(path).type", .string(type), supported: sources.keys.sorted())
        }
        guard let source = metric[field], source.object != nil else {
            return errors.required("\(path).\(field)", "must populate information for the given metric source")
        }
        for other in sources.values.sorted() where other != field && metric[other]?.object != nil {
            errors.forbidden("\(path).\(other)", "must populate the given metric source only")
        }
        switch type {
        case "Resource", "ContainerResource":
            if type == "ContainerResource", (source["container"]?.string ?? "").isEmpty {
                errors.required("\(path).\(field).container", "must specify a container")
            }
            if (source["name"]?.string ?? "").isEmpty { errors.required("\(path).\(field).name", "must specify a resource name") }
            checkResourceTarget(source["target"], at: "\(path).\(field)", &errors)
        default:
            if (source.value(at: "metric", "name")?.string ?? "").isEmpty { errors.required("\(path).\(field).metric.name", "must specify a metric name") }
            checkValueTarget(source["target"], at: "\(path).\(field)", isPods: type == "Pods", &errors)
        }
    }

    private static func checkResourceTarget(_ target: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        checkTarget(target, at: "\(path).target", &errors)
        let hasUtilization = target?["averageUtilization"]?.int != nil
        let hasValue = target?["averageValue"] != nil
        if !hasUtilization, !hasValue {
            errors.required("\(path).target.averageUtilization", "must set either a target raw value or a target utilization")
        }
        if hasUtilization, hasValue {
            errors.forbidden("\(path).target.averageValue", "may not set both a target raw value and a target utilization")
        }
    }

    private static func checkValueTarget(_ target: JSONValue?, at path: String, isPods: Bool, _ errors: inout FieldErrors) {
        checkTarget(target, at: "\(path).target", &errors)
        if target?["averageValue"] == nil, isPods || target?["value"] == nil {
            errors.required(
                "\(path).target.averageValue",
                isPods ? "must specify a positive target averageValue" : "must set either a target value for metric or a per-pod target")
        }
    }

    private static func checkTarget(_ target: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        let types = ["Utilization", "Value", "AverageValue"]
        let type = target?["type"]?.string ?? ""
        if type.isEmpty {
            errors.required("\(path).type", "must specify a metric target type")
        } else if !types.contains(type) {
            errors.invalid("\(path).type", .string(type), "must be either Utilization, Value, or AverageValue")
        }
        if let utilization = target?["averageUtilization"]?.int, utilization < 1 {
            errors.invalid("\(path).averageUtilization", .integer(utilization), "must be greater than 0")
        }
        for field in ["value", "averageValue"] {
            guard let value = target?[field], let text = QuantityText.canonical(value) else { continue }
            if text.hasPrefix("-") || text == "0" { errors.invalid("\(path).\(field)", .string(text), "must be positive") }
        }
    }
}
