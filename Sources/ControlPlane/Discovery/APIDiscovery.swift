// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import APIServerKit
import KubeModel
import KubeStore

/// Tells clients which groups, versions and kinds there are: those of the registry, and the groups of the APIServices
/// that are served elsewhere.
struct APIDiscovery: Sendable {
    let store: ResourceStore
    let serverAddress: @Sendable () -> String

    /// nil where `path` is no document of ours.
    func document(_ path: String) -> JSONValue? {
        let parts = path.split(separator: "/").map(String.init)
        switch (parts.count, parts.first) {
        case (1, "api"): return DiscoveryDocuments.apiVersions(serverAddress: serverAddress())
        case (1, "apis"): return DiscoveryDocuments.apiGroupList(groups().map { DiscoveredGroup(name: $0.name, versions: $0.versions) })
        case (2, "api") where parts[1] == "v1": return resourceList(GroupVersion(group: "", version: "v1"))
        case (2, "apis"):
            return groups().first { $0.name == parts[1] }.map { DiscoveryDocuments.apiGroup(DiscoveredGroup(name: $0.name, versions: $0.versions)) }
        case (3, "apis"):
            let version = GroupVersion(group: parts[1], version: parts[2])
            return store.registry.serves(version) ? resourceList(version) : nil
        default: return nil
        }
    }

    // MARK: Groups

    private struct Group {
        var name: String
        var versions: [String] = []
        var priority: Int64
    }

    /// Without the core group; the order is that in which clients prefer them.
    private func groups() -> [Group] {
        var groups = store.registry.groups.filter { !$0.name.isEmpty }.map {
            Group(name: $0.name, versions: $0.versions, priority: Int64($0.priority))
        }
        let remote = Dictionary(grouping: remoteServices()) { $0.spec["group"]?.string ?? "" }
        for (name, services) in remote.sorted(by: { $0.key < $1.key }) {
            let versions = services.sorted(by: Self.isPreferred).compactMap { $0.spec["version"]?.string }
            let priority = services.compactMap { $0.spec["groupPriorityMinimum"]?.int }.max() ?? 0
            if let index = groups.firstIndex(where: { $0.name == name }) {
                groups[index].versions += versions.filter { !groups[index].versions.contains($0) }
            } else {
                groups.append(Group(name: name, versions: versions, priority: priority))
            }
        }
        return groups.enumerated().sorted { left, right in
            left.element.priority == right.element.priority ? left.offset < right.offset : left.element.priority > right.element.priority
        }.map(\.element)
    }

    /// The APIServices that are served elsewhere.
    func remoteServices() -> [KubeObject] {
        store.objects.list(GroupVersionResource.apiServices.groupResource, namespace: nil).objects.filter { $0.spec["service"]?.object != nil }
    }

    private static func isPreferred(_ left: KubeObject, _ right: KubeObject) -> Bool {
        let (one, other) = (left.spec["versionPriority"]?.int ?? 0, right.spec["versionPriority"]?.int ?? 0)
        guard one == other else { return one > other }
        return VersionOrder(left.spec["version"]?.string ?? "") > VersionOrder(right.spec["version"]?.string ?? "")
    }

    // MARK: Resources

    private func resourceList(_ version: GroupVersion) -> JSONValue { DiscoveryDocuments.apiResourceList(version, resources(in: version)) }

    private func resources(in version: GroupVersion) -> [DiscoveredResource] {
        let isLegacy = store.registry.groups.contains { $0.name == version.group && $0.isLegacy }
        var resources = store.registry.definitions(in: version).flatMap { Self.resources($0, in: version, isLegacy: isLegacy) }
        resources += TransientResource.all(in: version).map {
            DiscoveredResource(name: $0.resource, singularName: $0.singular, isNamespaced: $0.isNamespaced, kind: $0.kind, verbs: ["create"])
        }
        resources.sort { $0.name < $1.name }
        return resources
    }

    var coreGroup: AggregatedGroup { AggregatedGroup(name: "", versions: [aggregated(GroupVersion(group: "", version: "v1"))]) }

    /// Without the core group.
    /// - Parameter remote: What the server of the APIService with this name has.
    func aggregatedGroups(remote: (String) -> AggregatedGroup.Version?) -> [AggregatedGroup] {
        groups().map { group in
            AggregatedGroup(
                name: group.name,
                versions: group.versions.compactMap { name in
                    let version = GroupVersion(group: group.name, version: name)
                    return store.registry.serves(version) ? aggregated(version) : remote("\(name).\(group.name)")
                })
        }
    }

    private func aggregated(_ version: GroupVersion) -> AggregatedGroup.Version {
        AggregatedGroup.Version(name: version.version, resources: DiscoveryDocuments.aggregated(resources(in: version)))
    }

    private static func resources(_ definition: ResourceDefinition, in version: GroupVersion, isLegacy: Bool) -> [DiscoveredResource] {
        let main = DiscoveredResource(
            name: definition.resource, singularName: definition.singular, isNamespaced: definition.isNamespaced, kind: definition.kind,
            verbs: (definition.isTerminating ? ResourceDefinition.Verb.whileTerminating : definition.verbs).map(\.rawValue),
            shortNames: isLegacy ? [] : definition.shortNames,
            categories: isLegacy ? [] : definition.categories)
        return [main]
            + definition.subresources(in: version).map { subresource in
                let facts = subresource.facts(definition.storageKind)
                return DiscoveredResource(
                    name: "\(definition.resource)/\(subresource.rawValue)", isNamespaced: definition.isNamespaced, kind: facts.kind.kind,
                    verbs: facts.verbs, groupVersion: [.scale, .token].contains(subresource) ? facts.kind.groupVersion : nil)
            }
    }
}

extension ResourceDefinition.Subresource {
    /// What goes in and out at the subresource of a `kind`, and by which verbs.
    func facts(_ kind: GroupVersionKind) -> (kind: GroupVersionKind, verbs: [String]) {
        switch self {
        case .status, .approval: (kind, ["get", "patch", "update"])
        case .scale: (ScaleView.kind, ["get", "patch", "update"])
        case .log: (kind, ["get"])
        case .binding: (GroupVersionKind(apiVersion: "v1", kind: "Binding"), ["create"])
        case .finalize: (kind, ["update"])
        case .token: (TokenRequests.kind, ["create"])
        }
    }
}

/// The order of version names: `v2` before `v1` before `v2beta1` before `v1alpha1`, any other name last.
///
/// - Source: `CompareKubeAwareVersionStrings`, k8s.io/apimachinery pkg/version/helpers.go
struct VersionOrder: Comparable {
    private let stability: Int
    private let major: Int
    private let minor: Int
    private let name: String

    init(_ name: String) {
        self.name = name
        var rest = name.dropFirst()
        func number() -> Int? {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            return Int(digits)
        }
        guard name.first == "v", let major = number() else {
            (stability, major, minor) = (-1, 0, 0)
            return
        }
        let word = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(word.count)
        let minor = number()
        switch (word, minor, rest.isEmpty) {
        case ("", nil, true): (stability, self.major, self.minor) = (2, major, 0)
        case ("beta", let minor?, true): (stability, self.major, self.minor) = (1, major, minor)
        case ("alpha", let minor?, true): (stability, self.major, self.minor) = (0, major, minor)
        default: (stability, self.major, self.minor) = (-1, 0, 0)
        }
    }

    static func < (left: Self, right: Self) -> Bool {
        if left.stability == -1, right.stability == -1 { return left.name > right.name }
        return (left.stability, left.major, left.minor) < (right.stability, right.major, right.minor)
    }
}
