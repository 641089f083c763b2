// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema
import Synchronization

/// What is served at this moment. Whoever answers a request takes one registry and stays with it.
final class ResourceCatalog: Sendable {
    /// The same kinds by their schemas.
    let customKinds = CustomKinds()
    let builtIn: ResourceRegistry
    private let current: Mutex<(registry: ResourceRegistry, served: [CustomResourceDefinition])>

    init(builtIn: ResourceRegistry = .builtIn) {
        self.builtIn = builtIn
        current = Mutex((builtIn, []))
    }

    var registry: ResourceRegistry { current.withLock { $0.registry } }
    /// The custom resources among them.
    var served: [CustomResourceDefinition] { current.withLock { $0.served } }

    /// Serves these custom resources beside what is built in, and no others.
    /// - Parameter definitions: With accepted names: none takes another's, nor that of a built-in kind.
    func serve(_ definitions: [ServedDefinition]) {
        customKinds.replace(by: definitions.map(\.definition))
        let registry = ResourceRegistry(
            builtIn.definitions + definitions.map(ResourceDefinition.init), groups: Self.groups(builtIn.groups, definitions.map(\.definition)))
        current.withLock { $0 = (registry, definitions.map(\.definition)) }
    }

    /// Custom resources may join a group that is there.
    private static func groups(_ builtIn: [ServedGroup], _ definitions: [CustomResourceDefinition]) -> [ServedGroup] {
        var groups = builtIn
        for (name, members) in Dictionary(grouping: definitions, by: \.group).sorted(by: { $0.key < $1.key }) {
            let versions = Set(members.flatMap { $0.servedVersions.map(\.name) }).sorted { VersionOrder($0) > VersionOrder($1) }
            if let index = groups.firstIndex(where: { $0.name == name }) {
                let added = versions.filter { !groups[index].versions.contains($0) }
                groups[index].versions += added
                groups[index].versionPriorities += added.map { _ in ServedGroup.customVersionPriority }
            } else {
                groups.append(
                    ServedGroup(
                        name: name, versions: versions, priority: ServedGroup.customPriority,
                        versionPriorities: versions.map { _ in ServedGroup.customVersionPriority }))
            }
        }
        return groups
    }
}

/// A definition that is served, perhaps for the last time.
struct ServedDefinition: Sendable {
    var definition: CustomResourceDefinition
    /// Being deleted: what there is of it can be read and deleted, nothing is made anew.
    var isTerminating: Bool
}

extension ServedGroup {
    /// - Source: `convertToAPIService`… in kube-aggregator's crdregistration controller, kubernetes pkg/controlplane/controller/crdregistration
    static let customPriority = 1000
    static let customVersionPriority = 100
}
