// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema
import NIOHTTP1

/// `/api` and `/apis` for clients that want every group's resources at once.
///
/// - Source: k8s.io/apiserver pkg/endpoints/discovery/aggregated
struct AggregatedDiscovery: Sendable {
    let discovery: APIDiscovery
    let remote: RemoteDiscovery
    let transcoder: ProtobufTranscoder

    /// nil where the path or what is asked for is another one's.
    func handle(_ request: APIRequest) throws -> APIAnswer? {
        let path = request.path.last == "/" ? request.path.dropLast() : request.path[...]
        guard path == "/api" || path == "/apis", let form = AggregatedDiscoveryForm(request.headers) else { return nil }
        guard request.method == .GET || request.method == .HEAD else { throw APIError.methodNotAllowedOnPath }
        if path == "/api" { return .ready(try response([discovery.coreGroup], form, request)) }
        return .deferred { try response(await groups(), form, request) }
    }

    private func groups() async -> [AggregatedGroup] {
        let versions = await remote.versions(of: discovery.remoteServices())
        return discovery.aggregatedGroups { versions[$0] }
    }

    private func response(_ groups: [AggregatedGroup], _ form: AggregatedDiscoveryForm, _ request: APIRequest) throws -> APIResponse {
        let document = DiscoveryDocuments.aggregated(groups, version: form.version)
        let bytes = form.isProtobuf ? try transcoder.encode(document.object ?? [:]) : document.encoded
        return TaggedDocument(bytes).answer(request, ["Content-Type": form.contentType, "Cache-Control": "public"])
    }
}
