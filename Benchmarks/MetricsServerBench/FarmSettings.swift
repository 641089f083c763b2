// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import BenchKit

/// How large a farm is, and which of its nodes misbehave: the first ones hang, the next send garbage, and so on.
struct FarmSettings: Sendable {
    var nodes = 100
    var pods = 30
    var containers = 2
    var port = 10250
    /// Take a request and never answer.
    var hanging = 0
    /// Answer with bytes that are no metrics.
    var garbage = 0
    /// Close the connection in every other answer.
    var flapping = 0
    /// Refuse the connection.
    var dead = 0

    enum Mood { case well, hanging, garbage, flapping, dead }

    func mood(_ node: Int) -> Mood {
        var rest = node
        for (count, mood) in [(hanging, Mood.hanging), (garbage, .garbage), (flapping, .flapping), (dead, .dead)] {
            if rest < count { return mood }
            rest -= count
        }
        return .well
    }

    /// Nodes that answer well always.
    var wellCount: Int { nodes - hanging - garbage - flapping - dead }

    func name(_ node: Int) -> String { "node-" + String(repeating: "0", count: 5 - String(node).count) + String(node) }
    /// Every node has a loopback address of its own.
    func address(_ node: Int) -> String { "127.\(101 + node / 50_000).\(node / 250 % 200).\(node % 250 + 1)" }
    /// A namespace has 300 pods, whatever the farm's size, and ten workloads.
    private var namespaceCount: Int { max(1, nodes * pods / 300) }
    func namespace(_ node: Int, _ pod: Int) -> String { "ns-\((node * pods + pod) % namespaceCount)" }
    func app(_ node: Int, _ pod: Int) -> String { "app-\((node * pods + pod) / namespaceCount % 10)" }
    func podName(_ node: Int, _ pod: Int) -> String { "\(app(node, pod))-7d4b9c6f5d-\(10_000_000 + node * pods + pod)" }

    init() {}

    /// From `--nodes 1000 --pods 30 --containers 2 --hanging 100 …`.
    init(_ arguments: [String: String]) throws {
        func number(_ name: String, _ value: inout Int) throws {
            guard let text = arguments[name] else { return }
            guard let given = Int(text), given >= 0 else { throw BenchFailure("--\(name) \(text) is no number from 0 on") }
            value = given
        }
        try number("nodes", &nodes)
        try number("pods", &pods)
        try number("containers", &containers)
        try number("port", &port)
        try number("hanging", &hanging)
        try number("garbage", &garbage)
        try number("flapping", &flapping)
        try number("dead", &dead)
        guard (1...50_000).contains(nodes), pods <= 500, containers <= 20, wellCount >= 0 else {
            throw BenchFailure("a farm has 1 to 50000 nodes, of which not more than there are misbehave")
        }
    }

    var arguments: [String] {
        [
            ("nodes", nodes), ("pods", pods), ("containers", containers), ("port", port), ("hanging", hanging), ("garbage", garbage),
            ("flapping", flapping), ("dead", dead),
        ].flatMap { ["--\($0.0)", String($0.1)] }
    }
}
