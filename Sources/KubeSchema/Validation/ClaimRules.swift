// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a PersistentVolumeClaim must hold.
///
/// - Source: `ValidatePersistentVolumeClaimSpec`, `ValidatePersistentVolumeClaimUpdate`, kubernetes v1.36
///   pkg/apis/core/validation/validation.go
package enum ClaimRules {
    package static func errors(_ claim: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        check(claim.spec, at: "spec", &errors)
        return errors
    }

    static func check(_ spec: JSONValue, at path: String, _ errors: inout FieldErrors) {
        let modes = spec["accessModes"]?.array ?? []
        if modes.isEmpty { errors.required("\(path).accessModes", "at least 1 access mode is required") }
        for mode in modes where !accessModes.contains(mode.string ?? "") {
            errors.unsupported("\(path).accessModes", mode, supported: accessModes)
        }
        if modes.count > 1, modes.contains("ReadWriteOncePod") {
            errors.forbidden("\(path).accessModes", "may not use ReadWriteOncePod with other access modes")
        }
        guard let storage = spec.value(at: "resources", "requests", "storage") else {
            return errors.required("\(path).resources[storage]")
        }
        if let amount = Quantity(storage), amount.value <= 0 {
            errors.invalid("\(path).resources[storage]", storage, "must be greater than zero")
        }
        if let mode = spec["volumeMode"]?.string, !["Block", "Filesystem"].contains(mode) {
            errors.unsupported("\(path).volumeMode", .string(mode), supported: ["Block", "Filesystem"])
        }
    }

    package static func updateErrors(_ claim: KubeObject, replacing old: KubeObject) -> FieldErrors {
        var errors = errors(claim)
        let isBound = !(old.spec["volumeName"]?.string ?? "").isEmpty
        if fixedPart(of: claim.spec, isBound: isBound) != fixedPart(of: old.spec, isBound: isBound) {
            errors.forbidden(
                "spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims")
        }
        return errors
    }

    private static func fixedPart(of spec: JSONValue, isBound: Bool) -> JSONValue {
        var spec = spec
        for field in ["resources", "volumeAttributesClassName"] { spec[field] = nil }
        // Until it is bound, its volume may still be named.
        if !isBound { spec["volumeName"] = nil }
        return spec
    }

    static let accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
}
