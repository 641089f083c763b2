// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Logging

/// Which nodes fail, and what is said of it: once when a node begins to, once when it no longer does, and where many change in one
/// period only of the first ones by name, and of the rest as a sum.
struct ScrapeLog {
    /// How many lines of single nodes one period may have, of each kind.
    private static let linesPerCycle = 5
    private static let namesShown = 5

    /// By node.
    private(set) var failing: [String: KubeletFailure.Kind] = [:]
    private var failed = Changes()
    private var recovered = Changes()

    private struct Changes {
        var count = 0
        /// Of those without a line of their own.
        var names: [String] = []
        var kinds: [KubeletFailure.Kind: Int] = [:]
        /// Of the first one without a line.
        var example = ""
    }

    enum Line: Equatable {
        case cannotScrape(node: String, KubeletFailure)
        case canScrape(node: String)
        /// Others than those with a line of their own.
        case manyFail(count: Int, nodes: [String], reasons: String, example: String)
        case manyRecover(count: Int, nodes: [String])
    }

    mutating func record(_ node: String, _ failure: KubeletFailure?) -> Line? {
        guard let failure else {
            guard failing.removeValue(forKey: node) != nil else { return nil }
            recovered.count += 1
            if recovered.count <= Self.linesPerCycle { return .canScrape(node: node) }
            recovered.names.append(node)
            return nil
        }
        // Another reason is news too, but not enough for a line each time.
        guard failing.updateValue(failure.kind, forKey: node) == nil else { return nil }
        failed.count += 1
        if failed.count <= Self.linesPerCycle { return .cannotScrape(node: node, failure) }
        failed.names.append(node)
        failed.kinds[failure.kind, default: 0] += 1
        if failed.example.isEmpty { failed.example = failure.message }
        return nil
    }

    /// The node is no more.
    mutating func forget(_ node: String) { failing[node] = nil }

    /// What is left to say at a period's end.
    mutating func endCycle() -> [Line] {
        defer { (failed, recovered) = (Changes(), Changes()) }
        var lines: [Line] = []
        if !failed.names.isEmpty {
            let reasons = failed.kinds.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map { "\($0.value) \($0.key.rawValue)" }
            lines.append(
                .manyFail(
                    count: failed.names.count, nodes: Array(failed.names.prefix(Self.namesShown)), reasons: reasons.joined(separator: ", "),
                    example: failed.example))
        }
        if !recovered.names.isEmpty { lines.append(.manyRecover(count: recovered.names.count, nodes: Array(recovered.names.prefix(Self.namesShown)))) }
        return lines
    }
}

extension ScrapeLog.Line {
    /// - Parameter total: How many nodes there are, and how many of them fail.
    func log(to logger: Logger, total: (nodes: Int, failing: Int)) {
        switch self {
        case .cannotScrape(let node, let failure):
            logger.warning(
                "cannot scrape a node", metadata: ["node": "\(node)", "reason": "\(failure.kind.rawValue)", "error": "\(failure.message)"])
        case .canScrape(let node): logger.info("node can be scraped again", metadata: ["node": "\(node)"])
        case .manyFail(let count, let nodes, let reasons, let example):
            logger.warning(
                "cannot scrape further nodes",
                metadata: [
                    "count": "\(count)", "failing": "\(total.failing) of \(total.nodes)", "nodes": "\(nodes.joined(separator: ", "))",
                    "reason": "\(reasons)", "error": "\(example)",
                ])
        case .manyRecover(let count, let nodes):
            logger.info(
                "further nodes can be scraped again",
                metadata: ["count": "\(count)", "failing": "\(total.failing) of \(total.nodes)", "nodes": "\(nodes.joined(separator: ", "))"])
        }
    }
}
