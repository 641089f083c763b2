// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

extension CustomResourceDefinition {
    /// One version of the API that a definition makes.
    package struct Version: Sendable {
        package var name: String
        package var isServed: Bool
        package var isStorage: Bool
        package var isDeprecated: Bool
        /// What requests for a deprecated version are warned of; nil for other versions.
        package var deprecationWarning: String?
        /// Nil where there is none.
        package var schema: StructuralSchema?
        /// The schema as it was written, for OpenAPI.
        package var openAPIV3Schema: JSONValue?
        package var hasStatus: Bool
        package var scale: Scale?
        /// In the order of the definition, without the name that comes first and the age that stands in for missing columns.
        package var columns: [PrinterColumn]
        package var selectableFields: [FieldPath]

        package var hasRules: Bool { schema?.hasRules ?? false }
    }

    /// Where the scale subresource finds its numbers.
    package struct Scale: Sendable, Hashable {
        package var specReplicas: FieldPath
        package var statusReplicas: FieldPath
        package var labelSelector: FieldPath?
    }

    package struct PrinterColumn: Sendable, Hashable {
        package var name: String
        /// `integer`, `number`, `string`, `boolean`, `date`.
        package var type: String
        package var format: String
        package var description: String
        /// Above zero only in wide output.
        package var priority: Int64
        package var jsonPath: String
        /// Nil where the path is not understood: the column stays empty.
        package var path: FieldPath?

        init(_ json: JSONValue) {
            func text(_ name: String) -> String { json[name]?.string ?? "" }
            (name, type, format, description, jsonPath) = (text("name"), text("type"), text("format"), text("description"), text("jsonPath"))
            priority = json["priority"]?.int ?? 0
            path = try? FieldPath(jsonPath)
        }
    }
}

extension CustomResourceDefinition.Version {
    static func read(
        _ json: JSONValue, group: String, kind: String, schemaPath: String, preserving: Bool
    ) -> (Self, [APIError.Cause]) {
        let openAPIV3Schema = json.value(at: "schema", "openAPIV3Schema").flatMap { $0.isNull ? nil : $0 }
        var schema: StructuralSchema?
        var causes: [APIError.Cause] = []
        if let openAPIV3Schema {
            (schema, causes) = StructuralSchema.parse(
                openAPIV3Schema, at: schemaPath, requiresStructure: !preserving || usesExtensions(openAPIV3Schema))
        }
        let name = json["name"]?.string ?? ""
        let isDeprecated = json["deprecated"]?.bool ?? false
        let version = Self(
            name: name, isServed: json["served"]?.bool ?? false, isStorage: json["storage"]?.bool ?? false, isDeprecated: isDeprecated,
            deprecationWarning: isDeprecated ? json["deprecationWarning"]?.string ?? "\(group)/\(name) \(kind) is deprecated" : nil, schema: schema,
            openAPIV3Schema: openAPIV3Schema, hasStatus: json["subresources"]?["status"]?.object != nil,
            scale: json["subresources"]?["scale"].flatMap(scale), columns: json["additionalPrinterColumns"]?.array?.map { .init($0) } ?? [],
            selectableFields: json["selectableFields"]?.array?.compactMap { try? FieldPath($0["jsonPath"]?.string ?? "") } ?? [])
        return (version, causes)
    }

    private static func scale(_ json: JSONValue) -> CustomResourceDefinition.Scale? {
        guard let spec = json["specReplicasPath"]?.string, let status = json["statusReplicasPath"]?.string,
            let specPath = try? FieldPath(spec), let statusPath = try? FieldPath(status)
        else { return nil }
        let selector = json["labelSelectorPath"]?.string ?? ""
        return .init(specReplicas: specPath, statusReplicas: statusPath, labelSelector: selector.isEmpty ? nil : try? FieldPath(selector))
    }

    /// Defaults and Kubernetes' own keywords need a structural schema, even where nothing is pruned.
    ///
    /// - Source: `specHasDefaults`, `specHasKubernetesExtensions`, k8s.io/apiextensions-apiserver
    static func usesExtensions(_ json: JSONValue) -> Bool {
        has(json) { schema in
            hasDefault(schema)
                || schema.contains { member in
                    ["embedded-resource", "preserve-unknown-fields", "int-or-string", "list-map-keys", "list-type", "validations"].contains {
                        member.key == "x-kubernetes-\($0)"
                    }
                }
        }
    }

    static func hasDefaults(_ json: JSONValue) -> Bool { has(json, hasDefault) }

    private static func hasDefault(_ schema: JSONObject) -> Bool { schema["default"].map { !$0.isNull } ?? false }

    /// Whether a schema in the tree is such; the text's own bound keeps the depth.
    private static func has(_ json: JSONValue, _ isSuch: (JSONObject) -> Bool) -> Bool {
        guard case .object(let schema) = json else { return false }
        if isSuch(schema) { return true }
        for name in ["items", "additionalProperties", "not"] { if let inner = schema[name], has(inner, isSuch) { return true } }
        for name in ["allOf", "anyOf", "oneOf"] { if schema[name]?.array?.contains(where: { has($0, isSuch) }) ?? false { return true } }
        return schema["properties"]?.object?.contains { has($0.value, isSuch) } ?? false
    }
}

/// Where upstream's errors place what versions have in common.
///
/// A definition is converted before it is checked: what all versions say alike (always so for a single one) is taken to the top of
/// the spec, and errors name it there: `spec.validation.openAPIV3Schema`.
///
/// - Source: `Convert_v1_CustomResourceDefinitionSpec_To_apiextensions_CustomResourceDefinitionSpec`, k8s.io/apiextensions-apiserver
struct VersionLayout {
    let versions: [JSONValue]
    let sharesSchema: Bool
    let sharesSubresources: Bool
    let sharesColumns: Bool

    /// - Parameter spec: Of apiextensions.k8s.io/v1.
    init(_ spec: JSONValue) {
        let versions = spec["versions"]?.array ?? []
        self.versions = versions
        func shares(_ name: String) -> Bool {
            guard let first = versions.first?[name], !first.isNull, first.array?.isEmpty != true else { return false }
            return versions.allSatisfy { $0[name] == first }
        }
        (sharesSchema, sharesSubresources, sharesColumns) = (shares("schema"), shares("subresources"), shares("additionalPrinterColumns"))
    }

    func schemaPath(_ index: Int) -> String {
        sharesSchema ? "spec.validation.openAPIV3Schema" : "spec.versions[\(index)].schema.openAPIV3Schema"
    }

    func subresourcesPath(_ index: Int) -> String { sharesSubresources ? "spec.subresources" : "spec.versions[\(index)].subresources" }

    func columnsPath(_ index: Int) -> String {
        sharesColumns ? "spec.additionalPrinterColumns" : "spec.versions[\(index)].additionalPrinterColumns"
    }
}
