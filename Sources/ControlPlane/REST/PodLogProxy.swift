// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import AsyncHTTPClient
import KubeModel
import NIOCore
import NIOHTTP1

/// Answers `pods/NAME/log` with what the pod's node says: `https://NODE:10250/containerLogs/NAMESPACE/POD/CONTAINER`.
///
/// - Source: `LogLocation`, kubernetes pkg/registry/core/pod/strategy.go
struct PodLogProxy: Sendable {
    /// Shows the API server's certificate to the node agents and knows theirs.
    let client: HTTPClient
    static let kubeletPort = 10250
    private static let passedParameters = [
        "follow", "limitBytes", "pretty", "previous", "sinceSeconds", "sinceTime", "tailLines", "timestamps", "stream",
    ]

    func answer(_ request: APIRequest, pod: KubeObject, in store: ResourceStore) throws -> APIAnswer {
        let container = try Self.container(request.query["container"] ?? "", of: pod)
        let node = pod.spec["nodeName"]?.string ?? ""
        guard !node.isEmpty else { return .ready(APIResponse(contentType: "text/plain", body: [])) }
        guard let nodes = store.registry.definition(.nodes) else { throw APIError.noSuchPath }
        let address = try Self.address(of: try store.get(nodes, "", node))
        let path = ["containerLogs", pod.namespace, pod.name, container].map { PercentEncoding.encode($0) }.joined(separator: "/")
        var query = request.query
        query.items.removeAll { !Self.passedParameters.contains($0.name) }
        let suffix = query.items.isEmpty ? "" : "?" + query.items.map { "\($0.name)=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
        let url = "https://\(address)/\(path)\(suffix)"
        let client = client
        return .stream { writer in
            let response: HTTPClientResponse
            do {
                response = try await client.execute(HTTPClientRequest(url: url), deadline: .distantFuture)
            } catch {
                throw APIError.internalError("Get \"\(url)\": \(ConnectionProblem.text(error, authority: address))")
            }
            guard response.status == .ok else { throw try await Self.failure(response, container) }
            try await writer.start(.ok, ["Content-Type": "text/plain", "Cache-Control": "no-cache, private"])
            for try await part in response.body { try await writer.write(Array(part.readableBytesView)) }
        }
    }

    private static func container(_ asked: String, of pod: KubeObject) throws(APIError) -> String {
        let names = (pod.spec["containers"]?.array ?? []).compactMap { $0["name"]?.string }
        let initNames = (pod.spec["initContainers"]?.array ?? []).compactMap { $0["name"]?.string }
        if asked.isEmpty {
            if names.count == 1, let only = names.first { return only }
            var message = "a container name must be specified for pod \(pod.name), choose one of: [\(names.joined(separator: " "))]"
            if !initNames.isEmpty { message += " or one of the init containers: [\(initNames.joined(separator: " "))]" }
            throw .badRequest(message)
        }
        guard (names + initNames).contains(asked) else { throw .badRequest("container \(asked) is not valid for pod \(pod.name)") }
        return asked
    }

    private static func address(of node: KubeObject) throws(APIError) -> String {
        let port = node.status.value(at: "daemonEndpoints", "kubeletEndpoint", "Port")?.int ?? Int64(kubeletPort)
        for type in ["InternalIP", "Hostname"] {
            if let address = node.status["addresses"]?.array?.first(where: { $0["type"]?.string == type })?["address"]?.string {
                return "\(address):\(port)"
            }
        }
        throw .internalError("no preferred addresses found; known addresses: []")
    }

    private static func failure(_ response: HTTPClientResponse, _ container: String) async throws -> APIError {
        let body = try await response.body.collect(upTo: 64 * 1024)
        let text = String(decoding: body.readableBytesView, as: UTF8.self)
        switch response.status.code {
        case 400, 404: return .badRequest(text.isEmpty ? "container \"\(container)\" has no log" : text)
        default: return .internalError("the node answered \(response.status.code): \(text)")
        }
    }
}
