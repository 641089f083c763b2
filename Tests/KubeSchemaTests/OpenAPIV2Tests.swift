// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import Testing

@testable import KubeSchema

@Suite("OpenAPI v2")
struct OpenAPIV2Tests {
    static let apps = GroupVersion(group: "apps", version: "v1")
    static let deployment = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    static let cronTab = GroupVersionKind(group: "stable.example.com", version: "v1", kind: "CronTab")
    static let resource = OpenAPIResource(
        name: "deployments", kind: deployment, isNamespaced: true,
        verbs: ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
        subresources: [.init(name: "status", kind: deployment, verbs: ["get", "update", "patch"])])
    static let custom = OpenAPIResource.custom(
        kind: cronTab, plural: "crontabs", isNamespaced: true, schema: schema, hasStatus: true, hasScale: true)
    let document = OpenAPIV2().document([(Self.apps, [Self.resource]), (Self.cronTab.groupVersion, [Self.custom])])

    static let schema: JSONValue = [
        "type": "object", "required": ["spec", "note"],
        "properties": [
            "spec": [
                "type": "object",
                "properties": [
                    "cronSpec": ["type": "string", "pattern": "^\\d+$", "maxLength": 40],
                    "replicas": ["type": "integer", "minimum": 1, "maximum": 2.5],
                    "port": ["x-kubernetes-int-or-string": true, "anyOf": [["type": "integer"], ["type": "string"]]],
                    "raw": ["type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": ["a": ["type": "string"]]],
                    "list": ["type": "array", "nullable": true, "items": ["type": "string"]],
                    "flags": ["type": "object", "additionalProperties": ["type": "boolean", "not": ["enum": [true]]]],
                    "template": ["type": "object", "x-kubernetes-embedded-resource": true, "properties": ["spec": ["type": "object"]]],
                ],
            ],
            "note": ["type": "string", "nullable": true], "any": ["additionalProperties": true],
        ],
    ]

    // MARK: What kubectl looks for

    /// kubectl 1.20 finds by it how lists are merged.
    @Test("lists of containers are merged by name")
    func mergeKeys() throws {
        let containers = try #require(document.value(at: "definitions", "io.k8s.api.core.v1.PodSpec", "properties", "containers"))
        #expect(containers["x-kubernetes-patch-merge-key"] == "name")
        #expect(containers["x-kubernetes-patch-strategy"] == "merge")
        #expect(containers["x-kubernetes-list-map-keys"] == ["name"])
        #expect(containers.value(at: "items", "$ref") == "#/definitions/io.k8s.api.core.v1.Container")
    }

