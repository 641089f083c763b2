// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The OpenAPI documents of `metrics.k8s.io`: the paths of a version, and the schemas of its kinds.
struct MetricsOpenAPI {
    let version: String

    var v3: JSONValue {
        let content = ["application/json", "application/vnd.kubernetes.protobuf", "application/yaml"]
        return [
            "openapi": "3.0.0", "info": Self.info,
            "paths": .object(
                paths { schema in
                    ["content": .object(JSONObject(content.map { ($0, ["schema": Self.reference("#/components/schemas/", schema)]) }))]
                }),
            "components": ["schemas": .object(schemas("#/components/schemas/"))],
        ]
    }

    /// Of all versions.
    static func v2(_ versions: [String]) -> JSONValue {
        var paths = JSONObject()
        var schemas = JSONObject()
        for version in versions.map(Self.init) {
            for member in version.paths({ ["schema": reference("#/definitions/", $0)] }) { paths[member.key] = member.value }
            for member in version.schemas("#/definitions/") { schemas[member.key] = member.value }
        }
        return ["swagger": "2.0", "info": info, "paths": .object(paths), "definitions": .object(schemas)]
    }

    private static let info: JSONValue = ["title": "Kubernetes metrics-server", "version": "v0.0.0"]
    private var package: String { "io.k8s.metrics.pkg.apis.metrics.\(version)." }
    private static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1."
    private static let quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"

    private static func reference(_ place: String, _ name: String) -> JSONValue { ["$ref": .string(place + name)] }

    private func kind(_ name: String) -> JSONValue {
        ["group": .string(MetricsDocuments.group), "version": .string(version), "kind": .string(name)]
    }

    /// - Parameter content: The part of a response that names the schema of what it holds.
    private func paths(_ content: (String) -> JSONValue) -> JSONObject {
        let base = "/apis/\(MetricsDocuments.group)/\(version)/"
        let operations: [(path: String, action: String, kind: String, schema: String)] = [
            ("nodes", "list", "NodeMetrics", "NodeMetricsList"), ("nodes/{name}", "get", "NodeMetrics", "NodeMetrics"),
            ("pods", "list", "PodMetrics", "PodMetricsList"), ("namespaces/{namespace}/pods", "list", "PodMetrics", "PodMetricsList"),
            ("namespaces/{namespace}/pods/{name}", "get", "PodMetrics", "PodMetrics"),
        ]
        return JSONObject(
            operations.map { operation in
                var response = content(package + operation.schema).object ?? [:]
                response["description"] = "OK"
                let get: JSONValue = [
                    "responses": ["200": .object(response)], "x-kubernetes-action": .string(operation.action),
                    "x-kubernetes-group-version-kind": kind(operation.kind),
                ]
                return (base + operation.path, ["get": get])
            })
    }

    private func schemas(_ place: String) -> JSONObject {
        let text: JSONValue = ["type": "string"]
        let usage: JSONValue = ["type": "object", "additionalProperties": Self.reference(place, Self.quantity)]
        func measured(_ name: String, _ rest: (String, JSONValue)) -> JSONValue {
            typed(
                name,
                [
                    ("metadata", Self.reference(place, Self.meta + "ObjectMeta")), ("timestamp", Self.reference(place, Self.meta + "Time")),
                    ("window", Self.reference(place, Self.meta + "Duration")), rest,
                ], required: ["timestamp", "window", rest.0])
        }
        func list(_ name: String) -> JSONValue {
            let items: JSONValue = ["type": "array", "items": Self.reference(place, package + name)]
            return typed(name + "List", [("metadata", Self.reference(place, Self.meta + "ListMeta")), ("items", items)], required: ["items"])
        }
        let containers: JSONValue = ["type": "array", "items": Self.reference(place, package + "ContainerMetrics")]
        return [
            package + "ContainerMetrics": ["type": "object", "required": ["name", "usage"], "properties": ["name": text, "usage": usage]],
            package + "NodeMetrics": measured("NodeMetrics", ("usage", usage)), package + "NodeMetricsList": list("NodeMetrics"),
            package + "PodMetrics": measured("PodMetrics", ("containers", containers)), package + "PodMetricsList": list("PodMetrics"),
            Self.quantity: text, Self.meta + "Duration": text, Self.meta + "Time": ["type": "string", "format": "date-time"],
            Self.meta + "ObjectMeta": [
                "type": "object",
                "properties": [
                    "name": text, "namespace": text, "creationTimestamp": Self.reference(place, Self.meta + "Time"),
                    "labels": ["type": "object", "additionalProperties": text],
                ],
            ],
            Self.meta + "ListMeta": ["type": "object", "properties": ["resourceVersion": text, "continue": text]],
        ]
    }

    private func typed(_ name: String, _ properties: [(String, JSONValue)], required: [String]) -> JSONValue {
        let text: JSONValue = ["type": "string"]
        return [
            "type": "object", "required": JSONValue(required),
            "properties": .object(JSONObject([("apiVersion", text), ("kind", text)] + properties)),
            "x-kubernetes-group-version-kind": [kind(name)],
        ]
    }
}
