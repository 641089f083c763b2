// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// One entry of an APIResourceList.
package struct DiscoveredResource: Sendable, Hashable {
    /// `deployments`, or `deployments/scale`.
    package var name: String
    package var singularName: String
    package var isNamespaced: Bool
    package var kind: String
    package var verbs: [String]
    package var shortNames: [String]
    package var categories: [String]
    /// Where the kind is of another group or version than the list's: `autoscaling/v1` of `deployments/scale`.
    package var groupVersion: GroupVersion?

    package init(
        name: String, singularName: String = "", isNamespaced: Bool, kind: String, verbs: [String], shortNames: [String] = [],
        categories: [String] = [],
        groupVersion: GroupVersion? = nil
    ) {
        self.name = name
        self.singularName = singularName
        self.isNamespaced = isNamespaced
        self.kind = kind
        self.verbs = verbs
        self.shortNames = shortNames
        self.categories = categories
        self.groupVersion = groupVersion
    }
}

/// A group with its versions, the preferred one first.
package struct DiscoveredGroup: Sendable, Hashable {
    package var name: String
    package var versions: [String]

    package init(name: String, versions: [String]) {
        self.name = name
        self.versions = versions
    }
}

/// The documents by which clients learn what a server has.
package enum DiscoveryDocuments {
    /// `/api`. `serverAddress` is where clients of any network reach the server: `127.0.0.1:6443`.
    package static func apiVersions(_ versions: [String] = ["v1"], serverAddress: String) -> JSONValue {
        [
            "kind": "APIVersions", "versions": JSONValue(versions),
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]],
        ]
    }

    /// `/apis`.
    package static func apiGroupList(_ groups: [DiscoveredGroup]) -> JSONValue {
        ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map { .object(members($0)) })]
    }

    /// `/apis/GROUP`.
    package static func apiGroup(_ group: DiscoveredGroup) -> JSONValue {
        var json = members(group)
        json["kind"] = "APIGroup"
        json["apiVersion"] = "v1"
        return .object(json)
    }

    /// `/api/v1`, `/apis/GROUP/VERSION`; upstream sorts the resources by name.
    package static func apiResourceList(_ groupVersion: GroupVersion, _ resources: [DiscoveredResource]) -> JSONValue {
        [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(groupVersion.description),
            "resources": .array(resources.map(\.json)),
        ]
    }

    /// `/`, and the body of a 404 on a path that nothing serves.
    package static func paths(_ paths: [String]) -> JSONValue { ["paths": JSONValue(paths)] }

    private static func members(_ group: DiscoveredGroup) -> JSONObject {
        let versions = group.versions.map { version -> JSONValue in
            ["groupVersion": .string(GroupVersion(group: group.name, version: version).description), "version": .string(version)]
        }
        var json: JSONObject = ["name": .string(group.name), "versions": .array(versions)]
        if let preferred = versions.first { json["preferredVersion"] = preferred }
        return json
    }
}

extension DiscoveredResource {
    fileprivate var json: JSONValue {
        var json: JSONObject = [
            "name": .string(name), "singularName": .string(singularName), "namespaced": .bool(isNamespaced), "kind": .string(kind),
            "verbs": JSONValue(verbs),
        ]
        if let groupVersion {
            if !groupVersion.group.isEmpty { json["group"] = .string(groupVersion.group) }
            json["version"] = .string(groupVersion.version)
        }
        if !shortNames.isEmpty { json["shortNames"] = JSONValue(shortNames) }
        if !categories.isEmpty { json["categories"] = JSONValue(categories) }
        return .object(json)
    }
}
