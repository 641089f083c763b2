// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
@testable import KubeSchema
import Testing

@Suite("The schema table")
struct KubeSchemaTests {
    let schema = KubeSchema.builtIn

    @Test("the built-in rows are read within some milliseconds")
    func readingTime() throws {
        let clock = ContinuousClock()
        let time = try clock.measure {
            for _ in 0..<5 { try Self.readBuiltIn() }
        }
        print("schema rows: \(time / 5) a reading")
    }

    private static func readBuiltIn() throws {
        var schema = KubeSchema()
        try schema.add(rows: KubeSchema.builtInRows)
        #expect(schema.types.count > 290)
    }

    @Test("a container's ports are merged by their number")
    func containerPorts() throws {
        let container = try #require(schema.type(named: "core/v1.Container"))
        let ports = try #require(container.field("ports"))
        #expect(ports.patch.merges)
        #expect(ports.patchMergeKey == "containerPort")
        #expect(ports.listType == .map)
        #expect(ports.listMapKeys == ["containerPort", "protocol"])
        #expect(ports.number == 6)
        guard case .list(.message(let id)) = ports.type else { throw Mismatch(description: "\(ports.type)") }
        #expect(schema[id].name == "core/v1.ContainerPort")
        #expect(schema[id].field("protocol")?.defaultValue == "TCP")
        #expect(schema[id].field("protocol")?.enumValues == ["SCTP", "TCP", "UDP"])
    }

    @Test("inline types show their fields in the parent, and stay a field of their own for protobuf")
    func inlineTypes() throws {
        let volume = try #require(schema.type(named: "core/v1.Volume"))
        #expect(volume.field("downwardAPI") != nil)
        #expect(volume.declared.map(\.name) == ["name", ""])
        let probe = try #require(schema.type(named: "core/v1.Probe"))
        #expect(probe.field("httpGet") != nil && probe.field("periodSeconds") != nil)
        let pod = try #require(schema.kind(GroupVersionKind(group: "", version: "v1", kind: "Pod")))
        #expect(pod.fields.map(\.name) == ["apiVersion", "kind", "metadata", "spec", "status"])
    }

    @Test(
        "kinds are found by group, version and kind, with their scope",
        arguments: [
            ("v1", "Namespace", false), ("v1", "Pod", true), ("apps/v1", "Deployment", true), ("extensions/v1beta1", "Deployment", true),
            ("autoscaling/v2beta1", "HorizontalPodAutoscaler", true), ("apiregistration.k8s.io/v1", "APIService", false),
            ("autoscaling/v1", "Scale", true),
        ])
    func kinds(apiVersion: String, kind: String, isNamespaced: Bool) throws {
        let kind = GroupVersionKind(apiVersion: apiVersion, kind: kind)
        let type = try #require(schema.kind(kind))
        #expect(schema.isNamespaced(kind) == isNamespaced)
        #expect(schema.groupVersionKind(of: type) == kind)
    }

    @Test("rows added at run time refer to those that are there, in this copy only")
    func addingRows() throws {
        var schema = schema
        try schema.add(rows: [
            "package example.com/v1 example.com/v1 -\ntype Widget kind namespaced\n  metadata? meta/v1.ObjectMeta 1\n  parts []Part 2\ntype Part\n  name! string 1"
        ])
        let widget = try #require(schema.kind(GroupVersionKind(group: "example.com", version: "v1", kind: "Widget")))
        #expect(widget.fields.count == 2)
        #expect(KubeSchema.builtIn.type(named: "example.com/v1.Widget") == nil)
    }

    @Test(
        "rows that cannot be understood are named",
        arguments: [
            "  name string 1", "package a a b\ntype A\n  name", "package a a b\ntype A\n  name Unknown 1",
            "package a a b\ntype A\n  name string 1 color=red",
            "package a a b\ntype A\n  name string 1 default={", "nonsense", "package a a b\ntype A\n  name []string 1 list=loose",
        ])
    func malformedRows(text: String) {
        var schema = KubeSchema()
        #expect(throws: SchemaError.self) { try schema.add(rows: [text]) }
    }
}

struct Mismatch: Error, CustomStringConvertible {
    var description: String
}
