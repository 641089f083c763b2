// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a PersistentVolume must hold.
///
/// - Source: `ValidatePersistentVolumeSpec`, `ValidatePersistentVolumeUpdate`, kubernetes v1.36 pkg/apis/core/validation/validation.go
package enum VolumeRules {
    package static func errors(_ volume: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let spec = volume.spec
        let modes = spec["accessModes"]?.array ?? []
        if modes.isEmpty { errors.required("spec.accessModes") }
        for mode in modes where !ClaimRules.accessModes.contains(mode.string ?? "") {
            errors.unsupported("spec.accessModes", mode, supported: ClaimRules.accessModes)
        }
        if spec["capacity"]?.object?.isEmpty ?? true { errors.required("spec.capacity") }
        if let storage = spec.value(at: "capacity", "storage"), let amount = Quantity(storage), amount.value <= 0 {
            errors.invalid("spec.capacity[storage]", storage, "must be greater than zero")
        }
        let policies = ["Delete", "Recycle", "Retain"]
        if let policy = spec["persistentVolumeReclaimPolicy"]?.string, !policies.contains(policy) {
            errors.unsupported("spec.persistentVolumeReclaimPolicy", .string(policy), supported: policies)
        }
        let sources = source(of: spec).map(\.key)
        if sources.isEmpty { errors.required("spec", "must specify a volume type") }
        for name in sources.dropFirst() { errors.forbidden("spec.\(name)", "may not specify more than 1 volume type") }
        return errors
    }

    package static func updateErrors(_ volume: KubeObject, replacing old: KubeObject) -> FieldErrors {
        var errors = errors(volume)
        if source(of: volume.spec) != source(of: old.spec) {
            errors.forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation")
        }
        return errors
    }

    /// Where the volume really is: the members of the spec that say nothing else.
    private static func source(of spec: JSONValue) -> JSONObject {
        JSONObject((spec.object ?? [:]).filter { !others.contains($0.key) && !$0.value.isNull }.map { ($0.key, $0.value) })
    }

    private static let others: Set<String> = [
        "accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy", "storageClassName",
        "volumeAttributesClassName", "volumeMode",
    ]
}
