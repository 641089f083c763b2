// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import NIOHTTP1
import UsageWindow

/// Answers the metrics server's requests.
struct MetricsHandler: APIHandler {
    let catalog: MetricsCatalog
    let health: HealthEndpoints
    let documents: MetricsDocuments
    /// By which `metrics.k8s.io` is answered; nil where by what was scraped.
    var queries: ResourceUsageQueries?
    /// nil where no rules are given.
    var ruled: RuledMetricsHandler?
    /// The server's own metrics, as text.
    let ownMetrics: @Sendable () -> [UInt8]
    /// Told how old what is served is, in seconds.
    let served: @Sendable (_ ages: [Double]) -> Void
    let now: @Sendable () -> Timestamp
    private let memory = MemoryTrim()

    func handle(_ request: APIRequest) throws -> APIAnswer {
        if let answer = health.answer(request.path, request.query) { return .ready(answer) }
        if request.info.isResourceRequest, request.info.group == MetricsDocuments.group, documents.tellsOfUsage { return try resource(request) }
        if let ruled, ruled.isAsked(request.path) { return try ruled.handle(request) }
        return .ready(try document(request))
    }

    // MARK: Documents

    private func document(_ request: APIRequest) throws(APIError) -> APIResponse {
        let path = request.path.count > 1 && request.path.hasSuffix("/") ? String(request.path.dropLast()) : request.path
        if let answer = try documents.answer(request, path) { return answer }
        if path == MetricsDocuments.metricsPath {
            guard request.method == .GET || request.method == .HEAD else { throw .methodNotAllowedOnPath }
            return APIResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: ownMetrics())
        }
        if path.hasPrefix("/apis/\(MetricsDocuments.group)/") { return Self.unknownVersion }
        return APIResponse(status: path == "/" ? .ok : .notFound, contentType: "application/json", body: documents.paths(health))
    }

    private static let unknownVersion = APIResponse(
        status: .notFound, headers: ["Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"],
        body: Array("404 page not found\n".utf8))

    // MARK: Nodes and pods

    private func resource(_ request: APIRequest) throws(APIError) -> APIAnswer {
        let info = request.info
        guard MetricsDocuments.versions.contains(info.version) else { return .ready(Self.unknownVersion) }
        guard let resource = MetricsCatalog.Resource(rawValue: info.resource), info.subresource.isEmpty, Self.isPlace(request.path, resource, info)
        else {
            throw .noSuchPath
        }
        guard request.method == .GET else { throw .methodNotAllowedOnPath }
        guard info.verb != "watch" else { throw .methodNotAllowed(info.groupResource, verb: "watch") }
        // A field selector may name one object in a list too, so the path decides.
        let isList = info.verb == "list"
        var offer = ContentNegotiation.Offer(encodings: Representation.Encoding.allCases)
        offer.isCollection = isList
        let representation = try ContentNegotiation.representation(request.headers, offering: offer)
        var form = MetricsForm(resource: resource, version: info.version, form: representation.form, now: now())
        if case .table = representation.form { form.includeObject = try TableIncludeObject(request.query) }
        let answer = MetricsAnswer(form: form, representation: representation, request: request)
        guard isList else {
            let object = try catalog.object(resource, NamespacedName(namespace: info.namespace, name: info.name))
            guard let queries else { return .ready(try one(object, catalog.usage, answer)) }
            return .deferred { try one(object, try await queries.usage(resource, [object]), answer) }
        }
        return try list(catalog.select(resource, try selection(request)), answer)
    }

    private func one(_ object: ListedObject, _ usage: any ServedUsage, _ answer: MetricsAnswer) throws(APIError) -> APIResponse {
        let object = try MetricsCatalog.measured(answer.form.resource, object, by: usage)
        var writer = answer.writer
        writer.writeObject(object)
        served(object.measurement.usage.map { [Self.age($0.timestampNanoseconds, now())] } ?? [])
        return try answer.response(writer.takeBytes())
    }

    /// Nodes stand at the top only; one pod, in its namespace only; and there is no `watch/` in a path.
    private static func isPlace(_ path: String, _ resource: MetricsCatalog.Resource, _ info: RequestInfo) -> Bool {
        let base = "/apis/\(MetricsDocuments.group)/\(info.version)/"
        let place = info.namespace.isEmpty ? "" : "namespaces/\(info.namespace)/"
        guard path.hasPrefix(base + place + info.resource), resource.isNamespaced || info.namespace.isEmpty else { return false }
        let isObject = info.verb != "list" && info.verb != "watch" && !info.name.isEmpty
        return !isObject || !resource.isNamespaced || !info.namespace.isEmpty
    }

    private func selection(_ request: APIRequest) throws(APIError) -> MetricsCatalog.Selection {
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
        return selection
    }

    // MARK: Writing

    /// As many objects at once as an event loop, or whoever waits for the usage to be free, hardly feels.
    private static let portion = 500

    private func list(_ objects: [ListedObject], _ answer: MetricsAnswer) throws(APIError) -> APIAnswer {
        let isShort = objects.count <= Self.portion
        if isShort, queries == nil { return .ready(try whole([objects[...]], catalog.usage, answer)) }
        let portions = stride(from: 0, to: objects.count, by: Self.portion).map { objects[$0..<min($0 + Self.portion, objects.count)] }
        guard !isShort, answer.isStreamed else {
            return .deferred {
                let usage = try await usage(answer.form.resource, objects)
                defer { if !isShort { memory.trim() } }
                return try whole(portions, usage, answer)
            }
        }
        return .stream { client in
            let usage = try await usage(answer.form.resource, objects)
            var writer = answer.writer
            let encoder = Gzip.isWanted(answer.request.headers) ? try GzipEncoder() : nil
            var headers: HTTPHeaders = ["Content-Type": answer.representation.contentType]
            if encoder != nil { headers.add(contentsOf: Gzip.headers) }
            try await client.start(.ok, headers)
            for portion in portions {
                append(portion, usage, answer.form, to: &writer)
                let bytes = writer.takeBytes()
                try await client.write(try encoder?.append(bytes) ?? bytes)
            }
            writer.finishList()
            let bytes = writer.takeBytes()
            try await client.write(try encoder.map { try $0.append(bytes) + $0.finish() } ?? bytes)
            memory.trim()
        }
    }

    private func usage(_ resource: MetricsCatalog.Resource, _ objects: [ListedObject]) async throws -> any ServedUsage {
        try await queries?.usage(resource, objects) ?? catalog.usage
    }

    private func whole(_ portions: [ArraySlice<ListedObject>], _ usage: any ServedUsage, _ answer: MetricsAnswer) throws(APIError) -> APIResponse {
        var writer = answer.writer
        for portion in portions { append(portion, usage, answer.form, to: &writer) }
        writer.finishList()
        return try answer.response(writer.takeBytes())
    }

    private func append<Writer: MetricsWriter>(
        _ objects: ArraySlice<ListedObject>, _ usage: any ServedUsage, _ form: MetricsForm, to writer: inout Writer
    ) {
        let time = now()
        var ages: [Double] = []
        ages.reserveCapacity(objects.count)
        if case .object = form.form, form.resource == .pods {
            var encoder = Writer(form)
            usage.encoded(objects, Writer.encoding, encode: { encoder.appendPiece(.pod($0), to: &$1) }) { pod, piece, measured in
                writer.appendItem(pod, piece: piece)
                if let measured { ages.append(Self.age(measured, time)) }
            }
        } else {
            usage.measure(form.resource, objects) { object in
                writer.appendItem(object)
                if let usage = object.measurement.usage { ages.append(Self.age(usage.timestampNanoseconds, time)) }
            }
        }
        served(ages)
    }

    /// In seconds; as numbers of any size, since nodes may tell any time.
    private static func age(_ measured: Int64, _ now: Timestamp) -> Double { (Double(now.nanosecondsSinceEpoch) - Double(measured)) / 1e9 }
}
