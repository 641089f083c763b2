// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The OpenAPI documents of `metrics.k8s.io/v1beta1`: its paths, and the schemas of its kinds.
enum MetricsOpenAPI {
    static let v3: JSONValue = [
        "openapi": "3.0.0", "info": info,
        "paths": .object(paths { ["content": ["application/json": ["schema": reference("#/components/schemas/", $0)]]] }),
        "components": ["schemas": .object(schemas("#/components/schemas/"))],
    ]

    static let v2: JSONValue = [
        "swagger": "2.0", "info": info, "paths": .object(paths { ["schema": reference("#/definitions/", $0)] }),
        "definitions": .object(schemas("#/definitions/")),
    ]

    private static let info: JSONValue = ["title": "Kubernetes metrics-server", "version": "v0.0.0"]
    private static let package = "io.k8s.metrics.pkg.apis.metrics.v1beta1."
    private static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1."
    private static let quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"

    private static func reference(_ place: String, _ name: String) -> JSONValue { ["$ref": .string(place + name)] }

    private static func kind(_ name: String) -> JSONValue {
        ["group": .string(MetricsDocuments.group), "version": .string(MetricsDocuments.version), "kind": .string(name)]
    }

    /// - Parameter content: The part of a response that names the schema of what it holds.
    private static func paths(_ content: (String) -> JSONValue) -> JSONObject {
        let base = "/apis/\(MetricsDocuments.group)/\(MetricsDocuments.version)/"
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

    private static func schemas(_ place: String) -> JSONObject {
        let text: JSONValue = ["type": "string"]
        let usage: JSONValue = ["type": "object", "additionalProperties": reference(place, quantity)]
        func measured(_ name: String, _ rest: (String, JSONValue)) -> JSONValue {
            typed(
                name,
                [
                    ("metadata", reference(place, meta + "ObjectMeta")), ("timestamp", reference(place, meta + "Time")),
                    ("window", reference(place, meta + "Duration")), rest,
                ], required: ["timestamp", "window", rest.0])
        }
        func list(_ name: String) -> JSONValue {
            let items: JSONValue = ["type": "array", "items": reference(place, package + name)]
            return typed(name + "List", [("metadata", reference(place, meta + "ListMeta")), ("items", items)], required: ["items"])
        }
        let containers: JSONValue = ["type": "array", "items": reference(place, package + "ContainerMetrics")]
        return [
            package + "ContainerMetrics": ["type": "object", "required": ["name", "usage"], "properties": ["name": text, "usage": usage]],
            package + "NodeMetrics": measured("NodeMetrics", ("usage", usage)), package + "NodeMetricsList": list("NodeMetrics"),
            package + "PodMetrics": measured("PodMetrics", ("containers", containers)), package + "PodMetricsList": list("PodMetrics"),
            quantity: text, meta + "Duration": text, meta + "Time": ["type": "string", "format": "date-time"],
            meta + "ObjectMeta": [
                "type": "object",
                "properties": [
                    "name": text, "namespace": text, "creationTimestamp": reference(place, meta + "Time"),
                    "labels": ["type": "object", "additionalProperties": text],
                ],
            ],
            meta + "ListMeta": ["type": "object", "properties": ["resourceVersion": text, "continue": text]],
        ]
    }

    private static func typed(_ name: String, _ properties: [(String, JSONValue)], required: [String]) -> JSONValue {
        let text: JSONValue = ["type": "string"]
        return [
            "type": "object", "required": JSONValue(required),
            "properties": .object(JSONObject([("apiVersion", text), ("kind", text)] + properties)),
            "x-kubernetes-group-version-kind": [kind(name)],
        ]
    }
}
