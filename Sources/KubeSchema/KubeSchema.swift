// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One table of kinds and their fields. Validation, patches, defaults' shapes, OpenAPI and protobuf layout follow from it.
///
/// A value: a server that learns of further kinds adds rows to its copy.
package struct KubeSchema: Sendable {
    package private(set) var types: [SchemaType] = []
    private var indexByName: [String: Int] = [:]
    private var typeByKind: [GroupVersionKind: Int] = [:]
    private var packages: [String: Package] = [:]
    /// Kinds whose objects belong to a namespace.
    private var namespacedKinds: Set<GroupVersionKind> = []

    package struct Package: Sendable, Hashable {
        /// `apps/v1`; the API version of the kinds in the package.
        package var apiVersion: String
        /// `k8s.io.api.apps.v1`.
        package var protobufName: String
    }

    package init() {}

    /// The kinds that are built in. Reading the rows costs a few milliseconds, once a process.
    package static let builtIn: KubeSchema = {
        var schema = KubeSchema()
        do { try schema.add(rows: builtInRows) } catch { preconditionFailure("the built-in schema rows are wrong: \(error)") }
        return schema
    }()

    static let builtInRows = SchemaRows.builtIn

    package func type(named name: String) -> SchemaType? { indexByName[name].map { types[$0] } }
    package func id(named name: String) -> SchemaType.ID? { indexByName[name].map { SchemaType.ID(index: $0) } }
    package subscript(_ id: SchemaType.ID) -> SchemaType { types[id.index] }

    /// The type of a kind's objects.
    package func kind(_ kind: GroupVersionKind) -> SchemaType? { typeByKind[kind].map { types[$0] } }
    package func id(of kind: GroupVersionKind) -> SchemaType.ID? { typeByKind[kind].map { SchemaType.ID(index: $0) } }
    package var kinds: some Collection<GroupVersionKind> { typeByKind.keys }
    package func isNamespaced(_ kind: GroupVersionKind) -> Bool { namespacedKinds.contains(kind) }
    package func package(_ name: String) -> Package? { packages[name] }

    /// The kind whose objects are of `type`.
    package func groupVersionKind(of type: SchemaType) -> GroupVersionKind? {
        guard let package = packages[type.package] else { return nil }
        let kind = GroupVersionKind(apiVersion: package.apiVersion, kind: type.shortName)
        return typeByKind[kind] == nil ? nil : kind
    }

    /// Adds types, which may refer to one another and to those that are there; a type of the same name is replaced for later lookups.
    package mutating func add(rows texts: [String]) throws(SchemaError) {
        var declarations: [SchemaRows.Declaration] = []
        for text in texts { declarations += try SchemaRows.parse(text, packages: &packages) }
        let first = types.count
        for (offset, declaration) in declarations.enumerated() { indexByName[declaration.name] = first + offset }
        let names = indexByName
        var declared: [[SchemaField]] = []
        declared.reserveCapacity(declarations.count)
        for declaration in declarations {
            var fields: [SchemaField] = []
            fields.reserveCapacity(declaration.rows.count)
            for row in declaration.rows {
                fields.append(try row.field(in: declaration.package) { name in names[name].map { SchemaType.ID(index: $0) } })
            }
            declared.append(fields)
        }
        let previous = types
        for (declaration, fields) in zip(declarations, declared) {
            let expanded = Self.expanded(fields, depth: 0) { $0.index < first ? previous[$0.index].declared : declared[$0.index - first] }
            types.append(SchemaType(name: declaration.name, declared: fields, fields: expanded))
            register(declaration)
        }
    }

    private mutating func register(_ declaration: SchemaRows.Declaration) {
        guard let scope = declaration.scope, let package = packages[declaration.package], let index = indexByName[declaration.name] else { return }
        let kind = GroupVersionKind(apiVersion: package.apiVersion, kind: String(declaration.name.dropFirst(declaration.package.count + 1)))
        typeByKind[kind] = index
        if scope == .namespaced { namespacedKinds.insert(kind) }
    }

    /// Inline fields replaced by the fields of their type.
    private static func expanded(_ fields: [SchemaField], depth: Int, declared: (SchemaType.ID) -> [SchemaField]) -> [SchemaField] {
        fields.flatMap { field -> [SchemaField] in
            guard field.isInline, case .message(let id) = field.type, depth < 8 else { return [field] }
            return expanded(declared(id), depth: depth + 1, declared: declared)
        }
    }
}

/// Rows that cannot be understood.
package struct SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    package var message: String
    /// The row itself.
    package var row: String

    package var description: String { "\(message) in the row \"\(row)\"" }
}
