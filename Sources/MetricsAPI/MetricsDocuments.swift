// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel

/// What the metrics server tells of itself: discovery, version and OpenAPI, encoded once.
struct MetricsDocuments: Sendable {
    static let group = "metrics.k8s.io"
    static let version = "v1beta1"

    private let documents: [String: [UInt8]]

    init(version: String) {
        let discovered = DiscoveredGroup(name: Self.group, versions: [Self.version])
        let groupVersion = GroupVersion(group: Self.group, version: Self.version)
        let openAPI = MetricsOpenAPI.v3.encoded
        let schemaPath = "apis/\(groupVersion)"
        let all: [String: JSONValue] = [
            "/apis": DiscoveryDocuments.apiGroupList([discovered]),
            "/apis/\(Self.group)": DiscoveryDocuments.apiGroup(discovered),
            "/apis/\(groupVersion)": DiscoveryDocuments.apiResourceList(
                groupVersion,
                [
                    DiscoveredResource(name: "nodes", isNamespaced: false, kind: "NodeMetrics", verbs: ["get", "list"]),
                    DiscoveredResource(name: "pods", isNamespaced: true, kind: "PodMetrics", verbs: ["get", "list"]),
                ]),
            "/version": [
                "major": "1", "minor": "36", "gitVersion": .string(version), "gitCommit": "", "gitTreeState": "", "buildDate": "1970-01-01T00:00:00Z",
                "goVersion": "", "compiler": "swift", "platform": "linux/amd64",
            ],
            "/openapi/v2": MetricsOpenAPI.v2,
            "/openapi/v3": ["paths": [schemaPath: ["serverRelativeURL": .string("/openapi/v3/\(schemaPath)?hash=\(Self.hash(openAPI))")]]],
        ]
        var documents = all.mapValues { $0.encoded + [UInt8(ascii: "\n")] }
        documents["/openapi/v3/\(schemaPath)"] = openAPI
        self.documents = documents
    }

    func document(_ path: String) -> [UInt8]? { documents[path] }

    /// `/`, and the body of a 404.
    func paths(_ health: HealthEndpoints) -> [UInt8] {
        DiscoveryDocuments.paths((documents.keys + health.paths).sorted()).encoded + [UInt8(ascii: "\n")]
    }

    /// Changes with the document, so that clients can keep it.
    private static func hash(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16, uppercase: true)
    }
}
