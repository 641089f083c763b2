// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema
import NIOHTTP1
import Testing

@testable import ControlPlane

@Suite("Custom resources")
struct CustomResourceTests {
    private static let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    private static let widgets = "/apis/example.com/v1/namespaces/default/widgets"

    private static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "spec": [
                "type": "object", "required": ["size"],
                "properties": [
                    "size": ["type": "integer", "minimum": 1], "colour": ["type": "string", "default": "red", "enum": ["red", "green"]],
                    "replicas": ["type": "integer"],
                    "ports": [
                        "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                        "items": ["type": "object", "required": ["name"], "properties": ["name": ["type": "string"], "port": ["type": "integer"]]],
                    ],
                ],
            ],
            "status": ["type": "object", "properties": ["replicas": ["type": "integer"], "selector": ["type": "string"]]],
        ],
    ]

    private static func definition(plural: String = "widgets", kind: String = "Widget", _ patch: JSONValue = [:]) -> JSONValue {
        let definition: JSONValue = [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": ["name": .string("\(plural).example.com")],
            "spec": [
                "group": "example.com", "scope": "Namespaced",
                "names": ["plural": .string(plural), "kind": .string(kind), "shortNames": [.string("\(plural.prefix(2))")], "categories": ["all"]],
                "versions": [
                    [
                        "name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": schema],
                        "subresources": [
                            "status": [:],
                            "scale": [
                                "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas",
                                "labelSelectorPath": ".status.selector",
                            ],
                        ],
                        "additionalPrinterColumns": [
                            ["name": "Size", "type": "integer", "jsonPath": ".spec.size"],
                            ["name": "Since", "type": "date", "jsonPath": ".metadata.creationTimestamp", "priority": 1],
                        ],
                        "selectableFields": [["jsonPath": ".spec.colour"]],
                    ],
                    [
                        "name": "v1beta1", "served": true, "storage": false, "deprecated": true, "schema": ["openAPIV3Schema": schema],
                    ],
                ],
            ],
        ]
        return definition.mergePatched(with: patch)
    }

    private static func widget(_ name: String, _ spec: JSONValue = ["size": 3]) -> JSONValue {
        ["apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": .string(name)], "spec": spec]
    }

    private static func harness(_ patch: JSONValue = [:]) async throws -> Harness {
        let harness = try await Harness()
        let created = try await harness.send(.POST, definitions, definition(patch))
        try #require(created.code == 201, "\(created.text)")
        await harness.customResources.pass()
        return harness
    }

    @Test("a definition is established, and what it defines can be discovered")
    func discovery() async throws {
        let harness = try await Self.harness()
        let definition = try await harness.send(.GET, Self.definitions + "/widgets.example.com").json
        let conditions = KubeObject(try #require(definition.object))
        #expect(conditions.condition("NamesAccepted")?["reason"] == "NoConflicts")
        #expect(conditions.condition("Established")?["reason"] == "InitialNamesAccepted")
        #expect(definition.value(at: "status", "storedVersions") == ["v1"])
        #expect(definition.value(at: "status", "acceptedNames", "listKind") == "WidgetList")

        let groups = try await harness.send(.GET, "/apis").json["groups"]?.array ?? []
        let group = groups.first { $0["name"] == "example.com" }
        #expect(group?["versions"]?.array?.map { $0["version"] } == ["v1", "v1beta1"])
        let resources = try await harness.send(.GET, "/apis/example.com/v1").json["resources"]?.array ?? []
        #expect(resources.map { $0["name"]?.string } == ["widgets", "widgets/scale", "widgets/status"])
        #expect(resources.first?["shortNames"] == ["wi"])
        #expect(resources.dropFirst().first?["group"] == "autoscaling")
        // The older version has neither subresource.
        let older = try await harness.send(.GET, "/apis/example.com/v1beta1").json["resources"]?.array ?? []
        #expect(older.map { $0["name"]?.string } == ["widgets"])
        let service = try await harness.send(.GET, "/apis/apiregistration.k8s.io/v1/apiservices/v1.example.com").json
        #expect(service.value(at: "spec", "groupPriorityMinimum") == 1000)
        #expect(try await harness.send(.GET, "/apis/example.com/v1/gadgets").code == 404)
    }

    @Test("objects get the schema's defaults, lose what it does not know, and are told of it")
    func writing() async throws {
        let harness = try await Self.harness()
        let created = try await harness.send(.POST, Self.widgets, Self.widget("a", ["size": 3, "shape": "round"]))
        #expect(created.code == 201)
        #expect(created.value(at: "spec") == ["colour": "red", "size": 3])
        #expect(created.headers["warning"] == [#"299 - "unknown field \"spec.shape\"""#])
        #expect(created.value(at: "metadata", "generation") == 1)
        let strict = try await harness.send(.POST, Self.widgets + "?fieldValidation=Strict", Self.widget("b", ["size": 3, "shape": "round"]))
        #expect(strict.code == 400)
        #expect(strict.message == #"Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.shape""#)

        let invalid = try await harness.send(.POST, Self.widgets, Self.widget("b", ["size": 0, "colour": "blue"]))
        #expect(invalid.code == 422)
        #expect(
            invalid.message
                == #"Widget.example.com "b" is invalid: [spec.colour: Unsupported value: "blue": supported values: "red", "green", spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1]"#
        )
        let missing = try await harness.send(.POST, Self.widgets, Self.widget("b", [:]))
        #expect(missing.message == #"Widget.example.com "b" is invalid: spec.size: Required value"#)
        let other: JSONValue = ["apiVersion": "example.com/v1", "kind": "Gadget", "metadata": ["name": "b"]]
        #expect(try await harness.send(.POST, Self.widgets, other).message.contains("must be Widget"))
        let badMetadata: JSONValue = [
            "apiVersion": "example.com/v1", "kind": "Widget", "metadata": ["name": "b", "labels": [1]], "spec": ["size": 1],
        ]
        #expect(try await harness.send(.POST, Self.widgets, badMetadata).code == 400)
    }

    @Test("updates need the version that was seen; patches merge, and count the generation")
    func updating() async throws {
        let harness = try await Self.harness()
        try await harness.send(.POST, Self.widgets, Self.widget("a"))
        let blind = try await harness.send(.PUT, Self.widgets + "/a", Self.widget("a", ["size": 4]))
        #expect(blind.code == 422)
        #expect(blind.message.contains("metadata.resourceVersion: Invalid value: 0: must be specified for an update"))
        let patched = try await harness.patch(Self.widgets + "/a", ["spec": ["size": 5], "status": ["replicas": 7]])
        #expect(patched.value(at: "spec", "size") == 5)
        #expect(patched.value(at: "status") == nil)
        #expect(patched.value(at: "metadata", "generation") == 2)
        let strategic = try await harness.patch(Self.widgets + "/a", ["spec": ["size": 6]], type: "application/strategic-merge-patch+json")
        #expect(strategic.code == 415)
        let operations = try await harness.patch(
            Self.widgets + "/a", [["op": "replace", "path": "/spec/size", "value": 9]], type: "application/json-patch+json")
        #expect(operations.value(at: "spec", "size") == 9)
        let invalid = try await harness.patch(Self.widgets + "/a", ["spec": ["size": -1]])
        #expect(invalid.code == 422)
        let status = try await harness.patch(Self.widgets + "/a/status", ["status": ["replicas": 2, "selector": "app=a"], "spec": ["size": 8]])
        #expect(status.value(at: "status", "replicas") == 2)
        #expect(status.value(at: "spec", "size") == 9)
        #expect(status.value(at: "metadata", "generation") == 3)
        #expect(try await harness.patch(Self.widgets + "/a/status", ["status": ["replicas": "many"]]).code == 422)
    }

    @Test("the scale subresource reads and writes where the definition says")
    func scale() async throws {
        let harness = try await Self.harness()
        try await harness.send(.POST, Self.widgets, Self.widget("a"))
        let absent = try await harness.send(.GET, Self.widgets + "/a/scale")
        #expect(absent.code == 500)
        #expect(absent.message.contains(#"the spec replicas field ".spec.replicas" does not exist"#))
        _ = try await harness.patch(Self.widgets + "/a", ["spec": ["replicas": 2]])
        _ = try await harness.patch(Self.widgets + "/a/status", ["status": ["replicas": 1, "selector": "app=a"]])
        let scale = try await harness.send(.GET, Self.widgets + "/a/scale").json
        #expect(scale["kind"] == "Scale")
        #expect(scale.value(at: "spec", "replicas") == 2)
        #expect(scale["status"] == ["replicas": 1, "selector": "app=a"])
        let scaled = try await harness.patch(Self.widgets + "/a/scale", ["spec": ["replicas": 4]])
        #expect(scaled.value(at: "spec", "replicas") == 4)
        #expect(try await harness.send(.GET, Self.widgets + "/a").value(at: "spec", "replicas") == 4)
    }

    @Test("tables have the definition's columns; lists have its list kind; fields that it names can be selected by")
    func reading() async throws {
        let harness = try await Self.harness()
        try await harness.send(.POST, Self.widgets, Self.widget("a"))
        try await harness.send(.POST, Self.widgets, Self.widget("b", ["size": 4, "colour": "green"]))
        let table = try await harness.send(.GET, Self.widgets, accept: "application/json;as=Table;g=meta.k8s.io;v=v1").json
        #expect(table["columnDefinitions"]?.array?.map { $0["name"] } == ["Name", "Size", "Since"])
        #expect(table["rows"]?.array?.map { $0["cells"] } == [["a", 3, "0s"], ["b", 4, "0s"]])
        let green = try await harness.send(.GET, Self.widgets + "?fieldSelector=spec.colour%3Dgreen").json
        #expect(green["kind"] == "WidgetList")
        #expect(green["items"]?.array?.map { $0.value(at: "metadata", "name") } == ["b"])
        let older = try await harness.send(.GET, "/apis/example.com/v1beta1/namespaces/default/widgets/a")
        #expect(older.value(at: "apiVersion") == "example.com/v1beta1")
        #expect(older.headers["warning"] == [#"299 - "example.com/v1beta1 Widget is deprecated""#])
        let watch = try await harness.send(.GET, "/apis/example.com/v1/widgets?watch=true&resourceVersion=1&timeoutSeconds=1")
        #expect(watch.events == ["ADDED a", "ADDED b"])
    }

    @Test("a new default shows on objects that were stored before it")
    func laterDefault() async throws {
        let harness = try await Self.harness()
        try await harness.send(.POST, Self.widgets, Self.widget("a"))
        #expect(try await harness.send(.GET, Self.widgets + "/a").value(at: "spec", "replicas") == nil)
        var definition = try await harness.send(.GET, Self.definitions + "/widgets.example.com").json
        var versions = try #require(definition.value(at: "spec", "versions")?.array)
        versions[0] = versions[0].mergePatched(with: [
            "schema": ["openAPIV3Schema": ["properties": ["spec": ["properties": ["replicas": ["default": 6]]]]]]
        ])
        definition["spec"]?["versions"] = .array(versions)
        #expect(try await harness.send(.PUT, Self.definitions + "/widgets.example.com", definition).code == 200)
        await harness.customResources.pass()
        #expect(try await harness.send(.GET, Self.widgets + "/a").value(at: "spec", "replicas") == 6)
    }

    @Test("server-side apply merges lists by their keys, and tells who owns what")
    func apply() async throws {
        let harness = try await Self.harness()
        func apply(_ manager: String, _ spec: JSONValue, force: Bool = false) async throws -> Harness.Reply {
            try await harness.send(
                .PATCH, Self.widgets + "/a?fieldManager=\(manager)&force=\(force)", Self.widget("a", spec), type: "application/apply-patch+yaml")
        }
        #expect(try await apply("one", ["size": 1, "ports": [["name": "http", "port": 80]]]).code == 201)
        let both = try await apply("two", ["size": 1, "ports": [["name": "https", "port": 443]]])
        #expect(both.value(at: "spec", "ports") == [["name": "http", "port": 80], ["name": "https", "port": 443]])
        let conflict = try await apply("two", ["size": 2, "ports": [["name": "https", "port": 443]]])
        #expect(conflict.code == 409)
        #expect(conflict.message.contains(#"conflict with "one": .spec.size"#))
        #expect(try await apply("two", ["size": 2, "ports": []], force: true).value(at: "spec", "ports") == [["name": "http", "port": 80]])
    }

    @Test("deleting a definition deletes its objects first, those with finalizers in their time")
    func deletion() async throws {
        let harness = try await Self.harness()
        try await harness.send(.POST, Self.widgets, Self.widget("a"))
        var held = Self.widget("b")
        held["metadata"]?["finalizers"] = ["example.com/hold"]
        try await harness.send(.POST, Self.widgets, held)
        #expect(try await harness.send(.DELETE, Self.definitions + "/widgets.example.com").code == 200)
        #expect(await !harness.customResources.pass())
        #expect(try await harness.send(.GET, Self.widgets + "/a").code == 404)
        #expect(try await harness.send(.POST, Self.widgets, Self.widget("c")).code == 405)
        let waiting = KubeObject(try #require(try await harness.send(.GET, Self.definitions + "/widgets.example.com").json.object))
        #expect(waiting.condition("Terminating")?["reason"] == "InstanceDeletionInProgress")
        #expect(try await harness.patch(Self.widgets + "/b", ["metadata": ["finalizers": .null]]).code == 200)
        #expect(await harness.customResources.pass())
        #expect(try await harness.send(.GET, Self.definitions + "/widgets.example.com").code == 404)
    }

    @Test("without objects a definition goes at once, and its kind with it")
    func emptyDeletion() async throws {
        let harness = try await Self.harness()
        try await harness.send(.DELETE, Self.definitions + "/widgets.example.com")
        #expect(await harness.customResources.pass())
        await harness.customResources.pass()
        #expect(try await harness.send(.GET, Self.definitions + "/widgets.example.com").code == 404)
        #expect(try await harness.send(.GET, Self.widgets).code == 404)
        #expect(try await harness.send(.GET, "/apis/example.com").code == 404)
        #expect(try await harness.send(.GET, "/apis/apiregistration.k8s.io/v1/apiservices/v1.example.com").code == 404)
    }

    @Test("a name that another has is not given twice")
    func conflicts() async throws {
        let harness = try await Self.harness()
        try await harness.send(.POST, Self.definitions, Self.definition(plural: "gadgets", kind: "Widget"))
        await harness.customResources.pass()
        let second = KubeObject(try #require(try await harness.send(.GET, Self.definitions + "/gadgets.example.com").json.object))
        #expect(second.condition("NamesAccepted")?["reason"] == "ListKindConflict")
        #expect(second.condition("NamesAccepted")?["message"] == "\"WidgetList\" is already in use")
        #expect(second.condition("Established")?["status"] == "False")
        #expect(try await harness.send(.GET, "/apis/example.com/v1/gadgets").code == 404)
        // The first gives way.
        try await harness.send(.DELETE, Self.definitions + "/widgets.example.com")
        await harness.customResources.pass()
        await harness.customResources.pass()
        #expect(try await harness.send(.GET, "/apis/example.com/v1/gadgets").code == 200)
    }

    @Test("definitions of v1beta1 are taken, and read in either version")
    func beta() async throws {
        let harness = try await Harness()
        let beta: JSONValue = [
            "apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition", "metadata": ["name": "widgets.example.com"],
            "spec": [
                "group": "example.com", "version": "v1", "scope": "Namespaced", "names": ["plural": "widgets", "kind": "Widget"],
                "validation": ["openAPIV3Schema": ["properties": ["spec": ["properties": ["size": ["type": "integer"]]]]]],
            ],
        ]
        let created = try await harness.send(.POST, "/apis/apiextensions.k8s.io/v1beta1/customresourcedefinitions", beta)
        #expect(created.code == 201, "\(created.text)")
        #expect(created.value(at: "spec", "version") == "v1")
        await harness.customResources.pass()
        let stored = try await harness.send(.GET, Self.definitions + "/widgets.example.com")
        #expect(stored.value(at: "spec", "preserveUnknownFields") == true)
        // Nothing is pruned.
        let widget = try await harness.send(.POST, Self.widgets, Self.widget("a", ["size": 1, "shape": "round"]))
        #expect(widget.value(at: "spec", "shape") == "round")
        #expect(try await harness.send(.POST, Self.widgets, Self.widget("b", ["size": "large"])).code == 422)
    }

    @Test("a definition with faults is refused, and rules in CEL are warned of")
    func faults() async throws {
        let harness = try await Harness()
        let misnamed = try await harness.send(.POST, Self.definitions, Self.definition(["metadata": ["name": "wrong.example.com"]]))
        #expect(misnamed.code == 422)
        #expect(misnamed.message.contains(#"must be spec.names.plural+"."+spec.group"#))
        var rules = Self.definition()
        var versions = try #require(rules.value(at: "spec", "versions")?.array)
        versions[0] = versions[0].mergePatched(
            with: ["schema": ["openAPIV3Schema": ["properties": ["spec": ["x-kubernetes-validations": [["rule": "self.size < 9"]]]]]]])
        rules["spec"]?["versions"] = .array(versions)
        let created = try await harness.send(.POST, Self.definitions, rules)
        #expect(created.code == 201)
        #expect(created.headers["warning"].contains { $0.contains("does not enforce") })
    }
}
