// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema
import Testing

@Suite("OpenAPI v3")
struct OpenAPITests {
    static let autoscaler = GroupVersionKind(group: "autoscaling", version: "v2", kind: "HorizontalPodAutoscaler")
    static let resource = OpenAPIResource(
        name: "horizontalpodautoscalers", kind: autoscaler, isNamespaced: true,
        verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
        subresources: [.init(name: "status", kind: autoscaler, verbs: ["get", "update", "patch"])])
    let document = OpenAPIV3().document(for: GroupVersion(group: "autoscaling", version: "v2"), resources: [resource])

    /// kubectl asks for server-side field validation only where it finds this.
    @Test("the PATCH operation of a kind has the fieldValidation parameter", arguments: ["", "/status"])
    func fieldValidation(suffix: String) throws {
        let path = "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}\(suffix)"
        let patch = try #require(document.value(at: "paths", path, "patch"))
        #expect(patch["x-kubernetes-group-version-kind"] == ["group": "autoscaling", "version": "v2", "kind": "HorizontalPodAutoscaler"])
        let names = patch["parameters"]?.array?.compactMap { $0["name"]?.string }
        #expect(names?.contains("fieldValidation") == true)
        #expect(patch.value(at: "requestBody", "content", "application/strategic-merge-patch+json") != nil)
    }

    @Test("schemas tell types, required fields and how lists are merged")
    func schemas() throws {
        let schemas = try #require(document.value(at: "components", "schemas"))
        let status = try #require(schemas["io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus"])
        #expect(status["required"] == ["desiredReplicas"])
        let expected: JSONValue = [
            "type": "array", "items": ["$ref": "#/components/schemas/io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition"],
            "x-kubernetes-list-map-keys": ["type"], "x-kubernetes-list-type": "map", "x-kubernetes-patch-merge-key": "type",
            "x-kubernetes-patch-strategy": "merge", "description": "Whether it can scale, whether metrics let it, and whether a limit holds it.",
        ]
        #expect(status.value(at: "properties", "conditions") == expected)
        var replicas = try #require(status.value(at: "properties", "desiredReplicas")?.object)
        #expect(replicas["description"] != nil)
        replicas["description"] = nil
        #expect(replicas == ["type": "integer", "format": "int32", "default": 0])
        #expect(
            schemas["io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler"]?["x-kubernetes-group-version-kind"] == [
                ["group": "autoscaling", "kind": "HorizontalPodAutoscaler", "version": "v2"]
            ])
    }

    @Test("kubectl explain has a text for all that makes up an autoscaler", arguments: ["v1", "v2", "v2beta1", "v2beta2"])
    func descriptions(version: String) throws {
        let kind = GroupVersionKind(group: "autoscaling", version: version, kind: "HorizontalPodAutoscaler")
        let resource = OpenAPIResource(
            name: "horizontalpodautoscalers", kind: kind, isNamespaced: true, verbs: ["get", "patch"], subresources: [])
        let document = OpenAPIV3().document(for: GroupVersion(group: "autoscaling", version: version), resources: [resource])
        let prefix = "io.k8s.api.autoscaling.\(version)."
        let schemas = try #require(document.value(at: "components", "schemas")?.object)
        var types = 0
        var silent: [String] = []
        for type in schemas where type.key.hasPrefix(prefix) {
            types += 1
            for field in type.value["properties"]?.object ?? JSONObject() where field.value["description"] == nil {
                silent.append("\(type.key).\(field.key)")
            }
        }
        #expect(types >= 4)
        #expect(silent.isEmpty)
    }

    @Test("every reference leads to a schema")
    func references() throws {
        let schemas = try #require(document.value(at: "components", "schemas")?.object)
        var references: Set<String> = []
        func collect(_ value: JSONValue) {
            switch value {
            case .object(let object):
                for member in object {
                    if member.key == "$ref", let text = member.value.string { references.insert(text) }
                    collect(member.value)
                }
            case .array(let elements): elements.forEach(collect)
            default: break
            }
        }
        collect(document)
        #expect(references.count > 20)
        for reference in references { #expect(schemas[String(reference.dropFirst("#/components/schemas/".count))] != nil, "\(reference)") }
    }

    @Test("a namespaced resource is described in its namespace and across all")
    func paths() throws {
        let paths = try #require(document["paths"]?.object)
        #expect(
            Set(paths.keys) == [
                "/apis/autoscaling/v2/horizontalpodautoscalers", "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers",
                "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}",
                "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}/status",
            ])
    }

    @Test("the index names each document with a hash of its content")
    func index() throws {
        let first = OpenAPIV3.index([(GroupVersion(group: "", version: "v1"), [1, 2]), (GroupVersion(group: "apps", version: "v1"), [3])])
        let second = OpenAPIV3.index([(GroupVersion(group: "", version: "v1"), [1, 3]), (GroupVersion(group: "apps", version: "v1"), [3])])
        let url = try #require(first.value(at: "paths", "api/v1", "serverRelativeURL")?.string)
        #expect(url.hasPrefix("/openapi/v3/api/v1?hash="))
        #expect(url != second.value(at: "paths", "api/v1", "serverRelativeURL")?.string)
        #expect(first.value(at: "paths", "apis/apps/v1") == second.value(at: "paths", "apis/apps/v1"))
    }
}
