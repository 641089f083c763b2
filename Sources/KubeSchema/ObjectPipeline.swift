// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// What a write does with fields that the schema does not know, or that stand twice.
package enum FieldValidation: String, Sendable, Hashable {
    case strict = "Strict"
    case warn = "Warn"
    case ignore = "Ignore"
}

/// An object as it is stored: in its kind's storage version, unknown fields gone, defaults set.
package struct DecodedObject: Sendable, Hashable {
    package var object: KubeObject
    /// For `Warning` headers: what was dropped.
    package var warnings: [String]
}

/// From what a client sends to what is stored, and back.
///
/// `decode` (create, update) and `patched` (patch) answer an object in the storage version; the caller then sets what the
/// server owns (uid, times, status, generation) and has the kind's rules check it. `served` turns a stored object to the version that a
/// client reads. All are pure and throw the answer that the client gets.
package struct ObjectPipeline: Sendable {
    package let schema: KubeSchema
    /// Beside those of `schema`.
    package let customKinds: CustomKinds

    package init(schema: KubeSchema = .builtIn, customKinds: CustomKinds = CustomKinds()) {
        self.schema = schema
        self.customKinds = customKinds
    }

    /// The body of a create or update of `kind`, in the version of the request. A body that does not say its kind is taken for one.
    package func decode(_ body: [UInt8], as kind: GroupVersionKind, fieldValidation: FieldValidation = .warn) throws(APIError) -> DecodedObject {
        let (value, duplicates) = try parsed(body, kind)
        return try decode(value, duplicates: duplicates, as: kind, fieldValidation: fieldValidation)
    }

    /// `stored` after a patch made for `kind`, the version of the request.
    package func patched(
        _ stored: KubeObject, with body: [UInt8], type: ObjectPatchType, as kind: GroupVersionKind, fieldValidation: FieldValidation = .warn
    ) throws(APIError) -> DecodedObject {
        let current = try served(stored, as: kind.groupVersion)
        if type == .json { return try patched(current, withOperations: body, as: kind, fieldValidation) }
        let (patch, duplicates) = try parsedPatch(body)
        let result = try applied(patch, type, to: current, kind)
        do {
            return try decode(.object(result), duplicates: duplicates, as: kind, fieldValidation: fieldValidation)
        } catch {
            // What a patch leads to is told as a fault of the patch.
            throw error.code == 400 ? Self.invalidPatch(patch, error.message) : error
        }
    }

    private func patched(
        _ current: KubeObject, withOperations body: [UInt8], as kind: GroupVersionKind, _ fieldValidation: FieldValidation
    ) throws(APIError) -> DecodedObject {
        let parsed: JSONValue
        do {
            parsed = try JSONValue.parse(body, maximumDepth: JSONValue.maximumRequestDepth)
        } catch {
            throw .badRequest("error decoding patch: \(error)")
        }
        let result = try JSONPatch(parsed).apply(to: .object(current.json))
        guard result.object != nil else { throw .badRequest("the patch leaves no object") }
        return try decode(result, as: kind, fieldValidation: fieldValidation)
    }

    /// What server-side apply takes: a configuration as it was written, without defaults, known to be one of the kind.
    ///
    /// - Parameter json: Of the request's YAML or JSON.
    /// - Returns: What is to be applied, and for `Warning` headers what the kind does not have.
    package func configuration(_ json: JSONValue, as kind: GroupVersionKind, fieldValidation: FieldValidation) throws(APIError) -> DecodedObject {
        guard case .object(var members) = json else { throw .badRequest("error decoding YAML: it is no object") }
        // Type errors and unknown fields, as for any other write.
        let checked = try decodeInOwnVersion(json, as: kind, fieldValidation: fieldValidation)
        members["apiVersion"] = .string(kind.apiVersion)
        members["kind"] = .string(kind.kind)
        return DecodedObject(object: KubeObject(members), warnings: checked.warnings)
    }

    /// A stored object as the version `groupVersion` of the API shows it.
    package func served(_ stored: KubeObject, as groupVersion: GroupVersion) throws(APIError) -> KubeObject {
        let kind = GroupVersionKind(group: groupVersion.group, version: groupVersion.version, kind: stored.kind)
        if schema.kind(kind) == nil, let custom = customKinds.kind(kind) { return served(stored, as: kind, custom) }
        guard stored.groupVersionKind.groupVersion != groupVersion else { return stored }
        return try formed(Conversion.convert(stored, to: groupVersion))
    }
}

package enum ObjectPatchType: String, Sendable, Hashable {
    case merge = "application/merge-patch+json"
    case strategicMerge = "application/strategic-merge-patch+json"
    /// Operations of RFC 6902.
    case json = "application/json-patch+json"
}
