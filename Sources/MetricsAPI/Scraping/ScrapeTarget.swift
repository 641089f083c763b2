// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import NIOCore

/// Where one node's metrics are read.
struct ScrapeTarget: Sendable, Hashable {
    var node: String
    /// Without TLS, where `--deprecated-kubelet-completely-insecure` says so.
    var isPlain: Bool
    /// A name, or an address without brackets.
    var host: String
    var port: Int
    /// Escaped, from its first slash.
    var path: String

    /// - Throws: `KubeletFailure` where the node has no address of the wanted types, or one that is none.
    /// - Source: metrics-server v0.9 pkg/utils/address_resolver.go, pkg/scraper/client/resource/client.go
    init(_ node: KubeObject, _ options: KubeletOptions) throws(KubeletFailure) {
        let addresses = node.status["addresses"]?.array ?? []
        let chosen = options.preferredAddressTypes.lazy.compactMap { type in
            addresses.first { $0["type"]?.string == type }?["address"]?.string
        }.first
        guard let host = chosen, !host.isEmpty else {
            let types = addresses.compactMap { $0["type"]?.string }
            throw KubeletFailure(
                .address,
                "node \(node.name) has no address of type \(options.preferredAddressTypes.joined(separator: ", "))"
                    + " (--kubelet-preferred-address-types); it has \(types.isEmpty ? "none" : types.joined(separator: ", "))")
        }
        guard host.utf8.count <= 253, host.utf8.allSatisfy(Self.isHostByte) else {
            throw KubeletFailure(.address, "node \(node.name) has \(host.debugDescription) as its address, which is neither a name nor an address")
        }
        self.node = node.name
        self.host = host
        isPlain = options.isPlain
        port = options.port
        if options.usesNodeStatusPort, let told = node.status.value(at: "daemonEndpoints", "kubeletEndpoint", "Port")?.int, (1...65535).contains(told)
        {
            port = Int(told)
        }
        let given = node.annotations[Self.pathAnnotation] ?? ""
        path = given.isEmpty ? Self.resourcePath : Self.escaped(given.hasPrefix("/") ? given : "/" + given)
    }

    private static let resourcePath = "/metrics/resource"
    private static let summaryPath = "/stats/summary?only_cpu_and_memory=true"

    var isSummary: Bool { path == Self.summaryPath }

    /// What metrics-server before 0.4 read, and what its roles allow (`nodes/stats`); nil where the path is an annotation's.
    var summary: ScrapeTarget? {
        guard path == Self.resourcePath else { return nil }
        var summary = self
        summary.path = Self.summaryPath
        return summary
    }

    /// `10.0.0.1:10250`, `[fd00::1]:10250`
    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    var url: String { "\(isPlain ? "http" : "https")://\(authority)\(path)" }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || "-._:%".utf8.contains(byte)
    }

    /// A path as Go's URL writes it: it comes from an annotation, and is to end neither the path nor the request's line.
    private static func escaped(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 || "-._~$&+,/:;=@".utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
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
    /// Asks a node, which has no other question open, and tells what came of it: once, later, from any thread, and with no time limit.
    func fetch(_ target: ScrapeTarget, _ done: @escaping @Sendable (Result<ByteBuffer, KubeletFailure>) -> Void)

    /// Ends the node's open question, if it has one, by telling a failure that says how far it came.
    /// - Parameter limit: How long it was waited for.
    func giveUp(_ node: String, after limit: Duration)

    /// The node is gone: what is kept for it is not needed again.
    func forget(_ node: String)
}
