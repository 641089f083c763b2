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
        return response(try rendering.body(try store.get(definition, request.info.namespace, request.info.name)))
    }

    func list(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        let rendering = try rendering(request, definition)
        let selection = try Selection(query: request.query, definition)
        let options = try ListOptions(list: request.query)
        let namespace = Self.namespace(request, definition)
        let answer: @Sendable () throws -> APIResponse = { [store] in
            response(
                try rendering.list(
                    try ListPage.read(options, of: definition.groupResource, namespace: namespace, selection: selection, in: store.objects)))
        }
        // A long list would hold up the connection's event loop.
        let count = (try? store.objects.snapshot(definition.groupResource, at: nil))?.count ?? 0
        return count <= Self.promptListLength ? .ready(try answer()) : .deferred { try answer() }
    }

    func watch(_ request: APIRequest, _ definition: ResourceDefinition) throws -> APIAnswer {
        let rendering = try rendering(request, definition)
        let options = try ListOptions(watch: request.query)
        let current = store.objects.revision
        if options.sendsInitialEvents != nil, let revision = options.revision, revision > current {
            throw ListPage.tooLarge(revision, current: current)
        }
        let session = WatchSession(
            store: store.objects, namespace: Self.namespace(request, definition), selection: try selection(request, definition),
            rendering: rendering, start: WatchSession.Start(options), bookmarks: options.allowsBookmarks,
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

    private static func timeout(_ query: Query) -> Duration? {
        guard let seconds = query["timeoutSeconds"].flatMap({ Int64($0) }), seconds > 0 else { return nil }
        return .seconds(min(seconds, 86_400 * 365))
    }
}
