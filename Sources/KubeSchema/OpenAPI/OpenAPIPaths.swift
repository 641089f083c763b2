// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The operations on one resource.
struct OpenAPIPaths {
    let schema: KubeSchema
    let dialect: OpenAPIDialect
    let groupVersion: GroupVersion
    let resource: OpenAPIResource

    func add(to paths: inout JSONObject) {
        let collection = groupVersion.path + (resource.isNamespaced ? "/namespaces/{namespace}/" : "/") + resource.name
        let parameters = resource.isNamespaced ? ["namespace"] : []
        paths[collection] = item([list, create, deleteCollection], parameters)
        paths["\(collection)/{name}"] = item(objectOperations(resource.kind, resource.verbs, answer: ownDefinition, of: ""), parameters + ["name"])
        for subresource in resource.subresources {
            let answer = subresource.kind == resource.kind ? ownDefinition : definition(subresource.kind)
            let title = subresource.name.prefix(1).uppercased() + subresource.name.dropFirst()
            let operations = objectOperations(subresource.kind, subresource.verbs, answer: answer, of: title)
            paths["\(collection)/{name}/\(subresource.name)"] = item(operations, parameters + ["name"])
        }
        if resource.isNamespaced { paths["\(groupVersion.path)/\(resource.name)"] = item([listEverywhere], []) }
    }

    // MARK: Operations

    private var list: OpenAPIOperation? {
        guard resource.verbs.contains("list") else { return nil }
        return OpenAPIOperation(
            method: "get", action: "list", kind: resource.kind, identifier: identifier("list"), query: OpenAPIOperation.listParameters,
            answer: listDefinition)
    }

    private var listEverywhere: OpenAPIOperation? {
        guard var operation = list else { return nil }
        operation.identifier = "list\(groupVersion.operationName)\(resource.kind.kind)ForAllNamespaces"
        return operation
    }

    private var create: OpenAPIOperation? {
        guard resource.verbs.contains("create") else { return nil }
        return OpenAPIOperation(
            method: "post", action: "post", kind: resource.kind, identifier: identifier("create"), query: OpenAPIOperation.writeParameters,
            body: ownDefinition, answer: ownDefinition)
    }

    private var deleteCollection: OpenAPIOperation? {
        guard resource.verbs.contains("deletecollection") else { return nil }
        return OpenAPIOperation(
            method: "delete", action: "deletecollection", kind: resource.kind, identifier: identifier("delete", prefix: "Collection"),
            query: OpenAPIOperation.listParameters + OpenAPIOperation.deleteParameters, body: OpenAPINames.meta + "DeleteOptions",
            isBodyOptional: true, answer: OpenAPINames.meta + "Status")
    }

    /// - Parameter subresource: With a capital; empty for the object itself.
    private func objectOperations(_ kind: GroupVersionKind, _ verbs: Set<String>, answer: String?, of subresource: String) -> [OpenAPIOperation] {
        let write = OpenAPIOperation.writeParameters
        func name(_ verb: String) -> String { identifier(verb) + subresource }
        var operations: [OpenAPIOperation] = []
        if verbs.contains("get") {
            operations.append(OpenAPIOperation(method: "get", action: "get", kind: kind, identifier: name("read"), answer: answer))
        }
        // At the path of an object, only its subresources are made.
        if verbs.contains("create"), !subresource.isEmpty {
            operations.append(
                OpenAPIOperation(
                    method: "post", action: "post", kind: kind, identifier: name("create"), query: write, body: answer, answer: answer))
        }
        if verbs.contains("update") {
            operations.append(
                OpenAPIOperation(
                    method: "put", action: "put", kind: kind, identifier: name("replace"), query: write, body: answer, answer: answer))
        }
        if verbs.contains("patch") {
            operations.append(
                OpenAPIOperation(
                    method: "patch", action: "patch", kind: kind, identifier: name("patch"), query: write + ["force"],
                    body: OpenAPINames.meta + "Patch", bodyTypes: OpenAPIOperation.patchTypes(isCustom: resource.isCustom), answer: answer))
        }
        if verbs.contains("delete") {
            operations.append(
                OpenAPIOperation(
                    method: "delete", action: "delete", kind: kind, identifier: name("delete"), query: OpenAPIOperation.deleteParameters,
                    body: OpenAPINames.meta + "DeleteOptions", isBodyOptional: true, answer: OpenAPINames.meta + "Status"))
        }
        return operations
    }

    /// `deleteAppsV1CollectionNamespacedDeployment`.
    private func identifier(_ verb: String, prefix: String = "") -> String {
        verb + groupVersion.operationName + prefix + (resource.isNamespaced ? "Namespaced" : "") + resource.kind.kind
    }

    private func item(_ operations: [OpenAPIOperation?], _ parameters: [String]) -> JSONValue? {
        var item = JSONObject()
        for operation in operations.compactMap({ $0 }) { item[operation.method] = operation.json(dialect, tag: groupVersion.tag) }
        guard !item.isEmpty else { return nil }
        item["parameters"] = .array(parameters.map { dialect.parameter($0, in: "path", type: "string") })
        return .object(item)
    }

    // MARK: Definitions

    private var ownDefinition: String? {
        resource.isCustom ? OpenAPINames.prefix(resource.kind.groupVersion) + resource.kind.kind : definition(resource.kind)
    }

    private var listDefinition: String? {
        guard let listKind = resource.listKind else { return nil }
        if resource.isCustom { return OpenAPINames.prefix(resource.kind.groupVersion) + listKind }
        return schema.kind(resource.kind).map { OpenAPINames.prefix(package: $0.package, in: schema) + listKind }
    }

    private func definition(_ kind: GroupVersionKind) -> String? { schema.kind(kind).map { OpenAPINames.definition(of: $0, in: schema) } }
}

extension GroupVersion {
    /// `rbacAuthorization` of `rbac.authorization.k8s.io`.
    private var camelGroup: String {
        guard !group.isEmpty else { return "core" }
        let name = group.hasSuffix(".k8s.io") ? group.dropLast(".k8s.io".count) : group[...]
        let words = name.split { $0 == "." || $0 == "-" }
        return words.enumerated().map { $0 == 0 ? String($1) : $1.prefix(1).uppercased() + $1.dropFirst() }.joined()
    }

    /// `AutoscalingV2`.
    fileprivate var operationName: String { [camelGroup, version].map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() }

    /// `autoscaling_v2`.
    fileprivate var tag: String { "\(camelGroup)_\(version)" }
}
