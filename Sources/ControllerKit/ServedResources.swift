// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel

/// What the API server serves, as its discovery tells it: each resource once, in the version it prefers.
package struct ServedResources: Sendable, Hashable {
    package struct Resource: Sendable, Hashable {
        package var resource: GroupVersionResource
        package var kind: String
        /// `pod`; empty where an older server does not tell it.
        package var singularName: String
        package var isNamespaced: Bool
        package var verbs: Set<String>
    }

    package var resources: [Resource]
    /// Groups that did not answer, such as those of an extension server that is down.
    package var failedGroups: [String]

    /// - Parameter isAsked: Which groups are asked about.
    /// - Throws: Where the server's own discovery does not answer.
    package static func discover(_ client: KubeClient, where isAsked: (_ group: String) -> Bool = { _ in true }) async throws -> Self {
        var found = Self(resources: try resources(in: GroupVersion(group: "", version: "v1"), try await read("/api/v1", client)), failedGroups: [])
        let groups = try await read("/apis", client)
        for group in groups["groups"]?.array ?? [] {
            let name = group["name"]?.string ?? ""
            guard isAsked(name) else { continue }
            do {
                found.add(try await resources(of: group, client))
            } catch let error where error is APIError || error is ClientError {
                found.failedGroups.append(name)
            }
        }
        return found
    }

    /// Of all versions, the preferred one first.
    private static func resources(of group: JSONValue, _ client: KubeClient) async throws -> [Resource] {
        var versions = (group["versions"]?.array ?? []).compactMap { $0["groupVersion"]?.string }
        if let preferred = group.value(at: "preferredVersion", "groupVersion")?.string {
            versions = [preferred] + versions.filter { $0 != preferred }
        }
        var all: [Resource] = []
        for version in versions { all += try resources(in: GroupVersion(apiVersion: version), try await read("/apis/\(version)", client)) }
        return all
    }

    private mutating func add(_ more: [Resource]) {
        for resource in more where !resources.contains(where: { $0.resource.groupResource == resource.resource.groupResource }) {
            resources.append(resource)
        }
    }

    private static func resources(in version: GroupVersion, _ list: JSONValue) throws -> [Resource] {
        (list["resources"]?.array ?? []).compactMap { entry in
            guard let name = entry["name"]?.string, !name.contains("/"), let kind = entry["kind"]?.string else { return nil }
            return Resource(
                resource: GroupVersionResource(group: version.group, version: version.version, resource: name), kind: kind,
                singularName: entry["singularName"]?.string ?? "", isNamespaced: entry["namespaced"]?.bool ?? false,
                verbs: Set((entry["verbs"]?.array ?? []).compactMap(\.string)))
        }
    }

    private static func read(_ path: String, _ client: KubeClient) async throws -> JSONValue {
        do {
            return try JSONValue.parse(try await client.raw(path))
        } catch let error as JSONError {
            throw ClientError("GET \(path): the answer is not JSON: \(error)", cause: error)
        }
    }

    /// The resource of a kind, in whichever version of its group.
    package func resource(ofKind kind: String, apiVersion: String) -> Resource? {
        let group = GroupVersion(apiVersion: apiVersion).group
        return resources.first { $0.kind == kind && $0.resource.group == group }
    }
}
