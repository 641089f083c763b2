// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// A group with all that its versions have, as aggregated discovery tells it.
package struct AggregatedGroup: Sendable, Hashable {
    /// Empty for the core group.
    package var name: String
    /// The preferred one first.
    package var versions: [Version]

    package struct Version: Sendable, Hashable {
        package var name: String
        /// `APIResourceDiscovery` objects.
        package var resources: [JSONValue]
        /// Whether they are as their server says now; otherwise they are what it once said, or nothing.
        package var isCurrent: Bool

        package init(name: String, resources: [JSONValue], isCurrent: Bool = true) {
            self.name = name
            self.resources = resources
            self.isCurrent = isCurrent
        }
    }

    package init(name: String, versions: [Version]) {
        self.name = name
        self.versions = versions
    }
}

extension DiscoveryDocuments {
    package static let aggregatedGroup = "apidiscovery.k8s.io"

    /// `/api` or `/apis` for who asks for an `APIGroupDiscoveryList`.
    /// - Parameter version: `v2` or `v2beta1`, which are alike.
    package static func aggregated(_ groups: [AggregatedGroup], version: String) -> JSONValue {
        [
            "kind": "APIGroupDiscoveryList", "apiVersion": .string("\(aggregatedGroup)/\(version)"), "metadata": [:],
            "items": .array(groups.map(\.json)),
        ]
    }

    /// The resources of an APIResourceList, subresources within the resources they belong to.
    ///
    /// - Source: `ConvertGroupVersionIntoToDiscovery`, k8s.io/apiserver pkg/endpoints/installer.go
    package static func aggregated(_ resources: [DiscoveredResource]) -> [JSONValue] {
        var places: [Substring: Int] = [:]
        var aggregated: [JSONObject] = []
        for resource in resources {
            let parts = resource.name.split(separator: "/", maxSplits: 1)
            guard let name = parts.first else { continue }
            let place = places[name] ?? aggregated.count
            if place == aggregated.count {
                places[name] = place
                aggregated.append(["resource": .string(String(name)), "scope": resource.isNamespaced ? "Namespaced" : "Cluster"])
            }
            if parts.count == 1 {
                aggregated[place].describe(resource)
            } else {
                let subresource: JSONValue = [
                    "subresource": .string(String(parts[1])), "responseKind": resource.responseKind, "verbs": JSONValue(resource.verbs),
                ]
                aggregated[place]["subresources"] = .array((aggregated[place]["subresources"]?.array ?? []) + [subresource])
            }
        }
        return aggregated.map { .object($0) }
    }
}

extension AggregatedGroup {
    fileprivate var json: JSONValue {
        let versions = versions.map { version -> JSONValue in
            var json: JSONObject = ["version": .string(version.name), "freshness": version.isCurrent ? "Current" : "Stale"]
            if !version.resources.isEmpty { json["resources"] = .array(version.resources) }
            return .object(json)
        }
        return ["metadata": name.isEmpty ? [:] : ["name": .string(name)], "versions": .array(versions)]
    }
}

extension JSONObject {
    fileprivate mutating func describe(_ resource: DiscoveredResource) {
        self["responseKind"] = resource.responseKind
        self["singularResource"] = .string(resource.singularName)
        self["verbs"] = JSONValue(resource.verbs)
        if !resource.shortNames.isEmpty { self["shortNames"] = JSONValue(resource.shortNames) }
        if !resource.categories.isEmpty { self["categories"] = JSONValue(resource.categories) }
    }
}

extension DiscoveredResource {
    /// Group and version are empty where they are those of the list.
    fileprivate var responseKind: JSONValue {
        ["group": .string(groupVersion?.group ?? ""), "version": .string(groupVersion?.version ?? ""), "kind": .string(kind)]
    }

    /// An entry of an APIResourceList; nil where it has no name.
    package init?(_ json: JSONValue) {
        guard let name = json["name"]?.string, !name.isEmpty else { return nil }
        func texts(_ field: String) -> [String] { json[field]?.array?.compactMap(\.string) ?? [] }
        self.init(
            name: name, singularName: json["singularName"]?.string ?? "", isNamespaced: json["namespaced"]?.bool ?? false,
            kind: json["kind"]?.string ?? "", verbs: texts("verbs"), shortNames: texts("shortNames"), categories: texts("categories"))
        if let version = json["version"]?.string, !version.isEmpty {
            groupVersion = GroupVersion(group: json["group"]?.string ?? "", version: version)
        }
    }
}
