// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeCoding
import KubeModel
import KubeSchema
import KubeStore
import NIOHTTP1

extension RESTHandler {
    func create(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        try ContentNegotiation.requireJSONBody(request.headers)
        let rendering = try rendering(request, definition)
        let options = try WriteOptions(request)
        let read = try pipeline.decode(
            request.body, as: definition.kind(in: rendering.version), fieldValidation: try FieldValidation(request.query))
        try Self.checkNamespace(read.object, request.info)
        try checkRights(request, definition, read.object, old: nil, .main)
        let warnings = read.warnings + (definition.strategy.warning(read.object).map { [$0] } ?? [])
        return .deferred {
            let created = try await store.create(definition, read.object, namespace: request.info.namespace, options: options)
            return response(try rendering.body(created), status: .created, warnings: warnings)
        }
    }

    func update(_ request: APIRequest, _ definition: ResourceDefinition, scope: UpdateScope) throws -> APIAnswer {
        try ContentNegotiation.requireJSONBody(request.headers)
        let rendering = try rendering(request, definition)
        let options = try WriteOptions(request)
        let read = try pipeline.decode(
            request.body, as: definition.kind(in: rendering.version), fieldValidation: try FieldValidation(request.query))
        try Self.checkName(read.object, request.info)
        return .deferred {
            let (updated, isCreated) = try await store.update(
                definition, namespace: request.info.namespace, name: request.info.name, scope: scope, options: options
            ) { current in
                try checkRights(request, definition, read.object, old: current, scope)
                return ProposedObject(object: read.object, isRepeatable: read.object.resourceVersion.isEmpty)
            }
            return response(try rendering.body(updated), status: isCreated ? .created : .ok, warnings: read.warnings)
        }
    }

    func patch(_ request: APIRequest, _ definition: ResourceDefinition, scope: UpdateScope) throws -> APIAnswer {
        guard try ContentNegotiation.patchType(request.headers) != .applyPatch else { return try apply(request, definition, scope: scope) }
        let type = try ObjectPatchType.of(request)
        let rendering = try rendering(request, definition)
        let options = try WriteOptions(request)
        let validation = try FieldValidation(request.query)
        let kind = definition.kind(in: rendering.version)
        let insists = Self.insistsOnVersion(request.body)
        return .deferred {
            var warnings: [String] = []
            let (updated, isCreated) = try await store.update(
                definition, namespace: request.info.namespace, name: request.info.name, scope: scope, options: options
            ) { current in
                guard let current else { throw APIError.notFound(definition.groupResource, request.info.name) }
                let read = try pipeline.patched(current, with: request.body, type: type, as: kind, fieldValidation: validation)
                try Self.checkName(read.object, request.info)
                try checkRights(request, definition, read.object, old: current, scope)
                warnings = read.warnings
                return ProposedObject(object: read.object, isRepeatable: !insists)
            }
            return response(try rendering.body(updated), status: isCreated ? .created : .ok, warnings: warnings)
        }
    }

    func delete(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        let rendering = try rendering(request, definition)
        let options = try deleteOptions(request)
        return .deferred {
            let (object, isGone) = try await store.delete(
                definition, namespace: request.info.namespace, name: request.info.name, options: options)
            guard isGone, !definition.strategy.returnsDeletedObject else { return response(try rendering.body(object)) }
            return response(try encoder.trees.body(Self.success(object, definition), rendering.representation.encoding))
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
            return response(try rendering.list(ListPage(objects: deleted, revision: max(revision, store.objects.revision))))
        }
    }

    private func deleteOptions(_ request: APIRequest) throws -> DeleteOptions {
        guard !request.body.isEmpty else { return try DeleteOptions(body: .null, query: request.query) }
        try ContentNegotiation.requireJSONBody(request.headers)
        let body: JSONValue
        do { body = try JSONValue.parse(request.body) } catch {
            throw APIError.badRequest("DeleteOptions in version \"v1\" cannot be handled as a DeleteOptions: json parse error: \(error)")
        }
        return try DeleteOptions(body: body, query: request.query)
    }

    /// Whether a patch names the `resourceVersion` it was made for.
    static func insistsOnVersion(_ patch: [UInt8]) -> Bool {
        (try? JSONValue.parse(patch))?.value(at: "metadata", "resourceVersion")?.string != nil
    }

    static func success(_ object: KubeObject, _ definition: ResourceDefinition) -> JSONValue {
        var details: JSONObject = ["name": .string(object.name), "kind": .string(definition.resource), "uid": .string(object.uid)]
        if !definition.groupResource.group.isEmpty { details["group"] = .string(definition.groupResource.group) }
        return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": .object(details)]
    }

    static func checkName(_ object: KubeObject, _ info: RequestInfo) throws(APIError) {
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
    /// Longer names are refused, or cut where they come from a user agent.
    private static let longestManager = 128

    /// - Source: `managerOrUserAgent`, k8s.io/apiserver pkg/endpoints/handlers/create.go
    init(_ request: APIRequest) throws(APIError) {
        user = request.user
        isDryRun = try DryRun.isAsked(values: request.query.all("dryRun").filter { !$0.isEmpty })
        let asked = request.query["fieldManager"] ?? ""
        try Self.check(asked)
        let agent = (request.headers.first(name: "user-agent") ?? "").prefix { $0 != "/" }
        fieldManager = asked.isEmpty ? String(agent.prefix(Self.longestManager)) : asked
        if fieldManager.isEmpty { fieldManager = "unknown" }
        version = request.info.groupVersionResource.version
    }

    private static func check(_ manager: String) throws(APIError) {
        var errors = FieldErrors()
        if manager.utf8.count > longestManager { errors.tooLong("fieldManager", maximumBytes: longestManager) }
        if manager.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            errors.invalid("fieldManager", .string(manager), "should only contain printable characters")
        }
        guard errors.causes.isEmpty else {
            throw .invalid(GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "PatchOptions"), "", errors.causes)
        }
    }
}
