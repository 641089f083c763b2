// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeSchema

extension ResourceDefinition {
    /// The row of a custom kind.
    init(_ served: ServedDefinition) {
        let custom = served.definition
        let versions = custom.servedVersions
        let facts = Dictionary(uniqueKeysWithValues: versions.map { ($0.name, VersionFacts($0)) })
        let storage = custom.storageVersion?.name ?? ""
        self.init(
            resource: custom.names.plural, singular: custom.names.singular, kind: custom.names.kind, shortNames: custom.names.shortNames,
            categories: custom.names.categories, isNamespaced: custom.isNamespaced,
            versions: versions.map { GroupVersion(group: custom.group, version: $0.name) },
            storageVersion: GroupVersion(group: custom.group, version: storage),
            verbs: Verb.ofCustomResources,
            subresources: [.status, .scale].filter { subresource in facts.values.contains { $0.subresources.contains(subresource) } },
            selectableFields: custom.storageVersion?.selectableFields.map(SelectableField.init) ?? [],
            columns: facts[storage]?.columns ?? .nameAndAge,
            strategy: .customResource(custom), isTerminating: served.isTerminating, ofVersion: facts)
        ownListKind = custom.names.listKind
    }
}

extension ResourceDefinition.Verb {
    /// In upstream's order.
    fileprivate static let ofCustomResources: [Self] = [.delete, .deletecollection, .get, .list, .patch, .create, .update, .watch]
    /// What discovery tells of a kind that goes, whose objects can still be changed, so that finalizers can end.
    static let whileTerminating: [Self] = [.delete, .deletecollection, .get, .list, .watch]
}

extension SelectableField {
    /// Named as it is written, without the dot in front.
    init(_ path: FieldPath) {
        self.init(String(path.text.drop { $0 == "." })) { object in path.values(in: object.json).first?.selectorText ?? "" }
    }
}

extension VersionFacts {
    init(_ version: CustomResourceDefinition.Version) {
        subresources = (version.hasStatus ? [.status] : []) + (version.scale == nil ? [] : [.scale])
        columns = .custom(version.columns)
        scale = version.scale.map { .custom($0) }
        deprecationWarning = version.deprecationWarning
    }
}

extension ResourceStrategy {
    /// - Source: k8s.io/apiextensions-apiserver pkg/registry/customresource/{strategy,status_strategy}.go
    static func customResource(_ custom: CustomResourceDefinition) -> ResourceStrategy {
        let errors: @Sendable (KubeObject, ValidationContext) -> [APIError.Cause] = { object, context in
            custom.errors(object, version: context.version ?? custom.storageVersion?.name ?? "")
        }
        return ResourceStrategy(
            // Replacing what one has not seen is refused.
            allowsUnconditionalUpdate: false, generation: .allButMetadata,
            prepareForCreate: { object, _ in if custom.storageVersion?.hasStatus ?? false { object["status"] = nil } },
            validateCreate: errors, validateUpdate: { object, _, context in errors(object, context) },
            validateStatus: { object, _, _, context in errors(object, context) })
    }
}
