// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1

extension RESTHandler {
    /// Server-side apply: `kubectl apply --server-side`.
    ///
    /// - Source: `applyPatcher`, k8s.io/apiserver pkg/endpoints/handlers/patch.go
    func apply(_ request: APIRequest, _ definition: ResourceDefinition, scope: UpdateScope) throws -> APIAnswer {
        let rendering = try rendering(request, definition)
        let options = try WriteOptions(request)
        try Self.requireManager(request)
        let force = request.query.flag("force")
        let kind = definition.kind(in: rendering.version)
        let read = try pipeline.configuration(try Self.document(request.body), as: kind, fieldValidation: try FieldValidation(request.query))
        let applied = try Self.placed(read.object, request.info, definition)
        let insists = !applied.resourceVersion.isEmpty
        return .deferred {
            let (updated, isCreated) = try await store.update(
                definition, namespace: request.info.namespace, name: request.info.name, scope: scope, options: options, mayCreate: true
            ) { current in
                if current == nil, !applied.uid.isEmpty { throw APIError.notFound(definition.groupResource, request.info.name) }
                let live = try current.map { try pipeline.served($0, as: rendering.version) }
                let merged = try store.ownership.apply(
                    applied, to: live, kind: kind, manager: options.fieldManager, subresource: scope.subresource, force: force,
                    now: store.now())
                // The merged object is checked, and given its defaults, as any other.
                let object = try pipeline.decode(.object(merged.json), as: kind, fieldValidation: .ignore).object
                try checkRights(request, definition, object, old: current, scope)
                return ProposedObject(object: object, isRepeatable: !insists, isApplied: true)
            }
            return response(try rendering.body(updated), status: isCreated ? .created : .ok, warnings: read.warnings)
        }
    }

    private static func requireManager(_ request: APIRequest) throws(APIError) {
        guard (request.query["fieldManager"] ?? "").isEmpty else { return }
        var errors = FieldErrors()
        errors.required("fieldManager", "is required for apply patch")
        throw .invalid(GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "PatchOptions"), "", errors.causes)
    }

    /// JSON is YAML too, and faster read as what it is.
    private static func document(_ body: [UInt8]) throws(APIError) -> JSONValue {
        if body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"), let json = try? JSONValue.parse(body) { return json }
        return try RequestBodies.document(yaml: body)
    }

    /// The configuration with the name and namespace of its path.
    private static func placed(_ object: KubeObject, _ info: RequestInfo, _ definition: ResourceDefinition) throws(APIError) -> KubeObject {
        var object = object
        if object.name.isEmpty { object.set(.string(info.name), at: "metadata", "name") }
        if definition.isNamespaced, object.namespace.isEmpty { object.set(.string(info.namespace), at: "metadata", "namespace") }
        try checkName(object, info)
        return object
    }
}
