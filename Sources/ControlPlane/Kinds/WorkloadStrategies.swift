// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ResourceStrategy {
    static let deployment = ResourceStrategy(
        generation: .specAndAnnotations,
        prepareForCreate: { deployment, _ in deployment["status"] = [:] },
        validateCreate: { deployment, _ in workloadErrors(deployment).causes },
        validateUpdate: { deployment, old, _ in workloadUpdateErrors(deployment, old).causes })

    static let replicaSet = ResourceStrategy(
        generation: .spec,
        prepareForCreate: { replicaSet, _ in replicaSet["status"] = ["replicas": 0] },
        validateCreate: { replicaSet, _ in workloadErrors(replicaSet).causes },
        validateUpdate: { replicaSet, old, _ in workloadUpdateErrors(replicaSet, old).causes })

    private static func workloadUpdateErrors(_ object: KubeObject, _ old: KubeObject) -> FieldErrors {
        var errors = workloadErrors(object)
        if object.spec["selector"] != old.spec["selector"] { errors.immutable("spec.selector", object.spec["selector"]) }
        return errors
    }

    /// - Source: `ValidateDeploymentSpec`, `ValidatePodTemplateSpecForReplicaSet`, kubernetes pkg/apis/apps/validation/validation.go
    private static func workloadErrors(_ object: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let spec = object.spec
        if let replicas = spec["replicas"]?.int, replicas < 0 {
            errors.invalid("spec.replicas", .integer(replicas), "must be greater than or equal to 0")
        }
        checkSelector(spec, &errors)
        PodTemplateRules.check(spec.value(at: "template", "spec"), at: "spec.template.spec", restartPolicies: ["Always"], &errors)
        return errors
    }

    private static func checkSelector(_ spec: JSONValue, _ errors: inout FieldErrors) {
        guard let selector = spec["selector"], selector.object != nil else { return errors.required("spec.selector") }
        guard selector.object?.isEmpty == false else {
            return errors.invalid("spec.selector", selector, "empty selector is invalid for deployment")
        }
        let labels = spec.value(at: "template", "metadata", "labels")
        guard let parsed = try? LabelSelector(object: selector) else {
            return errors.invalid("spec.selector", selector, "invalid label selector")
        }
        if !parsed.matches(labels?.stringMap ?? [:]) {
            errors.invalid("spec.template.metadata.labels", labels ?? .null, "`selector` does not match template `labels`")
        }
    }

    static let horizontalPodAutoscaler = ResourceStrategy(
        prepareForCreate: { autoscaler, _ in autoscaler["status"] = ["currentMetrics": .null, "desiredReplicas": 0] },
        validateCreate: { autoscaler, _ in AutoscalerRules.errors(autoscaler.spec).causes },
        validateUpdate: { autoscaler, _, _ in AutoscalerRules.errors(autoscaler.spec).causes })
}
