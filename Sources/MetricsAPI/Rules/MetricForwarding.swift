// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeClient
import KubeModel
import NIOHTTP1

/// Metrics that another adapter goes on serving, behind this server: what a cluster that migrates has not moved yet.
///
/// Who asks has been let in here, by the same question on the same metric; the other adapter is asked as this server, with its own token.
package struct MetricForwarding: Sendable {
    /// Names of metrics, in which `*` stands for any text.
    package var names: [String]
    /// As messages name it.
    package var server: String
    package var transport: any Transport

    package init(names: [String], server: String, transport: any Transport) {
        self.names = names
        self.server = server
        self.transport = transport
    }

    func takes(_ metric: String) -> Bool { names.contains { Wildcard.matches($0, metric) } }

    /// Longer answers are refused.
    private static let answerLimit = 64 << 20

    /// The other adapter's answer as it is, its refusals too.
    /// - Throws: `APIError` where it cannot be asked.
    func answer(_ request: APIRequest) async throws -> APIResponse {
        let (response, body) = try await ask(request.uri)
        let type = response.headers["content-type"] ?? "application/json"
        return APIResponse(status: HTTPResponseStatus(statusCode: response.status), contentType: type, body: body)
    }

    /// What it serves in that version, of those that are taken; nothing where it cannot be asked.
    func resources(_ version: GroupVersion) async -> [DiscoveredResource] {
        guard let (response, body) = try? await ask("/apis/\(version.group)/\(version.version)"), response.status == 200,
            let json = try? JSONValue.parse(body)
        else { return [] }
        return (json["resources"]?.array ?? []).compactMap { resource in
            guard let name = resource["name"]?.string, takes(String(name[(name.firstIndex(of: "/").map(name.index(after:)) ?? name.startIndex)...]))
            else {
                return nil
            }
            return DiscoveredResource(
                name: name, isNamespaced: resource["namespaced"]?.bool ?? true, kind: resource["kind"]?.string ?? "", verbs: ["get"])
        }
    }

    private func ask(_ path: String) async throws -> (response: ClientResponse, body: [UInt8]) {
        do {
            let response = try await transport.send(ClientRequest(method: "GET", path: path, headers: ["Accept": "application/json"]))
            return (response, try await response.body.collect(limit: Self.answerLimit))
        } catch let error as ClientError {
            throw APIError.internalError("cannot forward to \(server): \(error.message)")
        }
    }
}
