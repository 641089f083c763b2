// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import UsageWindow

/// What of a pod's metrics changes with each scrape, as it stands in answers: made node by node when first asked for, and kept until the node
/// is scraped again, since lists of all pods are asked for several times a period.
struct EncodedUsage: Sendable {
    enum Encoding: Int, CaseIterable { case json, protobuf }

    /// Of one node's pods, one behind the other.
    struct Pods {
        fileprivate(set) var bytes: [UInt8] = []
        private var pieces: [(end: Int32, time: Int64?)] = []

        fileprivate init(_ usages: some Sequence<PodUsage?>, _ encode: (PodUsage, inout [UInt8]) -> Void) {
            for usage in usages {
                if let usage { encode(usage, &bytes) }
                pieces.append((Int32(bytes.count), usage?.earliest?.timestampNanoseconds))
            }
        }

        /// Where the pod's piece is in `bytes`; empty where it has no usage.
        func range(_ pod: Int) -> Range<Int> { (pod == 0 ? 0 : Int(pieces[pod - 1].end))..<Int(pieces[pod].end) }
        /// When its usage was measured.
        func time(_ pod: Int) -> Int64? { pieces[pod].time }
    }

    /// By encoding and the node's number.
    private var nodes: [[Pods?]] = Array(repeating: [], count: Encoding.allCases.count)

    mutating func forget(_ node: Int?) {
        guard let node else { return }
        for encoding in nodes.indices where node < nodes[encoding].count { nodes[encoding][node] = nil }
    }

    /// Hands over the pods of the node of `place` as encoded.
    mutating func withPods(
        at place: PodPlace, in table: borrowing UsageTable, _ encoding: Encoding, encode: (PodUsage, inout [UInt8]) -> Void,
        _ body: (borrowing Pods) -> Void
    ) {
        let node = Int(place.node)
        if node >= nodes[encoding.rawValue].count {
            nodes[encoding.rawValue] += Array(repeating: nil, count: table.nodeCount - nodes[encoding.rawValue].count)
        }
        if nodes[encoding.rawValue][node] == nil { nodes[encoding.rawValue][node] = Pods(table.usages(onNode: node), encode) }
        if let pods = nodes[encoding.rawValue][node] { body(pods) }
    }
}
