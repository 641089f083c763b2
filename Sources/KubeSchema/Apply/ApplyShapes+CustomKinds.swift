// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

/// The shapes that follow from the schemas of custom resources.
///
/// - Source: `ToSchemaFromOpenAPI`, sigs.k8s.io/structured-merge-diff schema as k8s.io/kube-openapi pkg/schemaconv makes it
extension ApplyShapes {
    func shape(of element: ApplyElement) -> ApplyShape {
        switch element {
        case .type(let type): shape(of: type)
        case .schema(let schema): shape(of: schema)
        }
    }

    func member(_ name: String, of schema: StructuralSchema) -> Member {
        if let field = schema.child(named: name) { return Member(shape: shape(of: field), isNamed: true) }
        return Member(shape: schema.additional.map(shape) ?? .deduced, isNamed: false)
    }

    func shape(of schema: StructuralSchema) -> ApplyShape {
        if schema.isIntOrString { return .scalar(.intOrString) }
        switch schema.type {
        case "object":
            if schema.isAtomicMap { return .atomic }
            if schema.isEmbeddedResource, let metadata = self.schema.type(named: "meta/v1.ObjectMeta") {
                return .customObject(metadata: metadata, schema)
            }
            if schema.propertyNames.isEmpty { return schema.additional.map { .map(.schema($0)) } ?? .deduced }
            return .fields(schema)
        case "array":
            guard let items = schema.items else { return .atomic }
            switch schema.listType {
            case .set?: return .list(keys: [], element: .schema(items))
            case .map?: return .list(keys: schema.listMapKeys, element: .schema(items))
            case .atomic?, nil: return .atomic
            }
        case "string": return .scalar(.string)
        case "integer": return .scalar(.int64)
        case "number": return .scalar(.float64)
        case "boolean": return .scalar(.bool)
        default: return .deduced
        }
    }
}
