// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import NIOHTTP1

/// What the metrics server tells of itself: discovery, version and OpenAPI, encoded once.
struct MetricsDocuments: Sendable {
    static let group = "metrics.k8s.io"
    /// The preferred one first, which stays the one that clients of any age know.
    static let versions = ["v1beta1", "v1"]
    static let metricsPath = "/metrics"

    /// Whether `metrics.k8s.io` is served at all.
    let tellsOfUsage: Bool
    private let documents: [String: TaggedDocument]
    /// `/apis` for clients that want all at once, by `v2` and `v2beta1`.
    private let aggregated: [String: TaggedDocument]

    /// - Parameter others: Further groups, whose resources come and go; then clients are not told all at once.
    init(version: String, tellsOfUsage: Bool = true, others: [DiscoveredGroup] = []) {
        self.tellsOfUsage = tellsOfUsage
        let versions = tellsOfUsage ? Self.versions : []
        let discovered = DiscoveredGroup(name: Self.group, versions: Self.versions)
        let resources = [
            DiscoveredResource(name: "nodes", isNamespaced: false, kind: "NodeMetrics", verbs: ["get", "list"]),
            DiscoveredResource(name: "pods", isNamespaced: true, kind: "PodMetrics", verbs: ["get", "list"]),
        ]
        var documents: [String: JSONValue] = [
            "/apis": DiscoveryDocuments.apiGroupList((tellsOfUsage ? [discovered] : []) + others),
            "/version": [
                "major": "1", "minor": "36", "gitVersion": .string(version), "gitCommit": "", "gitTreeState": "", "buildDate": "1970-01-01T00:00:00Z",
                "goVersion": "", "compiler": "swift", "platform": "linux/amd64",
            ],
            "/openapi/v2": MetricsOpenAPI.v2(versions),
        ]
        if tellsOfUsage { documents["/apis/\(Self.group)"] = DiscoveryDocuments.apiGroup(discovered) }
        var index = JSONObject()
        for version in versions {
            let path = "apis/\(Self.group)/\(version)"
            documents["/" + path] = DiscoveryDocuments.apiResourceList(GroupVersion(group: Self.group, version: version), resources)
            let openAPI = MetricsOpenAPI(version: version).v3
            documents["/openapi/v3/" + path] = openAPI
            index[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(Self.document(openAPI).hash)")]
        }
        documents["/openapi/v3"] = ["paths": .object(index)]
        self.documents = documents.mapValues(Self.document)
        let groups = [
            AggregatedGroup(
                name: Self.group,
                versions: versions.map { AggregatedGroup.Version(name: $0, resources: DiscoveryDocuments.aggregated(resources)) })
        ]
        aggregated = Dictionary(
            uniqueKeysWithValues: (others.isEmpty && tellsOfUsage ? ["v2", "v2beta1"] : []).map {
                ($0, Self.document(DiscoveryDocuments.aggregated(groups, version: $0)))
            })
    }

    private static func document(_ json: JSONValue) -> TaggedDocument { TaggedDocument(json.encoded + [UInt8(ascii: "\n")]) }

    /// nil where the path is none of these.
    func answer(_ request: APIRequest, _ path: String) throws(APIError) -> APIResponse? {
        guard let document = documents[path] else { return nil }
        guard request.method == .GET || request.method == .HEAD else { throw .methodNotAllowedOnPath }
        // Protobuf is not spoken here, and clients that would have it take JSON as well.
        if path == "/apis", let form = AggregatedDiscoveryForm(request.headers), !form.isProtobuf, let document = aggregated[form.version] {
            return document.answer(request, ["Content-Type": form.contentType, "Cache-Control": "public"])
        }
        _ = try ContentNegotiation.representation(request.headers, offering: .jsonOnly)
        if path.hasPrefix("/openapi/") { return document.answer(request, ["Content-Type": "application/json"]) }
        return APIResponse(contentType: "application/json", body: document.bytes)
    }

    /// `/`, and the body of a 404.
    func paths(_ health: HealthEndpoints) -> [UInt8] {
        DiscoveryDocuments.paths((documents.keys + health.paths + [Self.metricsPath]).sorted()).encoded + [UInt8(ascii: "\n")]
    }
}
