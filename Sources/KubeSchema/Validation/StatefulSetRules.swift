// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a StatefulSet (apps/v1) must hold.
///
/// - Source: `ValidateStatefulSetSpec`, `ValidateStatefulSetUpdate`, kubernetes v1.36 pkg/apis/apps/validation/validation.go
package enum StatefulSetRules {
    package static func errors(_ set: KubeObject) -> FieldErrors {
        var errors = specErrors(set.spec)
        if let service = set.spec["serviceName"]?.string, !service.isEmpty, let problem = NameRule.label.problem(service) {
            errors.invalid("spec.serviceName", .string(service), problem)
        }
        for (index, template) in (set.spec["volumeClaimTemplates"]?.array ?? []).enumerated() {
            ClaimRules.check(template["spec"] ?? [:], at: "spec.volumeClaimTemplates[\(index)].spec", &errors)
        }
        return errors
    }

    package static func updateErrors(_ set: KubeObject, replacing old: KubeObject) -> FieldErrors {
        var errors = specErrors(set.spec)
        if fixedPart(of: set.spec) != fixedPart(of: old.spec) {
            let names = changeable.dropLast().map { "'\($0)'" }.joined(separator: ", ")
            errors.forbidden(
                "spec", "updates to statefulset spec for fields other than \(names) and '\(changeable[changeable.count - 1])' are forbidden")
        }
        return errors
    }

    private static let changeable = [
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    ]

    private static func fixedPart(of spec: JSONValue) -> JSONValue {
        var spec = spec
        for field in changeable { spec[field] = nil }
        if spec["volumeClaimTemplates"]?.array?.isEmpty == true { spec["volumeClaimTemplates"] = nil }
        // Which phase a template's claim is in says nothing.
        spec.changeElements("volumeClaimTemplates") { $0["status"] = nil }
        return spec
    }

    private static func specErrors(_ spec: JSONValue) -> FieldErrors {
        var errors = FieldErrors()
        let policies = ["OrderedReady", "Parallel"]
        if let policy = spec["podManagementPolicy"]?.string, !policies.contains(policy) {
            errors.invalid("spec.podManagementPolicy", .string(policy), "must be 'OrderedReady' or 'Parallel'")
        }
        checkStrategy(spec["updateStrategy"] ?? [:], &errors)
        for field in ["whenDeleted", "whenScaled"] {
            let policy = spec.value(at: "persistentVolumeClaimRetentionPolicy", field)
            if let text = policy?.string, !["Retain", "Delete"].contains(text) {
                errors.unsupported("spec.persistentVolumeClaimRetentionPolicy.\(field)", policy, supported: ["Retain", "Delete"])
            }
        }
        for field in ["replicas", "minReadySeconds"] { errors.checkNotNegative(spec[field], at: "spec.\(field)") }
        errors.checkNotNegative(spec.value(at: "ordinals", "start"), at: "spec.ordinals.start")
        WorkloadRules.checkSelector(spec, kind: "StatefulSet", &errors)
        WorkloadRules.checkTemplate(templateWithClaims(spec), kind: "StatefulSet", &errors)
        return errors
    }

    private static func checkStrategy(_ strategy: JSONValue, _ errors: inout FieldErrors) {
        let rolling = strategy["rollingUpdate"] ?? .null
        switch strategy["type"]?.string ?? "" {
        case "OnDelete":
            if !rolling.isNull { errors.invalid("spec.updateStrategy.rollingUpdate", rolling, "only allowed for updateStrategy 'RollingUpdate'") }
        case "RollingUpdate":
            errors.checkNotNegative(rolling["partition"], at: "spec.updateStrategy.rollingUpdate.partition")
            guard let maximum = rolling["maxUnavailable"], !maximum.isNull else { return }
            let path = "spec.updateStrategy.rollingUpdate.maxUnavailable"
            WorkloadRules.checkCountOrPercent(maximum, at: path, &errors)
            if WorkloadRules.isZero(maximum) { errors.invalid(path, maximum, "cannot be 0") }
            errors.checkNotAboveAll(maximum, at: path)
        default: errors.invalid("spec.updateStrategy", strategy, "must be 'RollingUpdate' or 'OnDelete'")
        }
    }

    /// The template as its pods will be: with a volume for each claim, and without the names that each pod gets anew.
    private static func templateWithClaims(_ spec: JSONValue) -> JSONValue? {
        guard var template = spec["template"], template.object != nil else { return spec["template"] }
        let claims = (spec["volumeClaimTemplates"]?.array ?? []).map { $0.value(at: "metadata", "name") ?? "" }
        template.change("spec") { pod in
            pod["hostname"] = nil
            pod["subdomain"] = nil
            let others = (pod["volumes"]?.array ?? []).filter { volume in !claims.contains { $0 == volume["name"] } }
            let volumes = claims.map { name in ["name": name, "persistentVolumeClaim": ["claimName": name]] as JSONValue } + others
            pod["volumes"] = volumes.isEmpty ? nil : .array(volumes)
        }
        return template
    }
}
