// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One metric of an autoscaler.
///
/// - Source: `validateMetricSpec`, kubernetes pkg/apis/autoscaling/validation/validation.go
enum AutoscalerMetricRules {
    /// A metric's type and the field that describes it, in the order in which upstream looks at them.
    private static let sources = [
        ("Object", "object"), ("External", "external"), ("Pods", "pods"), ("Resource", "resource"), ("ContainerResource", "containerResource"),
    ]

    /// - Parameter checksVersion: Whether an object that is measured must be named with a proper API version.
    static func check(_ metric: JSONValue, at path: String, checksVersion: Bool, _ errors: inout FieldErrors) {
        let type = metric["type"]?.string ?? ""
        let types = sources.map(\.0).sorted()
        if type.isEmpty { errors.required("\(path).type", "must specify a metric source type") }
        if !types.contains(type) { errors.unsupported("\(path).type", .string(type), supported: types) }
        let present = sources.map(\.1).filter { !(metric[$0] ?? .null).isNull }
        // Of several, only the first is looked into; that there are others is fault enough.
        if let first = present.first { check(first, metric[first] ?? [:], at: "\(path).\(first)", checksVersion, &errors) }
        let expected = sources.first { $0.0 == type }?.1
        if let expected {
            if !present.contains(expected) { errors.required("\(path).\(expected)", "must populate information for the given metric source") }
        } else {
            // Upstream says it twice.
            errors.unsupported("\(path).type", .string(type), supported: types)
        }
        guard present.count != 1 else { return }
        for other in present where other != expected { errors.forbidden("\(path).\(other)", "must populate the given metric source only") }
    }

    private static func check(_ kind: String, _ source: JSONValue, at path: String, _ checksVersion: Bool, _ errors: inout FieldErrors) {
        let target = source["target"] ?? [:]
        switch kind {
        case "object":
            ObjectReferenceRules.check(source["describedObject"], at: "\(path).describedObject", &errors)
            if checksVersion {
                ObjectReferenceRules.checkVersion(source["describedObject"], at: "\(path).describedObject", needsGroup: false, &errors)
            }
            checkName(source, at: path, &errors)
            checkTarget(target, at: "\(path).target", &errors)
            if !has(target, "value"), !has(target, "averageValue") {
                errors.required("\(path).target.averageValue", "must set either a target value or averageValue")
            }
        case "external":
            checkName(source, at: path, &errors)
            checkTarget(target, at: "\(path).target", &errors)
            if !has(target, "value"), !has(target, "averageValue") {
                errors.required("\(path).target.averageValue", "must set either a target value for metric or a per-pod target")
            } else if has(target, "value"), has(target, "averageValue") {
                errors.forbidden("\(path).target.value", "may not set both a target value for metric and a per-pod target")
            }
        case "pods":
            checkName(source, at: path, &errors)
            checkTarget(target, at: "\(path).target", &errors)
            if !has(target, "averageValue") { errors.required("\(path).target.averageValue", "must specify a positive target averageValue") }
        default: checkResource(kind, source, target, at: path, &errors)
        }
    }

    private static func checkResource(_ kind: String, _ source: JSONValue, _ target: JSONValue, at path: String, _ errors: inout FieldErrors) {
        let name = source["name"]?.string ?? ""
        if name.isEmpty {
            errors.required("\(path).name", "must specify a resource name")
        } else if kind == "containerResource" {
            ResourceNameRules.checkOfContainer(name, at: "\(path).name", &errors)
        }
        if kind == "containerResource" {
            let container = source["container"]?.string ?? ""
            if container.isEmpty {
                errors.required("\(path).container", "must specify a container")
            } else if let problem = NameRule.label.problem(container) {
                errors.invalid("\(path).container", .string(container), problem)
            }
        }
        checkTarget(target, at: "\(path).target", &errors)
        let (hasUtilization, hasValue) = (has(target, "averageUtilization"), has(target, "averageValue"))
        if !hasUtilization, !hasValue {
            errors.required("\(path).target.averageUtilization", "must set either a target raw value or a target utilization")
        }
        if hasUtilization, hasValue {
            errors.forbidden("\(path).target.averageValue", "may not set both a target raw value and a target utilization")
        }
    }

    private static func checkName(_ source: JSONValue, at path: String, _ errors: inout FieldErrors) {
        let name = source.value(at: "metric", "name")?.string ?? ""
        if name.isEmpty {
            errors.required("\(path).metric.name", "must specify a metric name")
        } else if let problem = NameRule.pathSegment.problem(name) {
            errors.invalid("\(path).metric.name", .string(name), problem)
        }
    }

    private static func checkTarget(_ target: JSONValue, at path: String, _ errors: inout FieldErrors) {
        let type = target["type"]?.string ?? ""
        if type.isEmpty { errors.required("\(path).type", "must specify a metric target type") }
        if !["Utilization", "Value", "AverageValue"].contains(type) {
            errors.invalid("\(path).type", .string(type), "must be either Utilization, Value, or AverageValue")
        }
        for field in ["value", "averageValue"] {
            if let quantity = Quantity(target[field]), quantity.sign <= 0 { errors.invalid("\(path).\(field)", quantity.json, "must be positive") }
        }
        if let utilization = target["averageUtilization"]?.int, utilization < 1 {
            errors.invalid("\(path).averageUtilization", .integer(utilization), "must be greater than 0")
        }
    }

    private static func has(_ target: JSONValue, _ field: String) -> Bool { !(target[field] ?? .null).isNull }
}

/// Names of what a container can be given.
///
/// - Source: `validateContainerResourceName`, kubernetes pkg/apis/core/validation/validation.go
enum ResourceNameRules {
    private static let ofContainers: Set<String> = ["cpu", "memory", "ephemeral-storage"]
    private static let standard = ofContainers.union([
        "storage", "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims",
        "services.nodeports", "services.loadbalancers", "requests.cpu", "requests.memory", "requests.storage", "requests.ephemeral-storage",
        "limits.cpu", "limits.memory", "limits.ephemeral-storage",
    ])

    static func checkOfContainer(_ name: String, at path: String, _ errors: inout FieldErrors) {
        let problems = LabelSyntax.problems(key: name)
        for problem in problems { errors.invalid(path, .string(name), problem) }
        guard !name.contains("/"), !name.hasPrefix("hugepages-") else { return }
        if problems.isEmpty, !standard.contains(name) { errors.invalid(path, .string(name), "must be a standard resource type or fully qualified") }
        if !ofContainers.contains(name) { errors.invalid(path, .string(name), "must be a standard resource for containers") }
    }
}
