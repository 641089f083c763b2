// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The rules for one version of a definition. What versions share is checked once, with the first.
///
/// - Source: `validateCustomResourceDefinitionVersion`, k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go
struct VersionRules {
    private(set) var errors = FieldErrors()
    private let version: JSONValue
    private let index: Int
    private let layout: VersionLayout

    init(_ version: JSONValue, index: Int, layout: VersionLayout) {
        self.version = version
        self.index = index
        self.layout = layout
    }

    mutating func check(preserving: Bool) {
        checkWarning()
        var schema: StructuralSchema?
        if let json = version.value(at: "schema", "openAPIV3Schema"), !json.isNull {
            let path = layout.schemaPath(index)
            let (parsed, causes) = StructuralSchema.parse(
                json, at: path, requiresStructure: !preserving || CustomResourceDefinition.Version.usesExtensions(json))
            schema = parsed
            if !layout.sharesSchema || index == 0 {
                if version["subresources"]?["status"]?.object != nil { checkRoot(json, path) }
                errors.append(causes)
            }
        }
        if !layout.sharesSubresources || index == 0 { checkScale() }
        if !layout.sharesColumns || index == 0 { checkColumns() }
        checkSelectableFields(schema)
    }

    private mutating func checkWarning() {
        guard let warning = version["deprecationWarning"], !warning.isNull else { return }
        let path = "spec.versions[\(index)].deprecationWarning"
        let text = warning.string ?? ""
        if version["deprecated"] != true { return errors.invalid(path, warning, "can only be set for deprecated versions") }
        if text.utf8.count > 256 { errors.invalid(path, warning, "must be <= 256 characters long") }
        if text.isEmpty { errors.invalid(path, warning, "must not be an empty string") }
        if let place = text.unicodeScalars.firstIndex(where: { $0.properties.generalCategory == .control }) {
            let offset = text.utf8.distance(from: text.startIndex, to: place)
            errors.invalid(
                path, warning, "must only contain printable UTF-8 characters; non-printable character found at index \(offset)")
        }
    }

    /// The schema of the status is taken out of the whole one, so that nothing around it may say more.
    private mutating func checkRoot(_ schema: JSONValue, _ path: String) {
        let allowed = [
            "Description", "Type", "Format", "Title", "Maximum", "ExclusiveMaximum", "Minimum", "ExclusiveMinimum", "MaxLength", "MinLength",
            "Pattern", "MaxItems", "MinItems", "UniqueItems", "MultipleOf", "Required", "Items", "Properties", "ExternalDocs", "Example",
            "XPreserveUnknownFields", "XValidations",
        ]
        let keywords = Set(
            allowed.dropLast(2).map { $0.prefix(1).lowercased() + $0.dropFirst() } + [
                "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
            ])
        for member in schema.object ?? [:] where !keywords.contains(member.key) && !member.value.isNull {
            return errors.invalid(
                path, schema,
                "only [\(allowed.joined(separator: " "))] fields are allowed at the root of the schema if the status subresource is enabled")
        }
    }

    private mutating func checkScale() {
        guard let scale = version["subresources"]?["scale"], !scale.isNull else { return }
        let path = "\(layout.subresourcesPath(index)).scale"
        for (name, roots, words) in [
            ("specReplicasPath", [".spec."], ".spec"), ("statusReplicasPath", [".status."], ".status"),
            ("labelSelectorPath", [".spec.", ".status."], "either .spec or .status"),
        ] {
            let text = scale[name]?.string ?? ""
            let place = "\(path).\(name)"
            if text.isEmpty {
                if name != "labelSelectorPath" { errors.required(place) }
            } else if !text.hasPrefix(".") {
                errors.invalid(place, .string(text), "must be a simple json path starting with .")
            } else if !roots.contains(where: { text.hasPrefix($0) }) {
                errors.invalid(place, .string(text), "should be a json path under \(words)")
            } else if (try? FieldPath(text))?.fieldNames == nil {
                errors.invalid(place, .string(text), "must be a json path in the dot notation")
            }
        }
    }

    private static let columnTypes = ["boolean", "date", "integer", "number", "string"]
    private static let columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"]

    private mutating func checkColumns() {
        for (place, json) in (version["additionalPrinterColumns"]?.array ?? []).enumerated() {
            let path = "\(layout.columnsPath(index))[\(place)]"
            let column = CustomResourceDefinition.PrinterColumn(json)
            if column.name.isEmpty { errors.required("\(path).name") }
            let types = "must be one of \(Self.columnTypes.joined(separator: ","))"
            if column.type.isEmpty {
                errors.required("\(path).type", types)
            } else if !Self.columnTypes.contains(column.type) {
                errors.invalid("\(path).type", .string(column.type), types)
            }
            if !column.format.isEmpty, !Self.columnFormats.contains(column.format) {
                errors.invalid("\(path).format", .string(column.format), "must be one of \(Self.columnFormats.joined(separator: ","))")
            }
            if column.jsonPath.isEmpty {
                errors.required("\(path).JSONPath")
            } else if !column.jsonPath.hasPrefix(".") {
                errors.invalid("\(path).JSONPath", .string(column.jsonPath), "must be a simple json path starting with .")
            }
        }
    }

    private mutating func checkSelectableFields(_ schema: StructuralSchema?) {
        var seen: Set<[String]> = []
        let path = "spec.versions[\(index)].selectableFields"
        for (place, json) in (version["selectableFields"]?.array ?? []).enumerated() {
            let text = json["jsonPath"]?.string ?? ""
            let field = "\(path)[\(place)].jsonPath"
            if text.isEmpty {
                errors.required(field)
                continue
            }
            guard let schema else { continue }
            guard let names = (try? FieldPath(text))?.fieldNames, let target = target(names, schema) else {
                errors.invalid(field, .string(text), "is an invalid path: does not refer to a valid field")
                continue
            }
            if names.first == "metadata" { errors.invalid(field, .string(text), "must not point to fields in metadata") }
            if !["string", "boolean", "integer"].contains(target.type) {
                errors.invalid(
                    field, .string(text),
                    "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.")
            }
            if !seen.insert(names).inserted { errors.duplicate(field, .string(text)) }
        }
        if seen.count > 8 { errors.tooMany(path, actual: seen.count, maximum: 8) }
    }

    private func target(_ names: [String], _ schema: StructuralSchema) -> StructuralSchema? {
        names.reduce(schema) { schema, name in schema?.member(named: name) }
    }
}
