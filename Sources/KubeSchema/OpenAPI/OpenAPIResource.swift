// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A resource that a group and version serves, as the OpenAPI documents describe it.
package struct OpenAPIResource: Sendable, Hashable {
    /// Plural, as it stands in paths.
    package var name: String
    package var kind: GroupVersionKind
    package var isNamespaced: Bool
    /// `get list create update patch delete deletecollection`; others are not described.
    package var verbs: Set<String>
    package var subresources: [Subresource]
    /// What the resource's collections are; nil where it has none, as reviews.
    package var listKind: String?
    package var definition = Definition.builtIn

    package struct Subresource: Sendable, Hashable {
        package var name: String
        package var kind: GroupVersionKind
        package var verbs: Set<String>

        package init(name: String, kind: GroupVersionKind, verbs: Set<String>) {
            self.name = name
            self.kind = kind
            self.verbs = verbs
        }
    }

    /// Where the fields of its objects are described.
    package enum Definition: Sendable, Hashable {
        /// In the document's `KubeSchema`.
        case builtIn
        /// By the schema of a CustomResourceDefinition's version; nil describes nothing and allows everything.
        case custom(schema: JSONValue?)
    }

    /// - Parameter listKind: The kind's name and `List` where it is nil and the resource can be listed.
    package init(
        name: String, kind: GroupVersionKind, isNamespaced: Bool, verbs: Set<String>, subresources: [Subresource] = [], listKind: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        self.subresources = subresources
        self.listKind = listKind ?? (verbs.contains("list") ? kind.kind + "List" : nil)
    }

    /// A version of a custom resource.
    /// - Parameters:
    ///   - schema: `openAPIV3Schema`, structural; nil where there is none.
    ///   - preservesUnknownFields: `spec.preserveUnknownFields` of a definition of old.
    package static func custom(
        kind: GroupVersionKind, plural: String, listKind: String? = nil, isNamespaced: Bool, schema: JSONValue?,
        preservesUnknownFields: Bool = false, hasStatus: Bool, hasScale: Bool
    ) -> OpenAPIResource {
        let changes: Set<String> = ["get", "patch", "update"]
        let scale = GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale")
        var subresources: [Subresource] = []
        if hasStatus { subresources.append(Subresource(name: "status", kind: kind, verbs: changes)) }
        if hasScale { subresources.append(Subresource(name: "scale", kind: scale, verbs: changes)) }
        var resource = OpenAPIResource(
            name: plural, kind: kind, isNamespaced: isNamespaced,
            verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"], subresources: subresources, listKind: listKind
        )
        var schema = schema
        if preservesUnknownFields { schema?["x-kubernetes-preserve-unknown-fields"] = true }
        resource.definition = .custom(schema: schema)
        return resource
    }

    var isCustom: Bool { if case .custom = definition { true } else { false } }
}
