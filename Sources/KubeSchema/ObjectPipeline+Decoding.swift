// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension ObjectPipeline {
    func parsed(_ body: [UInt8], _ kind: GroupVersionKind) throws(APIError) -> (JSONValue, [String]) {
        do {
            return try JSONValue.parseReportingDuplicates(body, maximumDepth: JSONValue.maximumRequestDepth)
        } catch {
            throw Self.cannotBeHandled(kind, "couldn't get version/kind; json parse error: \(error)")
        }
    }

    /// A body already parsed, its repeated members named.
    package func decode(
        _ json: JSONValue, duplicates: [String] = [], as kind: GroupVersionKind, fieldValidation: FieldValidation = .warn
    ) throws(APIError) -> DecodedObject {
        var decoded = try decodeInOwnVersion(json, duplicates: duplicates, as: kind, fieldValidation: fieldValidation)
        if schema.kind(kind) == nil, let custom = customKinds.kind(kind) {
            decoded.object["apiVersion"] = .string(custom.storage.apiVersion)
            return decoded
        }
        let storage = Conversion.storageVersion(of: kind)
        if storage != kind { decoded.object = try normalized(Conversion.convert(decoded.object, to: storage.groupVersion)) }
        return decoded
    }

    /// With the defaults of the version that it came in.
    func decodeInOwnVersion(
        _ json: JSONValue, duplicates: [String] = [], as kind: GroupVersionKind, fieldValidation: FieldValidation = .warn
    ) throws(APIError) -> DecodedObject {
        guard let type = schema.kind(kind) else {
            if let custom = customKinds.kind(kind) { return try decode(json, duplicates: duplicates, as: kind, custom, fieldValidation) }
            throw .badRequest("no kind \"\(kind.kind)\" is registered for version \"\(kind.apiVersion)\"")
        }
        try checkKind(of: json, kind)
        var decoder = SchemaDecoder(schema: schema)
        var object: KubeObject
        do throws(SchemaDecodingError) {
            object = KubeObject(try decoder.decode(json, as: type).object ?? JSONObject())
        } catch {
            throw Self.cannotBeHandled(kind, error.message)
        }
        object["apiVersion"] = .string(kind.apiVersion)
        object["kind"] = .string(kind.kind)
        let faults = duplicates.map { "duplicate field \"\($0)\"" } + decoder.unknownFields.map { "unknown field \"\($0)\"" }
        if fieldValidation == .strict, !faults.isEmpty {
            throw Self.cannotBeHandled(kind, "strict decoding error: " + faults.joined(separator: ", "))
        }
        Defaulting.apply(to: &object)
        return DecodedObject(object: object, warnings: fieldValidation == .warn ? faults : [])
    }

    /// An object in the form that its type is written in, with its defaults; for objects made here rather than read.
    package func normalized(_ object: KubeObject) throws(APIError) -> KubeObject {
        var object = try formed(object)
        Defaulting.apply(to: &object)
        return object
    }

    /// Without what the type does not have, and with what it always writes.
    func formed(_ object: KubeObject) throws(APIError) -> KubeObject {
        guard let type = schema.kind(object.groupVersionKind) else { return object }
        var decoder = SchemaDecoder(schema: schema)
        do throws(SchemaDecodingError) {
            return KubeObject(try decoder.decode(.object(object.json), as: type).object ?? JSONObject())
        } catch {
            throw .internalError(error.message)
        }
    }

    func checkKind(of json: JSONValue, _ kind: GroupVersionKind, isCustom: Bool = false) throws(APIError) {
        if let apiVersion = json["apiVersion"]?.string, !apiVersion.isEmpty, apiVersion != kind.apiVersion {
            throw .badRequest("the API version in the data (\(apiVersion)) does not match the expected API version (\(kind.apiVersion))")
        }
        if let name = json["kind"]?.string, !name.isEmpty, name != kind.kind {
            if isCustom {
                var errors = FieldErrors()
                errors.invalid("kind", .string(name), "must be \(kind.kind)")
                throw .invalid(kind, json.value(at: "metadata", "name")?.string ?? "", errors.causes)
            }
            let given = GroupVersionKind(group: kind.group, version: kind.version, kind: name)
            guard schema.kind(given) == nil else {
                throw Self.cannotBeHandled(
                    given, as: kind.kind,
                    "converting (\(kind.version).\(name)) to (\(kind.group.isEmpty ? "core" : kind.group).\(kind.kind)): unknown conversion")
            }
            throw .badRequest("no kind \"\(name)\" is registered for version \"\(kind.apiVersion)\"")
        }
    }

    static func cannotBeHandled(_ kind: GroupVersionKind, as other: String? = nil, _ why: String) -> APIError {
        .badRequest("\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(other ?? kind.kind): \(why)")
    }

    // MARK: Patches

    func parsedPatch(_ body: [UInt8]) throws(APIError) -> (JSONObject, [String]) {
        let parsed: (value: JSONValue, duplicates: [String])
        do {
            parsed = try JSONValue.parseReportingDuplicates(body, maximumDepth: JSONValue.maximumRequestDepth)
        } catch {
            throw .badRequest("error decoding patch: \(error)")
        }
        guard case .object(let patch) = parsed.value else {
            throw .badRequest("error decoding patch: json: cannot unmarshal \(parsed.value.goKind) into Go value of type map[string]interface {}")
        }
        return (patch, parsed.duplicates)
    }

    func applied(_ patch: JSONObject, _ patchType: ObjectPatchType, to object: KubeObject, _ kind: GroupVersionKind) throws(APIError) -> JSONObject {
        switch patchType {
        case .merge: return JSONValue.object(object.json).mergePatched(with: .object(patch)).object ?? object.json
        case .strategicMerge:
            guard let type = schema.kind(kind) else {
                throw APIError(code: 415, reason: .unsupportedMediaType, message: "strategic merge patch is not supported for \(kind.kind)")
            }
            do { return try StrategicMergePatch(schema: schema).apply(patch, to: object.json, type: type) } catch { throw .badRequest(error.message) }
        case .json: throw .badRequest("error decoding patch: operations are a list")
        }
    }

    static func invalidPatch(_ patch: JSONObject, _ message: String) -> APIError {
        let text = JSONValue.object(patch).encodedText
        return APIError(
            code: 422, reason: .invalid, message: " \"\" is invalid: patch: Invalid value: \"\(text)\": \(message)",
            details: APIError.Details(causes: [
                APIError.Cause(reason: "FieldValueInvalid", message: "Invalid value: \"\(text)\": \(message)", field: "patch")
            ]))
    }
}
