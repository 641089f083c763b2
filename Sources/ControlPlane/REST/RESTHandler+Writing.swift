// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeCoding
import KubeModel
import KubeStore
import NIOHTTP1

extension RESTHandler {
    func create(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        try ContentNegotiation.requireJSONBody(request.headers)
        let rendering = try rendering(request, definition)
        let options = try WriteOptions(request.query)
        let read = try pipeline.read(request.body, as: definition.kind(in: rendering.version), FieldValidation(request.query))
        try Self.checkNamespace(read.object, request.info)
        let object = try pipeline.toStorage(read.object, definition)
        return .deferred {
            let created = try await store.create(definition, object, namespace: request.info.namespace, options: options)
            return response(rendering.bytes(created), status: .created, warnings: read.warnings)
        }
    }

    func update(_ request: APIRequest, _ definition: ResourceDefinition, scope: UpdateScope) throws -> APIAnswer {
        try ContentNegotiation.requireJSONBody(request.headers)
        let rendering = try rendering(request, definition)
        let options = try WriteOptions(request.query)
        let read = try pipeline.read(request.body, as: definition.kind(in: rendering.version), FieldValidation(request.query))
        try Self.checkName(read.object, request.info)
        let object = try pipeline.toStorage(read.object, definition)
        return .deferred {
            let (updated, isCreated) = try await store.update(
                definition, namespace: request.info.namespace, name: request.info.name, scope: scope, options: options
            ) { _ in ProposedObject(object: object, isRepeatable: object.resourceVersion.isEmpty) }
            return response(rendering.bytes(updated), status: isCreated ? .created : .ok, warnings: read.warnings)
        }
    }

    func patch(_ request: APIRequest, _ definition: ResourceDefinition, scope: UpdateScope) throws -> APIAnswer {
        let type = try ContentNegotiation.patchType(request.headers)
        let rendering = try rendering(request, definition)
        let options = try WriteOptions(request.query)
        let validation = try FieldValidation(request.query)
        let kind = definition.kind(in: rendering.version)
        let patch = try pipeline.parse(request.body, as: kind)
        return .deferred {
            var warnings: [String] = []
            let (updated, isCreated) = try await store.update(
                definition, namespace: request.info.namespace, name: request.info.name, scope: scope, options: options
            ) { current in
                guard let current else { throw APIError.notFound(definition.groupResource, request.info.name) }
                let before = try pipeline.convert(current, definition, to: rendering.version)
                let patched = try pipeline.patched(before, by: patch.value, type, kind)
                let read = try pipeline.admit(patched, as: kind, validation, duplicates: patch.duplicates)
                try Self.checkName(read.object, request.info)
                warnings = read.warnings
                return ProposedObject(
                    object: try pipeline.toStorage(read.object, definition),
                    isRepeatable: patch.value.value(at: "metadata", "resourceVersion") == nil)
            }
            return response(rendering.bytes(updated), status: isCreated ? .created : .ok, warnings: warnings)
        }
    }

    func delete(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        let rendering = try rendering(request, definition)
        let options = try deleteOptions(request)
        return .deferred {
            let (object, isGone) = try await store.delete(
                definition, namespace: request.info.namespace, name: request.info.name, options: options)
            guard isGone, !definition.strategy.returnsDeletedObject else { return response(rendering.bytes(object)) }
            return response(Self.success(object, definition).encoded)
        }
    }

    /// Deletes all that the selectors choose, and answers with their last states.
    func deleteCollection(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        let rendering = try rendering(request, definition)
        let options = try deleteOptions(request)
        let selection = try Selection(query: request.query, definition)
        return .deferred {
            let (objects, revision) = store.objects.list(definition.groupResource, namespace: Self.namespace(request, definition))
            var deleted: [KubeObject] = []
            for object in objects where selection.matches(object) {
                do {
                    deleted.append(try await store.delete(definition, namespace: object.namespace, name: object.name, options: options).object)
                } catch let error as APIError where error.reason == .notFound {
                    continue
                }
            }
            return response(rendering.list(deleted, revision: max(revision, store.objects.revision)))
        }
    }

    private func deleteOptions(_ request: APIRequest) throws -> DeleteOptions {
        guard !request.body.isEmpty else { return try DeleteOptions(body: .null, query: request.query) }
        try ContentNegotiation.requireJSONBody(request.headers)
        let kind = GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "DeleteOptions")
        return try DeleteOptions(body: try pipeline.parse(request.body, as: kind).value, query: request.query)
    }

    static func success(_ object: KubeObject, _ definition: ResourceDefinition) -> JSONValue {
        var details: JSONObject = ["name": .string(object.name), "kind": .string(definition.resource), "uid": .string(object.uid)]
        if !definition.groupResource.group.isEmpty { details["group"] = .string(definition.groupResource.group) }
        return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": .object(details)]
    }

    private static func checkName(_ object: KubeObject, _ info: RequestInfo) throws(APIError) {
        if object.name.isEmpty {
            throw .badRequest("the name of the object (\(info.name) based on URL) was undeterminable: name must be provided")
        }
        guard object.name == info.name else {
            throw .badRequest("the name of the object (\(object.name)) does not match the name on the URL (\(info.name))")
        }
        try checkNamespace(object, info)
    }

    private static func checkNamespace(_ object: KubeObject, _ info: RequestInfo) throws(APIError) {
        // A namespace's own path has its name where others have their namespace.
        guard info.resource != "namespaces", !object.namespace.isEmpty, object.namespace != info.namespace else { return }
        throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
    }
}

extension WriteOptions {
    init(_ query: Query) throws(APIError) { isDryRun = try DryRun.isAsked(values: query.all("dryRun").filter { !$0.isEmpty }) }
}
