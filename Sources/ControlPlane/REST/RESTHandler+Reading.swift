// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import KubeStore

extension RESTHandler {
    private static let promptListLength = 500

    func get(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIResponse {
        let rendering = try rendering(request, definition)
        return response(rendering.bytes(try store.get(definition, request.info.namespace, request.info.name)))
    }

    /// Always the latest, which is at least as fresh as any `resourceVersion` asked for; `limit` is not honoured.
    func list(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        let rendering = try rendering(request, definition)
        let selection = try Selection(query: request.query, definition)
        let asked = try Self.resourceVersion(request.query)
        let (objects, revision) = store.objects.list(definition.groupResource, namespace: Self.namespace(request, definition))
        if let asked, asked > revision { throw Self.tooLarge(asked, current: revision) }
        let answer: @Sendable () -> APIResponse = { response(rendering.list(objects.filter { selection.matches($0) }, revision: revision)) }
        // A long list would hold up the connection's event loop.
        return objects.count > Self.promptListLength ? .deferred { answer() } : .ready(answer())
    }

    func watch(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        let rendering = try rendering(request, definition)
        guard request.query["sendInitialEvents"].map({ $0.isEmpty }) ?? true else { throw Self.watchListForbidden }
        let asked = try Self.resourceVersion(request.query)
        let session = WatchSession(
            store: store.objects, namespace: Self.namespace(request, definition), selection: try selection(request, definition),
            rendering: rendering, start: asked.map { $0 == 0 ? .now : .after($0) } ?? .now,
            timeout: Self.timeout(request.query) ?? watchLifetime(), clock: clock)
        return .stream { writer in try await session.run(writer) }
    }

    private func selection(_ request: APIRequest, _ definition: ResourceDefinition) throws(APIError) -> Selection {
        var query = request.query
        // The old way to watch one object: `watch=true` on its own path.
        if !request.info.name.isEmpty {
            let name = "metadata.name=\(request.info.name)"
            let selector = [query["fieldSelector"], name].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ",")
            query.items.removeAll { $0.name == "fieldSelector" }
            query.items.append((name: "fieldSelector", value: selector))
        }
        return try Selection(query: query, definition)
    }

    /// nil for every namespace.
    static func namespace(_ request: APIRequest, _ definition: ResourceDefinition) -> String? {
        definition.isNamespaced && !request.info.namespace.isEmpty ? request.info.namespace : nil
    }

    private static func resourceVersion(_ query: Query) throws(APIError) -> Int64? {
        guard let text = query["resourceVersion"], !text.isEmpty else { return nil }
        guard let revision = Int64(text), revision >= 0 else {
            var errors = FieldErrors()
            errors.invalid("resourceVersion", .string(text), "strconv.ParseUint: parsing \(JSONValue.string(text).encodedText): invalid syntax")
            throw .invalid(listOptions, "", errors.causes)
        }
        return revision
    }

    private static func timeout(_ query: Query) -> Duration? {
        guard let seconds = query["timeoutSeconds"].flatMap({ Int64($0) }), seconds > 0 else { return nil }
        return .seconds(min(seconds, 86_400 * 365))
    }

    private static let listOptions = GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: "ListOptions")

    private static let watchListForbidden: APIError = {
        var errors = FieldErrors()
        errors.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled")
        return .invalid(listOptions, "", errors.causes)
    }()

    private static func tooLarge(_ asked: Int64, current: Int64) -> APIError {
        let message = "Too large resource version: \(asked), current: \(current)"
        return APIError(
            code: 504, reason: .timeout, message: "Timeout: \(message)",
            details: APIError.Details(
                causes: [APIError.Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")], retryAfterSeconds: 1))
    }
}
