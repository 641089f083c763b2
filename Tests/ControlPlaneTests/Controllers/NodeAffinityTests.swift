// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

@Suite("The nodes that a pod can be on")
struct NodeAffinityTests {
    private let node = SetSamples.node("n1", labels: ["disk": "ssd", "cores": "8"])

    private func spec(_ terms: JSONValue, selector: [String: String] = [:]) -> JSONValue {
        [
            "nodeSelector": JSONValue(selector),
            "affinity": ["nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": terms]]],
        ]
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var key: String
        var operation: String
        var values: [String]
        var matches: Bool
        var testDescription: String { "\(key) \(operation) \(values)" }
    }

    @Test(
        "by the operators of expressions",
        arguments: [
            Case(key: "disk", operation: "In", values: ["hdd", "ssd"], matches: true),
            Case(key: "disk", operation: "In", values: ["hdd"], matches: false),
            Case(key: "disk", operation: "NotIn", values: ["hdd"], matches: true),
            Case(key: "zone", operation: "NotIn", values: ["z"], matches: true),
            Case(key: "disk", operation: "NotIn", values: ["ssd"], matches: false),
            Case(key: "disk", operation: "Exists", values: [], matches: true),
            Case(key: "zone", operation: "Exists", values: [], matches: false),
            Case(key: "zone", operation: "DoesNotExist", values: [], matches: true),
            Case(key: "cores", operation: "Gt", values: ["4"], matches: true),
            Case(key: "cores", operation: "Gt", values: ["8"], matches: false),
            Case(key: "cores", operation: "Lt", values: ["16"], matches: true),
            Case(key: "disk", operation: "Lt", values: ["16"], matches: false),
            Case(key: "disk", operation: "Like", values: ["ssd"], matches: false),
        ])
    func operators(_ test: Case) {
        let expression: JSONValue = ["key": .string(test.key), "operator": .string(test.operation), "values": JSONValue(test.values)]
        #expect(NodeAffinity(spec([["matchExpressions": [expression]]])).matches(node) == test.matches)
    }

    @Test("one term has to match, with all that it says, and the selector besides")
    func terms() {
        let yes: JSONValue = ["key": "disk", "operator": "Exists"]
        let no: JSONValue = ["key": "zone", "operator": "Exists"]
        let named: JSONValue = ["key": "metadata.name", "operator": "In", "values": ["n1"]]
        #expect(NodeAffinity([:]).matches(node))
        #expect(NodeAffinity(spec([["matchExpressions": [no]], ["matchExpressions": [yes]]])).matches(node))
        #expect(!NodeAffinity(spec([["matchExpressions": [yes, no]]])).matches(node))
        #expect(!NodeAffinity(spec([["matchExpressions": [yes]]], selector: ["disk": "hdd"])).matches(node))
        #expect(NodeAffinity(spec([["matchFields": [named], "matchExpressions": [yes]]])).matches(node))
        #expect(!NodeAffinity(spec([["matchFields": [named]]])).matches(SetSamples.node("n2")))
        #expect(!NodeAffinity(spec([[:]])).matches(node), "a term that says nothing matches nothing")
        #expect(!NodeAffinity(spec([])).matches(node))
    }

    @Test("the scheduler puts a pod nowhere else")
    func placement() {
        var pod = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "Pod"), namespace: "shop", name: "p")
        pod.set(NodeAffinity.pinned(nil, to: "n1"), at: "spec", "affinity")
        let nodes = ["n0", "n1", "n2"].map { SetSamples.node($0) }
        #expect(Placement.choose(for: pod, among: nodes, loads: [:]) == .node("n1"))
        #expect(
            Placement.choose(for: pod, among: [nodes[0], nodes[2]], loads: [:])
                == .none("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector."))
    }
}
