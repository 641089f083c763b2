// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How the objects of one type lie on the wire, and what stands in JSON for those of its fields that aren't there.
struct ProtobufLayout: Sendable {
    /// The few facts of a `SchemaField` that matter here, so that little is copied.
    struct Field: Sendable {
        var number: Int
        /// In JSON.
        var name: String
        /// About as Go names the field, in messages: its name in JSON with a capital.
        var goName: String
        var type: FieldType
        var isPointer: Bool
        var isAlwaysWritten: Bool
        var isInline: Bool
        /// What Go prints of the field when it was not given; nil where it prints nothing.
        var absent: JSONValue?

        /// Nil for a field that is not in protobuf.
        init?(_ field: SchemaField) {
            guard let number = field.number else { return nil }
            (self.number, name, type) = (number, field.name, field.type)
            goName = field.name.prefix(1).uppercased() + field.name.dropFirst()
            (isPointer, isAlwaysWritten, isInline) = (field.isPointer, field.isAlwaysWritten, field.isInline)
        }
    }

    /// `Container`; for messages.
    var name: String
    /// In the order of their numbers, which is the order on the wire.
    var fields: [Field]
    /// Places in `fields` in the order of their names in JSON.
    var order: [Int]
    /// What Go prints of an object with no field set.
    var zero = JSONObject()

    init(name: String, fields declared: [SchemaField]) {
        self.name = name
        fields = declared.compactMap { Field($0) }.sorted { $0.number < $1.number }
        let fields = fields
        order = fields.indices.sorted { fields[$0].name.utf8.lexicographicallyPrecedes(fields[$1].name.utf8) }
    }

    /// The place in `fields` of the field with this number.
    func place(ofNumber number: Int) -> Int? {
        var low = 0
        var high = fields.count
        while low < high {
            let middle = (low + high) / 2
            if fields[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < fields.count && fields[low].number == number ? low : nil
    }
}

/// The layouts of a schema's types, and of the lists of its kinds.
struct ProtobufLayouts: Sendable {
    /// The first are at the places of the schema's types; those of lists follow.
    private(set) var layouts: [ProtobufLayout]
    private var places: [GroupVersionKind: Int] = [:]

    /// Read with any group and version: the bodies of requests that are no objects.
    private static let optionKinds: Set<String> = ["CreateOptions", "DeleteOptions", "PatchOptions", "UpdateOptions"]
    /// Read with the version `v1` of no group, though they are declared in meta.k8s.io.
    private static let unversionedKinds: Set<String> = ["APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "Status"]
    private static let meta = GroupVersion(group: "meta.k8s.io", version: "v1")

    init(schema: KubeSchema) {
        layouts = schema.types.map { ProtobufLayout(name: $0.shortName, fields: $0.declared) }
        for kind in schema.kinds { if let id = schema.id(of: kind), schema.hasProtobuf(schema[id]) { places[kind] = id.index } }
        // Types with a kind of their own that are no resources: lists of metrics, statuses, options.
        for type in schema.types where schema.isObject(type) && schema.hasProtobuf(type) {
            guard let id = schema.id(named: type.name), let package = schema.package(type.package) else { continue }
            places[GroupVersionKind(apiVersion: package.apiVersion, kind: type.shortName)] = id.index
        }
        addLists(schema)
        for place in layouts.indices { setZeros(at: place, in: schema) }
    }

    subscript(_ place: Int) -> ProtobufLayout { layouts[place] }

    /// Where the layout of a kind's objects is.
    func place(of kind: GroupVersionKind) -> Int? {
        if let place = places[kind] { return place }
        var inMeta = GroupVersionKind(group: Self.meta.group, version: Self.meta.version, kind: kind.kind)
        if Self.optionKinds.contains(kind.kind) { return places[inMeta] }
        if Self.unversionedKinds.contains(kind.kind), kind.group.isEmpty, kind.version == "v1" { return places[inMeta] }
        guard kind.group == Self.meta.group, kind.version == "v1beta1", kind.kind.hasPrefix("PartialObjectMetadata") else { return nil }
        inMeta.kind = kind.kind
        return places[inMeta]
    }

    /// A list of each kind whose list has no rows of its own.
    private mutating func addLists(_ schema: KubeSchema) {
        guard let listMeta = schema.id(named: "meta/v1.ListMeta") else { return }
        for kind in schema.kinds {
            let list = GroupVersionKind(group: kind.group, version: kind.version, kind: kind.kind + "List")
            guard let place = places[kind], places[list] == nil else { continue }
            var items = SchemaField(name: "items", type: .list(.message(SchemaType.ID(index: place))), number: 2)
            items.isAlwaysWritten = true
            places[list] = layouts.count
            layouts.append(
                ProtobufLayout(name: list.kind, fields: [SchemaField(name: "metadata", type: .message(listMeta), number: 1), items]))
        }
    }

    private mutating func setZeros(at place: Int, in schema: KubeSchema) {
        let type = place < schema.types.count ? schema.types[place] : nil
        var layout = layouts[place]
        for index in layout.fields.indices { layout.fields[index].absent = zero(of: layout.fields[index], in: type, schema, depth: 0) }
        layout.zero = zeroObject(place, schema, depth: 0)
        layouts[place] = layout
    }

    private func zero(of field: ProtobufLayout.Field, in type: SchemaType?, _ schema: KubeSchema, depth: Int) -> JSONValue? {
        if field.isPointer { return field.isAlwaysWritten ? .null : nil }
        if case .message(let id) = field.type { return .object(zeroObject(id.index, schema, depth: depth + 1)) }
        return field.type.plainZero(isAlwaysWritten: field.isAlwaysWritten, inObjectMeta: type?.name == "meta/v1.ObjectMeta")
    }

    /// - Parameter depth: Types that hold themselves have no end; rows of such are refused nowhere else.
    private func zeroObject(_ place: Int, _ schema: KubeSchema, depth: Int) -> JSONObject {
        guard depth < 16 else { return JSONObject() }
        let type = place < schema.types.count ? schema.types[place] : nil
        var members: [JSONObject.Member] = []
        for field in layouts[place].fields {
            guard let value = zero(of: field, in: type, schema, depth: depth) else { continue }
            if field.isInline {
                members += value.object?.members ?? []
            } else {
                members.append(JSONObject.Member(field.name, value))
            }
        }
        return JSONObject(unsorted: members)
    }
}

extension KubeSchema {
    /// Custom resources have no protobuf.
    fileprivate func hasProtobuf(_ type: SchemaType) -> Bool { package(type.package)?.protobufName != "-" }

    /// Whether the type tells its own kind.
    fileprivate func isObject(_ type: SchemaType) -> Bool {
        guard let typeMeta = id(named: "meta/v1.TypeMeta") else { return false }
        return type.declared.contains { $0.isInline && $0.type == .message(typeMeta) }
    }
}
