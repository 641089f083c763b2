// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import Testing

@testable import ControlPlane

@Suite("Objects and their owners")
struct OwnershipTests {
    private func object(_ name: String, owners: [String] = [], blocking: Bool = true, finalizers: [String] = [], isBeingDeleted: Bool = false)
        -> KubeObject
    {
        var object = KubeObject(GroupVersionKind(apiVersion: "v1", kind: "ConfigMap"), namespace: "shop", name: name)
        object.set(.string(name), at: "metadata", "uid")
        object.set(
            .array(owners.map { ["uid": .string($0), "kind": "ConfigMap", "name": .string($0), "blockOwnerDeletion": .bool(blocking)] }),
            at: "metadata", "ownerReferences")
        object.set(JSONValue(finalizers), at: "metadata", "finalizers")
        if isBeingDeleted { object.set("2026-11-24T12:00:00Z", at: "metadata", "deletionTimestamp") }
        return object
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var owners: [String: GarbageRule.Owner]
        var hasDependents = false
        var finalizers: [String] = []
        var action: GarbageRule.Action
    }

    @Test(
        "an object goes once all its owners are gone",
        arguments: [
            Case(testDescription: "no owners", owners: [:], action: .keep),
            Case(testDescription: "an owner is there", owners: ["a": .present], action: .keep),
            Case(testDescription: "the only owner is gone", owners: ["a": .absent], action: .delete(.background)),
            Case(testDescription: "one of two is gone", owners: ["a": .absent, "b": .present], action: .forget(owners: ["a"])),
            Case(testDescription: "both are gone", owners: ["a": .absent, "b": .absent], action: .delete(.background)),
            Case(testDescription: "one waits, one is there", owners: ["a": .waiting, "b": .present], action: .forget(owners: ["a"])),
            Case(testDescription: "the owner waits for it", owners: ["a": .waiting], action: .delete(.background)),
            Case(
                testDescription: "the owner waits, and others hang on it", owners: ["a": .waiting], hasDependents: true, action: .delete(.foreground)),
            Case(testDescription: "gone, and others hang on it", owners: ["a": .absent], hasDependents: true, action: .delete(.background)),
            Case(testDescription: "it wants its dependents freed", owners: ["a": .absent], finalizers: ["orphan"], action: .delete(.orphan)),
        ])
    func rule(_ test: Case) {
        let object = object("x", owners: test.owners.keys.sorted(), finalizers: test.finalizers)
        #expect(GarbageRule.decide(object, owners: test.owners, hasDependents: test.hasDependents) == test.action)
    }

    @Test("the graph names who may have to go")
    func graph() {
        let graph = OwnerGraph()
        let resource = GroupVersionResource.configMaps
        func add(_ new: KubeObject) -> [String] { graph.observe(old: nil, new: new, resource) }
        #expect(add(object("child", owners: ["parent"])) == ["child"], "its owner isn't known yet")
        #expect(add(object("parent")) == [])
        #expect(add(object("child", owners: ["parent"])) == [])
        #expect(add(object("grandchild", owners: ["child"])) == [])
        #expect(graph.observe(old: object("parent"), new: nil, resource) == ["child"])
        #expect(graph.observe(old: object("child"), new: nil, resource) == ["grandchild"])
        #expect(graph.dependents(of: "parent").isEmpty)
        #expect(graph.observe(old: object("stranger"), new: nil, resource) == [])
        #expect(add(object("grandchild")) == [], "it was freed")
        #expect(graph.dependents(of: "child").isEmpty)
    }

    @Test("an owner that waits is looked at as its dependents go")
    func foreground() {
        let graph = OwnerGraph()
        let resource = GroupVersionResource.configMaps
        _ = graph.observe(old: nil, new: object("parent"), resource)
        _ = graph.observe(old: nil, new: object("child", owners: ["parent"]), resource)
        let waiting = object("parent", finalizers: ["foregroundDeletion"], isBeingDeleted: true)
        #expect(graph.observe(old: object("parent"), new: waiting, resource) == ["parent"])
        #expect(graph.node("child").map { graph.isHeld($0) } == false)
        #expect(graph.observe(old: object("child"), new: nil, resource) == ["parent"])
    }
}
