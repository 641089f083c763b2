// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What Deployments and ReplicaSets (apps/v1) must hold.
///
/// - Source: `ValidateDeploymentSpec`, `ValidateReplicaSetSpec`, kubernetes pkg/apis/apps/validation/validation.go
package enum WorkloadRules {
    package static func errors(_ object: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let spec = object.spec
        for field in ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
            if let number = spec[field]?.int, number < 0 { errors.invalid("spec.\(field)", .integer(number), "must be greater than or equal to 0") }
        }
        checkSelector(spec, kind: object.kind, &errors)
        checkTemplate(spec["template"], kind: object.kind, &errors)
        guard object.kind == "Deployment" else { return errors }
        checkStrategy(spec["strategy"] ?? [:], &errors)
        if let deadline = spec["progressDeadlineSeconds"]?.int, deadline <= spec["minReadySeconds"]?.int ?? 0 {
            errors.invalid("spec.progressDeadlineSeconds", .integer(deadline), "must be greater than minReadySeconds")
        }
        return errors
    }

    package static func updateErrors(_ object: KubeObject, replacing old: KubeObject) -> FieldErrors {
        var errors = errors(object)
        if object.spec["selector"] != old.spec["selector"] { errors.immutable("spec.selector", object.spec["selector"]) }
        return errors
    }

    /// - Parameter template: As its pods will be.
    static func checkTemplate(_ template: JSONValue?, kind: String, _ errors: inout FieldErrors) {
        MetadataRules.checkLabels(template?.value(at: "metadata", "labels"), at: "spec.template.metadata.labels", &errors)
        PodTemplateRules.check(template?["spec"], at: "spec.template.spec", restartPolicies: ["Always"], &errors)
        if !(template?.value(at: "spec", "activeDeadlineSeconds") ?? .null).isNull {
            errors.forbidden("spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in \(kind) is not Supported")
        }
    }

    static func checkSelector(_ spec: JSONValue, kind: String, _ errors: inout FieldErrors) {
        guard let selector = spec["selector"], selector.object != nil else { return errors.required("spec.selector") }
        let isEmpty = (selector["matchLabels"]?.object?.isEmpty ?? true) && (selector["matchExpressions"]?.array?.isEmpty ?? true)
        guard !isEmpty else {
            return errors.invalid("spec.selector", selector, "empty selector is invalid for \(kind.lowercased())")
        }
        let labels = spec.value(at: "template", "metadata", "labels")
        do throws(SelectorError) {
            guard try !LabelSelector(object: selector).matches(labels?.stringMap ?? [:]) else { return }
            errors.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
        } catch {
            errors.invalid("spec.selector", selector, "invalid label selector: \(error.message)")
        }
    }

    private static func checkStrategy(_ strategy: JSONValue, _ errors: inout FieldErrors) {
        let types = ["Recreate", "RollingUpdate"]
        let rolling = strategy["rollingUpdate"] ?? .null
        switch strategy["type"]?.string ?? "" {
        case "Recreate":
            if !rolling.isNull { errors.forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'") }
        case "RollingUpdate":
            for field in ["maxUnavailable", "maxSurge"] { checkCountOrPercent(rolling[field], at: "spec.strategy.rollingUpdate.\(field)", &errors) }
            if isZero(rolling["maxUnavailable"]), isZero(rolling["maxSurge"]) {
                errors.invalid("spec.strategy.rollingUpdate.maxUnavailable", rolling["maxUnavailable"] ?? 0, "may not be 0 when `maxSurge` is 0")
            }
        case let type: errors.unsupported("spec.strategy.type", .string(type), supported: types)
        }
    }

    static func checkCountOrPercent(_ value: JSONValue?, at path: String, _ errors: inout FieldErrors) {
        switch value ?? .null {
        case .integer(let count): if count < 0 { errors.invalid(path, value, "must be greater than or equal to 0") }
        case .string(let text):
            let digits = text.dropLast()
            guard !text.hasSuffix("%") || digits.isEmpty || !digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
                return
            }
            errors.invalid(
                path, value,
                "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
            )
        default: break
        }
    }

    static func isZero(_ value: JSONValue?) -> Bool {
        switch value ?? .null {
        case .null, .integer(0): true
        case .string(let text): text.hasSuffix("%") && Int(text.dropLast()) == 0
        default: false
        }
    }
}
