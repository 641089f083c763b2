// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ObjectPipeline {
    /// A custom resource without what its schema does not know, and with the schema's defaults.
    ///
    /// - Source: `schemaCoercingDecoder.Decode`, `unstructuredDefaulter.Default`, k8s.io/apiextensions-apiserver pkg/apiserver
    func decode(
        _ json: JSONValue, duplicates: [String], as kind: GroupVersionKind, _ custom: CustomKinds.Kind, _ fieldValidation: FieldValidation
    ) throws(APIError) -> DecodedObject {
        guard case .object(let members) = json else { throw Self.cannotBeHandled(kind, "it is no object") }
        try checkKind(of: json, kind, isCustom: true)
        if let metadata = members["metadata"], !metadata.isNull {
            do { _ = try StructuralSchema.metadata(metadata) } catch { throw Self.cannotBeHandled(kind, error.message) }
        }
        let (pruned, unknown) = custom.definition.pruned(members, as: custom.version)
        let faults = duplicates.map { "duplicate field \"\($0)\"" } + unknown.map { "unknown field \"\($0)\"" }
        if fieldValidation == .strict, !faults.isEmpty {
            throw Self.cannotBeHandled(kind, "strict decoding error: " + faults.joined(separator: ", "))
        }
        var object = KubeObject(custom.version.schema?.defaulted(pruned) ?? pruned)
        object["apiVersion"] = .string(kind.apiVersion)
        object["kind"] = .string(kind.kind)
        return DecodedObject(object: object, warnings: fieldValidation == .warn ? faults : [])
    }

    /// A stored custom resource as the present schema of a version has it.
    func served(_ stored: KubeObject, as kind: GroupVersionKind, _ custom: CustomKinds.Kind) -> KubeObject {
        let (pruned, _) = custom.definition.pruned(stored.json, as: custom.version)
        var object = KubeObject(custom.version.schema?.defaulted(pruned) ?? pruned)
        object["apiVersion"] = .string(kind.apiVersion)
        return object
    }
}
