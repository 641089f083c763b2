// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1

/// Answers requests for the kinds of the registry.
struct RESTHandler: Sendable {
    let store: ResourceStore
    let escalation: EscalationCheck
    let pipeline: ObjectPipeline
    let encoder: ObjectEncoder
    let logs: PodLogProxy
    /// Nil where there is no service-account key.
    let tokens: TokenRequests?
    let clock: any Clock<Duration>
    /// How long a watch lives that names no time: spread, so that clients don't all come back at once.
    let watchLifetime: @Sendable () -> Duration

    /// What some objects take beyond the right to write them: those that give rights, and requests for certificates.
    /// - Parameter old: What is replaced; nil for a new object.
    /// - Throws: 403
    func checkRights(
        _ request: APIRequest, _ definition: ResourceDefinition, _ new: KubeObject, old: KubeObject?, _ scope: UpdateScope
    ) throws {
        try escalation.check(definition, new, old: old, namespace: request.info.namespace, request.user)
        try SignerCheck(authorizer: escalation.authorizer).check(definition, new, old: old, scope, request.user)
    }

    /// nil where the path is none of the registry's.
    func handle(_ request: APIRequest) throws -> APIAnswer? {
        guard let definition = store.registry.definition(request.info.groupVersionResource) else { return nil }
        let info = request.info
        // `/namespaces/x/nodes` is no path of a kind without namespace, nor is `/pods/x` of one with.
        guard definition.isNamespaced || info.namespace.isEmpty || info.resource == "namespaces" else { throw APIError.noSuchPath }
        guard !definition.isNamespaced || !info.namespace.isEmpty || ["list", "watch", "deletecollection"].contains(info.verb) else {
            throw APIError.noSuchPath
        }
        let answer = try answer(request, definition)
        guard let warning = definition.ofVersion[info.groupVersionResource.version]?.deprecationWarning else { return answer }
        return answer.warning(warning)
    }

    private func answer(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        let info = request.info
        if info.subresource.isEmpty { return try handleMain(request, definition) }
        guard let subresource = ResourceDefinition.Subresource(rawValue: info.subresource),
            definition.subresources(in: info.groupVersionResource.groupVersion).contains(subresource)
        else { throw APIError.noSuchPath }
        return try handle(subresource, request, definition)
    }

    private func handleMain(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        guard let verb = ResourceDefinition.Verb(rawValue: request.info.verb), definition.verbs.contains(verb) else {
            throw APIError.methodNotAllowedOnPath
        }
        switch verb {
        case .get: return .ready(try get(request, definition))
        case .list: return try list(request, definition)
        case .watch: return try watch(request, definition)
        case .create:
            guard !definition.isTerminating else {
                throw APIError(
                    code: 405, reason: .methodNotAllowed, message: "create not allowed while custom resource definition is terminating")
            }
            return try create(request, definition)
        case .update: return try update(request, definition, scope: .main)
        case .patch: return try patch(request, definition, scope: .main)
        case .delete: return try delete(request, definition)
        case .deletecollection: return try deleteCollection(request, definition)
        }
    }

    private func handle(_ subresource: ResourceDefinition.Subresource, _ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        switch (subresource, request.info.verb) {
        case (.status, "get"): .ready(try get(request, definition))
        case (.status, "update"): try update(request, definition, scope: .status)
        case (.status, "patch"): try patch(request, definition, scope: .status)
        case (.approval, "get"): .ready(try get(request, definition))
        case (.approval, "update"): try update(request, definition, scope: .approval)
        case (.approval, "patch"): try patch(request, definition, scope: .approval)
        case (.finalize, "update"): try update(request, definition, scope: .finalize)
        case (.scale, "get"): .ready(try getScale(request, definition))
        case (.scale, "update"): try updateScale(request, definition)
        case (.scale, "patch"): try patchScale(request, definition)
        case (.token, "create"): try token(request, definition)
        case (.binding, "create"): try bind(request, pod: request.info.name)
        case (.log, "get"): try logs.answer(request, pod: try store.get(definition, request.info.namespace, request.info.name), in: store)
        default: throw APIError.methodNotAllowedOnPath
        }
    }

    private func token(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        guard let tokens else { throw APIError.noSuchPath }
        let encoding = try encoder.trees.encoding(request.headers, of: TokenRequests.kind)
        // Signing takes a millisecond, which is not the event loop's to spend.
        return .deferred { response(try encoder.trees.body(try tokens.answer(request, definition), encoding), status: .created) }
    }

    /// How to answer with objects of `definition`, as the request's version and `Accept` header want them.
    func rendering(_ request: APIRequest, _ definition: ResourceDefinition) throws(APIError) -> ObjectRendering {
        let version = request.info.groupVersionResource.groupVersion
        var offer = encoder.trees.offer(definition.kind(in: version), table: true, partialMetadata: true)
        offer.isCollection = request.info.verb == "list"
        offer.isStream = request.info.verb == "watch"
        return ObjectRendering(
            definition: definition, version: version, representation: try ContentNegotiation.representation(request.headers, offering: offer),
            includeObject: try TableIncludeObject(request.query), encoder: encoder, now: store.now)
    }

    func response(_ body: EncodedBody, status: HTTPResponseStatus = .ok, warnings: [String] = []) -> APIResponse {
        var response = APIResponse(status: status, contentType: body.encoding.rawValue, body: body.bytes)
        response.headers.add(name: "Cache-Control", value: "no-cache, private")
        for warning in WarningHeader.shortened(warnings) { response.headers.add(name: "Warning", value: WarningHeader.value(warning)) }
        return response
    }
}
