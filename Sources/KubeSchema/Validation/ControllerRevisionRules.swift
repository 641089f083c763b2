// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a ControllerRevision must hold: once written, the state that it remembers stays.
///
/// - Source: `ValidateControllerRevisionUpdate`, kubernetes v1.36 pkg/apis/apps/validation/validation.go
package enum ControllerRevisionRules {
    package static func errors(_ revision: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        if (revision["data"] ?? .null).isNull { errors.required("data", "data is mandatory") }
        errors.checkNotNegative(revision["revision"], at: "revision")
        return errors
    }

    package static func updateErrors(_ revision: KubeObject, replacing old: KubeObject) -> FieldErrors {
        var errors = errors(revision)
        if revision["data"] != old["data"] { errors.immutable("data", revision["data"]) }
        return errors
    }
}
