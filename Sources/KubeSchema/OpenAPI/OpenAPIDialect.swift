// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The version of OpenAPI that a document is written in, and what is written otherwise in the other one.
enum OpenAPIDialect {
    case v2
    case v3

    private var definitionsPath: String {
        switch self {
        case .v2: "#/definitions/"
        case .v3: "#/components/schemas/"
        }
    }

    func reference(_ name: String) -> JSONValue { ["$ref": .string(definitionsPath + name)] }

    /// A reference as a property's schema, with a description and more to come beside it: v3 wants it in `allOf` then; v2 has it as it is.
    func property(_ name: String) -> JSONValue {
        switch self {
        case .v2: reference(name)
        case .v3: ["allOf": [reference(name)]]
        }
    }

    /// Whether defaults are told. Those who read v2 would take a list of objects with defaults for one with required members.
    var tellsDefaults: Bool { self == .v3 }

    /// Types with a JSON form of their own.
    var sharedDefinitions: [(name: String, definition: JSONValue)] {
        let meta = OpenAPINames.meta
        let common: [(String, JSONValue)] = [
            (meta + "Time", ["type": "string", "format": "date-time"]), (meta + "MicroTime", ["type": "string", "format": "date-time"]),
            (meta + "Duration", ["type": "string"]), (meta + "Patch", ["type": "object"]),
        ]
        let own: [(String, JSONValue)] =
            switch self {
            case .v2: [(OpenAPINames.quantity, ["type": "string"]), (OpenAPINames.intOrString, ["type": "string", "format": "int-or-string"])]
            case .v3:
                [
                    (OpenAPINames.quantity, ["oneOf": [["type": "string"], ["type": "number"]]]),
                    (OpenAPINames.intOrString, ["format": "int-or-string", "oneOf": [["type": "integer"], ["type": "string"]]]),
                ]
            }
        return common + own
    }
}

/// What definitions are called in OpenAPI documents.
enum OpenAPINames {
    static let meta = "io.k8s.apimachinery.pkg.apis.meta.v1."
    static let quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
    static let intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"

    /// `io.k8s.api.apps.v1.Deployment`: the protobuf package with its domain turned round.
    static func definition(of type: SchemaType, in schema: KubeSchema) -> String { prefix(package: type.package, in: schema) + type.shortName }

    /// `io.k8s.api.apps.v1.` of the package `apps/v1`.
    static func prefix(package: String, in schema: KubeSchema) -> String {
        let name = schema.package(package)?.protobufName ?? ""
        if name.hasPrefix("k8s.io.") { return "io.k8s.\(name.dropFirst("k8s.io.".count))." }
        return prefix(GroupVersion(apiVersion: schema.package(package)?.apiVersion ?? package))
    }

    /// `com.example.stable.v1.` of the group `stable.example.com`.
    static func prefix(_ groupVersion: GroupVersion) -> String {
        (groupVersion.group.split(separator: ".").reversed().map(String.init) + [groupVersion.version, ""]).joined(separator: ".")
    }
}
