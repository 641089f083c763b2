// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One method at a path, in neither version's form yet.
struct OpenAPIOperation {
    /// In lower case.
    var method: String
    /// `x-kubernetes-action`.
    var action: String
    var kind: GroupVersionKind
    /// Among all operations of the server.
    var identifier: String
    var query: [String] = []
    /// The definition of what is sent.
    var body: String?
    var isBodyOptional = false
    var bodyTypes: [String] = ["application/json"]
    /// The definition of what comes back; nil where there is none to name.
    var answer: String?

    static let listParameters = [
        "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "resourceVersionMatch", "timeoutSeconds",
        "watch",
    ]
    static let writeParameters = ["dryRun", "fieldManager", "fieldValidation"]
    static let deleteParameters = ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"]

    /// Custom resources have no strategic merge patch.
    static func patchTypes(isCustom: Bool) -> [String] {
        ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"]
            + (isCustom ? [] : ["application/strategic-merge-patch+json"])
    }

    func json(_ dialect: OpenAPIDialect, tag: String) -> JSONValue {
        var operation: JSONObject = [
            "operationId": .string(identifier), "tags": [.string(tag)], "x-kubernetes-action": .string(action),
            "x-kubernetes-group-version-kind": kind.openAPI,
        ]
        switch dialect {
        case .v2: addV2(to: &operation)
        case .v3: addV3(to: &operation)
        }
        return .object(operation)
    }

    private func parameters(_ dialect: OpenAPIDialect) -> [JSONValue] {
        Set(query).sorted().map { dialect.parameter($0, in: "query", type: Self.type(of: $0)) }
    }

    private func addV2(to operation: inout JSONObject) {
        var parameters = parameters(.v2)
        if let body {
            var parameter: JSONObject = ["name": "body", "in": "body", "schema": OpenAPIDialect.v2.reference(body)]
            if !isBodyOptional { parameter["required"] = true }
            parameters.insert(.object(parameter), at: 0)
        }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        operation["schemes"] = ["https"]
        operation["consumes"] = JSONValue(method == "patch" ? bodyTypes : ["*/*"])
        operation["produces"] = JSONValue(
            ["application/json", "application/yaml"] + (action == "list" ? ["application/json;stream=watch"] : []))
        var success: JSONObject = ["description": "OK"]
        if let answer { success["schema"] = OpenAPIDialect.v2.reference(answer) }
        operation["responses"] = ["200": .object(success)]
    }

    private func addV3(to operation: inout JSONObject) {
        let parameters = parameters(.v3)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body {
            let content = JSONObject(bodyTypes.map { ($0, ["schema": OpenAPIDialect.v3.reference(body)]) })
            operation["requestBody"] = isBodyOptional ? ["content": .object(content)] : ["required": true, "content": .object(content)]
        }
        var success: JSONObject = ["description": "OK"]
        if let answer { success["content"] = ["application/json": ["schema": OpenAPIDialect.v3.reference(answer)]] }
        operation["responses"] = ["200": .object(success)]
    }

    private static func type(of parameter: String) -> String {
        switch parameter {
        case "allowWatchBookmarks", "force", "orphanDependents", "watch": "boolean"
        case "limit", "timeoutSeconds", "gracePeriodSeconds": "integer"
        default: "string"
        }
    }
}

extension OpenAPIDialect {
    func parameter(_ name: String, in place: String, type: String) -> JSONValue {
        var parameter: JSONObject = ["name": .string(name), "in": .string(place)]
        if place == "path" { parameter["required"] = true }
        switch self {
        case .v2:
            parameter["type"] = .string(type)
            parameter["uniqueItems"] = true
        case .v3: parameter["schema"] = ["type": .string(type)]
        }
        return .object(parameter)
    }
}
