// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import NIOHTTP1

/// Answers the metrics server's requests.
struct MetricsHandler: APIHandler {
    let catalog: MetricsCatalog
    let health: HealthEndpoints
    let documents: MetricsDocuments
    let now: @Sendable () -> Timestamp

    func handle(_ request: APIRequest) throws -> APIAnswer { .ready(try response(request)) }

    private func response(_ request: APIRequest) throws(APIError) -> APIResponse {
        if let answer = health.answer(request.path, request.query) { return answer }
        if request.info.isResourceRequest, request.info.group == MetricsDocuments.group { return try resource(request) }
        return try document(request)
    }

    // MARK: Documents

    private func document(_ request: APIRequest) throws(APIError) -> APIResponse {
        let path = request.path.count > 1 && request.path.hasSuffix("/") ? String(request.path.dropLast()) : request.path
        if let body = documents.document(path) {
            guard request.method == .GET || request.method == .HEAD else { throw .methodNotAllowedOnPath }
            _ = try ContentNegotiation.representation(request.headers, offering: .jsonOnly)
            return APIResponse(contentType: "application/json", body: body)
        }
        if path.hasPrefix("/apis/\(MetricsDocuments.group)/") { return Self.unknownVersion }
        return APIResponse(status: .notFound, contentType: "application/json", body: documents.paths(health))
    }

    private static let unknownVersion = APIResponse(
        status: .notFound, headers: ["Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"],
        body: Array("404 page not found\n".utf8))

    // MARK: Nodes and pods

    private func resource(_ request: APIRequest) throws(APIError) -> APIResponse {
        let info = request.info
        guard info.version == MetricsDocuments.version else { return Self.unknownVersion }
        guard let resource = MetricsCatalog.Resource(rawValue: info.resource), info.subresource.isEmpty, Self.isPlace(request.path, resource, info)
        else {
            throw .noSuchPath
        }
        guard request.method == .GET else { throw .methodNotAllowedOnPath }
        guard info.verb != "watch" else { throw .methodNotAllowed(info.groupResource, verb: "watch") }
        let representation = try ContentNegotiation.representation(request.headers)
        // A field selector may name one object in a list too, so the path decides.
        let isList = info.verb == "list"
        let objects = isList ? try list(resource, request) : [try catalog.get(resource, NamespacedName(namespace: info.namespace, name: info.name))]
        var writer = MetricsWriter(kind: resource.kind, now: now())
        switch representation.form {
        case .object where isList: writer.writeList(objects)
        case .partialMetadata(let version) where isList: writer.writePartialList(objects, version: version)
        case .object: writer.writeObject(objects[0])
        case .partialMetadata(let version): writer.writePartial(objects[0], version: version)
        case .table(let version): writer.writeTable(objects, version: version, includeObject: try TableIncludeObject(request.query))
        }
        return APIResponse(contentType: representation.contentType, body: writer.bytes)
    }

    /// Nodes stand at the top only; one pod, in its namespace only; and there is no `watch/` in a path.
    private static func isPlace(_ path: String, _ resource: MetricsCatalog.Resource, _ info: RequestInfo) -> Bool {
        let base = "/apis/\(MetricsDocuments.group)/\(MetricsDocuments.version)/"
        let place = info.namespace.isEmpty ? "" : "namespaces/\(info.namespace)/"
        guard path.hasPrefix(base + place + info.resource), resource.isNamespaced || info.namespace.isEmpty else { return false }
        let isObject = info.verb != "list" && info.verb != "watch" && !info.name.isEmpty
        return !isObject || !resource.isNamespaced || !info.namespace.isEmpty
    }

    private func list(_ resource: MetricsCatalog.Resource, _ request: APIRequest) throws(APIError) -> [MeasuredObject] {
        var selection = MetricsCatalog.Selection(namespace: request.info.namespace)
        do {
            if let text = request.query["labelSelector"] { selection.labels = try LabelSelector(parsing: text) }
            if let text = request.query["fieldSelector"] { selection.fields = try FieldSelector(parsing: text) }
        } catch {
            throw .badRequest(error.message)
        }
        for requirement in selection.fields.requirements where requirement.field != "metadata.name" && requirement.field != "metadata.namespace" {
            throw .badRequest("\"\(requirement.field)\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
        }
        return catalog.list(resource, selection)
    }
}