    @Test("a kind is found by its group, version and kind, and so is its list")
    func kinds() throws {
        let definitions = try #require(document["definitions"])
        #expect(
            definitions.value(at: "io.k8s.api.apps.v1.Deployment", "x-kubernetes-group-version-kind") == [
                ["group": "apps", "version": "v1", "kind": "Deployment"]
            ])
        let list = try #require(definitions["io.k8s.api.apps.v1.DeploymentList"])
        #expect(list["x-kubernetes-group-version-kind"] == [["group": "apps", "version": "v1", "kind": "DeploymentList"]])
        #expect(list.value(at: "properties", "items", "items", "$ref") == "#/definitions/io.k8s.api.apps.v1.Deployment")
    }

    /// Without it kubectl 1.20 refuses `--dry-run=server`.
    @Test("the PATCH operation tells its kind and that it knows dry runs")
    func patch() throws {
        let path = try #require(document.value(at: "paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}"))
        let patch = try #require(path["patch"])
        #expect(patch["x-kubernetes-action"] == "patch")
        #expect(patch["x-kubernetes-group-version-kind"] == ["group": "apps", "version": "v1", "kind": "Deployment"])
        #expect(patch["operationId"] == "patchAppsV1NamespacedDeployment")
        #expect(patch["consumes"]?.array?.contains("application/strategic-merge-patch+json") == true)
        let parameters = try #require(patch["parameters"]?.array)
        #expect(parameters.contains(["name": "dryRun", "in": "query", "type": "string", "uniqueItems": true]))
        #expect(parameters.first?["in"] == "body")
        #expect(path["parameters"]?.array?.compactMap { $0["name"]?.string } == ["namespace", "name"])
    }

    @Test("every reference leads to a definition, and nothing speaks of v3")
    func references() throws {
        let definitions = try #require(document["definitions"]?.object)
        var references: Set<String> = []
        var foreign: Set<String> = []
        func collect(_ value: JSONValue) {
            switch value {
            case .object(let object):
                for member in object {
                    if member.key == "$ref", let text = member.value.string { references.insert(text) }
                    if ["allOf", "oneOf", "anyOf", "not", "nullable", "requestBody"].contains(member.key) { foreign.insert(member.key) }
                    collect(member.value)
                }
            case .array(let elements): elements.forEach(collect)
            default: break
            }
        }
        collect(document)
        #expect(references.count > 100)
        #expect(references.allSatisfy { definitions[String($0.dropFirst("#/definitions/".count))] != nil })
        #expect(foreign.isEmpty)
    }

    // MARK: Custom resources

    @Test("the schema of a custom resource loses what v2 can't say")
    func simplified() throws {
        let definition = try #require(document.value(at: "definitions", "com.example.stable.v1.CronTab"))
        #expect(definition["x-kubernetes-group-version-kind"] == [Self.cronTab.openAPI])
        // What may be null is not required.
        #expect(definition["required"] == ["spec"])
        let spec = try #require(definition.value(at: "properties", "spec", "properties"))
        #expect(spec["port"] == ["x-kubernetes-int-or-string": true])
        #expect(spec["raw"] == ["x-kubernetes-preserve-unknown-fields": true])
        #expect(spec["list"] == [:])
        #expect(spec["flags"] == ["type": "object", "additionalProperties": ["type": "boolean"]])
        #expect(spec["cronSpec"] == ["type": "string", "pattern": "^\\d+$", "maxLength": 40])
        #expect(definition.value(at: "properties", "note") == [:])
        #expect(definition.value(at: "properties", "metadata", "$ref") == "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
        #expect(spec.value(at: "template", "properties", "metadata", "$ref") != nil)
        #expect(document.value(at: "paths", "/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}/scale", "get") != nil)
    }

    @Test("a custom resource with unknown fields, or without a schema, is described by nothing", arguments: [true, false])
    func unknownFields(isGiven: Bool) throws {
        let resource = OpenAPIResource.custom(
            kind: Self.cronTab, plural: "crontabs", isNamespaced: false, schema: isGiven ? Self.schema : nil, preservesUnknownFields: true,
            hasStatus: false, hasScale: false)
        let document = OpenAPIV2().document([(Self.cronTab.groupVersion, [resource])])
        #expect(
            document.value(at: "definitions", "com.example.stable.v1.CronTab") == [
                "type": "object", "x-kubernetes-group-version-kind": [Self.cronTab.openAPI],
            ])
    }

    @Test("v3 has the schema of a custom resource as it is")
    func v3() throws {
        let document = OpenAPIV3().document(for: Self.cronTab.groupVersion, resources: [Self.custom])
        let definition = try #require(document.value(at: "components", "schemas", "com.example.stable.v1.CronTab"))
        #expect(definition["required"] == ["spec", "note"])
        #expect(definition.value(at: "properties", "spec", "properties", "port", "anyOf")?.array?.count == 2)
        #expect(definition.value(at: "properties", "note", "nullable") == true)
        #expect(definition.value(at: "properties", "kind", "type") == "string")
        let path = try #require(document.value(at: "paths", "/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}", "patch"))
        #expect(path.value(at: "requestBody", "content", "application/strategic-merge-patch+json") == nil)
        #expect(path.value(at: "requestBody", "content", "application/merge-patch+json") != nil)
    }

    // MARK: Protobuf

    @Test("the protobuf form says the same as the JSON form")
    func protobuf() throws {
        let bytes = OpenAPIV2Encoder.encode(document)
        let decoded = try GnosticReader.document(bytes)
        #expect(decoded.differences(from: document).isEmpty)
    }

    /// Bytes by hand, after OpenAPIv2.proto.
    @Test("messages lie on the wire as gnostic has them")
    func bytes() {
        let small: JSONValue = [
            "swagger": "2.0", "info": ["title": "T", "version": "v"], "paths": ["/a": ["get": ["x-kubernetes-action": "list"]]],
            "definitions": ["D": ["type": "object", "properties": ["p": ["type": "array", "items": ["$ref": "#/definitions/E"]]]]],
        ]
        let get = WireBytes.field(13, WireBytes.field(1, "x-kubernetes-action") + WireBytes.field(2, WireBytes.field(2, "\"list\"\n")))
        let path = WireBytes.field(2, WireBytes.field(1, "/a") + WireBytes.field(2, WireBytes.field(2, get)))
        let reference = WireBytes.field(1, "#/definitions/E")
        let property =
            WireBytes.field(22, WireBytes.field(1, "array")) + WireBytes.field(23, WireBytes.field(1, reference))
        let properties = WireBytes.field(25, WireBytes.field(1, WireBytes.field(1, "p") + WireBytes.field(2, property)))
        let definition = WireBytes.field(22, WireBytes.field(1, "object")) + properties
        let expected =
            WireBytes.field(1, "2.0") + WireBytes.field(2, WireBytes.field(1, "T") + WireBytes.field(2, "v")) + WireBytes.field(8, path)
            + WireBytes.field(9, WireBytes.field(1, WireBytes.field(1, "D") + WireBytes.field(2, definition)))
        #expect(OpenAPIV2Encoder.encode(small) == expected)
    }
}
