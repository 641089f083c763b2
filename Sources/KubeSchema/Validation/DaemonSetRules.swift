// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a DaemonSet (apps/v1) must hold.
///
/// - Source: `ValidateDaemonSetSpec`, `ValidateDaemonSetSpecUpdate`, kubernetes v1.36 pkg/apis/apps/validation/validation.go
package enum DaemonSetRules {
    package static func errors(_ set: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let spec = set.spec
        WorkloadRules.checkSelector(spec, kind: "DaemonSet", &errors)
        WorkloadRules.checkTemplate(spec["template"], kind: "DaemonSet", &errors)
        for field in ["minReadySeconds", "revisionHistoryLimit"] { errors.checkNotNegative(spec[field], at: "spec.\(field)") }
        checkStrategy(spec["updateStrategy"] ?? [:], &errors)
        return errors
    }

    package static func updateErrors(_ set: KubeObject, replacing old: KubeObject) -> FieldErrors {
        var errors = errors(set)
        if set.spec["selector"] != old.spec["selector"] { errors.immutable("spec.selector", set.spec["selector"]) }
        return errors
    }

    private static func checkStrategy(_ strategy: JSONValue, _ errors: inout FieldErrors) {
        let path = "spec.updateStrategy.rollingUpdate"
        switch strategy["type"]?.string ?? "" {
        case "OnDelete": return
        case "RollingUpdate":
            guard let rolling = strategy["rollingUpdate"], rolling.object != nil else { return errors.required(path) }
            for field in ["maxUnavailable", "maxSurge"] {
                WorkloadRules.checkCountOrPercent(rolling[field], at: "\(path).\(field)", &errors)
                errors.checkNotAboveAll(rolling[field], at: "\(path).\(field)")
            }
            switch (WorkloadRules.isZero(rolling["maxUnavailable"]), WorkloadRules.isZero(rolling["maxSurge"])) {
            case (false, false): errors.invalid("\(path).maxSurge", rolling["maxSurge"], "may not be set when maxUnavailable is non-zero")
            case (true, true): errors.required("\(path).maxUnavailable", "cannot be 0 when maxSurge is 0")
            default: return
            }
        default: errors.unsupported("spec.updateStrategy", strategy, supported: ["RollingUpdate", "OnDelete"])
        }
    }
}
