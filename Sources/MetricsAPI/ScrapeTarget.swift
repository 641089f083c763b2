// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Where one node's metrics are read.
struct ScrapeTarget: Sendable, Hashable {
    var node: String
    /// `https://127.1.0.10:10250/metrics/resource`
    var url: String

    /// nil where the node has no address of the wanted types.
    /// - Source: metrics-server v0.9 pkg/utils/address_resolver.go, pkg/scraper/client/resource/client.go
    init?(_ node: KubeObject, _ options: KubeletOptions) {
        let addresses = node.status["addresses"]?.array ?? []
        let chosen = options.preferredAddressTypes.lazy.compactMap { type in
            addresses.first { $0["type"]?.string == type }?["address"]?.string
        }.first
        guard let address = chosen, !address.isEmpty else { return nil }
        var port = options.port
        if options.usesNodeStatusPort, let told = node.status.value(at: "daemonEndpoints", "kubeletEndpoint", "Port")?.int, (1...65535).contains(told)
        {
            port = Int(told)
        }
        let given = node.annotations[Self.pathAnnotation] ?? ""
        let path = given.isEmpty ? "/metrics/resource" : given.hasPrefix("/") ? given : "/" + given
        self.node = node.name
        url = "https://\(address.contains(":") ? "[\(address)]" : address):\(port)\(path)"
    }
}

extension ScrapeTarget {
    /// All of a node that is looked at here, its metrics' labels included.
    static func fields(of node: KubeObject) -> KubeObject {
        var kept = KubeObject(node.groupVersionKind, name: node.name)
        for field in ["uid", "resourceVersion", "labels"] { kept.set(node.value(at: "metadata", field), at: "metadata", field) }
        let path = node.value(at: "metadata", "annotations", pathAnnotation)
        if let path { kept.set(path, at: "metadata", "annotations", pathAnnotation) }
        kept.set(node.value(at: "status", "addresses"), at: "status", "addresses")
        kept.set(node.value(at: "status", "daemonEndpoints"), at: "status", "daemonEndpoints")
        return kept
    }

    private static let pathAnnotation = "metrics.k8s.io/resource-metrics-path"
}

/// What gives a node's metrics text.
protocol NodeMetricsSource: Sendable {
    /// Ends with an error when cancelled; the time limit is the caller's.
    func metrics(of target: ScrapeTarget) async throws -> [UInt8]
}
