// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import ControlPlane

@Suite("The revisions of a set")
struct RevisionTests {
    private func template(_ image: String) -> JSONValue {
        ["metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "main", "image": .string(image)]]]]
    }

    @Test("a template that is new gets the next number, one that comes back too, and the newest keeps its own")
    func step() {
        let (one, two) = (SetSamples.revision("a", 1, image: "1"), SetSamples.revision("b", 2, image: "2"))
        #expect(RevisionRules.step(for: template("1"), among: []) == .make(number: 1))
        #expect(RevisionRules.step(for: template("3"), among: [two, one]) == .make(number: 3))
        #expect(RevisionRules.step(for: template("2"), among: [two, one]) == .keep(two))
        #expect(RevisionRules.step(for: template("1"), among: [one, two]) == .renumber(one, to: 3))
        let twin = SetSamples.revision("c", 2, image: "1")
        #expect(RevisionRules.step(for: template("1"), among: [one, two, twin]) == .renumber(twin, to: 3), "no two are the newest")
    }

    @Test("the oldest revisions beyond the limit go, those in use never")
    func surplus() {
        let all = (1...5).map { SetSamples.revision("r\($0)", Int64($0), image: "\($0)") }
        #expect(RevisionRules.surplus(all, inUse: ["r1", "r5"], limit: 1).map(\.name) == ["r2", "r3"])
        #expect(RevisionRules.surplus(all, inUse: ["r5"], limit: 10).isEmpty)
        #expect(RevisionRules.surplus(all, inUse: [], limit: 0).count == 5)
    }

    @Test("a revision is a patch that brings its template back, under a name that follows from it")
    func object() throws {
        let set = SetSamples.statefulSet { $0.annotations = ["kubernetes.io/change-cause": "why"] }
        let owner = RevisionHistory.Owner(
            object: set.object, template: template("1"), selector: try #require(set.selector), hashLabel: "controller.kubernetes.io/hash",
            collisions: 0)
        let made = RevisionHistory.object(7, owner, collisions: 0)
        let hash = try #require(made.labels["controller.kubernetes.io/hash"])
        #expect(made.name == "web-\(hash)")
        #expect(made.labels["app"] == "web")
        #expect(made.annotations == ["kubernetes.io/change-cause": "why"])
        #expect(made.controller?.uid == "uid-web")
        #expect(Revision(made).number == 7)
        #expect(Revision(made).template == template("1"))
        #expect(made.value(at: "data", "spec", "template", "$patch") == "replace")
        #expect(RevisionHistory.object(7, owner, collisions: 1).name != made.name)
    }
}

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
