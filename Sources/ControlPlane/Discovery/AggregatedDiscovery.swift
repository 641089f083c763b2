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

    /// What the client asks for rather than the plain documents.
    struct Form: Sendable, Hashable {
        /// `v2` or `v2beta1`.
        var version: String
        var isProtobuf: Bool

        private static let protobuf = "application/vnd.kubernetes.protobuf"
        private static let json = "application/json"

        /// nil where a plain document is wanted as much, or this one isn't.
        init?(_ headers: HTTPHeaders) {
            let wishes = headers[canonicalForm: "accept"].compactMap { MediaType($0) }.filter { $0.quality > 0 }.enumerated()
                .sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
            for wish in wishes.map(\.element) where [Self.json, Self.protobuf, "application/*", "*/*"].contains(wish.essence) {
                guard let form = wish.parameters["as"], !form.isEmpty else { return nil }
                guard form == "APIGroupDiscoveryList", wish.parameters["g"] == DiscoveryDocuments.aggregatedGroup,
                    let version = wish.parameters["v"], ["v2", "v2beta1"].contains(version)
                else { continue }
                self.version = version
                isProtobuf = wish.essence == Self.protobuf
                return
            }
            return nil
        }

        var contentType: String {
            "\(isProtobuf ? Self.protobuf : Self.json);g=\(DiscoveryDocuments.aggregatedGroup);v=\(version);as=APIGroupDiscoveryList"
        }
    }

    /// nil where the path or what is asked for is another one's.
    func handle(_ request: APIRequest) throws -> APIAnswer? {
        let path = request.path.last == "/" ? request.path.dropLast() : request.path[...]
        guard path == "/api" || path == "/apis", let form = Form(request.headers) else { return nil }
        guard request.method == .GET || request.method == .HEAD else { throw APIError.methodNotAllowedOnPath }
        if path == "/api" { return .ready(try response([discovery.coreGroup], form, request)) }
        return .deferred { try response(await groups(), form, request) }
    }

    private func groups() async -> [AggregatedGroup] {
        let versions = await remote.versions(of: discovery.remoteServices())
        return discovery.aggregatedGroups { versions[$0] }
    }

    private func response(_ groups: [AggregatedGroup], _ form: Form, _ request: APIRequest) throws -> APIResponse {
        let document = DiscoveryDocuments.aggregated(groups, version: form.version)
        let bytes = form.isProtobuf ? try transcoder.encode(document.object ?? [:]) : document.encoded
        return TaggedDocument(bytes).answer(request, ["Content-Type": form.contentType, "Cache-Control": "public"])
    }
}
