// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The operations on one resource.
struct OpenAPIPaths {
    let schema: KubeSchema
    let groupVersion: GroupVersion
    let resource: OpenAPIV3.Resource

    func add(to paths: inout JSONObject) {
        let collection = groupVersion.path + (resource.isNamespaced ? "/namespaces/{namespace}/" : "/") + resource.name
        let kind = resource.kind
        let parameters = resource.isNamespaced ? ["namespace"] : []
        paths[collection] = item(
            [
                ("get", "list", operation("list", kind, "list", query: Self.listParameters, answers: nil)),
                ("post", "create", operation("post", kind, "create", query: Self.writeParameters, body: component(kind))),
                ("delete", "deletecollection", operation("deletecollection", kind, "deleteCollection", query: Self.listParameters, answers: nil)),
            ], resource.verbs, parameters)
        paths["\(collection)/{name}"] = object(kind, resource.verbs, parameters + ["name"], suffix: "")
        for subresource in resource.subresources {
            paths["\(collection)/{name}/\(subresource.name)"] = object(
                subresource.kind, subresource.verbs, parameters + ["name"],
                suffix: subresource.name.prefix(1).uppercased() + subresource.name.dropFirst())
        }
        if resource.isNamespaced {
            paths["\(groupVersion.path)/\(resource.name)"] = item(
                [("get", "list", operation("list", kind, "listAll", query: Self.listParameters, answers: nil))], resource.verbs, [])
        }
    }

    private func object(_ kind: GroupVersionKind, _ verbs: Set<String>, _ parameters: [String], suffix: String) -> JSONValue? {
        item(
            [
                ("get", "get", operation("get", kind, "read" + suffix, query: [])),
                ("post", "create", operation("post", kind, "create" + suffix, query: Self.writeParameters, body: component(kind))),
                ("put", "update", operation("put", kind, "replace" + suffix, query: Self.writeParameters, body: component(kind))),
                (
                    "patch", "patch",
                    operation("patch", kind, "patch" + suffix, query: Self.writeParameters, body: Self.patch, bodyTypes: Self.patchTypes)
                ),
                (
                    "delete", "delete",
                    operation("delete", kind, "delete" + suffix, query: ["dryRun", "gracePeriodSeconds", "propagationPolicy"], answers: nil)
                ),
            ], verbs, parameters)
    }

    private func item(_ operations: [(method: String, verb: String, operation: JSONValue)], _ verbs: Set<String>, _ parameters: [String])
        -> JSONValue?
    {
        var item = JSONObject()
        for one in operations where verbs.contains(one.verb) { item[one.method] = one.operation }
        guard !item.isEmpty else { return nil }
        item["parameters"] = .array(parameters.map { ["name": .string($0), "in": "path", "required": true, "schema": ["type": "string"]] })
        return .object(item)
    }

    private enum Answer { case object }

    private func operation(
        _ action: String, _ kind: GroupVersionKind, _ name: String, query: [String], body: JSONValue? = nil,
        bodyTypes: [String] = ["application/json"],
        answers: Answer? = .object
    ) -> JSONValue {
        var operation: JSONObject = [
            "operationId": .string(name + groupVersion.operationName + kind.kind), "x-kubernetes-action": .string(action),
            "x-kubernetes-group-version-kind": ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)],
        ]
        if !query.isEmpty {
            operation["parameters"] = .array(query.map { ["name": .string($0), "in": "query", "schema": .object(Self.parameterType($0))] })
        }
        if let body {
            let content = JSONObject(bodyTypes.map { ($0, ["schema": body]) })
            operation["requestBody"] = ["required": true, "content": .object(content)]
        }
        var success: JSONObject = ["description": "OK"]
        if answers == .object, let component = component(kind) { success["content"] = ["application/json": ["schema": component]] }
        operation["responses"] = ["200": .object(success)]
        return .object(operation)
    }

    private func component(_ kind: GroupVersionKind) -> JSONValue? {
        schema.kind(kind).map { ["$ref": .string("#/components/schemas/\(OpenAPIV3.componentName(of: $0, in: schema))")] }
    }

    private static let listParameters = [
        "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch", "timeoutSeconds",
        "watch",
    ]
    private static let writeParameters = ["dryRun", "fieldManager", "fieldValidation"]
    private static let patch: JSONValue = ["$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch"]
    private static let patchTypes = ["application/merge-patch+json", "application/strategic-merge-patch+json"]

    private static func parameterType(_ name: String) -> JSONObject {
        switch name {
        case "allowWatchBookmarks", "watch": ["type": "boolean"]
        case "limit", "timeoutSeconds", "gracePeriodSeconds": ["type": "integer"]
        default: ["type": "string"]
        }
    }
}

extension GroupVersion {
    /// `AutoscalingV2`.
    fileprivate var operationName: String {
        let group = group.isEmpty ? "core" : group.prefix { $0 != "." }
        return [String(group), version].map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
