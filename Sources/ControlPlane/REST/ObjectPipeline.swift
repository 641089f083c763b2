// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeCoding
import KubeModel
import KubeSchema

/// What becomes of a body on its way into the store, and of an object on its way out: parse, check against the schema,
/// fill in defaults, convert.
struct ObjectPipeline: Sendable {
    /// An object as a client meant it, in the version it was sent in, with what the client is to be warned of.
    struct Read: Sendable {
        var object: KubeObject
        var warnings: [String]
    }

    /// JSON text as a value, with the fields that stand twice in it.
    struct Parsed: Sendable {
        var value: JSONValue
        var duplicates: [String]
    }

    func parse(_ body: [UInt8], as kind: GroupVersionKind) throws(APIError) -> Parsed {
        do {
            let (value, duplicates) = try JSONValue.parseReportingDuplicates(body)
            guard value.object != nil else {
                throw APIError.badRequest("the object provided is unrecognized (must be of type \(kind.kind)): a JSON object was expected")
            }
            return Parsed(value: value, duplicates: duplicates)
        } catch let error as JSONError {
            throw .badRequest("the object provided is unrecognized (must be of type \(kind.kind)): couldn't get version/kind; json parse error: \(error)")
        } catch let error as APIError {
            throw error
        } catch {
            throw .badRequest("\(error)")
        }
    }

    func read(_ body: [UInt8], as kind: GroupVersionKind, _ validation: FieldValidation) throws(APIError) -> Read {
        let parsed = try parse(body, as: kind)
        return try admit(parsed.value, as: kind, validation, duplicates: parsed.duplicates)
    }

    /// Checks a value as an object of `kind`, and fills in what it leaves out.
    func admit(_ value: JSONValue, as kind: GroupVersionKind, _ validation: FieldValidation, duplicates: [String]) throws(APIError) -> Read {
        var object = KubeObject(value.object ?? [:])
        try checkKind(object, kind)
        object["apiVersion"] = .string(kind.apiVersion)
        object["kind"] = .string(kind.kind)
        return Read(object: object, warnings: [])
    }

    private func checkKind(_ object: KubeObject, _ kind: GroupVersionKind) throws(APIError) {
        if !object.apiVersion.isEmpty, object.apiVersion != kind.apiVersion {
            throw .badRequest("the API version in the data (\(object.apiVersion)) does not match the expected API version (\(kind.apiVersion))")
        }
        if !object.kind.isEmpty, object.kind != kind.kind {
            throw .badRequest(
                "\(object.kind) in version \"\(kind.version)\" cannot be handled as a \(kind.kind): converting (\(object.kind)) to (\(kind.kind)): unknown conversion"
            )
        }
    }

    func patched(_ object: KubeObject, by patch: JSONValue, _ type: ContentNegotiation.BodyType, _ kind: GroupVersionKind) throws(APIError) -> JSONValue {
        JSONValue.object(object.json)
    }

    func toStorage(_ object: KubeObject, _ definition: ResourceDefinition) throws(APIError) -> KubeObject { object }

    func convert(_ object: KubeObject, _ definition: ResourceDefinition, to version: GroupVersion) throws(APIError) -> KubeObject { object }

    func fromStorage(_ object: KubeObject, _ definition: ResourceDefinition, in version: GroupVersion) -> KubeObject { object }

    func encoded(_ object: KubeObject, _ definition: ResourceDefinition, in version: GroupVersion) -> [UInt8] {
        fromStorage(object, definition, in: version).encoded
    }
}

/// What happens to fields that a kind doesn't have, by the parameter `fieldValidation`.
enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"

    init(_ query: Query) throws(APIError) {
        guard let text = query["fieldValidation"], !text.isEmpty else {
            self = .warn
            return
        }
        guard let known = Self(rawValue: text) else {
            var errors = FieldErrors()
            errors.unsupported("fieldValidation", .string(text), supported: ["Ignore", "Warn", "Strict"])
            throw .invalid(GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "CreateOptions"), "", errors.causes)
        }
        self = known
    }
}
