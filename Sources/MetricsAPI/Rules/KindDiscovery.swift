// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeClient
import KubeModel
import MetricRules

/// Which kinds a cluster has, custom ones included, as its discovery tells.
package enum KindDiscovery {
    /// Those of groups that cannot be asked about at present are left out.
    /// - Throws: `ClientError` and `APIError` where the API server itself cannot be asked.
    package static func kinds(_ client: KubeClient) async throws -> [ResourceKinds.Kind] {
        let groups = try JSONValue.parse(try await client.raw("/apis"))["groups"]?.array ?? []
        var kinds = try await kinds(client, "/api/v1", group: "", version: "v1")
        for group in groups {
            guard let name = group["name"]?.string, let version = group["preferredVersion"]?["version"]?.string, !name.hasSuffix("metrics.k8s.io")
            else {
                continue
            }
            kinds += (try? await Self.kinds(client, "/apis/\(name)/\(version)", group: name, version: version)) ?? []
        }
        return kinds
    }

    private static func kinds(_ client: KubeClient, _ path: String, group: String, version: String) async throws -> [ResourceKinds.Kind] {
        (try JSONValue.parse(try await client.raw(path))["resources"]?.array ?? []).compactMap { resource in
            guard let plural = resource["name"]?.string, !plural.contains("/"), let kind = resource["kind"]?.string else { return nil }
            let singular = resource["singularName"]?.string ?? ""
            return ResourceKinds.Kind(
                group: group, plural: plural, singular: singular.isEmpty ? kind.lowercased() : singular, version: version, kind: kind)
        }
    }
}
