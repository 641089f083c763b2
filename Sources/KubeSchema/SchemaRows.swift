// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// The text form of a schema, a line a field:
///
///     package apps/v1 apps/v1 k8s.io.api.apps.v1         package, API version, protobuf package
///     type Deployment kind namespaced                    `kind cluster` for cluster-scoped kinds, nothing for mere types
///       metadata? meta/v1.ObjectMeta 1                   name, type, protobuf number (`-`: none), then facts in any order
///       replicas? *int32 1                               `!` written even when empty, `?` optional; `*` absent and zero differ
///       + VolumeSource 2                                 an inline type: its fields stand in the parent
///       ports? []ContainerPort 6 patch=merge key=containerPort list=map keys=containerPort,protocol
///       protocol? string 4 default="TCP" enum=SCTP|TCP|UDP
///
/// Types: `string bool int32 int64 float64 bytes quantity intOrString time microTime duration any fieldsV1 rawExtension`,
/// `[]T`, `map:T`, `wrapped[]T`, a type of the same package, or `package.Type`. `enum=` is a row's last fact.
enum SchemaRows {
    static let builtIn = [
        metaRows, volumeRows, containerRows, podRows, nodeRows, coreRows, workloadRows, oldWorkloadRows, storageRows, setRows, autoscalingRows,
        controlRows, identityRows, accessRows, policyRows, extensionRows, trustRows, oldCertificateRows, metricRows,
    ]

    struct Declaration {
        enum Scope { case namespaced, cluster }

        var package: String
        /// With its package.
        var name: String
        var scope: Scope?
        var rows: [Row] = []
    }

    struct Row {
        var text: Substring
    }

    static func parse(_ text: String, packages: inout [String: KubeSchema.Package]) throws(SchemaError) -> [Declaration] {
        var declarations: [Declaration] = []
        var package = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("  ") {
                guard !declarations.isEmpty else { throw SchemaError(message: "a field stands before the first type", row: String(line)) }
                declarations[declarations.count - 1].rows.append(Row(text: line.dropFirst(2)))
                continue
            }
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "package" where words.count == 4:
                package = words[1]
                packages[package] = KubeSchema.Package(apiVersion: words[2] == "-" ? "" : words[2], protobufName: words[3])
            case "type" where words.count >= 2:
                let scope: Declaration.Scope? = words.count < 4 ? nil : words[3] == "namespaced" ? .namespaced : .cluster
                declarations.append(Declaration(package: package, name: "\(package).\(words[1])", scope: scope))
            default: throw SchemaError(message: "neither a package, a type nor a field", row: String(line))
            }
        }
        return declarations
    }
}

extension SchemaRows.Row {
    func field(in package: String, resolve: (String) -> SchemaType.ID?) throws(SchemaError) -> SchemaField {
        var words = text.split(separator: " ")
        var enumText: Substring?
        if let place = words.firstIndex(where: { $0.hasPrefix("enum=") }) {
            enumText = text[words[place].startIndex...].dropFirst("enum=".count)
            words.removeSubrange(place...)
        }
        guard words.count >= 3 else { throw error("a name, a type and a number are needed") }
        var (name, typeName) = (words[0], words[1])
        let isOptional = name.hasSuffix("?")
        if isOptional { name = name.dropLast() }
        let isAlwaysWritten = name.hasSuffix("!")
        if isAlwaysWritten { name = name.dropLast() }
        let isPointer = typeName.hasPrefix("*")
        if isPointer { typeName = typeName.dropFirst() }
        guard let type = type(typeName, in: package, resolve) else { throw error("the type \(typeName) is not known") }
        var field = SchemaField(name: name == "+" ? "" : String(name), type: type, number: Int(words[2]))
        field.isInline = name == "+"
        (field.isOptional, field.isAlwaysWritten, field.isPointer) = (isOptional, isAlwaysWritten, isPointer)
        if let enumText { field.enumValues = enumText.split(separator: "|", omittingEmptySubsequences: false).map(String.init) }
        for word in words.dropFirst(3) { try add(word, to: &field) }
        return field
    }

    private func add(_ fact: Substring, to field: inout SchemaField) throws(SchemaError) {
        guard let equals = fact.firstIndex(of: "=") else { throw error("a fact has no value") }
        let value = String(fact[fact.index(after: equals)...])
        switch fact[..<equals] {
        case "patch":
            for strategy in value.split(separator: ",") {
                switch strategy {
                case "merge": field.patch.merges = true
                case "retainKeys": field.patch.retainsKeys = true
                case "replace": field.patch.replaces = true
                default: throw error("the patch strategy \(strategy) is not known")
                }
            }
        case "key": field.patchMergeKey = value
        case "list":
            guard let type = SchemaField.ListType(rawValue: value) else { throw error("the list type \(value) is not known") }
            field.listType = type
        case "keys": field.listMapKeys = value.split(separator: ",").map(String.init)
        case "map": field.isAtomicMap = value == "atomic"
        case "default":
            guard let json = try? JSONValue.parse(value) else { throw error("the default \(value) is not JSON") }
            field.defaultValue = json
        default: throw error("the fact \(fact) is not known")
        }
    }

    private func type(_ name: Substring, in package: String, _ resolve: (String) -> SchemaType.ID?) -> FieldType? {
        if name.hasPrefix("[]") { return type(name.dropFirst(2), in: package, resolve).map { .list($0) } }
        if name.hasPrefix("map:") { return type(name.dropFirst(4), in: package, resolve).map { .map($0) } }
        if name.hasPrefix("wrapped[]") { return type(name.dropFirst(9), in: package, resolve).map { .wrapped($0) } }
        if let scalar = Self.scalars[String(name)] { return scalar }
        return (resolve("\(package).\(name)") ?? resolve(String(name))).map { .message($0) }
    }

    private static let scalars: [String: FieldType] = [
        "string": .string, "bool": .bool, "int32": .int32, "int64": .int64, "float64": .float64, "bytes": .bytes, "quantity": .quantity,
        "intOrString": .intOrString, "time": .time, "microTime": .microTime, "duration": .duration, "any": .any, "fieldsV1": .any,
        "rawExtension": .any,
    ]

    private func error(_ message: String) -> SchemaError { SchemaError(message: message, row: String(text)) }
}
