// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A CustomResourceDefinition as values: the names, scope and versions that a server has to serve.
package struct CustomResourceDefinition: Sendable {
    package static let group = "apiextensions.k8s.io"
    package static let v1 = GroupVersionKind(group: group, version: "v1", kind: "CustomResourceDefinition")
    package static let v1beta1 = GroupVersionKind(group: group, version: "v1beta1", kind: "CustomResourceDefinition")

    /// `plural.group`.
    package let name: String
    package let group: String
    package let names: Names
    package let isNamespaced: Bool
    /// In the order of the definition.
    package let versions: [Version]
    /// Nothing is pruned; only definitions from v1beta1 are so.
    package let preservesUnknownFields: Bool
    /// Versions in which objects may be stored.
    package let storedVersions: [String]

    package struct Names: Sendable, Hashable {
        package var plural: String
        package var singular: String
        package var kind: String
        package var listKind: String
        package var shortNames: [String]
        package var categories: [String]

        /// - Parameter json: `spec.names` or `status.acceptedNames`.
        package init(_ json: JSONValue) {
            func text(_ name: String) -> String { json[name]?.string ?? "" }
            func texts(_ name: String) -> [String] { json[name]?.array?.compactMap(\.string) ?? [] }
            (plural, kind) = (text("plural"), text("kind"))
            singular = text("singular").isEmpty ? kind.lowercased() : text("singular")
            listKind = text("listKind").isEmpty && !kind.isEmpty ? kind + "List" : text("listKind")
            (shortNames, categories) = (texts("shortNames"), texts("categories"))
        }
    }

    /// Reads a definition of either version of the API.
    ///
    /// - Throws: What is wrong with a schema, as the answer `Invalid`; the other rules are `validate`'s.
    package init(_ object: KubeObject) throws(APIError) {
        let object = Self.upgraded(object)
        let spec = object.spec
        let preserves = spec["preserveUnknownFields"]?.bool ?? false
        var causes: [APIError.Cause] = []
        var versions: [Version] = []
        let group = spec["group"]?.string ?? ""
        let names = Names(spec["names"] ?? [:])
        let layout = VersionLayout(spec)
        for (index, json) in layout.versions.enumerated() {
            let (version, faults) = Version.read(json, group: group, kind: names.kind, schemaPath: layout.schemaPath(index), preserving: preserves)
            versions.append(version)
            causes += layout.sharesSchema && index > 0 ? [] : faults
        }
        guard causes.isEmpty else { throw .invalid(Self.v1, object.name, causes) }
        name = object.name
        self.group = group
        self.names = names
        self.versions = versions
        isNamespaced = spec["scope"]?.string == "Namespaced"
        preservesUnknownFields = preserves
        storedVersions = object.status["storedVersions"]?.array?.compactMap(\.string) ?? []
    }

    package var resource: GroupResource { GroupResource(group: group, resource: names.plural) }
    package var storageVersion: Version? { versions.first { $0.isStorage } }
    package var servedVersions: [Version] { versions.filter(\.isServed) }
    package func version(_ name: String) -> Version? { versions.first { $0.name == name } }
    package func groupVersionKind(_ version: Version) -> GroupVersionKind {
        GroupVersionKind(group: group, version: version.name, kind: names.kind)
    }

    /// Whether there are rules in CEL, which are kept but not enforced.
    package var hasRules: Bool { versions.contains(where: \.hasRules) }

    /// An object of `version` without the fields that it does not have, and their paths.
    package func pruned(_ object: JSONObject, as version: Version) -> (JSONObject, unknown: [String]) {
        guard !preservesUnknownFields, let schema = version.schema else {
            return StructuralSchema.prunedPreservingUnknownFields(object, schema: version.schema)
        }
        return schema.pruned(object)
    }
}
