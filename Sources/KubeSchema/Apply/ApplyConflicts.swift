// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Fields that others own with values other than those applied.
struct ApplyConflicts: Error, Sendable, Hashable {
    struct Conflict: Sendable, Hashable {
        var manager: ManagedFieldsEntry.Identity
        var path: [FieldPathElement]

        var field: String { path.map(\.description).joined() }
    }

    /// Those of one manager together.
    var conflicts: [Conflict]

    /// - Source: `NewConflictError`, apimachinery pkg/util/managedfields/internal/conflict.go
    var apiError: APIError {
        let causes = conflicts.map { conflict in
            APIError.Cause(reason: "FieldManagerConflict", message: "conflict with \(conflict.manager.conflictText)", field: conflict.field)
        }
        return APIError(code: 409, reason: .conflict, message: message, details: APIError.Details(causes: causes))
    }

    private var message: String {
        if conflicts.count == 1, let only = conflicts.first {
            return "Apply failed with 1 conflict: conflict with \(only.manager.conflictText): \(only.field)"
        }
        var lines: [String] = []
        var manager: ManagedFieldsEntry.Identity?
        for conflict in conflicts {
            if conflict.manager != manager { lines.append("conflicts with \(conflict.manager.conflictText):") }
            manager = conflict.manager
            lines.append("- \(conflict.field)")
        }
        return "Apply failed with \(conflicts.count) conflicts: " + lines.joined(separator: "\n")
    }
}
