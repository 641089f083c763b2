// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema

extension FieldValidation {
    /// The parameter `fieldValidation`; a client that doesn't say is warned.
    init(_ query: Query) throws(APIError) {
        guard let text = query["fieldValidation"], !text.isEmpty else {
            self = .warn
            return
        }
        guard let known = Self(rawValue: text) else {
            var errors = FieldErrors()
            errors.unsupported("fieldValidation", .string(text), supported: ["Ignore", "Strict", "Warn"])
            throw .invalid(GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "CreateOptions"), "", errors.causes)
        }
        self = known
    }
}

extension ObjectPatchType {
    /// - Throws: 415 for a kind of patch that isn't spoken here.
    static func of(_ request: APIRequest) throws(APIError) -> Self {
        switch try ContentNegotiation.patchType(request.headers, supported: [.jsonPatch, .mergePatch, .strategicMergePatch]) {
        case .mergePatch: .merge
        case .jsonPatch: .json
        default: .strategicMerge
        }
    }
}
