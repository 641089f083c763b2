// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import AsyncHTTPClient
import KubeModel
import KubeStore
import Logging
import NIOCore
import NIOHTTP1

/// Passes requests for groups that are served elsewhere on to their extension servers.
///
/// The request has been authenticated and authorized; who sent it goes along in `X-Remote-*` headers, which the extension
/// server believes because of the front-proxy certificate.
/// - Source: kube-aggregator pkg/apiserver/handler_proxy.go
struct APIServiceProxy: Sendable {
    let store: ResourceStore
    let clients: BackendClients
    let requestHeaders: RequestHeaderSettings
    let logger: Logger

    /// nil where no APIService has the request's group and version.
    func handle(_ request: APIRequest) -> APIAnswer? { Self.groupVersion(request.path).flatMap { handle(request, version: $0) } }

    /// Passes a request on to the server of `version`, whatever its path.
    func handle(_ request: APIRequest, version: GroupVersion) -> APIAnswer? {
        guard let apiService = apiService(version) else { return nil }
        guard apiService.hasTrueCondition("Available") else { return .ready(Self.plain(.serviceUnavailable, "service unavailable")) }
        if !request.headers["upgrade"].isEmpty { return .ready(Self.plain(.badRequest, "connection upgrades are not proxied")) }
        let target: APIServiceTarget
        let client: HTTPClient
        do {
            target = try APIServiceTarget.find(apiService, in: store)
            client = try clients.client(for: target)
        } catch {
            logger.warning("no way to an extension server", metadata: ["apiservice": "\(apiService.name)", "error": "\(error)"])
            return .ready(Self.plain(.serviceUnavailable, "service unavailable"))
        }
        return .stream { writer in try await forward(request, target, client, writer) }
    }

    private func apiService(_ version: GroupVersion) -> KubeObject? {
        guard let definition = store.registry.definition(.apiServices) else { return nil }
        let object = store.objects.get(definition.key(namespace: "", name: "\(version.version).\(version.group)"))
        return object?.spec["service"]?.object == nil ? nil : object
    }

    /// Of `/apis/GROUP/VERSION` and everything below it.
    private static func groupVersion(_ path: String) -> GroupVersion? {
        let parts = path.split(separator: "/", maxSplits: 3).map(String.init)
        return parts.count >= 3 && parts[0] == "apis" ? GroupVersion(group: parts[1], version: parts[2]) : nil
    }

    private func forward(_ request: APIRequest, _ target: APIServiceTarget, _ client: HTTPClient, _ writer: any ResponseWriter) async throws {
        var outgoing = HTTPClientRequest(url: "https://\(target.serverName):\(target.port)\(request.uri)")
        outgoing.method = request.method
        outgoing.headers = ProxiedHeaders.request(request, authority: target.authority, requestHeaders: requestHeaders)
        if !request.body.isEmpty { outgoing.body = .bytes(request.body) }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(outgoing, deadline: .distantFuture)
        } catch let error where !(error is CancellationError) {
            let problem = ConnectionProblem.text(error, authority: target.authority)
            logger.warning("an extension server can't be reached", metadata: ["server": "\(target.serverName)", "error": "\(problem)"])
            return try await Self.write(Self.plain(.serviceUnavailable, "error trying to reach service: \(problem)"), writer)
        }
        try await writer.start(response.status, ProxiedHeaders.response(response.headers))
        for try await part in response.body { try await writer.write(Array(part.readableBytesView)) }
    }

    /// A JSON document that this server itself wants of an extension server; nil where the answer is none.
    func document(_ path: String, of target: APIServiceTarget, accept: String, as user: UserInfo) async throws -> JSONValue? {
        var request = HTTPClientRequest(url: "https://\(target.serverName):\(target.port)\(path)")
        request.headers = ["Host": target.authority, "Accept": accept]
        ProxiedHeaders.addIdentity(user, to: &request.headers)
        let response = try await clients.client(for: target).execute(request, timeout: .seconds(5))
        let body = try await response.body.collect(upTo: 1 << 20)
        return response.status == .ok ? try JSONValue.parse(Array(body.readableBytesView)) : nil
    }

    private static func write(_ response: APIResponse, _ writer: any ResponseWriter) async throws {
        try await writer.start(response.status, response.headers)
        try await writer.write(response.body)
    }

    static func plain(_ status: HTTPResponseStatus, _ text: String) -> APIResponse {
        APIResponse(
            status: status,
            headers: ["Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache, private"],
            body: Array("\(text)\n".utf8))
    }
}
