// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Every kind that this server stores, found by the path it is asked for: those that are built in, and custom ones.
struct ResourceRegistry: Sendable {
    let definitions: [ResourceDefinition]
    /// Those of the definitions, and those that serve no objects.
    let groups: [ServedGroup]
    private let byResource: [GroupVersionResource: Int]
    private let byStoredResource: [GroupResource: Int]

    /// - Parameter definitions: None served under the same group, version and name as another.
    init(_ definitions: [ResourceDefinition], groups: [ServedGroup] = builtInGroups) {
        self.definitions = definitions
        self.groups = groups
        var byResource: [GroupVersionResource: Int] = [:]
        var byStoredResource: [GroupResource: Int] = [:]
        for (index, definition) in definitions.enumerated() {
            precondition(definition.versions.contains(definition.storageVersion), "\(definition.resource) is not served in its storage version")
            byStoredResource[definition.groupResource] = index
            for version in definition.versions {
                let resource = GroupVersionResource(group: version.group, version: version.version, resource: definition.resource)
                precondition(byResource.updateValue(index, forKey: resource) == nil, "\(resource) stands twice in the registry")
            }
        }
        self.byResource = byResource
        self.byStoredResource = byStoredResource
    }

    func definition(_ resource: GroupVersionResource) -> ResourceDefinition? { byResource[resource].map { definitions[$0] } }
    func definition(stored resource: GroupResource) -> ResourceDefinition? { byStoredResource[resource].map { definitions[$0] } }

    func definition(kind: GroupVersionKind) -> ResourceDefinition? {
        definitions.first { $0.kind == kind.kind && $0.versions.contains(kind.groupVersion) }
    }

    func serves(_ version: GroupVersion) -> Bool { groups.contains { $0.name == version.group && $0.versions.contains(version.version) } }

    func definitions(in version: GroupVersion) -> [ResourceDefinition] {
        definitions.filter { $0.versions.contains(version) }.sorted { $0.resource < $1.resource }
    }
}

/// An API group that is served here, its versions in the order of preference.
struct ServedGroup: Sendable {
    /// Empty for the core group.
    var name: String
    var versions: [String]
    /// By which the aggregation layer orders groups, as upstream ranks its own (`apiservice` group priorities).
    var priority: Int
    /// The priority of each version within the group, from which the order of `versions` follows.
    var versionPriorities: [Int]
    /// Served for old manifests only: its kinds are found by their full names, so that short ones mean those of today.
    var isLegacy = false
}
