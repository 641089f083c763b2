// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// How a value is owned and merged.
indirect enum ApplyShape: Sendable {
    case scalar(FieldType)
    /// As a whole, whatever it holds.
    case atomic
    /// Named fields, each on its own.
    case structure(SchemaType)
    /// Named fields of a custom resource, each on its own.
    case fields(StructuralSchema)
    /// A custom resource as a whole, or an object of a kind that is not known: metadata as everywhere, the rest by its schema, if any.
    case customObject(metadata: SchemaType, StructuralSchema?)
    /// Members that are all alike, each on its own.
    case map(ApplyElement)
    /// Elements that are known by their keys; without keys, a set of plain values.
    case list(keys: [String], element: ApplyElement)
    /// Known by what is there: the members of objects on their own, everything else as a whole.
    case deduced
}

/// What the members of a map or the elements of a list are.
enum ApplyElement: Sendable {
    case type(FieldType)
    case schema(StructuralSchema)
}

extension ApplyShape {
    /// What a value consists of.
    enum Grain {
        case leaf, members, items
    }

    func grain(of value: JSONValue) -> Grain {
        switch self {
        case .scalar, .atomic: .leaf
        case .structure, .fields, .customObject, .map: .members
        case .list: .items
        case .deduced: value.object == nil ? .leaf : .members
        }
    }

    var isDeduced: Bool { if case .deduced = self { true } else { false } }
}

/// The shapes that follow from a schema's rows.
struct ApplyShapes: Sendable {
    let schema: KubeSchema
    /// Beside those of `schema`.
    let customKinds: CustomKinds

    struct Member {
        var shape: ApplyShape
        /// Whether the schema names it, as it does fields; the keys of maps have no name.
        var isNamed: Bool
        /// What stands for it where it is absent, because upstream's types always write it.
        var absentValue: JSONValue?
    }

    func shape(of kind: GroupVersionKind) -> ApplyShape {
        if let type = schema.kind(kind) { return .structure(type) }
        return schema.type(named: "meta/v1.ObjectMeta").map { .customObject(metadata: $0, customKinds.kind(kind)?.version.schema) } ?? .deduced
    }

    func member(_ name: String, of shape: ApplyShape) -> Member {
        switch shape {
        case .structure(let type):
            guard let field = type.field(name) else { return Member(shape: .deduced, isNamed: false) }
            return Member(shape: self.shape(of: field), isNamed: true, absentValue: absentValue(of: field))
        case .fields(let schema): return member(name, of: schema)
        case .customObject(let metadata, let schema):
            switch name {
            case "metadata": return Member(shape: .structure(metadata), isNamed: true, absentValue: [:])
            case "apiVersion", "kind": return Member(shape: .scalar(.string), isNamed: true)
            default: return schema.map { member(name, of: $0) } ?? Member(shape: .deduced, isNamed: false)
            }
        case .map(let element): return Member(shape: self.shape(of: element), isNamed: false)
        default: return Member(shape: .deduced, isNamed: false)
        }
    }

    func shape(of field: SchemaField) -> ApplyShape {
        if field.isAtomicMap { return .atomic }
        guard case .list(let element) = field.type else { return shape(of: field.type) }
        switch field.listType {
        case .atomic?: return .atomic
        case .set?: return .list(keys: [], element: .type(element))
        case .map?: return .list(keys: field.listMapKeys, element: .type(element))
        case nil where field.patch.merges: return .list(keys: field.patchMergeKey.map { [$0] } ?? [], element: .type(element))
        case nil: return .atomic
        }
    }

    func shape(of type: FieldType) -> ApplyShape {
        switch type {
        case .message(let id): Self.atomicTypes.contains(schema[id].name) ? .atomic : .structure(schema[id])
        case .map(let element): .map(.type(element))
        case .list, .wrapped, .any: .atomic
        default: .scalar(type)
        }
    }

    /// The values that key fields have where an element leaves them out.
    func defaultKey(_ name: String, element: ApplyElement) -> JSONValue? {
        switch element {
        case .type(.message(let id)): schema[id].field(name)?.defaultValue
        case .type: nil
        case .schema(let schema): schema.child(named: name)?.defaultValue
        }
    }

    /// Go writes a struct that is no pointer even when it is empty, and a required list as null.
    private func absentValue(of field: SchemaField) -> JSONValue? {
        guard !field.isPointer else { return nil }
        switch field.type {
        case .message: return [:]
        case .list, .map: return field.isAlwaysWritten ? .null : nil
        default: return nil
        }
    }

    /// Types whose values are owned as a whole. The rows don't say it.
    ///
    /// - Source: `+structType=atomic`, `+mapType=atomic` in kubernetes staging/src/k8s.io/api and apimachinery
    private static let atomicTypes: Set<String> = [
        "meta/v1.LabelSelector", "meta/v1.OwnerReference", "core/v1.ConfigMapKeySelector", "core/v1.SecretKeySelector", "core/v1.FileKeySelector",
        "core/v1.LocalObjectReference", "core/v1.TypedLocalObjectReference", "core/v1.SecretReference", "core/v1.ObjectReference",
        "core/v1.ObjectFieldSelector", "core/v1.ResourceFieldSelector", "core/v1.NodeSelector", "core/v1.NodeSelectorTerm",
        "core/v1.TopologySelectorTerm", "core/v1.ScopeSelector", "core/v1.ScopedResourceSelectorRequirement", "core/v1.EndpointAddress",
        "core/v1.EndpointPort", "discovery/v1.EndpointPort", "autoscaling/v1.CrossVersionObjectReference",
    ]
}
