// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

/// One object in a world of one: applies and updates are a second apart, from 2026-11-27T10:00:00Z on.
struct ApplyBench {
    static let deployment = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    static let configMap = GroupVersionKind(group: "", version: "v1", kind: "ConfigMap")
    static let service = GroupVersionKind(group: "", version: "v1", kind: "Service")
    static let pod = GroupVersionKind(group: "", version: "v1", kind: "Pod")
    static let widget = GroupVersionKind(group: "example.com", version: "v1", kind: "Widget")

    let engine = ApplyEngine(schema: .builtIn)
    let kind: GroupVersionKind
    var object: KubeObject?
    var now = Timestamp("2026-11-27T10:00:00Z") ?? .zero

    init(_ kind: GroupVersionKind) { self.kind = kind }

    /// The object named `o` of `kind` with the members of `json`.
    static func object(_ kind: GroupVersionKind, _ json: String) throws -> KubeObject {
        var members = try JSONValue.parse(json).object ?? JSONObject()
        members["apiVersion"] = .string(kind.apiVersion)
        members["kind"] = .string(kind.kind)
        members.set("o", at: "metadata", "name")
        members.set("default", at: "metadata", "namespace")
        return KubeObject(members)
    }

    @discardableResult
    mutating func apply(_ manager: String, _ json: String, subresource: String = "", force: Bool = false) throws -> KubeObject {
        now.seconds += 1
        let result = try engine.apply(
            Self.object(kind, json), to: object, kind: kind, manager: manager, subresource: subresource, force: force, now: now)
        object = result
        return result
    }

    @discardableResult
    mutating func update(_ manager: String, _ json: String, subresource: String = "") throws -> KubeObject {
        var new = try Self.object(kind, json)
        if new.value(at: "metadata", "managedFields") == nil {
            new.set(object?.value(at: "metadata", "managedFields"), at: "metadata", "managedFields")
        }
        now.seconds += 1
        let result = engine.noteUpdate(from: object, to: new, kind: kind, manager: manager, subresource: subresource, now: now)
        object = result
        return result
    }

    func error(applying json: String, as manager: String) throws -> APIError {
        var copy = self
        return try #require(throws: APIError.self) { try copy.apply(manager, json) }
    }

    var entries: [ManagedFieldsEntry] {
        get throws { try (object?.value(at: "metadata", "managedFields")?.array ?? []).map { json in try ManagedFieldsEntry(json) } }
    }

    /// The fieldsV1 of a manager, as text; nil where it has no entry.
    func fields(_ manager: String, _ operation: ManagedFieldsEntry.Operation = .apply, subresource: String = "") throws -> String? {
        try entries.first { $0.manager == manager && $0.operation == operation && $0.subresource == subresource }?.fields.fieldsV1.encodedText
    }

    func time(_ manager: String, _ operation: ManagedFieldsEntry.Operation = .apply) throws -> Timestamp? {
        try entries.first { $0.manager == manager && $0.operation == operation }?.time
    }

    /// A part of the object, as text.
    func text(_ path: String...) -> String? { (object?.json).flatMap { JSONValue.object($0).value(at: path[...])?.encodedText } }
}
